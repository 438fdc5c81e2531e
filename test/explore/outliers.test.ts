import { describe, expect, it } from 'vitest';
import { nearestNeighbours } from '../../electron/explore/neighbours.ts';
import { findOutliers } from '../../electron/explore/outliers.ts';
import { gaussianMixture, quietContext } from './mixtures.ts';

describe('findOutliers', () => {
  it('finds strangers in the midst of clusters, strangest first', async () => {
    const { features, numImages, numDims } = gaussianMixture({ sizes: [80, 50, 1, 1], numDims: 24, spread: 0.2, seed: 3 });
    const alone = gaussianMixture({ sizes: [80, 50, 1, 1], numDims: 24, spread: 0.2, seed: 3 }).components.reduce<number[]>(
      (found, component, i) => (component >= 2 ? [...found, i] : found),
      [],
    );
    const neighbours = await nearestNeighbours(features, { numImages, numDims }, 15, null, quietContext());
    const { indices, scores, threshold } = findOutliers(neighbours);
    expect([...indices].sort((a, b) => a - b)).toEqual(alone);
    expect(scores[indices[0]!]!).toBeGreaterThanOrEqual(scores[indices[1]!]!);
    expect(Math.max(...scores.filter((_, i) => !alone.includes(i)))).toBeLessThan(threshold);
    expect(findOutliers(neighbours, { numRanges: 1000 }).indices.length).toBe(0);
  });

  it('takes means of the first neighbours and interpolates quartiles', () => {
    const distances = Float32Array.from([1, 3, 2, 4, 3, 5, 4, 6, 20, 40]);
    const neighbours = { numImages: 5, numNeighbours: 2, indices: new Int32Array(10), distances };
    const both = findOutliers(neighbours, { numRanges: 2 });
    expect([...both.scores]).toEqual([2, 3, 4, 5, 30]);
    expect(both.threshold).toBe(5 + 2 * (5 - 3));
    expect([...both.indices]).toEqual([4]);
    expect([...findOutliers(neighbours, { numNeighbours: 1 }).scores]).toEqual([1, 2, 3, 4, 20]);
    expect(() => findOutliers(neighbours, { numNeighbours: 0 })).toThrow('at least one');
  });

  it('finds none where all are alike or there is nothing to compare', () => {
    const alike = { numImages: 4, numNeighbours: 1, indices: Int32Array.of(1, 0, 0, 0), distances: new Float32Array(4).fill(0.1) };
    expect(findOutliers(alike).indices.length).toBe(0);
    const single = { numImages: 1, numNeighbours: 0, indices: new Int32Array(0), distances: new Float32Array(0) };
    expect(findOutliers(single).indices.length).toBe(0);
  });
});
