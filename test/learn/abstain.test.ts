import { describe, expect, it } from 'vitest';
import { binomialBound, guaranteedThreshold, observedThreshold, riskCoverage } from '../../electron/learn/abstain.ts';
import { createRandom } from '../../electron/tensor/random.ts';

/** P(Bin(n, b) <= k) term by term. */
function lowerTail(k: number, n: number, b: number): number {
  let [term, sum] = [(1 - b) ** n, 0];
  for (let i = 0; i <= k; i++) {
    sum += term;
    term *= ((n - i) / (i + 1)) * (b / (1 - b));
  }
  return sum;
}

describe('binomialBound', () => {
  it('is where so few wrong ones have the chance asked for', () => {
    for (const [k, n, delta] of [
      [0, 30, 0.05],
      [3, 50, 0.01],
      [20, 60, 0.05],
    ] as const) {
      expect(lowerTail(k, n, binomialBound(k, n, delta))).toBeCloseTo(delta, 8);
    }
    // The rule of three.
    expect(binomialBound(0, 100, 0.05)).toBeCloseTo(0.0295, 3);
    expect(binomialBound(5, 5, 0.05)).toBe(1);
  });
});

/** Confidence p, wrong with chance (1 - p)². */
function world(numImages: number, seed: number): { confidence: Float64Array; correct: Uint8Array } {
  const random = createRandom(seed);
  const confidence = Float64Array.from({ length: numImages }, () => random.next());
  return { confidence, correct: Uint8Array.from(confidence, (p) => (random.next() < (1 - p) ** 2 ? 0 : 1)) };
}

describe('guaranteedThreshold', () => {
  it('keeps its promise at least as often as told', () => {
    const maxRisk = 0.2;
    let [numRules, numBroken] = [0, 0];
    for (let draw = 0; draw < 400; draw++) {
      const { confidence, correct } = world(300, draw);
      const rule = guaranteedThreshold(confidence, correct, { maxRisk, delta: 0.1 });
      if (rule === null) continue;
      numRules++;
      // The mean of (1 - p)² over [t, 1].
      if ((1 - rule.minProbability) ** 2 / 3 > maxRisk) numBroken++;
    }
    expect(numRules).toBeGreaterThan(300);
    expect(numBroken / 400).toBeLessThan(0.1);
  });

  it('answers everything where nothing is wrong, and nothing where the risk cannot be promised', () => {
    const sure = Array.from({ length: 200 }, (_, i) => 0.5 + i / 400);
    const all = guaranteedThreshold(
      sure,
      sure.map(() => 1),
      { maxRisk: 0.05 },
    )!;
    expect(all).toMatchObject({ minProbability: 0.5, coverage: 1, risk: 0, numAnswered: 200 });
    expect(all.riskBound).toBeLessThan(0.05);
    expect(guaranteedThreshold([0.9, 0.8, 0.99], [1, 1, 1], { maxRisk: 0.05 })).toBeNull();
    expect(guaranteedThreshold([], [], { maxRisk: 0.5 })).toBeNull();
  });

  it('is stricter for a smaller risk', () => {
    const { confidence, correct } = world(2000, 3);
    const [strict, loose] = [0.1, 0.3].map((maxRisk) => guaranteedThreshold(confidence, correct, { maxRisk })!);
    expect(strict!.minProbability).toBeGreaterThan(loose!.minProbability);
    expect(strict!.coverage).toBeLessThan(loose!.coverage);
    expect(strict!.riskBound).toBeLessThanOrEqual(0.1);
  });
});

it('what was seen is no promise', () => {
  const seen = observedThreshold([0.9, 0.8, 0.7, 0.6], [1, 1, 0, 0], { maxRisk: 0.4 })!;
  expect(seen).toMatchObject({ minProbability: 0.7, coverage: 0.75, numAnswered: 3 });
  expect(seen.risk).toBeCloseTo(1 / 3, 12);
  expect(seen.riskBound).toBeGreaterThan(0.4);
  expect(observedThreshold([0.9, 0.2], [0, 1], { maxRisk: 0.1 })).toBeNull();
});

it('risk and coverage, ties together', () => {
  expect(riskCoverage([0.9, 0.7, 0.7, 0.2], [1, 0, 1, 0])).toEqual([
    { coverage: 0.25, risk: 0 },
    { coverage: 0.75, risk: 1 / 3 },
    { coverage: 1, risk: 0.5 },
  ]);
});
