import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { placeOn, scaleOf } from '../../../renderer/views/train/interval-scale.ts';

const interval = (low: number, high: number): { estimate: number; low: number; high: number } => ({
  estimate: (low + high) / 2,
  low,
  high,
});

describe('scaleOf', () => {
  it('goes to the next tenths, and no further where an end lies on one', () => {
    expect(scaleOf([interval(0.63, 0.78), interval(0.55, 0.9)])).toEqual({ low: 0.5, high: 0.9 });
    expect(scaleOf([interval(0.3, 0.6)])).toEqual({ low: 0.3, high: 0.6 });
  });

  it('is never empty', () => {
    expect(scaleOf([])).toEqual({ low: 0, high: 1 });
    expect(scaleOf([interval(1, 1)])).toEqual({ low: 0.9, high: 1 });
    expect(scaleOf([interval(0.5, 0.5)])).toEqual({ low: 0.5, high: 0.6 });
  });

  it('holds every interval, in order', () => {
    const share = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(fc.array(fc.tuple(share, share), { minLength: 1, maxLength: 5 }), (pairs) => {
        const intervals = pairs.map(([a, b]) => interval(Math.min(a, b), Math.max(a, b)));
        const scale = scaleOf(intervals);
        for (const { low, estimate, high } of intervals) {
          const places = [low, estimate, high].map((value) => placeOn(scale, value));
          expect(places[0]!).toBeGreaterThanOrEqual(0);
          expect(places[2]!).toBeLessThanOrEqual(100);
          expect(places[0]! <= places[1]! + 1e-9 && places[1]! <= places[2]! + 1e-9).toBe(true);
        }
      }),
    );
  });
});
