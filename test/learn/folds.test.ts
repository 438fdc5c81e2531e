import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { repeatedFolds, rowsOfFold, stratifiedFolds } from '../../electron/learn/folds.ts';
import { createRandom } from '../../electron/tensor/random.ts';

const labelled = fc.array(fc.nat(4), { minLength: 2, maxLength: 60 }).map((list) => Int32Array.from(list));
const numFoldsOf = fc.integer({ min: 2, max: 7 });

function countIn(foldOf: Int32Array, numFolds: number, counted: (i: number) => boolean): number[] {
  const counts = new Array<number>(numFolds).fill(0);
  foldOf.forEach((fold, i) => (counts[fold]! += counted(i) ? 1 : 0));
  return counts;
}

describe('stratifiedFolds', () => {
  it('spreads all items and every class evenly, to within one', () => {
    fc.assert(
      fc.property(labelled, numFoldsOf, fc.nat(), (labels, wanted, seed) => {
        const { foldOf, numFolds } = stratifiedFolds(labels, { numFolds: wanted, seed });
        expect(numFolds).toBe(Math.min(wanted, labels.length));
        for (const counted of [() => true, ...[0, 1, 2, 3, 4].map((k) => (i: number) => labels[i] === k)]) {
          const counts = countIn(foldOf, numFolds, counted);
          expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
        }
      }),
      { seed: 2 },
    );
  });

  it('never splits a group, fills every fold and repeats itself for a seed', () => {
    fc.assert(
      fc.property(labelled, numFoldsOf, fc.nat(), fc.integer({ min: 2, max: 12 }), (labels, wanted, seed, numGroups) => {
        const random = createRandom(seed);
        const groups = labels.map((_, i) => (i < 2 ? i : random.int(numGroups)));
        const options = { numFolds: wanted, seed, groups };
        const { foldOf, numFolds } = stratifiedFolds(labels, options);
        const foldOfGroup = new Map<number, number>();
        groups.forEach((group, i) => {
          expect(foldOfGroup.get(group) ?? foldOf[i]).toBe(foldOf[i]);
          foldOfGroup.set(group, foldOf[i]!);
        });
        expect(new Set(foldOf).size).toBe(numFolds);
        expect(stratifiedFolds(labels, options).foldOf).toEqual(foldOf);
      }),
      { seed: 3 },
    );
  });

  it('keeps classes nearly even when groups are small', () => {
    const labels = Int32Array.from({ length: 120 }, (_, i) => Math.floor(i / 2) % 3);
    const groups = labels.map((_, i) => Math.floor(i / 2));
    const { foldOf, numFolds } = stratifiedFolds(labels, { numFolds: 5, seed: 1, groups });
    for (const k of [0, 1, 2]) expect(countIn(foldOf, numFolds, (i) => labels[i] === k)).toEqual([8, 8, 8, 8, 8]);
  });

  it('refuses what cannot be split', () => {
    expect(() => stratifiedFolds(Int32Array.of(1), { numFolds: 5, seed: 0 })).toThrow(/label more images/);
    expect(() => stratifiedFolds(Int32Array.of(1, 0), { numFolds: 5, seed: 0, groups: Int32Array.of(4, 4) })).toThrow(/two separate/);
    expect(() => stratifiedFolds(Int32Array.of(1, 0), { numFolds: 5, seed: 0, groups: Int32Array.of(4) })).toThrow(/one for each/);
  });
});

it('repeats differ from one another and are the same for the same seed', () => {
  const labels = Int32Array.from({ length: 50 }, (_, i) => i % 4);
  const options = { numFolds: 5, numRepeats: 4, seed: 9 };
  const repeats = repeatedFolds(labels, options);
  expect(new Set(repeats.map(({ foldOf }) => foldOf.join())).size).toBe(4);
  expect(repeatedFolds(labels, options)).toEqual(repeats);
  expect(repeatedFolds(labels, { ...options, numRepeats: 2 })).toEqual(repeats.slice(0, 2));
});

it('rowsOfFold parts the rows in two', () => {
  const folds = { foldOf: Int32Array.of(0, 1, 2, 1), numFolds: 3 };
  expect([...rowsOfFold(folds, 1, true)]).toEqual([1, 3]);
  expect([...rowsOfFold(folds, 1, false)]).toEqual([0, 2]);
});
