/** Bringing folders of images into a project. */
import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { AppError } from '../../contract/errors.ts';
import { importImages } from '../../images/import-images.ts';
import type { ImportBatch } from '../../images/import-images.ts';
import type { ScannedFile } from '../../project/scans.ts';
import type { Source } from '../../project/sources.ts';
import { numQueued } from '../workspace.ts';
import type { Workspace } from '../workspace.ts';

export interface ImportReport {
  readonly folders: readonly string[];
  /** Readable images of these folders now. */
  readonly numImages: number;
  /** Files seen for the first time, readable or not. */
  readonly numAdded: number;
  /** Files that were not opened, being as they were. */
  readonly numUnchanged: number;
  readonly numMoved: number;
  /** Same path, other content. Labels stay, features do not. */
  readonly numChanged: number;
  readonly numMissing: number;
  readonly numIgnored: number;
  readonly problems: readonly { readonly path: string; readonly code: string; readonly message: string }[];
}

interface Known {
  readonly sizeBytes: number;
  readonly modifiedMs: number;
  readonly contentHash: string;
  readonly width: number;
  readonly height: number;
  readonly format: string;
}

/** Side of the squares kept from the import, which training reads again: larger than the views it crops from them. */
export const storedPx = 160;

/** The folder's absolute path. Throws where there is none. */
export function checkFolder(path: string): string {
  const root = resolve(path);
  let isFolder: boolean;
  try {
    isFolder = statSync(root).isDirectory();
  } catch (cause) {
    throw new AppError('not-found', `There is no folder ${root}, or it cannot be read. Check the path.`, { cause });
  }
  if (!isFolder) throw new AppError('invalid-input', `${root} is a file. Give the folder that holds the images.`);
  return root;
}

function toFiles(batch: ImportBatch, known: ReadonlyMap<string, Known>): ScannedFile[] {
  const images = batch.images.map((image): ScannedFile => ({ ...image, status: 'ok' }));
  const problems = batch.problems.map((problem): ScannedFile => ({
    relativePath: problem.relativePath,
    sizeBytes: 0,
    modifiedMs: 0,
    contentHash: null,
    status: 'unreadable',
    problem: { code: problem.code, message: problem.message },
  }));
  const unchanged = batch.unchanged.flatMap(({ relativePath }): ScannedFile[] => {
    const before = known.get(relativePath);
    return before === undefined ? [] : [{ relativePath, ...before, status: 'ok' }];
  });
  return [...images, ...problems, ...unchanged];
}

export interface ImportOptions {
  /** Told of images as they come in; without it they all appear at the end. */
  readonly onArrived?: (numImages: number) => void;
}

/**
 * Imports folders, or looks at them again: new, changed, moved and vanished files are told apart and every file that cannot be
 * read is kept with its reason. Runs as a job; a second run after a crash goes on where the first stopped. Throws for a folder
 * that is not there, or that overlaps another of the project.
 */
export async function importFolders(workspace: Workspace, folders: readonly string[], options: ImportOptions = {}): Promise<ImportReport> {
  const { onArrived } = options;
  const roots = folders.map(checkFolder);
  if (roots.length === 0) throw new AppError('invalid-input', 'Give at least one folder of images.');
  return await workspace.job({ kind: 'import', params: { folders: roots } }, async (ctx) => {
    const { project } = workspace;
    const report = { numAdded: 0, numUnchanged: 0, numMoved: 0, numChanged: 0, numMissing: 0, numIgnored: 0 };
    const sources: Source[] = [];
    for (const root of roots) {
      const source = project.sources.add(root);
      sources.push(source);
      const known = new Map(Array.from(project.scans.known(source.id), (file) => [file.relativePath, file] as const));
      const summary = await importImages(
        [source.rootPath],
        (_, path) => known.get(path),
        ctx,
        (batch) => {
          const files = toFiles(batch, known);
          project.scans.add(source.id, files);
          if (onArrived === undefined) return;
          const numArrived = project.scans.arrive(
            source.id,
            files.map((file) => file.relativePath),
          );
          report.numAdded += numArrived;
          if (numArrived > 0) onArrived(numArrived);
        },
        {
          ...{ cache: workspace.cache, squarePx: storedPx, read: workspace.decoders.read, numParallel: numQueued },
          leaveOut: workspace.ownFolders,
          onLeftOut: (path) => workspace.warn(`${path} was left out: the app keeps its own files there.`),
        },
      );
      const change = project.scans.finish(source.id);
      report.numAdded += change.numAdded;
      report.numMoved += change.numMoved;
      report.numChanged += change.changedIds.length;
      report.numMissing += change.numMissing;
      report.numUnchanged += summary.numUnchanged;
      report.numIgnored += summary.numIgnored;
    }
    const ids = new Set(sources.map((source) => source.id));
    const problems = project.images
      .problems()
      .filter((image) => ids.has(image.sourceId) && image.status === 'unreadable')
      .map((image) => ({ path: image.relativePath, code: image.problem?.code ?? '', message: image.problem?.message ?? '' }));
    const numImages = sources.reduce((sum, source) => sum + project.images.find({ sourceId: source.id, status: 'ok' }).length, 0);
    return { folders: roots, numImages, ...report, problems };
  });
}
