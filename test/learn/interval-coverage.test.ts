import { describe, expect, it } from 'vitest';
import { benchIntervals } from '../bench/intervals.ts';

describe('nominal 95 % intervals of accuracy', async () => {
  const { rows } = await benchIntervals({ draws: 80, seed: 1 });

  it('hold the truth 90 to 99 times in 100 wherever they are shown as the accuracy, for chosen labels too', () => {
    const shown = rows.filter(({ isShown }) => isShown);
    expect(new Set(shown.map(({ labels }) => labels))).toEqual(new Set(['at random', 'typical ones']));
    // 80 draws say little each, so the means over settings are held to more.
    for (const { coverage } of shown) expect(coverage).toBeGreaterThan(0.86);
    const byEstimate = Map.groupBy(shown, ({ estimate }) => estimate);
    for (const [estimate, list] of byEstimate) {
      const mean = list.reduce((sum, { coverage }) => sum + coverage / list.length, 0);
      expect(mean, estimate).toBeGreaterThan(0.9);
      expect(mean, estimate).toBeLessThan(0.99);
    }
  });

  it('would flatter badly, were cross-validation on chosen labels shown', () => {
    const hidden = rows.filter(({ estimate, labels }) => estimate === 'cross-validation' && labels === 'typical ones');
    expect(hidden).toHaveLength(3);
    for (const { coverage, meanEstimate, meanTruth } of hidden) {
      expect(coverage).toBeLessThan(0.5);
      expect(meanEstimate - meanTruth).toBeGreaterThan(0.08);
    }
  });
});
