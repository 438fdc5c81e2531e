/** Every figure of a check with its 95 % interval, also where images were not all measured with the same chance or come in groups. */
import { createRandom } from '../tensor/random.ts';
import type { Interval, ShareOptions } from './intervals.ts';
import { percentileInterval, shareInterval } from './intervals.ts';
import { PROBABILITY_FLOOR, predictedClasses } from './metrics.ts';

export interface MetricIntervals {
  readonly accuracy: Interval;
  readonly balancedAccuracy: Interval;
  readonly macroF1: Interval;
  /** In nats. */
  readonly logLoss: Interval;
  /** Null when no class has both members and others. */
  readonly auc: Interval | null;
  /** In the order of the classes; null where there is nothing to divide by. */
  readonly perClass: readonly {
    readonly precision: Interval | null;
    readonly recall: Interval | null;
    readonly f1: Interval | null;
  }[];
}

export interface MetricIntervalOptions extends ShareOptions {
  readonly seed: number;
  /** 1,000 by default. */
  readonly numResamples?: number;
}

interface Measured extends Required<Pick<MetricIntervalOptions, 'numResamples' | 'seed' | 'width'>> {
  readonly labels: Int32Array;
  readonly probabilities: Float32Array;
  readonly predicted: Int32Array;
  readonly numClasses: number;
  readonly weights: Float64Array;
  readonly groups: ArrayLike<number> | undefined;
}

/**
 * Intervals of the figures of predictions: labels [N] in 0..C-1, probabilities [N, C]. Shares have Wilson's interval (`shareInterval`); balanced accuracy
 * combines those of the recalls as of independent shares (Zou and Donner 2008); F1 is 2 J / (1 + J) of the share J of hits among the images that
 * are of the class or taken for it, and so are its ends; classes that are neither there nor predicted do not count. Macro F1, log loss and AUC are bootstrapped over images or whole groups, and macro F1 is never
 * narrower than its classes allow.
 */
export function metricIntervals(
  labels: Int32Array,
  probabilities: Float32Array,
  numClasses: number,
  { weights, groups, width = 1, seed, numResamples = 1000 }: MetricIntervalOptions,
): MetricIntervals {
  const predicted = predictedClasses(probabilities, numClasses);
  const ofItems = Float64Array.from(labels, (_, i) => weights?.[i] ?? 1);
  const measured: Measured = { labels, probabilities, predicted, numClasses, weights: ofItems, groups, width, seed, numResamples };
  const share = (rows: readonly number[], isHit: (row: number) => boolean): Interval | null =>
    rows.length === 0
      ? null
      : shareInterval(
          rows.map((row) => (isHit(row) ? 1 : 0)),
          { width, weights: weights && rows.map((row) => weights[row] ?? 1), groups: groups && rows.map((row) => groups[row] ?? 0) },
        );
  const all = Array.from(labels.keys());
  const perClass = Array.from({ length: numClasses }, (_, k) => ({
    precision: share(
      all.filter((i) => predicted[i] === k),
      (i) => labels[i] === k,
    ),
    recall: share(
      all.filter((i) => labels[i] === k),
      (i) => predicted[i] === k,
    ),
    f1: f1Of(
      share(
        all.filter((i) => labels[i] === k || predicted[i] === k),
        (i) => labels[i] === predicted[i],
      ),
    ),
  }));
  const resampled = resample(measured);
  const f1 = meanOfIndependent(perClass.flatMap(({ f1: each }) => each ?? []));
  const { macroF1, logLoss, auc } = resampled;
  return {
    accuracy: shareInterval(
      all.map((i) => (labels[i] === predicted[i] ? 1 : 0)),
      { weights, groups, width },
    ),
    balancedAccuracy: meanOfIndependent(perClass.flatMap(({ recall }) => recall ?? [])),
    macroF1: { estimate: macroF1.estimate, low: Math.min(macroF1.low, f1.low), high: Math.max(macroF1.high, f1.high) },
    logLoss,
    auc,
    perClass,
  };
}

function f1Of(jaccard: Interval | null): Interval | null {
  if (jaccard === null) return null;
  const of = (j: number): number => (2 * j) / (1 + j);
  return { estimate: of(jaccard.estimate), low: of(jaccard.low), high: of(jaccard.high) };
}

/** The interval of a mean from those of its parts (MOVER). */
function meanOfIndependent(parts: readonly Interval[]): Interval {
  const share = 1 / Math.max(1, parts.length);
  const estimate = parts.reduce((sum, part) => sum + share * part.estimate, 0);
  const root = (of: (part: Interval) => number): number => share * Math.sqrt(parts.reduce((sum, part) => sum + of(part) ** 2, 0));
  return {
    estimate,
    low: Math.max(0, estimate - root((part) => part.estimate - part.low)),
    high: Math.min(1, estimate + root((part) => part.high - part.estimate)),
  };
}

