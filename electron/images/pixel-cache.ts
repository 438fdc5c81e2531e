import { mkdirSync, readdirSync, statfsSync } from 'node:fs';
import { AppError } from '../contract/errors.ts';
import type { DecodeLimits } from './decode.ts';
import { readImage } from './identify.ts';
import type { ReadImage } from './identify.ts';
import { defaultParallelism, forEachParallel } from './parallel.ts';
import { ImageError, systemErrorCode } from './problem.ts';
import type { ImageProblem } from './problem.ts';
import { SquareStore, storedSizes } from './square-store.ts';

/** Settings of a pixel cache. */
export interface PixelCacheOptions extends DecodeLimits {
  /** Most bytes on disk, over all sizes of squares. */
  readonly maxBytes: number;
  /** Most bytes of squares kept in memory besides. Default 1 GiB. */
  readonly memoryBytes?: number;
  /** The cache stops growing where less than this is free on its disk. Default 1 GiB. */
  readonly minFreeBytes?: number;
  readonly numParallel?: number;
  /** Told at most once, when squares can no longer be kept on disk: what happened and what to do. */
  readonly onWarning?: (message: string) => void;
  /** Reads one image; `readImage` unless a test counts or fails the reads. */
  readonly read?: ReadImage;
}

/** An image wanted from the cache: the SHA-256 of its file's bytes in hexadecimal, and where the file is. */
export interface CacheItem {
  readonly hash: string;
  readonly path: string;
}

/** The squares of a batch. */
export interface PixelBatch {
  /** [N, px, px, 3], in the order of the items; zero where there was a problem. */
  readonly pixels: Uint8Array;
  readonly problems: readonly { readonly index: number; readonly problem: ImageProblem }[];
}

const defaultMemoryBytes = 2 ** 30;
const defaultMinFreeBytes = 2 ** 30;

/** Writes between two looks at the disk's free space. */
const writesPerLook = 64;

/**
 * Decoded squares by content hash and size, in memory and in a folder that may be deleted at any time (see square-store.ts for the files).
 * Bounded: the least recently used squares make room. Where the disk is full or refuses, it carries on without, and says so once.
 */
export class PixelCache {
  readonly #dir: string;
  readonly #options: PixelCacheOptions;
  readonly #read: ReadImage;
  readonly #stores = new Map<number, SquareStore>();
  /** The time of last use of everything found on opening; a counter, not a clock. */
  readonly #openedAt: number;
  #now: number;
  /** Squares by "px:hash" in order of last use, the least recent first. */
  readonly #memory = new Map<string, Uint8Array>();
  #memoryUsed = 0;
  #canWrite = true;
  #hasWarned = false;
  #hasSpace = true;
  #numWrites = 0;

