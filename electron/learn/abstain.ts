/** From which probability on to give an answer at all, so that those that are given can be trusted. */
import type { AbstainRule } from '../contract/domain.ts';

export interface AbstainOptions {
  /** Share of the answers that may be wrong. */
  readonly maxRisk: number;
  /** How often the promise may be broken; 0.05 unless told. */
  readonly delta?: number;
}

/**
 * Selection with guaranteed risk (Geifman and El-Yaniv 2017, algorithm 1): a binary search over the measured confidences [N] for the lowest
 * threshold at which the exact binomial bound on the risk, its delta shared among the steps of the search, is at most `maxRisk`. `correct` [N] is 1 where
 * the answer was right; the images must be a random sample that the classifier did not learn from. Null where not even the surest answers allow the promise.
 */
export function guaranteedThreshold(
  confidence: ArrayLike<number>,
  correct: ArrayLike<number>,
  { maxRisk, delta = 0.05 }: AbstainOptions,
): AbstainRule | null {
  const numMeasured = confidence.length;
  const ascending = Array.from(confidence, (value, i) => ({ value, isWrong: correct[i] === 1 ? 0 : 1 })).sort((a, b) => a.value - b.value);
  if (numMeasured === 0) return null;
  const numSteps = 1 + Math.ceil(Math.log2(numMeasured));
  const at = (position: number): AbstainRule => {
    const minProbability = ascending[position]?.value ?? 1;
    const answered = ascending.filter(({ value }) => value >= minProbability);
    const numWrong = answered.reduce((sum, { isWrong }) => sum + isWrong, 0);
    return {
      minProbability,
      coverage: answered.length / numMeasured,
      risk: numWrong / answered.length,
      riskBound: binomialBound(numWrong, answered.length, delta / numSteps),
      numAnswered: answered.length,
      numMeasured,
    };
  };
  let best: AbstainRule | null = null;
  let [low, high] = [0, numMeasured - 1];
  for (let step = 0; step < numSteps && low <= high; step++) {
    // The first step asks whether everything may be answered.
    const middle = step === 0 ? 0 : Math.floor((low + high) / 2);
    const rule = at(middle);
    if (rule.riskBound <= maxRisk) {
      if (best === null || rule.coverage > best.coverage) best = rule;
      high = middle - 1;
    } else low = middle + 1;
  }
  return best;
}

/**
 * The lowest threshold at which no more than `maxRisk` of the answers seen were wrong: an observation, no promise, for where images are too few for
 * one. Null where even the surest answer is wrong.
 */
export function observedThreshold(
  confidence: ArrayLike<number>,
  correct: ArrayLike<number>,
  { maxRisk, delta = 0.05 }: AbstainOptions,
): AbstainRule | null {
  const points = riskCoverage(confidence, correct);
  const found = points.findLast(({ risk }) => risk <= maxRisk);
  if (found === undefined) return null;
  const numMeasured = confidence.length;
  const numAnswered = Math.round(found.coverage * numMeasured);
  const minProbability = Array.from(confidence).sort((a, b) => b - a)[numAnswered - 1] ?? 1;
  const riskBound = binomialBound(Math.round(found.risk * numAnswered), numAnswered, delta);
  return { minProbability, ...found, riskBound, numAnswered, numMeasured };
}

/** The share b at which so few wrong ones of n would be seen with chance delta: P(Bin(n, b) <= numWrong) = delta. */
export function binomialBound(numWrong: number, n: number, delta: number): number {
  if (numWrong >= n) return 1;
  const logFactorials = new Float64Array(n + 1);
  for (let i = 2; i <= n; i++) logFactorials[i] = (logFactorials[i - 1] ?? 0) + Math.log(i);
  const chance = (b: number): number => {
    let sum = 0;
    for (let k = 0; k <= numWrong; k++) {
      const ways = (logFactorials[n] ?? 0) - (logFactorials[k] ?? 0) - (logFactorials[n - k] ?? 0);
      sum += Math.exp(ways + k * Math.log(b) + (n - k) * Math.log1p(-b));
    }
    return sum;
  };
  let [low, high] = [numWrong / n, 1];
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2;
    if (middle > 0 && middle < 1 && chance(middle) > delta) low = middle;
    else high = middle;
  }
  return high;
}

/** Risk and coverage at every threshold, by rising coverage; images of equal confidence come together. */
export function riskCoverage(
  confidence: ArrayLike<number>,
  correct: ArrayLike<number>,
): { readonly coverage: number; readonly risk: number }[] {
  const order = Array.from(confidence, (value, i) => ({ value, isWrong: correct[i] === 1 ? 0 : 1 })).sort((a, b) => b.value - a.value);
  const points: { coverage: number; risk: number }[] = [];
  let numWrong = 0;
  order.forEach(({ value, isWrong }, i) => {
    numWrong += isWrong;
    if (order[i + 1]?.value !== value) points.push({ coverage: (i + 1) / order.length, risk: numWrong / (i + 1) });
  });
  return points;
}