/** Macro F1, log loss and AUC of images with weights [N], which may be 0. */
type Statistics = (weights: Float64Array) => { readonly macroF1: number; readonly logLoss: number; readonly auc: number };

function resample(measured: Measured): { macroF1: Interval; logLoss: Interval; auc: Interval | null } {
  const { labels, weights, groups, numResamples, seed, width } = measured;
  const random = createRandom(seed);
  const units = [...Map.groupBy(labels.keys(), (i) => groups?.[i] ?? i).values()];
  const statistics = statisticsOf(measured);
  const at = statistics(weights);
  const drawn = Array.from({ length: numResamples }, () => {
    const counted = new Float64Array(labels.length);
    for (let turn = 0; turn < units.length; turn++) {
      for (const i of units[random.int(units.length)] ?? []) counted[i] = (counted[i] ?? 0) + (weights[i] ?? 0);
    }
    return statistics(counted);
  });
  const widened = (estimate: number, values: readonly number[], top: number): Interval => {
    const { low, high } = percentileInterval(estimate, values);
    return { estimate, low: Math.max(0, estimate - width * (estimate - low)), high: Math.min(top, estimate + width * (high - estimate)) };
  };
  const area = (list: readonly number[]): Interval | null => (Number.isNaN(at.auc) ? null : widened(at.auc, list, 1));
  return {
    macroF1: widened(
      at.macroF1,
      drawn.map(({ macroF1 }) => macroF1),
      1,
    ),
    logLoss: widened(
      at.logLoss,
      drawn.map(({ logLoss }) => logLoss),
      Infinity,
    ),
    auc: area(drawn.map(({ auc }) => auc)),
  };
}

function statisticsOf({ labels, probabilities, predicted, numClasses }: Measured): Statistics {
  const losses = Float64Array.from(
    labels,
    (label, i) => -Math.log(Math.max(PROBABILITY_FLOOR, probabilities[i * numClasses + label] ?? 0)),
  );
  // For two classes the areas of both are the same.
  const ranked = Array.from({ length: numClasses }, (_, k) => k).filter((k) => numClasses !== 2 || k === 1);
  const orders = ranked.map((k) => {
    const scores = Float32Array.from(labels, (_, i) => probabilities[i * numClasses + k] ?? 0);
    return { k, scores, order: Int32Array.from(labels.keys()).sort((a, b) => (scores[a] ?? 0) - (scores[b] ?? 0)) };
  });
  return (weights) => {
    const [hits, ofClass, taken] = [new Float64Array(numClasses), new Float64Array(numClasses), new Float64Array(numClasses)];
    let [loss, total] = [0, 0];
    labels.forEach((label, i) => {
      const weight = weights[i] ?? 0;
      const guess = predicted[i] ?? 0;
      ofClass[label] = (ofClass[label] ?? 0) + weight;
      taken[guess] = (taken[guess] ?? 0) + weight;
      if (label === guess) hits[label] = (hits[label] ?? 0) + weight;
      loss += weight * (losses[i] ?? 0);
      total += weight;
    });
    const f1s = Array.from(hits, (hit, k) => (2 * hit) / ((ofClass[k] ?? 0) + (taken[k] ?? 0))).filter((f1) => !Number.isNaN(f1));
    const areas = orders
      .map(({ k, scores, order }) => weightedArea(labels, weights, k, scores, order))
      .filter((area) => !Number.isNaN(area));
    const mean = (list: readonly number[]): number => list.reduce((sum, value) => sum + value, 0) / list.length;
    return { macroF1: mean(f1s), logLoss: loss / total, auc: mean(areas) };
  };
}

/** Area under the ROC curve of class k with weights: the weighted share of pairs in order, ties half. NaN where either side is empty. */
function weightedArea(labels: Int32Array, weights: Float64Array, k: number, scores: Float32Array, order: Int32Array): number {
  let [below, positives, won] = [0, 0, 0];
  for (let start = 0; start < order.length;) {
    const score = scores[order[start] ?? 0];
    let [tiedPositive, tiedNegative, end] = [0, 0, start];
    while (end < order.length && scores[order[end] ?? 0] === score) {
      const i = order[end++] ?? 0;
      if (labels[i] === k) tiedPositive += weights[i] ?? 0;
      else tiedNegative += weights[i] ?? 0;
    }
    won += tiedPositive * (below + tiedNegative / 2);
    below += tiedNegative;
    positives += tiedPositive;
    start = end;
  }
  return positives > 0 && below > 0 ? won / (positives * below) : NaN;
}
