/** Exact nearest neighbours of every image, by cosine. */
import { AppError } from '../contract/errors.ts';
import type { RunContext } from '../contract/progress.ts';
import type { Executor } from '../tensor/program.ts';
import { l2Normalise, squaredDistance } from './normalise.ts';
import type { FeatureShape } from './normalise.ts';
import { createProducts } from './products.ts';
import type { Products, ProductTile } from './products.ts';

/** Rows per block. A tile of products is 4 MiB, and larger blocks are hardly faster. */
const NEIGHBOUR_BLOCK_ROWS = 1024;

/** The nearest neighbours of every image, nearest first, ties by index; no image is its own neighbour. */
export interface Neighbours {
  readonly numImages: number;
  /** Neighbours per image: what was asked for, or one less than the images where those are fewer. */
  readonly numNeighbours: number;
  /** [numImages, numNeighbours] */
  readonly indices: Int32Array;
  /** [numImages, numNeighbours], Euclidean between L2-normalised rows: sqrt(2 - 2 cos), from 0 to 2. */
  readonly distances: Float32Array;
}

/**
 * The `k` nearest neighbours of every row of `features` [N, D] among the others, by Euclidean distance between the L2-normalised rows,
 * which orders them as cosine does.
 *
 * Every pair is compared: products of blocks on `executor` (null: plain loops), each block pair once for both of its sides, then the
 * found distances are computed again in double precision. Candidates closer to each other than float32 rounding of the product may
 * swap places at the end of a list. Needs memory for a copy of the features, one tile of products and the result, never [N, N].
 *
 * Throws `AppError` `invalid-input` for a wrong shape, features that are not finite, or `k` below 1; the signal's reason when
 * cancelled.
 */
export async function nearestNeighbours(
  features: Float32Array,
  shape: FeatureShape,
  k: number,
  executor: Executor | null,
  ctx: RunContext,
): Promise<Neighbours> {
  if (!Number.isInteger(k) || k < 1) throw new AppError('invalid-input', `Ask for at least one neighbour, not ${k}.`);
  const unit = l2Normalise(features, shape);
  const blockRows = Math.max(1, Math.min(NEIGHBOUR_BLOCK_ROWS, shape.numImages));
  const products = await createProducts({ maxRowsA: blockRows, maxRowsB: blockRows, numDims: shape.numDims }, executor);
  try {
    return await searchUnitRows(unit, shape, k, products, blockRows, ctx);
  } finally {
    await products.dispose();
  }
}

/** As `nearestNeighbours`, for rows already of unit length and products already prepared for blocks of `blockRows` on both sides. */
export async function searchUnitRows(
  unit: Float32Array,
  { numImages, numDims }: FeatureShape,
  k: number,
  products: Products,
  blockRows: number,
  ctx: RunContext,
): Promise<Neighbours> {
  const numNeighbours = Math.max(0, Math.min(k, numImages - 1));
  const lists = createLists(numImages, numNeighbours);
  const numBlocks = Math.ceil(numImages / blockRows);
  const total = (numBlocks * (numBlocks + 1)) / 2;
  const rowsOf = (block: number): Float32Array =>
    unit.subarray(block * blockRows * numDims, Math.min((block + 1) * blockRows, numImages) * numDims);
  let done = 0;
  for (let a = 0; a < numBlocks; a++) {
    for (let b = a; b < numBlocks; b++) {
      ctx.signal.throwIfAborted();
      offerTile(lists, await products.run(rowsOf(a), rowsOf(b)), a * blockRows, b * blockRows, blockRows);
      ctx.onProgress({ phase: 'Finding neighbours', done: ++done, total });
    }
  }
  ctx.signal.throwIfAborted();
  return measure(lists, unit, numDims);
}

/** Per image the best candidates so far by falling cosine; `worst` [N] is the cosine that the next one has to exceed. */
interface CandidateLists {
  readonly numImages: number;
  readonly numNeighbours: number;
  readonly indices: Int32Array;
  readonly cosines: Float32Array;
  readonly worst: Float32Array;
}

function createLists(numImages: number, numNeighbours: number): CandidateLists {
  return {
    numImages,
    numNeighbours,
    indices: new Int32Array(numImages * numNeighbours).fill(-1),
    cosines: new Float32Array(numImages * numNeighbours).fill(-Infinity),
    worst: new Float32Array(numImages).fill(numNeighbours > 0 ? -Infinity : Infinity),
  };
}

/**
 * Offers every pair of a tile to both of its images. Over the tiles in order of (a, b) an image meets its candidates by rising index,
 * so that accepting only what is strictly nearer breaks ties by index.
 */
function offerTile(lists: CandidateLists, { values, stride }: ProductTile, startA: number, startB: number, blockRows: number): void {
  const { worst } = lists;
  const endA = Math.min(startA + blockRows, lists.numImages);
  const endB = Math.min(startB + blockRows, lists.numImages);
  for (let i = startA; i < endA; i++) {
    const row = (i - startA) * stride - startB;
    let worstOfI = worst[i] as number;
    for (let j = startA === startB ? i + 1 : startB; j < endB; j++) {
      const cosine = values[row + j] as number;
      if (cosine > worstOfI) {
        insert(lists, i, j, cosine);
        worstOfI = worst[i] as number;
      }
      if (cosine > (worst[j] as number)) insert(lists, j, i, cosine);
    }
  }
}

function insert({ numNeighbours, indices, cosines, worst }: CandidateLists, image: number, candidate: number, cosine: number): void {
  const start = image * numNeighbours;
  let at = start + numNeighbours - 1;
  for (; at > start && (cosines[at - 1] as number) < cosine; at--) {
    cosines[at] = cosines[at - 1] as number;
    indices[at] = indices[at - 1] as number;
  }
  cosines[at] = cosine;
  indices[at] = candidate;
  worst[image] = cosines[start + numNeighbours - 1] as number;
}

/** Replaces cosines by exact distances: in float32, 2 - 2 cos loses the small ones, and copies of an image must come out at 0. */
function measure({ numImages, numNeighbours, indices }: CandidateLists, unit: Float32Array, numDims: number): Neighbours {
  const sorted = new Int32Array(indices.length);
  const distances = new Float32Array(indices.length);
  for (let i = 0; i < numImages; i++) {
    const start = i * numNeighbours;
    const found = Array.from(indices.subarray(start, start + numNeighbours), (index) => ({
      index,
      distance: Math.sqrt(squaredDistance(unit, i, unit, index, numDims)),
    }));
    found.sort((a, b) => a.distance - b.distance || a.index - b.index);
    found.forEach(({ index, distance }, rank) => {
      sorted[start + rank] = index;
      distances[start + rank] = distance;
    });
  }
  return { numImages, numNeighbours, indices: sorted, distances };
}
