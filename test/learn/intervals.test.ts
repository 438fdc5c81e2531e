import { describe, expect, it } from 'vitest';
import { bootstrapInterval, meanOver, pairedBootstrap, wilsonInterval } from '../../electron/learn/intervals.ts';
import { createRandom } from '../../electron/tensor/random.ts';

describe('wilsonInterval', () => {
  it('gives the published interval for 81 of 263, and for none of 10', () => {
    // Newcombe 1998, table I, method 3.
    const { low, high } = wilsonInterval(81, 263);
    expect(low).toBeCloseTo(0.2553, 4);
    expect(high).toBeCloseTo(0.3662, 4);
    expect(wilsonInterval(0, 10).low).toBe(0);
    expect(wilsonInterval(0, 10).high).toBeCloseTo(0.2775, 4);
    expect(wilsonInterval(10, 10).high).toBe(1);
  });

  it('covers the truth about 95 times in 100', () => {
    const random = createRandom(1);
    let covered = 0;
    for (let trial = 0; trial < 2000; trial++) {
      let hits = 0;
      for (let i = 0; i < 60; i++) hits += random.next() < 0.85 ? 1 : 0;
      const { low, high } = wilsonInterval(hits, 60);
      if (low <= 0.85 && 0.85 <= high) covered++;
    }
    expect(covered / 2000).toBeGreaterThan(0.93);
    expect(covered / 2000).toBeLessThan(0.975);
  });

  it('refuses nonsense', () => {
    expect(() => wilsonInterval(0, 0)).toThrow(/at least one/);
    expect(() => wilsonInterval(3, 2)).toThrow(/no sense/);
  });
});

describe('bootstrapInterval', () => {
  const random = createRandom(2);
  const values = Float64Array.from({ length: 200 }, () => random.normal());

  it('agrees with the normal interval of a mean', () => {
    const mean = values.reduce((a, b) => a + b, 0) / 200;
    const sd = Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / 200);
    const { estimate, low, high } = bootstrapInterval(200, meanOver(values), { seed: 3, numResamples: 4000 });
    expect(estimate).toBeCloseTo(mean, 12);
    expect(low).toBeCloseTo(mean - (1.96 * sd) / Math.sqrt(200), 1);
    expect(high).toBeCloseTo(mean + (1.96 * sd) / Math.sqrt(200), 1);
    expect((high - low) / ((3.92 * sd) / Math.sqrt(200))).toBeCloseTo(1, 1);
  });

  it('is the same for a seed, and another for another', () => {
    const at = (seed: number): unknown => bootstrapInterval(200, meanOver(values), { seed });
    expect(at(1)).toEqual(at(1));
    expect(at(1)).not.toEqual(at(2));
  });

  it('widens when items come in groups of copies', () => {
    const copies = Float64Array.from({ length: 200 }, (_, i) => values[Math.floor(i / 5)]!);
    const groups = Int32Array.from(copies, (_, i) => Math.floor(i / 5));
    const single = bootstrapInterval(200, meanOver(copies), { seed: 4 });
    const grouped = bootstrapInterval(200, meanOver(copies), { seed: 4, groups });
    expect((grouped.high - grouped.low) / (single.high - single.low)).toBeCloseTo(Math.sqrt(5), 0);
  });

  it('leaves out resamples where the statistic is undefined', () => {
    const odd = bootstrapInterval(2, (items) => (items[0] === items[1] ? Number.NaN : 5), { seed: 5 });
    expect(odd).toEqual({ estimate: 5, low: 5, high: 5 });
    expect(bootstrapInterval(1, () => Number.NaN, { seed: 5 }).low).toBeNaN();
  });
});

it('pairing narrows the interval of a difference', () => {
  const random = createRandom(6);
  const a = Float64Array.from({ length: 150 }, () => 3 * random.normal());
  const b = a.map((v) => v - 0.2 + 0.3 * random.normal());
  const { estimate, low, high } = pairedBootstrap(150, meanOver(a), meanOver(b), { seed: 7 });
  expect(estimate).toBeCloseTo(0.2, 1);
  expect(low).toBeGreaterThan(0.1);
  expect(high).toBeLessThan(0.3);
});
