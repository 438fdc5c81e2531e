/** Everything an adaptation can start from. */
import type { BaseView } from '../../contract/domain.ts';
import { AppError } from '../../contract/errors.ts';
import type { ModelRecord } from '../../project/models.ts';
import type { AppHost } from '../app-host.ts';
import { describeBase } from './base-files.ts';
import { modelIdOf } from './models.ts';

/** Networks offered to start from nothing, the usual one first. */
const scratchArchs = ['resnet18', 'mobilenet_v2', 'tiny'] as const;

function scratchView(arch: string): BaseView {
  return {
    ref: `scratch:${arch}`,
    name: `Untrained ${arch}`,
    arch,
    origin: 'scratch',
    sizeBytes: null,
    license: null,
    source: null,
    note: null,
  };
}

const textOf = (value: unknown): string | null => (typeof value === 'string' ? value : null);

function projectBase(
  { project }: { readonly project: { readonly models: { sizeBytes(id: number): number } } },
  model: ModelRecord,
): BaseView {
  const settings = (typeof model.settings === 'object' && model.settings !== null ? model.settings : {}) as Record<string, unknown>;
  return {
    ref: `model:${model.id}`,
    name: model.name,
    arch: model.arch,
    origin: 'project',
    sizeBytes: project.models.sizeBytes(model.id),
    license: textOf(settings['license']),
    source: textOf(settings['source']),
    note: null,
  };
}

/** Weights files, then the project's models, then untrained networks. A file that the project has a copy of is listed once. */
export function listBases(host: AppHost): BaseView[] {
  const files = host.bases.list();
  const scratch = scratchArchs.map(scratchView);
  const workspace = host.current;
  if (workspace === null) return [...files, ...scratch];
  const isListed = (model: ModelRecord): boolean => files.some((file) => file.name === model.name && file.arch === model.arch);
  const own = host.memo('bases.project', ['models'], () =>
    workspace.project.models
      .list()
      .filter((model) => model.kind === 'adapted' || (model.kind === 'base' && model.method !== 'scratch'))
      .map((model) => ({ model, view: projectBase(workspace, model) })),
  );
  const shown = own.filter(({ model }) => model.kind === 'adapted' || !isListed(model));
  return [...files, ...shown.map(({ view }) => view), ...scratch];
}

/** What a reference means. Throws `not-found`, and what reading a file throws. */
export function findBase(host: AppHost, ref: string): BaseView {
  const listed = listBases(host).find((base) => base.ref === ref || (ref === 'scratch' && base.ref === 'scratch:resnet18'));
  if (listed !== undefined) return listed;
  const id = modelIdOf(ref);
  if (id !== null) {
    const workspace = host.workspace();
    return projectBase(workspace, workspace.project.models.get(id));
  }
  if (ref.startsWith('scratch:'))
    throw new AppError('not-found', `There is no network ${ref.slice('scratch:'.length)} to start from nothing.`);
  return describeBase(host.allow(ref));
}
