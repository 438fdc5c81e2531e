/** k-means clustering: Lloyd's iterations over all images, or over mini-batches where that would be too much. */
import { AppError } from '../contract/errors.ts';
import type { RunContext } from '../contract/progress.ts';
import type { Executor } from '../tensor/program.ts';
import { createRandom } from '../tensor/random.ts';
import type { Random } from '../tensor/random.ts';
import { seedCentroids } from './kmeans-seeding.ts';
import { ASSIGN_ROWS, addRow, assignToNearest, countSizes, iterateLloyd } from './lloyd.ts';
import type { Clustering } from './lloyd.ts';
import { checkFeatures, gatherRows } from './normalise.ts';
import type { FeatureShape } from './normalise.ts';
import { createProducts } from './products.ts';
import type { Products } from './products.ts';

export interface KmeansOptions {
  readonly numClusters: number;
  readonly seed: number;
  /** 100 unless told. */
  readonly maxIterations?: number;
}

/** Images per mini-batch, and the most clusters always given full iterations; both as in the TypiClust code. */
const MINI_BATCH_ROWS = 5000;
const MAX_FULL_CLUSTERS = 50;
/** Passes over the images in mini-batches before the closing full iterations. */
const MINI_BATCH_PASSES = 3;
const CLOSING_ITERATIONS = 2;
const SEEDING_ROWS_PER_CLUSTER = 3;

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
 * k-means with k-means++ seeding and Lloyd's iterations until no image changes its cluster, 100 at most unless told. A cluster that
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
    iterateLloyd(features, shape, centroids, options.maxIterations ?? 100, products, ctx),
  );
}

/**
 * Mini-batch k-means (Sculley 2010): k-means++ on a random part, three passes in batches of 5,000 that pull each centroid towards its
 * new images by the inverse of how many it has seen, then two full iterations. Parameters and errors are those of `kmeans`;
 * `maxIterations` bounds the batches.
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
    return iterateLloyd(features, shape, centroids, CLOSING_ITERATIONS, products, ctx);
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
    await assignToNearest(rows, { numImages: batchRows, numDims }, centroids, products, state, ctx);
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
