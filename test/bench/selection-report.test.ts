import { describe, expect, it } from 'vitest';
import { selectionRows } from './selection-report.ts';
import type { SimulatedUser } from './selection-report.ts';

const user = (strategy: SimulatedUser['strategy'], seed: number, accuracy: number): SimulatedUser => ({
  strategy,
  seed,
  scores: [{ numLabels: 20, numClassesSeen: 4 + seed, accuracy, macroF1: accuracy / 2 }],
});

describe('selectionRows', () => {
  it('pairs every strategy with the random draw of the same seed', () => {
    // Out of order, so that pairing by position would show.
    const users = [user('random', 1, 0.5), user('random', 0, 0.4), user('typical', 0, 0.46), user('typical', 1, 0.54)];
    const [random, typical] = selectionRows(users, ['random', 'typical'], [20]);
    expect(random?.figures[0]).toMatchObject({ labels: 20, accuracy: 0.45, macro_f1: 0.225, classes_seen: 4.5, gain: null });
    // Differences .06 and .04: standard error .01, and Student's t at one degree of freedom is 12.706.
    expect(typical?.figures[0]?.gain).toEqual({ mean: 0.05, low: -0.0771, high: 0.1771 });
  });

  it('says nothing of a gain without a random draw', () => {
    expect(selectionRows([user('auto', 0, 0.7)], ['auto'], [20])[0]?.figures[0]?.gain).toBeNull();
  });
});
