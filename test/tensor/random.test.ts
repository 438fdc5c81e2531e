import { describe, expect, it } from 'vitest';
import { createRandom } from '../../electron/tensor/random.ts';

describe('createRandom', () => {
  it('is xoshiro128**: the first words from the state 1, 2, 3, 4', () => {
    // What the authors' C code gives, worked out apart from this one.
    const words = [11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849, 3729100597, 4258142804];
    const random = createRandom([1, 2, 3, 4]);
    for (let i = 0; i < words.length; i += 2) {
      // Each number is made of one whole word and the upper 21 bits of the next.
      expect(random.next()).toBe(words[i]! / 2 ** 32 + Math.floor(words[i + 1]! / 2 ** 11) / 2 ** 53);
    }
  });

  it('repeats itself from a seed and continues from a saved state', () => {
    const [a, b] = [createRandom(7), createRandom(7)];
    const first = Array.from({ length: 5 }, () => a.next());
    expect(Array.from({ length: 5 }, () => b.next())).toEqual(first);
    const resumed = createRandom(a.state());
    expect(Array.from({ length: 9 }, () => resumed.normal())).toEqual(Array.from({ length: 9 }, () => a.normal()));
    expect(createRandom(8).next()).not.toBe(createRandom(7).next());
    expect(a.state().every((word) => Number.isInteger(word) && word >= 0 && word < 2 ** 32)).toBe(true);
  });

  it('is uniform: chi-squared over 64 bins of 64,000 draws', () => {
    const random = createRandom(1);
    const counts = new Array<number>(64).fill(0);
    for (let i = 0; i < 64_000; i++) counts[Math.floor(random.next() * 64)]! += 1;
    const chiSquared = counts.reduce((sum, n) => sum + (n - 1000) ** 2 / 1000, 0);
    // 63 degrees of freedom: 99.9 % of uniform sources lie within these bounds.
    expect(chiSquared).toBeGreaterThan(33);
    expect(chiSquared).toBeLessThan(104);
  });

  it('does not repeat its lag-one neighbours', () => {
    const random = createRandom(2);
    const draws = Array.from({ length: 50_000 }, () => random.next() - 0.5);
    const correlation = draws.slice(1).reduce((sum, x, i) => sum + x * draws[i]!, 0) / draws.length / (1 / 12);
    expect(Math.abs(correlation)).toBeLessThan(0.02);
  });

  it('draws integers below n, all of them', () => {
    const random = createRandom(3);
    const counts = new Array<number>(7).fill(0);
    for (let i = 0; i < 7000; i++) counts[random.int(7)]! += 1;
    expect(counts).toHaveLength(7);
    for (const n of counts) expect(Math.abs(n - 1000)).toBeLessThan(120);
  });

  it('draws standard normals', () => {
    const random = createRandom(4);
    const draws = Array.from({ length: 50_000 }, () => random.normal());
    const moment = (power: number): number => draws.reduce((sum, x) => sum + x ** power, 0) / draws.length;
    expect(Math.abs(moment(1))).toBeLessThan(0.02);
    expect(Math.abs(moment(2) - 1)).toBeLessThan(0.03);
    expect(Math.abs(moment(4) - 3)).toBeLessThan(0.2);
    expect(draws.every(Number.isFinite)).toBe(true);
  });

  it('permutes, each order as often', () => {
    const random = createRandom(5);
    expect([...random.permutation(100)].sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, i) => i));
    const counts = new Map<string, number>();
    for (let i = 0; i < 6000; i++) {
      const order = random.permutation(3).join();
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(counts.size).toBe(6);
    for (const n of counts.values()) expect(Math.abs(n - 1000)).toBeLessThan(120);
  });
});
