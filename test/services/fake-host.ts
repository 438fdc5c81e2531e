/** A host around a project of the test's own: calls work as in the engine, jobs are only noted. */
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { JobKind, JobView } from '../../electron/contract/domain.ts';
import { AppError } from '../../electron/contract/errors.ts';
import type { ProjectPart } from '../../electron/contract/events.ts';
import type { Host } from '../../electron/services/host.ts';
import { openWorkspace } from '../../electron/services/workspace.ts';
import type { Workspace } from '../../electron/services/workspace.ts';
import { readable, temporaryFolder } from '../project/temporary-project.ts';

export interface FakeHost extends Host {
  readonly started: { kind: JobKind; request: unknown }[];
  readonly told: (ProjectPart | 'labels')[];
}

/** Opens a new project in a folder of its own. */
export function fakeHost(): FakeHost {
  const folder = temporaryFolder();
  const workspace = openWorkspace({ projectPath: join(folder, 'test.acclimate'), create: true, cacheDir: join(folder, 'cache') });
  onTestFinished(() => workspace.close());
  return hostOf(workspace, folder);
}

export function hostOf(workspace: Workspace, dataDir: string): FakeHost {
  const kept = new Map<string, { parts: readonly string[]; value: unknown }>();
  const started: { kind: JobKind; request: unknown }[] = [];
  const told: (ProjectPart | 'labels')[] = [];
  const unused = (): never => {
    throw new AppError('unsupported', 'The fake host runs no jobs.');
  };
  return {
    dataDir,
    root: null,
    emit: () => undefined,
    current: workspace,
    workspace: () => workspace,
    open: unused,
    close: unused,
    memo: (key, parts, make) => {
      const known = kept.get(key);
      if (known !== undefined) return known.value as ReturnType<typeof make>;
      const value = make();
      kept.set(key, { parts, value });
      return value;
    },
    changed: (parts) => {
      told.push(...parts);
      for (const [key, entry] of kept) if (entry.parts.some((part) => (parts as readonly string[]).includes(part))) kept.delete(key);
    },
    startJob: (kind, request) => {
      started.push({ kind, request });
      return Promise.resolve({ id: started.length, kind, title: '', status: 'queued' } as JobView);
    },
    jobs: { list: () => [], finish: unused, pause: unused, cancel: unused, resume: unused, dismiss: unused },
    started,
    told,
  };
}

/** Adds a source with images of these names and returns their ids in the order of the names. */
export function addNamed(host: Host, names: readonly string[], root = 'images'): number[] {
  const { project } = host.workspace();
  const source = project.sources.add(join(project.path, '..', root));
  project.scans.add(
    source.id,
    names.map((name) => readable(name)),
  );
  project.scans.finish(source.id);
  const ids = new Map(project.images.getMany(project.images.find({ sourceId: source.id })).map((image) => [image.relativePath, image.id]));
  return names.map((name) => ids.get(name) ?? 0);
}
