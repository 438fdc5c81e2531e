import { describe, expect, it } from 'vitest';
import { neighbourAgreement } from '../../electron/explore/agreement.ts';

const lists = (numNeighbours: number, ...indices: number[]) => ({
  numImages: indices.length / numNeighbours,
  numNeighbours,
  indices: Int32Array.from(indices),
  distances: new Float32Array(indices.length),
});

describe('neighbourAgreement', () => {
  it('counts what lists share, whatever their order', () => {
    const a = lists(3, 1, 2, 3, 0, 2, 3, 0, 1, 3, 4, 5, 6);
    const b = lists(3, 3, 1, 2, 0, 5, 6, 4, 5, 6, 4, 5, 0);
    expect(neighbourAgreement(a, a)).toBe(1);
    expect(neighbourAgreement(a, b)).toBeCloseTo((3 + 1 + 0 + 2) / 12, 12);
    expect(neighbourAgreement(b, a)).toBe(neighbourAgreement(a, b));
  });

  it('is 1 for empty lists and refuses different shapes', () => {
    expect(neighbourAgreement(lists(3), lists(3))).toBe(1);
    expect(() => neighbourAgreement(lists(3, 1, 2, 3), lists(1, 1, 2, 3))).toThrow('[1, 3] and [3, 1]');
  });
});
