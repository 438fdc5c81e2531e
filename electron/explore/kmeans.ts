/** k-means clustering: Lloyd's iterations over all images, or over mini-batches where that would be too much. */
import { AppError } from '../contract/errors.ts';
import type { RunContext } from '../contract/progress.ts';
import type { Executor } from '../tensor/program.ts';
import { createRandom } from '../tensor/random.ts';
import type { Random } from '../tensor/random.ts';
import { seedCentroids, squaredRowLengths } from './kmeans-seeding.ts';
import { checkFeatures, gatherRows, squaredDistance } from './normalise.ts';
import type { FeatureShape } from './normalise.ts';
import { createProducts } from './products.ts';
import type { Products } from './products.ts';

export interface KmeansOptions {
  readonly numClusters: number;
  readonly seed: number;
  /** 100 unless told. */
  readonly maxIterations?: number;
}

export interface Clustering {
  readonly numClusters: number;
  /** [N], the cluster of every image: that with the nearest centroid, ties by index. */
  readonly assignments: Int32Array;
  /** [numClusters, D] */
  readonly centroids: Float32Array;
  /** [numClusters]; zero only where there are fewer distinct images than clusters, or iterations ran out. */
  readonly sizes: Int32Array;
  /** [N], squared Euclidean distance of every image from its centroid. */
  readonly squaredDistances: Float32Array;
  /** The sum of the squared distances, which the iterations bring down. */
  readonly inertia: number;
  readonly numIterations: number;
}

const ASSIGN_ROWS = 1024;
/** Images per mini-batch, and the most clusters always given full iterations; both as in the TypiClust code. */
const MINI_BATCH_ROWS = 5000;
const MAX_FULL_CLUSTERS = 50;
/** Passes over the images in mini-batches before the closing full iterations. */
const MINI_BATCH_PASSES = 3;
const CLOSING_ITERATIONS = 2;
const SEEDING_ROWS_PER_CLUSTER = 3;
/** Iterations end when one lowers the inertia by less than this share. */
const TOLERANCE = 1e-4;

/**
 * Clusters `features` [N, D] by full iterations for at most 50 clusters or 5,000 images, by mini-batches above.
 * Parameters and errors are those of `kmeans`.
 */
export function clusterFeatures(
  features: Float32Array,
  shape: FeatureShape,
  options: KmeansOptions,
  executor: Executor | null,
  ctx: RunContext,
): Promise<Clustering> {
  const full = options.numClusters <= MAX_FULL_CLUSTERS || shape.numImages <= MINI_BATCH_ROWS;
  return (full ? kmeans : miniBatchKmeans)(features, shape, options, executor, ctx);
}

/**
 * k-means with k-means++ seeding and Lloyd's iterations, until no image changes its cluster or the inertia falls by less than 1e-4 of itself. A cluster that
 * loses all its images starts again at the image furthest from its centroid. The same seed and executor give the same result.
 *
 * Throws `AppError` `invalid-input` for a wrong shape or a number of clusters outside 1 to N; the signal's reason when cancelled.
 */
export async function kmeans(
  features: Float32Array,
  shape: FeatureShape,
  options: KmeansOptions,
  executor: Executor | null,
  ctx: RunContext,
): Promise<Clustering> {
  checkOptions(features, shape, options);
  const centroids = await seedCentroids(features, shape, options.numClusters, createRandom(options.seed), ctx);
  return withProducts(shape, options, executor, (products) =>
    iterate(features, shape, centroids, options.maxIterations ?? 100, products, ctx),
  );
}

/**
 * Mini-batch k-means (Sculley 2010): k-means++ on a random part, three passes in batches of 5,000 that pull each centroid towards its new images by the
 * inverse of how many it has seen, then two full iterations. Parameters and errors are those of `kmeans`; `maxIterations` bounds the batches.
 */
