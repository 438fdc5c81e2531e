import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clusterFeatures, kmeans, miniBatchKmeans } from '../../electron/explore/kmeans.ts';
import type { Clustering } from '../../electron/explore/lloyd.ts';
import { seedCentroids } from '../../electron/explore/kmeans-seeding.ts';
import { createCompiledExecutor } from '../../electron/tensor/compiled.ts';
import { createRandom } from '../../electron/tensor/random.ts';
import { cancelledAfter, gaussianMixture, quietContext } from './mixtures.ts';

const clustered = gaussianMixture({ sizes: [120, 60, 30, 15, 8], numDims: 12, spread: 0.15, seed: 1 });
const diffuse = gaussianMixture({ sizes: [300], numDims: 5, spread: 1, seed: 2 });

/** Distances of every image to every centroid, in double precision. */
function distancesTo({ centroids, numClusters }: Clustering, features: Float32Array, numDims: number): number[][] {
  return Array.from({ length: features.length / numDims }, (_, i) =>
    Array.from({ length: numClusters }, (__, c) => {
      let sum = 0;
      for (let d = 0; d < numDims; d++) sum += (features[i * numDims + d]! - centroids[c * numDims + d]!) ** 2;
      return sum;
    }),
  );
}

describe.each([
  ['kmeans', kmeans],
  ['miniBatchKmeans', miniBatchKmeans],
])('%s', (_name, cluster) => {
  it('finds well separated groups, however unequal', async () => {
    const { features, components } = clustered;
    for (let seed = 0; seed < 5; seed++) {
      const { assignments, inertia, numClusters } = await cluster(features, clustered, { numClusters: 12, seed }, null, quietContext());
      const seen = new Map<number, Set<number>>();
      assignments.forEach((c, i) => seen.set(c, (seen.get(c) ?? new Set()).add(components[i]!)));
      expect(numClusters).toBe(12);
      expect([...seen.values()].every((set) => set.size === 1)).toBe(true);
      expect(inertia).toBeLessThan(clustered.numImages * 12 * 0.15 ** 2);
    }
  });

  it('reports the nearest centroid, its distance, sizes and inertia, as brute force has them', async () => {
    for (const executor of [null, await createCompiledExecutor()]) {
      const found = await cluster(diffuse.features, diffuse, { numClusters: 9, seed: 3 }, executor, quietContext());
      const distances = distancesTo(found, diffuse.features, diffuse.numDims);
      const sizes = new Int32Array(9);
      let inertia = 0;
      distances.forEach((row, i) => {
        const least = Math.min(...row);
        expect(row[found.assignments[i]!]).toBeCloseTo(least, 5);
        expect(found.squaredDistances[i]).toBeCloseTo(least, 5);
        sizes[found.assignments[i]!]!++;
        inertia += least;
      });
      expect(found.sizes).toEqual(sizes);
      expect(found.inertia).toBeCloseTo(inertia, 2);
    }
  });

  it('repeats itself for a seed and differs between seeds', async () => {
    const run = (seed: number) => cluster(diffuse.features, diffuse, { numClusters: 20, seed }, null, quietContext());
    const first = await run(1);
    expect(await run(1)).toEqual(first);
    expect((await run(2)).assignments).not.toEqual(first.assignments);
  });

  it('has a non-empty cluster for each of as many distinct images, and copes with fewer', async () => {
    const three = Float32Array.from([0, 0, 5, 0, 0, 5, 0, 0, 5, 0, 0, 0]);
    const shape = { numImages: 6, numDims: 2 };
    for (let seed = 0; seed < 10; seed++) {
      const exact = await cluster(three, shape, { numClusters: 3, seed }, null, quietContext());
      expect([...exact.sizes].sort()).toEqual([1, 2, 3]);
      expect(exact.inertia).toBe(0);
      const tooMany = await cluster(three, shape, { numClusters: 5, seed }, null, quietContext());
      expect(tooMany.sizes.filter((size) => size > 0).length).toBe(3);
    }
  });

  it('refuses impossible numbers of clusters, and stops with the reason of the signal', async () => {
    for (const numClusters of [0, 301, 2.5]) {
      const attempt = cluster(diffuse.features, diffuse, { numClusters, seed: 1 }, null, quietContext());
      await expect(attempt).rejects.toMatchObject({ code: 'invalid-input' });
    }
    const reason = new Error('enough');
    for (const numReports of [0, 3, 6]) {
      const attempt = cluster(diffuse.features, diffuse, { numClusters: 5, seed: 1 }, null, cancelledAfter(numReports, reason));
      await expect(attempt).rejects.toBe(reason);
    }
  });
});

