/** Lloyd's iterations, the inner part of k-means. */
import type { RunContext } from '../contract/progress.ts';
import { squaredRowLengths } from './kmeans-seeding.ts';
import { squaredDistance } from './normalise.ts';
import type { FeatureShape } from './normalise.ts';
import type { Products } from './products.ts';

/** Images compared with the centroids at a time. */
export const ASSIGN_ROWS = 1024;

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

/** What `assignToNearest` fills. */
export interface Assignment {
  readonly assignments: Int32Array;
  readonly squaredDistances: Float32Array;
}

/**
 * Lloyd's iterations from `centroids` [K, D], which are moved in place, until no image changes its cluster or there have been
 * `maxIterations`. A cluster that loses all its images starts again at the image furthest from its centroid. Throws the signal's
 * reason when cancelled.
 */
export async function iterateLloyd(
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
  await assignToNearest(features, shape, centroids, products, state, ctx);
  let numIterations = 0;
  let numChanged = numImages;
  while (numIterations < maxIterations && numChanged > 0) {
    moveCentroids(features, numDims, centroids, state);
    numChanged = await assignToNearest(features, shape, centroids, products, state, ctx);
    ctx.onProgress({ phase: 'Clustering', done: ++numIterations, total: maxIterations });
  }
  const inertia = state.squaredDistances.reduce((sum, squared) => sum + squared, 0);
  return { numClusters, centroids, sizes: countSizes(state.assignments, numClusters), ...state, inertia, numIterations };
}

/**
 * Gives every image of `features` [N, D] to its nearest centroid, ties by index; writes `state` and returns how many images changed.
 * Throws the signal's reason when cancelled.
 */
export async function assignToNearest(
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

/** Adds a row to the sum of its cluster. */
export function addRow(sums: Float64Array, cluster: number, rows: Float32Array, row: number, numDims: number): void {
  const from = row * numDims;
  const to = cluster * numDims;
  for (let d = 0; d < numDims; d++) sums[to + d] = (sums[to + d] as number) + (rows[from + d] as number);
}

/** How many images every cluster has. */
export function countSizes(assignments: Int32Array, numClusters: number): Int32Array {
  const sizes = new Int32Array(numClusters);
  for (const cluster of assignments) sizes[cluster] = (sizes[cluster] ?? 0) + 1;
  return sizes;
}
