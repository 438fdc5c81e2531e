/** Images unlike all others. */
import { AppError } from '../contract/errors.ts';
import type { Neighbours } from './neighbours.ts';

export interface OutlierOptions {
  /** Neighbours averaged over; 10 unless told, fewer where the lists are shorter. */
  readonly numNeighbours?: number;
  /** Interquartile ranges above the third quartile; 1.7 unless told. */
  readonly numRanges?: number;
}

export interface Outliers {
  /** [N], mean distance to the nearest neighbours: the higher, the stranger. */
  readonly scores: Float32Array;
  /** The score above which an image is an outlier: Q3 + numRanges (Q3 - Q1). */
  readonly threshold: number;
  /** The outliers, strangest first, ties by index. */
  readonly indices: Int32Array;
}

/**
 * Images whose mean distance to their 10 nearest neighbours lies above Q3 + k IQR of all images, as in cleanlab's Datalab.
 * Quartiles are interpolated linearly. Throws `AppError` `invalid-input` if `numNeighbours` is below 1.
 */
export function findOutliers(neighbours: Neighbours, { numNeighbours = 10, numRanges = 1.7 }: OutlierOptions = {}): Outliers {
  if (!(numNeighbours >= 1)) throw new AppError('invalid-input', `Outliers need at least one neighbour, not ${numNeighbours}.`);
  const { numImages, distances } = neighbours;
  const k = Math.min(numNeighbours, neighbours.numNeighbours);
  const scores = new Float32Array(numImages);
  if (k === 0) return { scores, threshold: 0, indices: new Int32Array(0) };
  for (let i = 0; i < numImages; i++) {
    const start = i * neighbours.numNeighbours;
    scores[i] = distances.subarray(start, start + k).reduce((sum, distance) => sum + distance, 0) / k;
  }
  const sorted = scores.slice().sort();
  const q1 = quantile(sorted, 0.25);
  const q3 = quantile(sorted, 0.75);
  const threshold = q3 + numRanges * (q3 - q1);
  const indices = Int32Array.from({ length: numImages }, (_, i) => i)
    .filter((i) => (scores[i] as number) > threshold)
    .sort((a, b) => (scores[b] as number) - (scores[a] as number) || a - b);
  return { scores, threshold, indices };
}

function quantile(sorted: Float32Array, share: number): number {
  const position = share * (sorted.length - 1);
  const below = Math.floor(position);
  const lower = sorted[below] as number;
  const upper = sorted[Math.ceil(position)] as number;
  return lower + (position - below) * (upper - lower);
}
