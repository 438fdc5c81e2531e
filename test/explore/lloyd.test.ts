import { describe, expect, it } from 'vitest';
import { iterateLloyd } from '../../electron/explore/lloyd.ts';
import { createProducts } from '../../electron/explore/products.ts';
import { quietContext } from './mixtures.ts';

const run = async (features: Float32Array, centroids: Float32Array, maxIterations = 100) => {
  const products = await createProducts({ maxRowsA: features.length, maxRowsB: centroids.length, numDims: 1 }, null);
  return iterateLloyd(features, { numImages: features.length, numDims: 1 }, centroids, maxIterations, products, quietContext());
};

describe('iterateLloyd', () => {
  it('starts an empty cluster again at the image furthest from its centroid', async () => {
    const found = await run(Float32Array.of(0, 1, 2, 50), Float32Array.of(1, 900, 800));
    expect([...found.sizes]).toEqual([2, 1, 1]);
    expect([...found.centroids]).toEqual([1.5, 50, 0]);
    expect(found.inertia).toBe(0.5);
  });

  it('leaves a cluster empty where every image lies on a centroid', async () => {
    const found = await run(Float32Array.of(3, 3, 7), Float32Array.of(3, 7, 100));
    expect([...found.sizes]).toEqual([2, 1, 0]);
    expect(found.inertia).toBe(0);
  });

  it('breaks ties by index and stops when nothing changes', async () => {
    const found = await run(Float32Array.of(0, 2, 4), Float32Array.of(0, 4));
    expect([...found.assignments]).toEqual([0, 0, 1]);
    expect([...found.centroids]).toEqual([1, 4]);
    expect(found.numIterations).toBe(1);
    expect((await run(Float32Array.of(0, 2, 4), Float32Array.of(0, 4), 0)).numIterations).toBe(0);
  });
});
