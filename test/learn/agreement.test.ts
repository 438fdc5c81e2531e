import { describe, expect, it } from 'vitest';
import { cohenKappa } from '../../electron/learn/agreement.ts';

describe('Cohen’s kappa', () => {
  it('is that of a case counted by hand', () => {
    // 20 both yes, 5 yes/no, 10 no/yes, 15 both no: 0.7 observed, 0.5 by chance.
    const first = Int32Array.from([...Array<number>(25).fill(0), ...Array<number>(25).fill(1)]);
    const second = Int32Array.from([
      ...Array<number>(20).fill(0),
      ...Array<number>(5).fill(1),
      ...Array<number>(10).fill(0),
      ...Array<number>(15).fill(1),
    ]);
    const { agreement, kappa } = cohenKappa(first, second, 2);
    expect(agreement).toBeCloseTo(0.7);
    expect(kappa).toBeCloseTo(0.4);
  });

  it('is 1 for the same answers, also where all are one class, and below 0 for opposite ones', () => {
    expect(cohenKappa(Int32Array.of(0, 1, 2), Int32Array.of(0, 1, 2), 3).kappa).toBe(1);
    expect(cohenKappa(Int32Array.of(1, 1), Int32Array.of(1, 1), 3).kappa).toBe(1);
    expect(cohenKappa(Int32Array.of(0, 1), Int32Array.of(1, 0), 2).kappa).toBe(-1);
    expect(() => cohenKappa(Int32Array.of(0), new Int32Array(), 2)).toThrow('two answers');
  });
});
