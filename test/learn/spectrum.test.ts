import { describe, expect, it } from 'vitest';
import { alphaReq, rankMe } from '../../electron/learn/spectrum.ts';

const powerLaw = (count: number, alpha: number): Float64Array => Float64Array.from({ length: count }, (_, i) => 7 * (i + 1) ** -alpha);

describe('rankMe', () => {
  it('is the number of equal singular values', () => {
    expect(rankMe(Float64Array.of(4, 4, 4, 0, 0))).toBeCloseTo(3, 10);
    expect(rankMe(Float64Array.of(9))).toBeCloseTo(1, 10);
    expect(rankMe(new Float64Array(3))).toBe(0);
  });
  it('is exp of the entropy of the shares', () => {
    // Singular values 3 and 1.
    expect(rankMe(Float64Array.of(9, 1))).toBeCloseTo(Math.exp(-(0.75 * Math.log(0.75) + 0.25 * Math.log(0.25))), 10);
  });
});

describe('alphaReq', () => {
  it.each([0.5, 1, 2.3])('finds the slope of a power law, %f', (alpha) => {
    expect(alphaReq(powerLaw(255, alpha))).toBeCloseTo(alpha, 6);
    expect(alphaReq(powerLaw(30, alpha))).toBeCloseTo(alpha, 6);
  });
  it('looks at ranks 11 to 100 where there are enough', () => {
    const bent = powerLaw(300, 1).map((value, i) => (i < 10 || i >= 100 ? value * 50 : value));
    expect(alphaReq(bent)).toBeCloseTo(1, 6);
  });
  it('is steeper where few directions do the work, and nothing where there are too few', () => {
    const few = powerLaw(100, 1).map((value, i) => value * Math.exp(-i / 8));
    expect(alphaReq(few)).toBeGreaterThan(3);
    expect(alphaReq(Float64Array.of(5, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0))).toBeNull();
    expect(alphaReq(new Float64Array(50))).toBeNull();
  });
});
