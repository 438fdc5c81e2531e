/** A folder of images that are not the project's own, to learn from before the project's: a source stage (HPT, Reed et al. 2021, arXiv 2103.12718). */
import { createHash } from 'node:crypto';
import type { RunContext } from '../../contract/progress.ts';
import { importImages } from '../../images/import-images.ts';
import { absolutePath, scanFolders } from '../../images/scan.ts';
import type { PixelSource } from '../../learn/pixel-source.ts';
import { numQueued } from '../workspace.ts';
import type { Workspace } from '../workspace.ts';
import { checkFolder, storedPx } from './import-folder.ts';
import { testImages } from './test-split.ts';

export interface OutsideImages {
  readonly source: PixelSource;
  /** Files that look like images and cannot be read. */
  readonly numUnreadable: number;
  /** Images left out because the project keeps a copy of them apart to test on. */
  readonly numHeldOut: number;
}

/** A short text that changes whenever a file of the folder does, by names, sizes and times alone. Throws for a folder that is not there. */
export async function outsideKey(folder: string, signal: AbortSignal): Promise<string> {
  const lines: string[] = [];
  for await (const { entries } of scanFolders([checkFolder(folder)], { signal, onProgress: () => undefined })) {
    for (const { relativePath, sizeBytes, modifiedMs } of entries) lines.push(`${relativePath} ${sizeBytes} ${modifiedMs}`);
  }
  return createHash('sha256').update(lines.sort().join('\n')).digest('hex').slice(0, 32);
}

/**
 * Reads the folder's images once into the cache and returns them as squares of `px`, in the order of their paths, copies once. Images that the
 * project keeps apart to test on are left out by their content: what a classifier is tested on must not have been learnt from.
 */
export async function outsideImages(workspace: Workspace, folder: string, px: number, ctx: RunContext): Promise<OutsideImages> {
  const root = checkFolder(folder);
  const held = new Set(workspace.project.images.getMany(testImages(workspace)).map(({ contentHash }) => contentHash));
  const found: { path: string; relativePath: string; hash: string }[] = [];
  let numUnreadable = 0;
  await importImages(
    [root],
    () => undefined,
    ctx,
    ({ images, problems }) => {
      numUnreadable += problems.length;
      for (const { relativePath, contentHash } of images) {
        found.push({ path: absolutePath(root, relativePath), relativePath, hash: contentHash });
      }
    },
    { cache: workspace.cache, squarePx: storedPx, read: workspace.decoders.read, numParallel: numQueued },
  );
  found.sort((a, b) => (a.relativePath < b.relativePath ? -1 : 1));
  const distinct = [...new Map(found.map((file) => [file.hash, file])).values()];
  const files = distinct.filter(({ hash }) => !held.has(hash));
  const source: PixelSource = {
    numImages: files.length,
    px,
    read: async (indices) => {
      const items = Array.from(indices, (i) => files[i] ?? { path: '', hash: '' });
      const { pixels, problems } = await workspace.cache.readBatch(items, px);
      for (const { problem } of problems) workspace.warn(problem.message);
      return pixels;
    },
  };
  return { source, numUnreadable, numHeldOut: distinct.length - files.length };
}
