/** Choosing the first images to label so that balls around them cover as many others as possible. */
import type { RunContext } from '../contract/progress.ts';
import type { Executor } from '../tensor/program.ts';
import { createRandom } from '../tensor/random.ts';
import { clusterFeatures } from './kmeans.ts';
import { gatherRows, l2Normalise } from './normalise.ts';
import { createProducts } from './products.ts';
import type { Products } from './products.ts';
import { createFeaturePool, toSuggestions } from './selection.ts';
import type { FeatureRequest, Pool, Suggestions } from './selection.ts';

export interface CoverRequest extends FeatureRequest {
  /** Clusters that stand in for the classes when the radius is measured: as many as there are classes where that is known; 10 unless told. */
  readonly numPseudoClasses?: number;
}

/** As in the paper: the share of balls that must hold a single cluster. */
const PURE_SHARE = 0.95;
/** Images whose balls are looked at to measure the radius; more tell no more. */
const MAX_MEASURED = 2000;
/** Two points of the unit sphere are never further apart. */
const LARGEST_RADIUS = 2;
/** Ours, see below. */
const MAX_HALVINGS = 4;
/** Rows of newly covered images and of all images compared at a time: mostly few are newly covered. */
const [COVERED_ROWS, BLOCK_ROWS] = [128, 1024];

/**
 * ProbCover (Yehuda, Dekel, Hacohen and Weinshall 2022, arXiv 2205.11320): on L2-normalised features, the radius is the largest at which
 * 95 % of the balls around images hold a single cluster of k-means; then again and again the unlabelled image is taken whose ball covers most
 * images that no ball of a labelled or taken one covers yet. The score is how many those are.
 *
 * The paper finds the radius by bisection; it is a quantile of the distances to the nearest image of another cluster, and is taken as that.
 * Neither small pools nor the last images of a pool are left out, as the authors' code does. Once all is covered, the paper has no
 * preference: here the radius is halved, four times at most, and what is covered is counted anew; whatever is wanted then is drawn at random.
 * Nothing of size [N, N] is kept: every image is compared with all others when it is counted and once more when it is covered.
 *
 * The same request and executor give the same answer. Throws `AppError` `invalid-input` for a wrong shape, image or budget; the
 * signal's reason when cancelled.
 */
export async function suggestCovering(request: CoverRequest, executor: Executor | null, ctx: RunContext): Promise<Suggestions> {
  const { features, numDims, seed, numPseudoClasses = 10 } = request;
  const pool = createFeaturePool(request);
  if (pool.numWanted === 0) return toSuggestions([]);
  const shape = { numImages: pool.members.length, numDims };
  const unit = l2Normalise(gatherRows(features, numDims, pool.members), shape);
  const numClusters = Math.min(Math.max(1, numPseudoClasses), shape.numImages);
  const { assignments } = await clusterFeatures(unit, shape, { numClusters, seed }, executor, ctx);
  const products = await createProducts({ maxRowsA: COVERED_ROWS, maxRowsB: Math.min(BLOCK_ROWS, shape.numImages), numDims }, executor);
  try {
    const pairs = createPairs(unit, shape.numImages, numDims, products, ctx);
    const radius = await purestRadius(pairs, assignments, seed);
    return await coverGreedily(pool, pairs, radius, assignments, seed, ctx);
  } finally {
    await products.dispose();
  }
}

/** Compares chosen rows with all others, block by block. */
interface Pairs {
  readonly numImages: number;
  /** Tells `visit` the cosine of every row of `rows` with every row; with itself it is 1. */
  compare(rows: Int32Array, visit: (row: number, other: number, cosine: number) => void): Promise<void>;
}

function createPairs(unit: Float32Array, numImages: number, numDims: number, products: Products, ctx: RunContext): Pairs {
  return {
    numImages,
    async compare(rows, visit) {
      for (let start = 0; start < rows.length; start += COVERED_ROWS) {
        const some = rows.subarray(start, start + COVERED_ROWS);
        const block = gatherRows(unit, numDims, some);
        for (let first = 0; first < numImages; first += BLOCK_ROWS) {
          ctx.signal.throwIfAborted();
          const end = Math.min(first + BLOCK_ROWS, numImages);
          const { values, stride } = await products.run(block, unit.subarray(first * numDims, end * numDims));
          for (let i = 0; i < some.length; i++) {
            const row = some[i] as number;
            for (let other = first; other < end; other++) {
              visit(row, other, other === row ? 1 : (values[i * stride + other - first] as number));
            }
          }
        }
      }
    },
  };
}