describe('kmeans', () => {
  it('lowers the inertia with every iteration', async () => {
    const inertias: number[] = [];
    for (let maxIterations = 0; maxIterations <= 12; maxIterations++) {
      inertias.push((await kmeans(diffuse.features, diffuse, { numClusters: 12, seed: 4, maxIterations }, null, quietContext())).inertia);
    }
    for (let i = 1; i < inertias.length; i++) expect(inertias[i]!).toBeLessThanOrEqual(inertias[i - 1]! * (1 + 1e-6));
    expect(inertias[5]!).toBeLessThan(0.95 * inertias[0]!);
  });

  it('ends where centroids are the means of their images', async () => {
    const { centroids, assignments, sizes } = await kmeans(
      clustered.features,
      clustered,
      { numClusters: 5, seed: 1 },
      null,
      quietContext(),
    );
    const { numDims, features } = clustered;
    const sums = new Float64Array(centroids.length);
    assignments.forEach((c, i) => {
      for (let d = 0; d < numDims; d++) sums[c * numDims + d]! += features[i * numDims + d]!;
    });
    sums.forEach((sum, at) => expect(centroids[at]).toBeCloseTo(sum / sizes[Math.floor(at / numDims)]!, 5));
  });

  it('gives the same clusters on an executor as in plain loops', async () => {
    const executor = await createCompiledExecutor();
    const onExecutor = await kmeans(clustered.features, clustered, { numClusters: 5, seed: 2 }, executor, quietContext());
    const plain = await kmeans(clustered.features, clustered, { numClusters: 5, seed: 2 }, null, quietContext());
    expect(onExecutor.assignments).toEqual(plain.assignments);
  });

  it('keeps every image of any features in one of its clusters', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 3 }), fc.nat(), async (numImages, numDims, n) => {
        const random = createRandom(n);
        const features = Float32Array.from({ length: numImages * numDims }, () => random.int(7) - 3);
        const numClusters = 1 + (n % numImages);
        const found = await kmeans(features, { numImages, numDims }, { numClusters, seed: n }, null, quietContext());
        const distinct = new Set(Array.from({ length: numImages }, (_, i) => features.subarray(i * numDims, (i + 1) * numDims).join()));
        expect(found.sizes.reduce((sum, size) => sum + size, 0)).toBe(numImages);
        expect(found.sizes.filter((size) => size > 0).length).toBe(Math.min(numClusters, distinct.size));
      }),
      { seed: 2, numRuns: 80 },
    );
  });
});

describe('miniBatchKmeans', () => {
  it('comes close to full iterations over several batches', async () => {
    const large = gaussianMixture({ sizes: [9000, 2500, 700, 200], numDims: 4, spread: 0.5, seed: 5 });
    const options = { numClusters: 60, seed: 1 };
    const executor = await createCompiledExecutor();
    const full = await kmeans(large.features, large, options, executor, quietContext());
    const batches = await miniBatchKmeans(large.features, large, options, executor, quietContext());
    expect(batches.inertia).toBeLessThan(1.1 * full.inertia);
    const third = await kmeans(large.features, large, { ...options, maxIterations: 3 }, executor, quietContext());
    expect(batches.inertia).toBeLessThan(third.inertia);
    expect(await clusterFeatures(large.features, large, options, executor, quietContext())).toEqual(batches);
  });
});

describe('seedCentroids', () => {
  it('draws distinct rows while there are any, and prefers far ones', async () => {
    const features = Float32Array.from([0, 0.001, 0.002, 0.003, 100, -100]);
    let numAllThree = 0;
    for (let seed = 0; seed < 50; seed++) {
      const three = await seedCentroids(features, { numImages: 6, numDims: 1 }, 3, createRandom(seed), quietContext());
      expect([...three].every((x) => features.includes(x))).toBe(true);
      if (three.includes(100) && three.includes(-100)) numAllThree++;
    }
    expect(numAllThree).toBe(50);
  });
});
