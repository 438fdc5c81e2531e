import { describe, expect, it } from 'vitest';
import { fakeAdvice } from '../../../renderer/api/fake-advice.ts';
import { bandPoints, curveScale, margin } from '../../../renderer/views/train/curve-scale.ts';

describe('the drawing of a learning curve', () => {
  it('holds the whole band between round levels', () => {
    const forecast = fakeAdvice([]).forecast!;
    const scale = curveScale(forecast, 600, 190);
    expect(scale.levels.length).toBeGreaterThan(2);
    expect(scale.levels.length).toBeLessThanOrEqual(8);
    for (const { numLabels, low, high } of forecast.curve) {
      expect(scale.y(low)).toBeLessThanOrEqual(190 - margin.bottom);
      expect(scale.y(high)).toBeGreaterThanOrEqual(margin.top - 1e-9);
      expect(scale.y(high)).toBeLessThan(scale.y(low));
      expect(scale.x(numLabels)).toBeGreaterThanOrEqual(margin.left);
      expect(scale.x(numLabels)).toBeLessThanOrEqual(600 - margin.right);
    }
    expect(bandPoints(forecast, scale).split(' ')).toHaveLength(2 * forecast.curve.length);
  });

  it('is finite for a curve without any spread', () => {
    const flat = { estimate: 1, low: 1, high: 1 };
    const forecast = { measured: [], curve: [{ numLabels: 10, ...flat }], horizon: 50, now: flat, next: flat, gain: flat };
    const scale = curveScale(forecast, 400, 190);
    expect(Number.isFinite(scale.y(1))).toBe(true);
  });
});
