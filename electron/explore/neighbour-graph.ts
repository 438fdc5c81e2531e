/** Neighbour lists as a weighted graph, for layouts. */
import type { Neighbours } from './neighbours.ts';

/** Undirected edges, each once. */
export interface NeighbourGraph {
  readonly numImages: number;
  readonly from: Int32Array;
  readonly to: Int32Array;
  /** Over 0 to 1. */
  readonly weights: Float32Array;
}

/** Nearer, weights are as good as 1; and below, an edge would be drawn on less than once in all rounds. */
const smallestWidth = 1e-3;
const numBisections = 64;

/**
 * The fuzzy graph of UMAP (McInnes, Healy and Melville 2018) over the first `k` neighbours: towards each neighbour an image has the weight
 * exp(-(distance - nearest) / width), the width such that the weights add up to log2(k); an edge has the probabilistic sum of its two
 * directions. Distances are thereby relative to how densely images lie around.
 */
export function createGraph({ numImages, numNeighbours, indices, distances }: Neighbours, k: number): NeighbourGraph {
  const numUsed = Math.min(k, numNeighbours);
  const directed = new Map<number, number>();
  const meanDistance = distances.reduce((sum, distance) => sum + distance, 0) / Math.max(1, distances.length);
  for (let i = 0; i < numImages; i++) {
    const row = distances.subarray(i * numNeighbours, i * numNeighbours + numUsed);
    const weights = weightsOf(row, meanDistance);
    for (let n = 0; n < numUsed; n++) {
      const j = indices[i * numNeighbours + n] as number;
      const key = Math.min(i, j) * numImages + Math.max(i, j);
      const [weight, other] = [weights[n] as number, directed.get(key) ?? 0];
      directed.set(key, weight + other - weight * other);
    }
  }
  const from = new Int32Array(directed.size);
  const to = new Int32Array(directed.size);
  const weights = new Float32Array(directed.size);
  let edge = 0;
  for (const [key, weight] of directed) {
    from[edge] = Math.floor(key / numImages);
    to[edge] = key % numImages;
    weights[edge++] = weight;
  }
  return { numImages, from, to, weights };
}

/** Weights for rising distances. */
function weightsOf(distances: Float32Array, meanDistance: number): Float64Array {
  const nearest = distances.find((distance) => distance > 0) ?? 0;
  const wanted = Math.log2(distances.length);
  let low = 0;
  let high = Infinity;
  let width = 1;
  const weightAt = (distance: number): number => (distance <= nearest ? 1 : Math.exp(-(distance - nearest) / width));
  for (let step = 0; step < numBisections; step++) {
    const sum = distances.reduce((total, distance) => total + weightAt(distance), 0);
    if (Math.abs(sum - wanted) < 1e-5) break;
    if (sum > wanted) high = width;
    else low = width;
    width = high === Infinity ? width * 2 : (low + high) / 2;
  }
  width = Math.max(width, smallestWidth * meanDistance, Number.MIN_VALUE);
  return Float64Array.from(distances, weightAt);
}
