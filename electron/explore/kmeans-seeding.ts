/** First centres for k-means. */
import { setImmediate } from 'node:timers/promises';
import type { RunContext } from '../contract/progress.ts';
import type { Random } from '../tensor/random.ts';
import type { FeatureShape } from './normalise.ts';
import { multiplyRows } from './products.ts';

/** Below this share of the squared lengths, a squared distance from float32 products is rounding: the rows are copies of each other. */
const ROUNDING = 1e-6;

/**
 * k-means++ (Arthur and Vassilvitskii 2007): the first centre is any row, each further one a row drawn with a chance proportional to its
 * squared distance from the nearest centre so far. Where all distances are zero, any row.
 *
 * Returns `numClusters` rows of `features` [N, D] as [numClusters, D]. Throws the signal's reason when cancelled.
 */
export async function seedCentroids(
  features: Float32Array,
  { numImages, numDims }: FeatureShape,
  numClusters: number,
  random: Random,
  ctx: RunContext,
): Promise<Float32Array> {
  const squaredLengths = squaredRowLengths(features, numDims);
  const nearest = new Float64Array(numImages).fill(Infinity);
  const centroids = new Float32Array(numClusters * numDims);
  let chosen = random.int(numImages);
  for (let c = 0; c < numClusters; c++) {
    if (c > 0) chosen = drawByWeight(nearest, random);
    const centre = features.subarray(chosen * numDims, (chosen + 1) * numDims);
    centroids.set(centre, c * numDims);
    const products = multiplyRows(centre, features, numDims);
    const squaredLength = squaredLengths[chosen] as number;
    for (let i = 0; i < numImages; i++) {
      const lengths = squaredLength + (squaredLengths[i] as number);
      const squared = lengths - 2 * (products[i] as number);
      nearest[i] = Math.min(nearest[i] as number, squared > ROUNDING * lengths ? squared : 0);
    }
    ctx.onProgress({ phase: 'Choosing first centres', done: c + 1, total: numClusters });
    await setImmediate();
    ctx.signal.throwIfAborted();
  }
  return centroids;
}

/** The squared Euclidean length of every row, [rows]. */
export function squaredRowLengths(rows: Float32Array, numDims: number): Float64Array {
  return Float64Array.from({ length: rows.length / numDims }, (_, i) => {
    let sum = 0;
    for (let d = i * numDims; d < (i + 1) * numDims; d++) sum += (rows[d] as number) ** 2;
    return sum;
  });
}

/** A position drawn with a chance proportional to its weight; any where all are zero. */
export function drawByWeight(weights: Float64Array, random: Random): number {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  if (total === 0) return random.int(weights.length);
  let left = random.next() * total;
  let last = 0;
  for (let i = 0; i < weights.length; i++) {
    const weight = weights[i] as number;
    if (weight === 0) continue;
    last = i;
    left -= weight;
    if (left < 0) break;
  }
  return last;
}