/** The largest radius at which enough of the balls (open: nearer than the radius) around up to 2,000 images hold a single cluster. */
async function purestRadius(pairs: Pairs, assignments: Int32Array, seed: number): Promise<number> {
  const rows = createRandom(seed).permutation(pairs.numImages).slice(0, MAX_MEASURED);
  const nearest = new Float64Array(pairs.numImages).fill(-1);
  await pairs.compare(rows, (row, other, cosine) => {
    if (assignments[row] !== assignments[other] && cosine > (nearest[row] as number)) nearest[row] = cosine;
  });
  const distances = Float64Array.from(rows, (row) => distanceOf(nearest[row] as number)).sort();
  return distances[Math.floor((1 - PURE_SHARE) * distances.length + 1e-9)] ?? LARGEST_RADIUS;
}

function distanceOf(cosine: number): number {
  return Math.sqrt(Math.max(0, 2 - 2 * cosine));
}

async function coverGreedily(
  pool: Pool,
  pairs: Pairs,
  firstRadius: number,
  assignments: Int32Array,
  seed: number,
  ctx: RunContext,
): Promise<Suggestions> {
  const picks: { index: number; cluster: number; score: number }[] = [];
  const isTaken = pool.isLabelled.slice();
  const take = (row: number, score: number): void => {
    isTaken[row] = 1;
    picks.push({ index: pool.members[row] as number, cluster: assignments[row] as number, score });
    ctx.onProgress({ phase: 'Choosing images', done: picks.length, total: pool.numWanted });
  };
  for (let halvings = 0; halvings <= MAX_HALVINGS && picks.length < pool.numWanted; halvings++) {
    const cover = await createCover(pairs, firstRadius / 2 ** halvings, rowsWhere(isTaken, 1));
    for (let best = cover.best(isTaken); best !== null && picks.length < pool.numWanted; best = cover.best(isTaken)) {
      take(best, cover.degrees[best] as number);
      await cover.add(Int32Array.of(best));
    }
  }
  const rest = rowsWhere(isTaken, 0);
  const order = createRandom(seed).permutation(rest.length);
  for (let at = 0; picks.length < pool.numWanted; at++) take(rest[order[at] as number] as number, 0);
  return toSuggestions(picks);
}

interface Cover {
  /** [N], images within the radius that are not covered yet, itself included. */
  readonly degrees: Int32Array;
  /** The row not taken that would cover most, ties by index; null where nothing is left to cover. */
  best(isTaken: Uint8Array): number | null;
  /** Covers what is within the radius of these rows. */
  add(rows: Int32Array): Promise<void>;
}

async function createCover(pairs: Pairs, radius: number, covering: Int32Array): Promise<Cover> {
  const { numImages } = pairs;
  const least = 1 - radius ** 2 / 2;
  const isWithin = (row: number, other: number, cosine: number): boolean => row === other || cosine > least;
  const isCovered = new Uint8Array(numImages);
  const degrees = new Int32Array(numImages);
  const count = (rows: Int32Array, step: number): Promise<void> =>
    pairs.compare(rows, (row, other, cosine) => {
      if (isWithin(row, other, cosine)) degrees[other] = (degrees[other] as number) + step;
    });
  const reach = async (rows: Int32Array): Promise<Int32Array> => {
    const reached: number[] = [];
    await pairs.compare(rows, (row, other, cosine) => {
      if (isCovered[other] === 1 || !isWithin(row, other, cosine)) return;
      isCovered[other] = 1;
      reached.push(other);
    });
    return Int32Array.from(reached);
  };
  await reach(covering);
  await count(rowsWhere(isCovered, 0), 1);
  return {
    degrees,
    best(isTaken) {
      let best = -1;
      for (let row = 0; row < numImages; row++) {
        if (isTaken[row] === 0 && (degrees[row] as number) > (best < 0 ? 0 : (degrees[best] as number))) best = row;
      }
      return best < 0 ? null : best;
    },
    add: async (rows) => count(await reach(rows), -1),
  };
}

function rowsWhere(marks: Uint8Array, mark: number): Int32Array {
  return Int32Array.from(marks.keys()).filter((row) => marks[row] === mark);
}