  private constructor(dir: string, options: PixelCacheOptions) {
    this.#dir = dir;
    this.#options = options;
    this.#read = options.read ?? readImage;
    this.#onDisk(() => {
      mkdirSync(dir, { recursive: true });
      for (const px of storedSizes(readdirSync(dir))) this.#stores.set(px, new SquareStore(dir, px));
    });
    this.#openedAt = Math.max(0, ...[...this.#stores.values()].map((store) => store.lastUse));
    this.#now = this.#openedAt;
  }

  /** Opens or creates a cache in a folder of its own. Does not throw where the disk refuses: it then keeps squares in memory only. */
  static open(dir: string, options: PixelCacheOptions): PixelCache {
    return new PixelCache(dir, options);
  }

  /** Whether a square is cached, as far as is known without reading it. */
  has(hash: string, px: number): boolean {
    return this.#memory.has(`${px}:${hash}`) || this.#stores.get(px)?.has(hash) === true;
  }

  /** Adds a square [px, px, 3] of the image with this content hash; nothing happens where it is cached already. */
  put(hash: string, px: number, square: Uint8Array): void {
    if (!/^[0-9a-f]{64}$/.test(hash)) throw new AppError('internal', `pixel cache: "${hash}" is not a SHA-256 in hexadecimal`);
    if (square.length !== px * px * 3) throw new AppError('internal', `pixel cache: ${square.length} bytes for [${px},${px},3]`);
    if (!this.#memory.has(`${px}:${hash}`)) this.#remember(hash, px, square.slice());
    if (!this.#canWrite || this.#stores.get(px)?.has(hash) === true) return;
    this.#onDisk(() => {
      const store = this.#storeOf(px);
      const mayGrow = this.#mayGrow(store);
      if (mayGrow || store.hasSlots) store.write(hash, square, mayGrow, ++this.#now);
    });
  }

  /**
   * The squares of a batch of images, decoding those not cached, several at a time. Cached ones cost a copy or one synchronous read each.
   *
   * @param into [N, px, px, 3] to fill instead of a new array
   * @throws AppError where `into` is of another size; failing images become problems
   */
  async readBatch(items: readonly CacheItem[], px: number, into?: Uint8Array): Promise<PixelBatch> {
    const recordBytes = px * px * 3;
    const pixels = into ?? new Uint8Array(items.length * recordBytes);
    if (pixels.length !== items.length * recordBytes) {
      throw new AppError('internal', `pixel cache: ${pixels.length} bytes for [${items.length},${px},${px},3]`);
    }
    const misses = new Map<string, { readonly path: string; readonly indices: number[] }>();
    items.forEach(({ hash, path }, index) => {
      if (this.#fetch(hash, px, pixels, index * recordBytes)) return;
      const miss = misses.get(hash);
      if (miss === undefined) misses.set(hash, { path, indices: [index] });
      else miss.indices.push(index);
    });
    const problems: { index: number; problem: ImageProblem }[] = [];
    const decode = async ([hash, { path, indices }]: [string, { path: string; indices: number[] }]): Promise<void> => {
      try {
        const square = await this.#decode(hash, path, px);
        for (const index of indices) pixels.set(square, index * recordBytes);
      } catch (error) {
        if (!(error instanceof ImageError)) throw error;
        for (const index of indices) {
          pixels.fill(0, index * recordBytes, (index + 1) * recordBytes);
          problems.push({ index, problem: error.problem });
        }
      }
    };
    await forEachParallel([...misses], this.#options.numParallel ?? defaultParallelism(), decode);
    problems.sort((a, b) => a.index - b.index);
    return { pixels, problems };
  }

  /** Writes down what was used last and lets go of files and memory. The cache is of no use afterwards. */
  close(): void {
    for (const store of this.#stores.values()) this.#onDisk(() => store.close());
    this.#stores.clear();
    this.#memory.clear();
    this.#memoryUsed = 0;
    this.#canWrite = false;
  }

  async #decode(hash: string, path: string, px: number): Promise<Uint8Array> {
    const { maxPixels, maxFileBytes } = this.#options;
    const { contentHash, square } = await this.#read(path, { squarePx: px, maxPixels, maxFileBytes });
    if (contentHash !== hash) {
      throw new ImageError(path, 'changed', 'The file has changed since it was imported. Import the folder again.');
    }
    if (square === undefined) throw new AppError('internal', `no square of ${px} px was decoded`);
    this.put(hash, px, square);
    return square;
  }

  /** Copies a cached square to `out` at `offset`; false where it is not cached. */
  #fetch(hash: string, px: number, out: Uint8Array, offset: number): boolean {
    const key = `${px}:${hash}`;
    const kept = this.#memory.get(key);
    if (kept !== undefined) {
      this.#memory.delete(key);
      this.#memory.set(key, kept);
      out.set(kept, offset);
      return true;
    }
    const store = this.#stores.get(px);
    if (store?.has(hash) !== true) return false;
    const isRead = this.#onDisk(() => store.read(hash, out, offset, ++this.#now)) === true;
    if (isRead) this.#remember(hash, px, out.slice(offset, offset + store.recordBytes));
    return isRead;
  }

  #remember(hash: string, px: number, square: Uint8Array): void {
    const limit = this.#options.memoryBytes ?? defaultMemoryBytes;
    if (square.length > limit) return;
    this.#memory.set(`${px}:${hash}`, square);
    this.#memoryUsed += square.length;
    for (const [key, oldest] of this.#memory) {
      if (this.#memoryUsed <= limit) break;
      this.#memory.delete(key);
      this.#memoryUsed -= oldest.length;
    }
  }

  #storeOf(px: number): SquareStore {
    const open = this.#stores.get(px);
    if (open !== undefined) return open;
    mkdirSync(this.#dir, { recursive: true });
    const store = new SquareStore(this.#dir, px);
    this.#stores.set(px, store);
    return store;
  }

  /** Whether there is room for one more record, after making some at the cost of sizes that were not used since the cache was opened. */
  #mayGrow(store: SquareStore): boolean {
    if (this.#numWrites++ % writesPerLook === 0) {
      mkdirSync(this.#dir, { recursive: true });
      const { bavail, bsize } = statfsSync(this.#dir);
      this.#hasSpace = bavail * bsize >= (this.#options.minFreeBytes ?? defaultMinFreeBytes);
      if (!this.#hasSpace)
        this.#warn('The disk of the pixel cache is nearly full: no more images are kept. Free some space to speed training up.');
    }
    const fits = (): boolean => {
      const used = [...this.#stores.values()].reduce((sum, each) => sum + each.numBytes, 0);
      return used + store.recordBytes <= this.#options.maxBytes;
    };
    const others = [...this.#stores.values()].filter((other) => other !== store && other.hasSlots);
    while (!fits() && others.length > 0) {
      others.sort((a, b) => a.lastUse - b.lastUse);
      const oldest = others.shift();
      if (oldest === undefined || (oldest.lastUse > this.#openedAt && store.hasSlots)) break;
      this.#stores.delete(oldest.px);
      oldest.drop();
    }
    return this.#hasSpace && fits();
  }

  /** What `work` returns; undefined where the file system refused, after which nothing more is written. */
  #onDisk<T>(work: () => T): T | undefined {
    try {
      return work();
    } catch (error) {
      if (systemErrorCode(error) === undefined) throw error;
      this.#canWrite = false;
      const reason = systemErrorCode(error) === 'ENOSPC' ? 'the disk is full' : (error as Error).message;
      this.#warn(`Decoded images can no longer be kept on disk (${reason}). Everything works, but images are decoded again each time.`);
      return undefined;
    }
  }

  #warn(message: string): void {
    if (this.#hasWarned) return;
    this.#hasWarned = true;
    this.#options.onWarning?.(message);
  }
}
