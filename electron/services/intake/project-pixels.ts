/** A project's images as pixels. */
import { join } from 'node:path';
import { decodeFull } from '../../images/decode.ts';
import type { RgbImage } from '../../images/geometry.ts';
import type { PixelSource } from '../../learn/pixel-source.ts';
import type { Workspace } from '../workspace.ts';

export interface ProjectPixels extends PixelSource {
  readonly imageIds: Int32Array;
  /** Images whose file could not be read any more, by index; their squares are black. Grows while reading. */
  readonly unreadable: ReadonlySet<number>;
}

function filesOf(workspace: Workspace, imageIds: Int32Array): { path: string; hash: string; name: string }[] {
  const roots = new Map(workspace.project.sources.list().map((source) => [source.id, source.rootPath]));
  return workspace.project.images.getMany(imageIds).map((image) => ({
    path: join(roots.get(image.sourceId) ?? '', ...image.relativePath.split('/')),
    hash: image.contentHash ?? '',
    name: image.relativePath,
  }));
}

/** Where the images' files are, in the order of `imageIds`. */
export function imagePaths(workspace: Workspace, imageIds: Int32Array): string[] {
  return filesOf(workspace, imageIds).map((file) => file.path);
}

/** The image at its own size. Throws the reason where the file cannot be read. */
export async function fullImage(workspace: Workspace, imageId: number): Promise<RgbImage> {
  const [path] = imagePaths(workspace, Int32Array.of(imageId));
  return await decodeFull(path ?? '');
}

/**
 * Squares of `px` of the images `imageIds`, through the cache. A file that has vanished or broken since the import is noted in the
 * project with its reason and does not stop the reading.
 */
export function projectPixels(workspace: Workspace, imageIds: Int32Array, px: number): ProjectPixels {
  const files = filesOf(workspace, imageIds);
  const unreadable = new Set<number>();
  return {
    numImages: imageIds.length,
    px,
    imageIds,
    unreadable,
    read: async (indices) => {
      const items = Array.from(indices, (i) => files[i] ?? { path: '', hash: '', name: '' });
      const { pixels, problems } = await workspace.cache.readBatch(items, px);
      for (const { index, problem } of problems) {
        const image = indices[index] ?? 0;
        if (!unreadable.has(image)) {
          unreadable.add(image);
          workspace.project.images.setUnreadable(imageIds[image] ?? 0, problem);
          workspace.warn(`${items[index]?.name ?? ''}: ${problem.message}`);
        }
      }
      return pixels;
    },
  };
}
