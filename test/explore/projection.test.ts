import { describe, expect, it } from 'vitest';
import { nearestNeighbours } from '../../electron/explore/neighbours.ts';
import { alignPositions } from '../../electron/explore/plane.ts';
import { jacobiEigenvectors, principalCoordinates } from '../../electron/explore/principal.ts';
import { projectNeighbours } from '../../electron/explore/projection.ts';
import type { ProjectionOptions } from '../../electron/explore/projection.ts';
import { createRandom } from '../../electron/tensor/random.ts';
import { cancelledAfter, gaussianMixture, quietContext } from './mixtures.ts';

const ctx = quietContext();

/** As the map does it: neighbours, principal coordinates to start from, layout. */
async function project(
  features: Float32Array,
  numImages: number,
  options: ProjectionOptions,
): Promise<{ map: Float32Array; plane: Float32Array }> {
  const shape = { numImages, numDims: features.length / numImages };
  const neighbours = await nearestNeighbours(features, shape, 15, null, ctx);
  const { coordinates, numDims } = await principalCoordinates(features, shape, { numKept: 2, seed: 1, centre: true }, null, ctx);
  const plane = new Float32Array(numImages * 2);
  for (let i = 0; i < numImages; i++) for (let d = 0; d < numDims; d++) plane[i * 2 + d] = coordinates[i * numDims + d]!;
  return { map: await projectNeighbours(neighbours, plane, options, ctx), plane };
}

const squared = (rows: Float32Array, numDims: number, i: number, j: number): number => {
  let sum = 0;
  for (let d = 0; d < numDims; d++) sum += (rows[i * numDims + d]! - rows[j * numDims + d]!) ** 2;
  return sum;
};

function order(rows: Float32Array, numDims: number, i: number): number[] {
  const distances = Array.from({ length: rows.length / numDims }, (_, j) => squared(rows, numDims, i, j));
  return Array.from(distances.keys())
    .filter((j) => j !== i)
    .sort((a, b) => distances[a]! - distances[b]!);
}

/** Trustworthiness (Venna and Kaski 2001): 1 where the k nearest on the map are near in the features too, .5 for a random map. */
function trustworthiness(features: Float32Array, map: Float32Array, k: number): number {
  const n = map.length / 2;
  const numDims = features.length / n;
  let penalty = 0;
  for (let i = 0; i < n; i++) {
    const ranks = new Map(order(features, numDims, i).map((j, rank) => [j, rank + 1]));
    for (const j of order(map, 2, i).slice(0, k)) penalty += Math.max(0, ranks.get(j)! - k);
  }
  return 1 - (2 / (n * k * (2 * n - 3 * k - 1))) * penalty;
}

/** Share of the images whose nearest on the map is of the same component. */
function purity(map: Float32Array, components: Int32Array): number {
  const n = map.length / 2;
  return Array.from({ length: n }, (_, i) => order(map, 2, i)[0]!).filter((j, i) => components[j] === components[i]).length / n;
}

