import { describe, expect, it } from 'vitest';
import { nearestOthers, neighbourAccuracy, neighbourAgreement } from '../../electron/learn/neighbour-figures.ts';
import { createRandom } from '../../electron/tensor/random.ts';

describe('nearestOthers', () => {
  it('is what sorting all pairs gives', () => {
    const random = createRandom(3);
    const n = 20;
    const gram = Float64Array.from({ length: n * n }, () => random.normal());
    const found = nearestOthers(gram, n, 4);
    for (let i = 0; i < n; i++) {
      const others = Array.from({ length: n }, (_, j) => j).filter((j) => j !== i);
      const best = others.toSorted((a, b) => gram[i * n + b]! - gram[i * n + a]!).slice(0, 4);
      expect([...found.subarray(4 * i, 4 * i + 4)]).toEqual(best);
    }
  });
});

describe('neighbourAgreement', () => {
  it('is the mean share of common neighbours in any order', () => {
    expect(neighbourAgreement(Int32Array.of(1, 2, 0, 2), Int32Array.of(2, 1, 2, 3), 2)).toBe(0.75);
  });
});

describe('neighbourAccuracy', () => {
  it('takes the vote of the neighbours, the nearest of the tied first', () => {
    const labels = Int32Array.of(0, 0, 1, 1);
    // Of image 0: votes 0, 1 tie, the nearer says 0. Of image 1: 1, 1. Of image 2: 1, 0. Of image 3: 0, 0.
    expect(neighbourAccuracy(Int32Array.of(1, 2, 2, 3, 3, 0, 0, 1), 2, labels)).toBe(0.5);
  });
  it('leaves out what no other image could tell', () => {
    expect(neighbourAccuracy(Int32Array.of(1, 0, 1), 1, Int32Array.of(0, 0, 1))).toBe(1);
    expect(neighbourAccuracy(Int32Array.of(1, 0), 1, Int32Array.of(0, 1))).toBeNull();
  });
});
