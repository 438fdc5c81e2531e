import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planBatch } from '../../electron/explore/hand-over.ts';

describe('planBatch', () => {
  it('covers until there are five labels a class on average, of two classes at least', () => {
    expect(planBatch({ classCounts: [], clusterCounts: [] }, 10)).toEqual({ numCover: 10, numDoubt: 0 });
    expect(planBatch({ classCounts: [40], clusterCounts: [] }, 10)).toEqual({ numCover: 10, numDoubt: 0 });
    expect(planBatch({ classCounts: [40, 0], clusterCounts: [] }, 10)).toEqual({ numCover: 10, numDoubt: 0 });
    expect(planBatch({ classCounts: [7, 2], clusterCounts: [3, 6] }, 10)).toEqual({ numCover: 10, numDoubt: 0 });
    expect(planBatch({ classCounts: [8, 2], clusterCounts: [4, 6] }, 10)).toEqual({ numCover: 0, numDoubt: 10 });
  });

  it('keeps one in five for classes and clusters without labels, and no more than there are of them', () => {
    expect(planBatch({ classCounts: [10, 9, 0], clusterCounts: [] }, 11)).toEqual({ numCover: 1, numDoubt: 10 });
    expect(planBatch({ classCounts: [10, 9], clusterCounts: [0, 0, 0, 0] }, 11)).toEqual({ numCover: 3, numDoubt: 8 });
    expect(planBatch({ classCounts: [10, 9], clusterCounts: [0, 0, 12] }, 50)).toEqual({ numCover: 2, numDoubt: 48 });
  });

  it('shares out exactly the budget', () => {
    const counts = fc.array(fc.nat(30), { maxLength: 12 });
    fc.assert(
      fc.property(counts, counts, fc.nat(100), (classCounts, clusterCounts, budget) => {
        const { numCover, numDoubt } = planBatch({ classCounts, clusterCounts }, budget);
        expect(numCover + numDoubt).toBe(budget);
        expect(Math.min(numCover, numDoubt)).toBeGreaterThanOrEqual(0);
      }),
      { seed: 1 },
    );
  });
});