describe('projectNeighbours', () => {
  const mixture = gaussianMixture({ sizes: new Array<number>(20).fill(20), numDims: 24, spread: 0.4, seed: 5 });

  it('keeps neighbours together far better than principal components, and groups apart', async () => {
    const { map, plane } = await project(mixture.features, mixture.numImages, { seed: 3 });
    const ours = trustworthiness(mixture.features, map, 10);
    expect(ours).toBeGreaterThan(trustworthiness(mixture.features, plane, 10) + 0.05);
    expect(ours).toBeGreaterThan(0.9);
    expect(purity(map, mixture.components)).toBeGreaterThan(0.98);
    expect(purity(plane, mixture.components)).toBeLessThan(0.95);
    for (const value of map) expect(Math.abs(value)).toBeLessThanOrEqual(1);
    expect(map.reduce((most, value) => Math.max(most, Math.abs(value)), 0)).toBe(1);
  });

  it('gives the same map for the same seed, and another for another', async () => {
    const options = { seed: 3, numRounds: 40 };
    const first = await project(mixture.features, mixture.numImages, options);
    expect((await project(mixture.features, mixture.numImages, options)).map).toEqual(first.map);
    expect((await project(mixture.features, mixture.numImages, { ...options, seed: 4 })).map).not.toEqual(first.map);
  });

  it('starts from an earlier map and stays near it, also with new images', async () => {
    const first = await project(mixture.features, mixture.numImages, { seed: 3 });
    const random = createRandom(9);
    const moved = mixture.features.map((value) => value + 0.1 * random.normal());
    const init = first.map.map((value, at) => (at < 20 ? NaN : value));
    const distanceTo = (map: Float32Array): number => {
      let sum = 0;
      for (let i = 20; i < map.length; i += 2) sum += Math.hypot(map[i]! - first.map[i]!, map[i + 1]! - first.map[i + 1]!);
      return sum / (map.length / 2 - 10);
    };
    const next = await project(moved, mixture.numImages, { seed: 8, init });
    const fresh = await project(moved, mixture.numImages, { seed: 8 });
    expect(distanceTo(next.map)).toBeLessThan(0.6 * distanceTo(fresh.map));
    expect(purity(next.map, mixture.components)).toBeGreaterThan(0.98);
  });

  it.each([
    ['no image', 0, () => 0],
    ['one', 1, (at: number) => at],
    ['two', 2, (at: number) => Math.sin(at)],
    ['three', 3, (at: number) => Math.sin(at)],
    ['copies of two', 40, (at: number) => Math.sin((at % 12) + 1)],
    ['all the same', 30, () => 1],
    ['all zero', 30, () => 0],
  ])('survives %s', async (_, numImages, value) => {
    const features = Float32Array.from({ length: numImages * 6 }, (__, at) => value(at));
    const neighbours =
      numImages === 0
        ? { numImages: 0, numNeighbours: 0, indices: new Int32Array(0), distances: new Float32Array(0) }
        : await nearestNeighbours(features, { numImages, numDims: 6 }, 15, null, ctx);
    const map = await projectNeighbours(neighbours, new Float32Array(numImages * 2), { seed: 1 }, ctx);
    expect(map).toHaveLength(numImages * 2);
    expect(map.every((coordinate) => Math.abs(coordinate) <= 1)).toBe(true);
  });

  it('stops when cancelled, and refuses positions of another number of images', async () => {
    const { numImages, numDims, features } = mixture;
    const neighbours = await nearestNeighbours(features, { numImages, numDims }, 15, null, ctx);
    const start = new Float32Array(numImages * 2);
    const reason = new Error('enough');
    await expect(projectNeighbours(neighbours, start, { seed: 1 }, cancelledAfter(0, reason))).rejects.toBe(reason);
    await expect(projectNeighbours(neighbours, start.subarray(2), { seed: 1 }, ctx)).rejects.toMatchObject({ code: 'invalid-input' });
  });
});

describe('principalCoordinates', () => {
  it('keep distances where features vary in few directions', async () => {
    const random = createRandom(2);
    const [numImages, numDims, rank] = [60, 40, 5];
    const axes = Float32Array.from({ length: rank * numDims }, () => random.normal());
    const features = new Float32Array(numImages * numDims);
    for (let i = 0; i < numImages; i++) {
      for (let r = 0; r < rank; r++) {
        const weight = random.normal();
        for (let d = 0; d < numDims; d++) features[i * numDims + d] = features[i * numDims + d]! + weight * axes[r * numDims + d]!;
      }
    }
    for (const centre of [true, false]) {
      const options = { numKept: 8, seed: 1, centre };
      const { coordinates, numDims: kept } = await principalCoordinates(features, { numImages, numDims }, options, null, ctx);
      expect(kept).toBe(8);
      for (let i = 1; i < numImages; i++) expect(squared(coordinates, kept, 0, i)).toBeCloseTo(squared(features, numDims, 0, i), 2);
      const variance = Array.from({ length: kept }, (_, d) => {
        let sum = 0;
        for (let i = 0; i < numImages; i++) sum += coordinates[i * kept + d]! ** 2;
        return sum;
      });
      expect(variance).toEqual(variance.toSorted((a, b) => b - a));
    }
  });
});

describe('jacobiEigenvectors', () => {
  it('diagonalises, largest first', () => {
    const matrix = Float64Array.from([2, 1, 0, 1, 2, 0, 0, 0, 5]);
    const [a, b, c] = jacobiEigenvectors(matrix, 3);
    const times = (v: Float64Array): number[] => [0, 1, 2].map((i) => v.reduce((sum, x, j) => sum + matrix[i * 3 + j]! * x, 0));
    for (const [vector, value] of [
      [a!, 5],
      [b!, 3],
      [c!, 1],
    ] as const) {
      times(vector).forEach((product, i) => expect(product).toBeCloseTo(value * vector[i]!, 10));
    }
  });
});

describe('alignPositions', () => {
  it.each([false, true])('undoes a turn, a shift and a scale (mirrored: %s)', (isMirrored) => {
    const target = Float32Array.from([0, 0, 1, 0, 0, 2, -3, 1]);
    const [c, s] = [Math.cos(0.7), Math.sin(0.7)];
    const moved = new Float32Array(8);
    for (let i = 0; i < 8; i += 2) {
      const [x, y] = [target[i]!, target[i + 1]! * (isMirrored ? -1 : 1)];
      moved[i] = 4 + 3 * (c * x - s * y);
      moved[i + 1] = -2 + 3 * (s * x + c * y);
    }
    const known = target.map((value, at) => (at < 2 ? NaN : value));
    alignPositions(moved, known);
    moved.forEach((value, at) => expect(value).toBeCloseTo(target[at]!, 4));
  });
});
