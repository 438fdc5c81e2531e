import { describe, expect, it } from 'vitest';
import { inclusionWeights } from '../../electron/learn/inclusion.ts';
import { createRandom } from '../../electron/tensor/random.ts';

const repeat = (counts: readonly number[]): Int32Array =>
  Int32Array.from(counts.flatMap((count, stratum) => Array.from({ length: count }, () => stratum)));

describe('inclusionWeights', () => {
  it('makes up for strata that were measured more often', () => {
    const { weights, isWeighted, uncovered } = inclusionWeights(repeat([600, 300, 100]), repeat([10, 40, 10]));
    expect(isWeighted).toBe(true);
    expect(uncovered).toBe(0);
    const total = weights.reduce((a, b) => a + b, 0);
    expect(total).toBeCloseTo(60, 10);
    const share = (from: number, to: number): number => weights.slice(from, to).reduce((a, b) => a + b, 0) / total;
    expect(share(0, 10)).toBeCloseTo(0.6, 10);
    expect(share(10, 50)).toBeCloseTo(0.3, 10);
    expect(share(50, 60)).toBeCloseTo(0.1, 10);
  });

  it('leaves a random draw alone, but for about one in two hundred', () => {
    const population = repeat([300, 250, 200, 100, 80, 40, 30]);
    const random = createRandom(4);
    let numWeighted = 0;
    for (let draw = 0; draw < 600; draw++) {
      const measured = Int32Array.from({ length: 60 }, () => population[random.int(population.length)]!);
      if (inclusionWeights(population, measured).isWeighted) numWeighted++;
    }
    expect(numWeighted).toBeLessThan(12);
  });

  it('tells how much of the collection nothing was measured of', () => {
    const { uncovered, weights } = inclusionWeights(repeat([50, 30, 20]), repeat([12, 0, 1]));
    expect(uncovered).toBeCloseTo(0.3, 10);
    expect(weights.every((weight) => weight > 0)).toBe(true);
    expect(() => inclusionWeights(repeat([3]), new Int32Array(0))).toThrow(/Nothing was measured/);
  });
});