export async function miniBatchKmeans(
  features: Float32Array,
  shape: FeatureShape,
  options: KmeansOptions,
  executor: Executor | null,
  ctx: RunContext,
): Promise<Clustering> {
  checkOptions(features, shape, options);
  const { numImages, numDims } = shape;
  const { numClusters } = options;
  const random = createRandom(options.seed);
  const numSeeding = Math.min(numImages, Math.max(MINI_BATCH_ROWS, SEEDING_ROWS_PER_CLUSTER * numClusters));
  const part = gatherRows(features, numDims, random.permutation(numImages).subarray(0, numSeeding));
  const centroids = await seedCentroids(part, { numImages: numSeeding, numDims }, numClusters, random, ctx);
  return withProducts(shape, options, executor, async (products) => {
    await trainOnBatches(features, shape, centroids, options.maxIterations ?? Infinity, random, products, ctx);
    return iterate(features, shape, centroids, CLOSING_ITERATIONS, products, ctx);
  });
}

function checkOptions(features: Float32Array, shape: FeatureShape, { numClusters }: KmeansOptions): void {
  checkFeatures(features, shape);
  if (Number.isInteger(numClusters) && numClusters >= 1 && numClusters <= shape.numImages) return;
  throw new AppError('invalid-input', `Cannot make ${numClusters} clusters of ${shape.numImages} images. Ask for 1 to ${shape.numImages}.`);
}

async function withProducts(
  { numImages, numDims }: FeatureShape,
  { numClusters }: KmeansOptions,
  executor: Executor | null,
  work: (products: Products) => Promise<Clustering>,
): Promise<Clustering> {
  const products = await createProducts({ maxRowsA: Math.min(ASSIGN_ROWS, numImages), maxRowsB: numClusters, numDims }, executor);
  try {
    return await work(products);
  } finally {
    await products.dispose();
  }
}

interface Assignment {
  readonly assignments: Int32Array;
  readonly squaredDistances: Float32Array;
}

/** Lloyd's iterations from `centroids` [K, D], which are moved in place. */
async function iterate(
  features: Float32Array,
  shape: FeatureShape,
  centroids: Float32Array,
  maxIterations: number,
  products: Products,
  ctx: RunContext,
): Promise<Clustering> {
  const { numImages, numDims } = shape;
  const numClusters = centroids.length / numDims;
  const state = { assignments: new Int32Array(numImages).fill(-1), squaredDistances: new Float32Array(numImages) };
  await assign(features, shape, centroids, products, state, ctx);
  let inertia = total(state.squaredDistances);
  let numIterations = 0;
  while (numIterations < maxIterations) {
    moveCentroids(features, numDims, centroids, state);
    const numChanged = await assign(features, shape, centroids, products, state, ctx);
    const before = inertia;
    inertia = total(state.squaredDistances);
    numIterations++;
    ctx.onProgress({ phase: 'Clustering', done: numIterations, total: maxIterations });
    if (numChanged === 0) break;
    if (before - inertia <= TOLERANCE * before && !countSizes(state.assignments, numClusters).includes(0)) break;
  }
  return { numClusters, centroids, sizes: countSizes(state.assignments, numClusters), ...state, inertia, numIterations };
}

/** Gives every image of `features` [N, D] to its nearest centroid; writes `state` and returns how many images changed. */
async function assign(
  features: Float32Array,
  { numImages, numDims }: FeatureShape,
  centroids: Float32Array,
  products: Products,
  state: Assignment,
  ctx: RunContext,
): Promise<number> {
  const halfLengths = squaredRowLengths(centroids, numDims).map((squared) => squared / 2);
  let numChanged = 0;
  for (let start = 0; start < numImages; start += ASSIGN_ROWS) {
    ctx.signal.throwIfAborted();
    const end = Math.min(start + ASSIGN_ROWS, numImages);
    const { values, stride } = await products.run(features.subarray(start * numDims, end * numDims), centroids);
    for (let i = start; i < end; i++) {
      const row = (i - start) * stride;
      let nearest = 0;
      let least = Infinity;
      // |x - c|^2 = |x|^2 + 2 (|c|^2 / 2 - x.c), and |x|^2 is the same for every centroid.
      for (let c = 0; c < halfLengths.length; c++) {
        const score = (halfLengths[c] as number) - (values[row + c] as number);
        if (score < least) {
          least = score;
          nearest = c;
        }
      }
      if (state.assignments[i] !== nearest) numChanged++;
      state.assignments[i] = nearest;
      state.squaredDistances[i] = squaredDistance(features, i, centroids, nearest, numDims);
    }
  }
  return numChanged;
}

