import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { createProject } from '../../electron/project/open-project.ts';
import type { Project } from '../../electron/project/project.ts';
import type { ScannedFile } from '../../electron/project/scans.ts';

/** A folder of the present test's own. */
export function temporaryFolder(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'acclimate-test-')));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A new project in a folder of its own, whose clock ticks once per look. */
export function temporaryProject(): Project {
  let time = 1_000;
  const project = createProject(join(temporaryFolder(), 'birds.acclimate'), { now: () => ++time });
  onTestFinished(() => project.close());
  return project;
}

/** A readable file as a scan finds it. */
export function readable(relativePath: string, contentHash = `hash of ${relativePath}`): ScannedFile {
  return { relativePath, contentHash, status: 'ok', sizeBytes: 10, modifiedMs: 5, width: 4, height: 3, format: 'png' };
}

/** A file that a scan could not decode. */
export function unreadable(relativePath: string, contentHash: string | null = null): ScannedFile {
  return {
    relativePath,
    contentHash,
    status: 'unreadable',
    sizeBytes: 1,
    modifiedMs: 5,
    problem: { code: 'truncated', message: 'The file ends early.' },
  };
}

/** Adds a source with images named 0.png, 1.png, ... and returns their ids. */
export function addImages(project: Project, numImages: number): number[] {
  const source = project.sources.add(join(project.path, '..', 'images'));
  project.scans.add(
    source.id,
    Array.from({ length: numImages }, (_, i) => readable(`${String(i).padStart(6, '0')}.png`)),
  );
  project.scans.finish(source.id);
  return [...project.images.find()];
}
