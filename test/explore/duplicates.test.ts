import { describe, expect, it } from 'vitest';
import { groupDuplicates, redundantCopies } from '../../electron/explore/duplicates.ts';
import { nearestNeighbours } from '../../electron/explore/neighbours.ts';
import { createRandom } from '../../electron/tensor/random.ts';
import { quietContext } from './mixtures.ts';

/** Neighbours of random directions, with some rows replaced by almost copies of others. */
async function neighboursOf(numImages: number, copies: readonly (readonly [copy: number, of: number, noise: number])[]) {
  const random = createRandom(1);
  const numDims = 16;
  const features = Float32Array.from({ length: numImages * numDims }, () => random.normal());
  for (const [copy, of, noise] of copies) {
    for (let d = 0; d < numDims; d++) features[copy * numDims + d] = features[of * numDims + d]! + noise * random.normal();
  }
  return nearestNeighbours(features, { numImages, numDims }, 10, null, quietContext());
}

const asArrays = (groups: readonly Int32Array[]): number[][] => groups.map((group) => [...group]);

describe('groupDuplicates', () => {
  it('joins near copies, also through others, and nothing else', async () => {
    const neighbours = await neighboursOf(60, [
      [7, 3, 0.01],
      [40, 7, 0.01],
      [21, 20, 0],
      [50, 51, 0.5],
    ]);
    const { groups, threshold } = groupDuplicates(neighbours);
    expect(asArrays(groups)).toEqual([
      [3, 7, 40],
      [20, 21],
    ]);
    const nearest = Array.from({ length: 60 }, (_, i) => neighbours.distances[i * 10]!).sort((a, b) => a - b);
    expect(threshold).toBeCloseTo((0.13 * (nearest[29]! + nearest[30]!)) / 2, 6);
    expect(asArrays(groupDuplicates(neighbours, { nearShare: 0 }).groups)).toEqual([[20, 21]]);
  });

  it('joins more copies than a neighbour list holds, where most images are copies', async () => {
    const copies = Array.from({ length: 40 }, (_, i) => [i + 10, 5, 0] as const);
    const { groups } = groupDuplicates(await neighboursOf(60, copies));
    expect(asArrays(groups)).toEqual([[5, ...copies.map(([copy]) => copy)]]);
  });

  it('joins equal hashes whatever the features', async () => {
    const neighbours = await neighboursOf(20, [[7, 3, 0.01]]);
    const hashes = Array.from({ length: 20 }, (_, i) => (i === 3 || i === 12 || i === 15 ? 'same' : i < 9 ? null : `hash ${i}`));
    expect(asArrays(groupDuplicates(neighbours, { hashes }).groups)).toEqual([[3, 7, 12, 15]]);
    expect(() => groupDuplicates(neighbours, { hashes: ['one'] })).toThrow('hashes');
  });

  it('finds nothing among one image or none', async () => {
    expect(groupDuplicates(await neighboursOf(1, [])).groups).toEqual([]);
    expect(groupDuplicates(await neighboursOf(0, [])).groups).toEqual([]);
  });
});

describe('redundantCopies', () => {
  it('leaves one of each group to ask for, unless one is labelled', () => {
    const groups = [Int32Array.of(2, 9, 100), Int32Array.of(5, 11), Int32Array.of(1, 3)];
    expect([...redundantCopies(groups, Int32Array.of(9, 3))]).toEqual([1, 2, 11, 100]);
    expect([...redundantCopies(groups, Int32Array.of())]).toEqual([3, 9, 11, 100]);
  });
});
