import type { RunContext } from '../contract/progress.ts';
import { readImage } from './identify.ts';
import type { ImageFacts, ReadImage } from './identify.ts';
import type { DecodeLimits } from './decode.ts';
import { defaultParallelism, forEachParallel } from './parallel.ts';
import type { PixelCache } from './pixel-cache.ts';
import { ImageError } from './problem.ts';
import { absolutePath, scanFolders } from './scan.ts';
import type { ScanEntry, ScanOptions, ScanProblem } from './scan.ts';
import { extensionOf } from './signature.ts';

/** An image that was read and decoded without trouble. */
export interface ImportedImage extends Omit<ImageFacts, 'square'> {
  readonly root: string;
  readonly relativePath: string;
}

/** What an earlier import recorded of a file. */
export interface KnownFile {
  readonly sizeBytes: number;
  /** Modification time, whole milliseconds since 1970. */
  readonly modifiedMs: number;
}

/** Part of an import's result. */
export interface ImportBatch {
  /** New and changed images. */
  readonly images: readonly ImportedImage[];
  readonly problems: readonly ScanProblem[];
  /** Known files of the same size and modification time; they were not opened. */
  readonly unchanged: readonly ScanEntry[];
}

/** Counts over a whole import. */
export interface ImportSummary {
  readonly numImages: number;
  readonly numUnchanged: number;
  readonly numProblems: number;
  /** Hidden files, files with other extensions, and files without extension that hold something else. */
  readonly numIgnored: number;
}

/** Settings of `importImages`. */
export interface ImportOptions extends DecodeLimits, ScanOptions {
  /** Takes the squares decoded on the way, so that training need not decode again. */
  readonly cache?: PixelCache;
  /** Side of the square decoded to check each image, in pixels. Default 160. */
  readonly squarePx?: number;
  readonly numParallel?: number;
  /** Reads one image; `readImage` unless a test counts or fails the reads. */
  readonly read?: ReadImage;
}

const defaultSquarePx = 160;
const batchSize = 200;

/** Collects results and hands them on in batches, one hand-over at a time. */
class Batches {
  readonly summary = { numImages: 0, numUnchanged: 0, numProblems: 0, numIgnored: 0 };
  readonly #onBatch: (batch: ImportBatch) => void | Promise<void>;
  #batch = { images: [] as ImportedImage[], problems: [] as ScanProblem[], unchanged: [] as ScanEntry[] };
  #handedOver = Promise.resolve();

  constructor(onBatch: (batch: ImportBatch) => void | Promise<void>) {
    this.#onBatch = onBatch;
  }

  async add(part: Partial<ImportBatch>): Promise<void> {
    const batch = this.#batch;
    batch.images.push(...(part.images ?? []));
    batch.problems.push(...(part.problems ?? []));
    batch.unchanged.push(...(part.unchanged ?? []));
    if (batch.images.length + batch.problems.length + batch.unchanged.length >= batchSize) await this.flush();
  }

  async flush(): Promise<void> {
    const batch = this.#batch;
    if (batch.images.length + batch.problems.length + batch.unchanged.length > 0) {
      this.#batch = { images: [], problems: [], unchanged: [] };
      this.summary.numImages += batch.images.length;
      this.summary.numProblems += batch.problems.length;
      this.summary.numUnchanged += batch.unchanged.length;
      this.#handedOver = this.#handedOver.then(() => this.#onBatch(batch));
    }
    await this.#handedOver;
  }
}

/**
 * Brings the images of some folders in: scans, skips files that are `known` with the same size and modification time, and reads and decodes
 * the others, several at a time and each once. Every bad file ends up in `problems` with its reason; none stops the import. Files that
 * have vanished since the last import are those `known` to the caller that are in no batch.
 *
 * Progress: phase 'scan' counts files found; phase 'import' counts files read, of those to be read.
 *
 * @param known what an earlier import recorded of a file, if anything
 * @param onBatch takes up to a few hundred results at a time, in no particular order; waited for before the next call
 * @throws AppError where `roots` is empty; the signal's reason on abort, when up to one batch of results is lost; what `onBatch` throws
 */
export async function importImages(
  roots: readonly string[],
  known: (root: string, relativePath: string) => KnownFile | undefined,
  ctx: RunContext,
  onBatch: (batch: ImportBatch) => void | Promise<void>,
  options: ImportOptions = {},
): Promise<ImportSummary> {
  const { cache, squarePx = defaultSquarePx, numParallel = defaultParallelism(), read = readImage, maxPixels, maxFileBytes } = options;
  const batches = new Batches(onBatch);
  const toRead: ScanEntry[] = [];
  for await (const { entries, problems, numIgnored } of scanFolders(roots, ctx, options)) {
    batches.summary.numIgnored += numIgnored;
    const unchanged: ScanEntry[] = [];
    for (const entry of entries) {
      const before = known(entry.root, entry.relativePath);
      const isUnchanged = before?.sizeBytes === entry.sizeBytes && before.modifiedMs === entry.modifiedMs;
      (isUnchanged ? unchanged : toRead).push(entry);
    }
    await batches.add({ problems, unchanged });
  }

  let numRead = 0;
  ctx.onProgress({ phase: 'import', done: 0, total: toRead.length });
  const readOne = async ({ root, relativePath }: ScanEntry): Promise<void> => {
    const path = absolutePath(root, relativePath);
    try {
      const { square, ...facts } = await read(path, { squarePx, maxPixels, maxFileBytes });
      if (square !== undefined) cache?.put(facts.contentHash, squarePx, square);
      await batches.add({ images: [{ root, relativePath, ...facts }] });
    } catch (error) {
      if (!(error instanceof ImageError)) throw error;
      const { problem } = error;
      // A file without an extension was only a guess: README is no broken image.
      const isNoImage = extensionOf(relativePath) === '' && (problem.code === 'not-an-image' || problem.code === 'empty');
      if (isNoImage) batches.summary.numIgnored++;
      else await batches.add({ problems: [{ ...problem, root, relativePath }] });
    }
    ctx.onProgress({ phase: 'import', done: ++numRead, total: toRead.length });
  };
  await forEachParallel(toRead, numParallel, readOne, ctx.signal);
  await batches.flush();
  return batches.summary;
}
