import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Progress } from '../../electron/contract/progress.ts';
import { nearestNeighbours, searchUnitRows } from '../../electron/explore/neighbours.ts';
import { gatherRows, l2Normalise } from '../../electron/explore/normalise.ts';
import { createProducts } from '../../electron/explore/products.ts';
import { createCompiledExecutor } from '../../electron/tensor/compiled.ts';
import { createEagerExecutor } from '../../electron/tensor/eager.ts';
import { createRandom } from '../../electron/tensor/random.ts';
import { cancelledAfter, gaussianMixture, quietContext } from './mixtures.ts';

/** All pairs, in double precision from the start. */
function bruteForce(features: Float32Array, numImages: number, numDims: number, k: number) {
  const rows = Array.from({ length: numImages }, (_, i) => {
    const row = Array.from(features.subarray(i * numDims, (i + 1) * numDims));
    const length = Math.hypot(...row);
    return row.map((x) => Math.fround(x * (length > 0 ? 1 / length : 0)));
  });
  const lists = rows.map((row, i) =>
    rows
      .map((other, j) => ({ j, distance: Math.sqrt(row.reduce((sum, x, d) => sum + (x - other[d]!) ** 2, 0)) }))
      .filter(({ j }) => j !== i)
      .sort((a, b) => a.distance - b.distance || a.j - b.j)
      .slice(0, k),
  );
  return { indices: lists.flat().map(({ j }) => j), distances: lists.flat().map(({ distance }) => distance) };
}

function expectClose(actual: Float32Array, expected: readonly number[]): void {
  expect(actual.length).toBe(expected.length);
  expected.forEach((value, i) => {
    expect(Math.abs(actual[i]! - value)).toBeLessThan(1e-6);
  });
}

describe('nearestNeighbours', () => {
  it.each([
    ['plain loops', () => Promise.resolve(null)],
    ['the eager executor', () => Promise.resolve(createEagerExecutor())],
    ['the compiled executor', () => createCompiledExecutor()],
  ])('agrees with brute force on %s', async (_name, executor) => {
    const { features, numImages, numDims } = gaussianMixture({ sizes: [60, 31, 10], numDims: 17, spread: 0.4, seed: 1 });
    const expected = bruteForce(features, numImages, numDims, 7);
    const found = await nearestNeighbours(features, { numImages, numDims }, 7, await executor(), quietContext());
    expect(found).toMatchObject({ numImages, numNeighbours: 7 });
    expect(Array.from(found.indices)).toEqual(expected.indices);
    expectClose(found.distances, expected.distances);
  });

  it('agrees with brute force however the rows are cut into blocks', async () => {
    const { features, numImages, numDims } = gaussianMixture({ sizes: [40, 13], numDims: 9, spread: 0.5, seed: 2 });
    const unit = l2Normalise(features, { numImages, numDims });
    const expected = bruteForce(features, numImages, numDims, 5);
    const executor = await createCompiledExecutor();
    for (const blockRows of [1, 8, 26, 53, 64]) {
      for (const on of [null, executor]) {
        const products = await createProducts({ maxRowsA: blockRows, maxRowsB: blockRows, numDims }, on);
        const found = await searchUnitRows(unit, { numImages, numDims }, 5, products, blockRows, quietContext());
        await products.dispose();
        expect(Array.from(found.indices)).toEqual(expected.indices);
      }
    }
  });

  it('crosses the border between blocks of the usual size', async () => {
    const { features, numImages, numDims } = gaussianMixture({ sizes: [900, 300], numDims: 4, spread: 0.5, seed: 3 });
    const reports: Progress[] = [];
    const ctx = { signal: new AbortController().signal, onProgress: (progress: Progress) => reports.push(progress) };
    const found = await nearestNeighbours(features, { numImages, numDims }, 3, await createCompiledExecutor(), ctx);
    expectClose(found.distances, bruteForce(features, numImages, numDims, 3).distances);
    expect(reports.map(({ done, total }) => [done, total])).toEqual([
      [1, 3],
      [2, 3],
      [3, 3],
    ]);
  });

  it('breaks ties by index and gives copies a distance of exactly 0', async () => {
    const row = [0.3, -1.7, 2.2];
    const features = Float32Array.from([...row, 9, 1, 1, ...row, ...row.map((x) => 2 * x), ...row, 1, 9, 1]);
    const found = await nearestNeighbours(features, { numImages: 6, numDims: 3 }, 2, null, quietContext());
    expect(Array.from(found.indices.subarray(0, 2))).toEqual([2, 3]);
    expect(Array.from(found.indices.subarray(8, 10))).toEqual([0, 2]);
    expect(Array.from(found.distances.subarray(8, 10))).toEqual([0, 0]);
  });

  it('ignores the length of rows and follows their order', async () => {
    const { features, numImages, numDims } = gaussianMixture({ sizes: [30, 20], numDims: 6, spread: 0.3, seed: 4 });
    const shape = { numImages, numDims };
    const random = createRandom(5);
    const order = random.permutation(numImages);
    const found = await nearestNeighbours(features, shape, 4, null, quietContext());
    const moved = gatherRows(features, numDims, order).map((x, at) => x * (1 + (Math.floor(at / numDims) % 7)));
    const again = await nearestNeighbours(moved, shape, 4, null, quietContext());
    const renamed = Array.from(again.indices, (index) => order[index]!);
    order.forEach((image, at) => {
      expect(renamed.slice(at * 4, at * 4 + 4)).toEqual(Array.from(found.indices.subarray(image * 4, image * 4 + 4)));
    });
  });

  it('has sorted lists of distinct others for any features', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 12 }),
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 1, max: 15 }),
        fc.nat(),
        async (numImages, numDims, k, seed) => {
          // Few levels make many ties.
          const random = createRandom(seed);
          const features = Float32Array.from({ length: numImages * numDims }, () => random.int(5) - 2);
          const found = await nearestNeighbours(features, { numImages, numDims }, k, null, quietContext());
          expect(found.numNeighbours).toBe(Math.max(0, Math.min(k, numImages - 1)));
          for (let i = 0; i < numImages; i++) {
            const list = Array.from(found.indices.subarray(i * found.numNeighbours, (i + 1) * found.numNeighbours));
            const distances = Array.from(found.distances.subarray(i * found.numNeighbours, (i + 1) * found.numNeighbours));
            expect(new Set(list).size).toBe(list.length);
            expect(list.every((j) => j >= 0 && j < numImages && j !== i)).toBe(true);
            expect(distances).toEqual(distances.toSorted((a, b) => a - b));
          }
        },
      ),
      { seed: 1, numRuns: 60 },
    );
  });

  it('stops with the reason of the signal', async () => {
    const { features, numImages, numDims } = gaussianMixture({ sizes: [1100], numDims: 2, spread: 1, seed: 6 });
    const reason = new Error('enough');
    await expect(nearestNeighbours(features, { numImages, numDims }, 1, null, cancelledAfter(1, reason))).rejects.toBe(reason);
  });

  it('refuses what it cannot search', async () => {
    const shape = { numImages: 2, numDims: 2 };
    await expect(nearestNeighbours(new Float32Array(3), shape, 1, null, quietContext())).rejects.toMatchObject({ code: 'invalid-input' });
    await expect(nearestNeighbours(new Float32Array(4), shape, 0, null, quietContext())).rejects.toMatchObject({ code: 'invalid-input' });
    const broken = Float32Array.from([1, 2, NaN, 4]);
    await expect(nearestNeighbours(broken, shape, 1, null, quietContext())).rejects.toThrow('image 1');
  });
});
