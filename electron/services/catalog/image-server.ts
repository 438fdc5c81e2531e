/** Pictures of the open project's images, for whoever serves them to a window. */
import { join } from 'node:path';
import type { ImageVariant } from '../../contract/bridge.ts';
import { AppError } from '../../contract/errors.ts';
import { ImageError } from '../../images/problem.ts';
import { Thumbnails } from '../../images/thumbnails.ts';
import type { Host } from '../host.ts';
import { defaultCacheDir } from '../workspace.ts';
import type { Workspace } from '../workspace.ts';

export interface ServedPicture {
  readonly mime: string;
  readonly bytes: Uint8Array;
}

export interface ImageServerOptions {
  /** The user's cache folder unless told. */
  readonly cacheDir?: string;
  readonly maxCacheBytes?: number;
}

/** Where an image's file is. Throws `not-found` with the reason for one that cannot be shown. */
export function imageFile(
  { project }: Workspace,
  id: number,
): { path: string; contentHash: string | null; sizeBytes: number; modifiedMs: number } {
  const { sourceId, relativePath, problem, status, contentHash, sizeBytes, modifiedMs } = project.images.get(id);
  if (status !== 'ok') {
    const reason = problem?.message ?? 'It could not be read.';
    throw new AppError('not-found', `${relativePath}: ${reason}`, { details: { id, code: problem?.code ?? status } });
  }
  const { rootPath } = project.sources.get(sourceId);
  return { path: join(rootPath, ...relativePath.split('/')), contentHash, sizeBytes, modifiedMs };
}

/** What is wrong with a file as `not-found` with the reason; any other error as it is. */
export function notShown(error: unknown, id: number): unknown {
  if (!(error instanceof ImageError)) return error;
  return new AppError('not-found', error.message, { details: { id, code: error.problem.code }, cause: error });
}

export class ImageServer {
  readonly #host: Host;
  readonly #thumbnails: Thumbnails;

  /** Threads and the cache of pictures start when first needed. */
  constructor(host: Host, options: ImageServerOptions = {}) {
    this.#host = host;
    const cachePath = join(options.cacheDir ?? defaultCacheDir(), 'pictures.sqlite');
    this.#thumbnails = new Thumbnails({ cachePath, ...(options.maxCacheBytes !== undefined && { maxBytes: options.maxCacheBytes }) });
  }

  /**
   * The picture of an image. Throws `conflict` where no project is open, `not-found` for an unknown image and, with the reason, for one that
   * cannot be read, and an 'AbortError' where it is no longer wanted: the signal has aborted, or many newer ones were asked for.
   */
  async get(id: number, variant: ImageVariant, signal?: AbortSignal): Promise<ServedPicture> {
    const { path, contentHash, sizeBytes, modifiedMs } = imageFile(this.#host.workspace(), id);
    try {
      const source = { path, contentHash: contentHash ?? '', sizeBytes, modifiedMs };
      return { mime: 'image/jpeg', bytes: await this.#thumbnails.get(source, variant, signal) };
    } catch (error) {
      throw notShown(error, id);
    }
  }

  async close(): Promise<void> {
    await this.#thumbnails.close();
  }
}
