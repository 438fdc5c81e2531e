import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { budgetProgress, cosineDecay, learningRateFactor, targetMomentum } from '../../electron/learn/schedules.ts';

describe('budgetProgress', () => {
  it('takes whichever limit is nearer, and never more than 1', () => {
    expect(budgetProgress({ steps: 100 }, 25, 1e9)).toBe(0.25);
    expect(budgetProgress({ minutes: 2 }, 1e6, 30_000)).toBe(0.25);
    expect(budgetProgress({ minutes: 2, steps: 100 }, 80, 30_000)).toBe(0.8);
    expect(budgetProgress({ steps: 100 }, 101, 0)).toBe(1);
  });
});

describe('learningRateFactor', () => {
  it('rises over the warm-up and then only falls, to zero', () => {
    const factors = Array.from({ length: 1000 }, (_, step) => learningRateFactor(step, step / 1000, 50, { steps: 1000 }));
    expect(factors[0]).toBeCloseTo(1 / 50, 5);
    for (let step = 1; step < 1000; step++) expect(factors[step]! > factors[step - 1]!).toBe(step < 50);
    expect(learningRateFactor(1000, 1, 50, { steps: 1000 })).toBe(0);
  });

  it('spends at most a tenth of a step budget on warming up', () => {
    expect(learningRateFactor(2, 0, 50, { steps: 30 })).toBe(1);
  });

  it('stays within 0 and 1', () => {
    fc.assert(
      fc.property(fc.nat(10_000), fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(100), (step, progress, warmup) => {
        const factor = learningRateFactor(step, progress, warmup, { minutes: 5 });
        return factor >= 0 && factor <= 1;
      }),
      { seed: 1 },
    );
  });
});

describe('targetMomentum', () => {
  it('goes from its start to 1', () => {
    expect(targetMomentum(0.99, 0)).toBeCloseTo(0.99, 10);
    expect(targetMomentum(0.99, 0.5)).toBeCloseTo(0.995, 10);
    expect(targetMomentum(0.99, 1)).toBe(1);
    expect(cosineDecay(0.5)).toBeCloseTo(0.5, 10);
  });
});