/** Moves every centroid to the mean of its images, after giving each empty cluster the image furthest from its own centroid. */
function moveCentroids(features: Float32Array, numDims: number, centroids: Float32Array, state: Assignment): void {
  const numClusters = centroids.length / numDims;
  const { assignments, squaredDistances } = state;
  countSizes(assignments, numClusters).forEach((size, cluster) => {
    if (size > 0) return;
    const furthest = squaredDistances.reduce((best, squared, i) => (squared > (squaredDistances[best] as number) ? i : best), 0);
    if (squaredDistances[furthest] === 0) return;
    assignments[furthest] = cluster;
    squaredDistances[furthest] = 0;
  });
  const sums = new Float64Array(centroids.length);
  assignments.forEach((cluster, i) => addRow(sums, cluster, features, i, numDims));
  countSizes(assignments, numClusters).forEach((size, cluster) => {
    if (size === 0) return;
    for (let d = cluster * numDims; d < (cluster + 1) * numDims; d++) centroids[d] = (sums[d] as number) / size;
  });
}

/** Mini-batch passes; moves `centroids` in place. */
async function trainOnBatches(
  features: Float32Array,
  { numImages, numDims }: FeatureShape,
  centroids: Float32Array,
  maxBatches: number,
  random: Random,
  products: Products,
  ctx: RunContext,
): Promise<void> {
  const batchRows = Math.min(MINI_BATCH_ROWS, numImages);
  const batchesPerPass = Math.floor(numImages / batchRows);
  const numBatches = Math.min(maxBatches, MINI_BATCH_PASSES * batchesPerPass);
  const numSeen = new Float64Array(centroids.length / numDims);
  let order = random.permutation(numImages);
  for (let batch = 0; batch < numBatches; batch++) {
    const position = batch % batchesPerPass;
    if (batch > 0 && position === 0) order = random.permutation(numImages);
    const rows = gatherRows(features, numDims, order.subarray(position * batchRows, (position + 1) * batchRows));
    const state = { assignments: new Int32Array(batchRows), squaredDistances: new Float32Array(batchRows) };
    await assign(rows, { numImages: batchRows, numDims }, centroids, products, state, ctx);
    pullCentroids(rows, numDims, centroids, numSeen, state.assignments);
    ctx.onProgress({ phase: 'Clustering in batches', done: batch + 1, total: numBatches });
  }
}

/** Each centroid becomes the mean of all images it has been given so far: the batch's weigh as one over how many it has seen. */
function pullCentroids(rows: Float32Array, numDims: number, centroids: Float32Array, numSeen: Float64Array, assignments: Int32Array): void {
  const sums = new Float64Array(centroids.length);
  assignments.forEach((cluster, i) => addRow(sums, cluster, rows, i, numDims));
  countSizes(assignments, numSeen.length).forEach((size, cluster) => {
    if (size === 0) return;
    const seen = (numSeen[cluster] as number) + size;
    numSeen[cluster] = seen;
    for (let d = cluster * numDims; d < (cluster + 1) * numDims; d++) {
      centroids[d] = (centroids[d] as number) + ((sums[d] as number) - size * (centroids[d] as number)) / seen;
    }
  });
}

function addRow(sums: Float64Array, cluster: number, rows: Float32Array, row: number, numDims: number): void {
  const from = row * numDims;
  const to = cluster * numDims;
  for (let d = 0; d < numDims; d++) sums[to + d] = (sums[to + d] as number) + (rows[from + d] as number);
}

function countSizes(assignments: Int32Array, numClusters: number): Int32Array {
  const sizes = new Int32Array(numClusters);
  for (const cluster of assignments) sizes[cluster] = (sizes[cluster] ?? 0) + 1;
  return sizes;
}

function total(values: Float32Array): number {
  return values.reduce((sum, value) => sum + value, 0);
}
