/** Pictures of images in the sizes a window shows, made once and kept. */
import type { ImageVariant } from '../contract/bridge.ts';
import { PictureCache } from './picture-cache.ts';
import { PicturePool } from './picture-pool.ts';
import type { PicturePoolOptions } from './picture-pool.ts';
import type { PictureSize } from './render-picture.ts';

/** The file a picture is made from, as it was when it was imported. */
export interface PictureSource {
  readonly path: string;
  readonly contentHash: string;
  readonly sizeBytes: number;
  readonly modifiedMs: number;
}

export interface ThumbnailOptions extends PicturePoolOptions {
  /** The file to keep pictures in. */
  readonly cachePath: string;
  readonly maxBytes?: number;
}

const sizes: Readonly<Record<ImageVariant, PictureSize>> = {
  tile: { side: 64, crop: true },
  thumb: { side: 256, crop: false },
  view: { side: 2048, crop: false },
};

/** Large pictures are looked at one at a time and kept by the browser; on disk they would displace thousands of small ones. */
const isKept: Readonly<Record<ImageVariant, boolean>> = { tile: true, thumb: true, view: false };
/** About 150,000 thumbnails. */
const defaultMaxBytes = 2 * 2 ** 30;

export class Thumbnails {
  readonly pool: PicturePool;
  readonly #cache: PictureCache;
  readonly #underWay = new Map<
    string,
    { readonly promise: Promise<Uint8Array>; readonly controller: AbortController; numWaiting: number }
  >();

  constructor(options: ThumbnailOptions) {
    this.pool = new PicturePool(options);
    this.#cache = new PictureCache(options.cachePath, { maxBytes: options.maxBytes ?? defaultMaxBytes });
  }

  /**
   * A JPEG of the image. One that is being made already is shared. Throws ImageError with what is wrong with the file, and an 'AbortError' where
   * the signal aborts or too many newer pictures were asked for.
   */
  async get(source: PictureSource, variant: ImageVariant, signal?: AbortSignal): Promise<Uint8Array> {
    const { contentHash } = source;
    const kept = isKept[variant] ? this.#cache.get(contentHash, variant) : undefined;
    if (kept !== undefined) return kept;
    const key = `${variant} ${contentHash} ${source.path}`;
    let making = this.#underWay.get(key);
    if (making === undefined) {
      const controller = new AbortController();
      const promise = this.#make(source, variant, controller.signal).finally(() => this.#underWay.delete(key));
      making = { promise, controller, numWaiting: 0 };
      this.#underWay.set(key, making);
    }
    const shared = making;
    shared.numWaiting++;
    // Given up only when nobody waits for it any more.
    const leave = (): void => {
      if (--shared.numWaiting === 0) shared.controller.abort();
    };
    signal?.addEventListener('abort', leave, { once: true });
    try {
      return await shared.promise;
    } finally {
      signal?.removeEventListener('abort', leave);
    }
  }

  async close(): Promise<void> {
    await this.pool.close();
    this.#cache.close();
  }

  async #make(source: PictureSource, variant: ImageVariant, signal: AbortSignal): Promise<Uint8Array> {
    const { bytes, sizeBytes, modifiedMs } = await this.pool.render(source.path, sizes[variant], signal);
    // A file that has changed since the import shows what it is now, but not under the name of what it was.
    const isSame = sizeBytes === source.sizeBytes && modifiedMs === source.modifiedMs;
    if (isKept[variant] && isSame) this.#cache.put(source.contentHash, variant, bytes);
    return bytes;
  }
}
