import { describe, expect, it } from 'vitest';
import { adjustedRandIndex, clusterGram, meanAgreement, numStableClusters } from '../../electron/learn/cluster-agreement.ts';
import { createRandom } from '../../electron/tensor/random.ts';

/** By counting pairs: (a - expected) / (mean - expected). */
function bruteForce(a: Int32Array, b: Int32Array): number {
  let [both, inA, inB, all] = [0, 0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    for (let j = 0; j < i; j++) {
      all += 1;
      if (a[i] === a[j]) inA += 1;
      if (b[i] === b[j]) inB += 1;
      if (a[i] === a[j] && b[i] === b[j]) both += 1;
    }
  }
  const expected = (inA * inB) / all;
  return (both - expected) / ((inA + inB) / 2 - expected);
}

describe('adjustedRandIndex', () => {
  const random = createRandom(4);
  const drawn = (count: number, k: number): Int32Array => Int32Array.from({ length: count }, () => random.int(k));

  it('agrees with counting pairs', () => {
    for (const k of [2, 5]) {
      const a = drawn(60, k);
      const b = a.map((cluster) => (random.next() < 0.3 ? random.int(4) : cluster));
      expect(adjustedRandIndex(a, b)).toBeCloseTo(bruteForce(a, b), 10);
    }
  });
  it('is 1 for the same clusters under other numbers and about 0 by chance', () => {
    const a = drawn(2000, 4);
    expect(
      adjustedRandIndex(
        a,
        a.map((cluster) => (cluster + 1) % 4),
      ),
    ).toBe(1);
    expect(Math.abs(adjustedRandIndex(a, drawn(2000, 4)))).toBeLessThan(0.02);
    expect(adjustedRandIndex(new Int32Array(5), new Int32Array(5))).toBe(1);
  });
  it('is averaged over pairs', () => {
    const a = Int32Array.of(0, 0, 1, 1);
    expect(meanAgreement([a, a, Int32Array.of(0, 1, 0, 1)])).toBeCloseTo((1 - 0.5 - 0.5) / 3, 10);
    expect(meanAgreement([a])).toBe(1);
  });
});

describe('clusterGram', () => {
  const random = createRandom(9);
  const dim = 5;
  const gramOf = (rows: readonly number[][]): Float64Array =>
    Float64Array.from(rows.flatMap((a) => rows.map((b) => a.reduce((sum, value, d) => sum + value * (b[d] ?? 0), 0))));

  it('finds groups that are apart, from every start', () => {
    const kinds = Int32Array.from({ length: 60 }, (_, i) => i % 3);
    const rows = Array.from(kinds, (kind) => Array.from({ length: dim }, (_, d) => 0.1 * random.normal() + (d === kind ? 5 : 0)));
    for (const seed of [1, 2, 3]) expect(adjustedRandIndex(clusterGram(gramOf(rows), 60, 3, seed), kinds)).toBe(1);
  });

  it('ends where no image is nearer to another mean', () => {
    const rows = Array.from({ length: 80 }, () => Array.from({ length: dim }, () => random.normal()));
    const clusters = clusterGram(gramOf(rows), 80, 4, 0);
    const means = [0, 1, 2, 3].map((cluster) => {
      const members = rows.filter((_, i) => clusters[i] === cluster);
      return Array.from({ length: dim }, (_, d) => members.reduce((sum, row) => sum + row[d]!, 0) / members.length);
    });
    const squared = (row: readonly number[], mean: readonly number[]): number => row.reduce((sum, x, d) => sum + (x - mean[d]!) ** 2, 0);
    rows.forEach((row, i) => {
      const distances = means.map((mean) => squared(row, mean));
      expect(distances[clusters[i]!]).toBeLessThanOrEqual(Math.min(...distances) + 1e-9);
    });
    expect(new Set(clusters).size).toBe(4);
  });

  it('copes with fewer images than clusters, and with all alike', () => {
    expect(clusterGram(gramOf([[1], [2]]), 2, 5, 0).length).toBe(2);
    expect(new Set(clusterGram(new Float64Array(16).fill(1), 4, 2, 0)).size).toBe(1);
  });

  it('asks for a number that means something', () => {
    expect([4, 64, 256, 5000].map(numStableClusters)).toEqual([2, 4, 8, 16]);
  });
});
