import { describe, expect, it } from 'vitest';
import { shareInterval, wilsonInterval } from '../../electron/learn/intervals.ts';
import { metricIntervals } from '../../electron/learn/metric-intervals.ts';
import {
  auc,
  balancedAccuracy,
  logLoss,
  macroF1,
  perClassScores,
  confusionMatrix,
  predictedClasses,
} from '../../electron/learn/metrics.ts';
import { createRandom } from '../../electron/tensor/random.ts';

function predictions(numImages: number, numClasses: number, seed: number): { labels: Int32Array; probabilities: Float32Array } {
  const random = createRandom(seed);
  const labels = Int32Array.from({ length: numImages }, () => random.int(numClasses));
  const probabilities = new Float32Array(numImages * numClasses);
  labels.forEach((label, i) => {
    const raw = Array.from({ length: numClasses }, (_, k) => Math.exp(random.normal() + (k === label ? 1.5 : 0)));
    const sum = raw.reduce((a, b) => a + b, 0);
    raw.forEach((value, k) => (probabilities[i * numClasses + k] = value / sum));
  });
  return { labels, probabilities };
}

describe('shareInterval', () => {
  it('is Wilson’s without weights or groups', () => {
    const hits = Array.from({ length: 40 }, (_, i) => (i < 31 ? 1 : 0));
    const { estimate, low, high } = shareInterval(hits);
    const wilson = wilsonInterval(31, 40);
    expect(estimate).toBeCloseTo(31 / 40, 12);
    expect(low).toBeCloseTo(wilson.low, 12);
    expect(high).toBeCloseTo(wilson.high, 12);
  });

  it('counts an image as often as it weighs, but trusts it no more for that', () => {
    const hits = [1, 0, 1, 1, 0, 1, 1, 1];
    const weights = [1, 3, 1, 1, 3, 1, 1, 1];
    const { estimate, low, high } = shareInterval(hits, { weights });
    expect(estimate).toBeCloseTo(6 / 12, 12);
    const plain = shareInterval([...hits, 0, 0, 0, 0]);
    expect(plain.estimate).toBeCloseTo(estimate, 12);
    expect(high - low).toBeGreaterThan(plain.high - plain.low);
  });

  it('takes the images of a group for one where they are alike, and for as many where they are not', () => {
    const random = createRandom(3);
    const alike = Array.from({ length: 120 }, (_, i) => (Math.floor(i / 6) % 3 === 0 ? 0 : 1));
    const apart = Array.from({ length: 120 }, () => (random.next() < 2 / 3 ? 1 : 0));
    const groups = alike.map((_, i) => Math.floor(i / 6));
    const width = (hits: number[], options = {}): number => shareInterval(hits, options).high - shareInterval(hits, options).low;
    expect(width(alike, { groups }) / width(alike)).toBeGreaterThan(2);
    expect(width(apart, { groups }) / width(apart)).toBeLessThan(1.5);
    // Nothing but hits, in three groups: that is three.
    const { low } = shareInterval([1, 1, 1, 1, 1, 1, 1, 1, 1], { groups: [0, 0, 0, 1, 1, 1, 2, 2, 2] });
    expect(low).toBeLessThan(0.5);
  });

  it('refuses nothing, and weights that are not positive', () => {
    expect(() => shareInterval([])).toThrow(/at least one image/);
    expect(() => shareInterval([1, 0], { weights: [1, 0] })).toThrow(/positive weight/);
  });
});

describe('metricIntervals', () => {
  const { labels, probabilities } = predictions(150, 4, 5);
  const found = metricIntervals(labels, probabilities, 4, { seed: 1, numResamples: 300 });

  it('estimates what the metrics do, within their ends', () => {
    const predicted = predictedClasses(probabilities, 4);
    const scores = perClassScores(confusionMatrix(labels, predicted, 4), 4);
    expect(found.balancedAccuracy.estimate).toBeCloseTo(balancedAccuracy(labels, predicted, 4), 10);
    expect(found.macroF1.estimate).toBeCloseTo(macroF1(labels, predicted, 4), 10);
    expect(found.logLoss.estimate).toBeCloseTo(logLoss(labels, probabilities, 4), 6);
    expect(found.auc!.estimate).toBeCloseTo(auc(labels, probabilities, 4)!, 6);
    scores.forEach(({ precision, recall, f1 }, k) => {
      expect(found.perClass[k]!.precision!.estimate).toBeCloseTo(precision, 10);
      expect(found.perClass[k]!.recall!.estimate).toBeCloseTo(recall, 10);
      expect(found.perClass[k]!.f1!.estimate).toBeCloseTo(f1, 10);
    });
    for (const { low, estimate, high } of [found.accuracy, found.balancedAccuracy, found.macroF1, found.logLoss, found.auc!]) {
      expect(low).toBeLessThan(estimate);
      expect(high).toBeGreaterThan(estimate);
    }
  });

  it('with whole weights equals the same images written so often', () => {
    const weights = Float64Array.from(labels, (_, i) => 1 + (i % 3));
    const rows = Array.from(labels.keys()).flatMap((i) => Array.from({ length: 1 + (i % 3) }, () => i));
    const repeated = {
      labels: Int32Array.from(rows, (i) => labels[i]!),
      probabilities: Float32Array.from(rows.flatMap((i) => [...probabilities.subarray(4 * i, 4 * i + 4)])),
    };
    const weighted = metricIntervals(labels, probabilities, 4, { seed: 1, numResamples: 2, weights });
    const plain = metricIntervals(repeated.labels, repeated.probabilities, 4, { seed: 1, numResamples: 2 });
    for (const name of ['accuracy', 'balancedAccuracy', 'macroF1', 'logLoss', 'auc'] as const) {
      expect(weighted[name]!.estimate).toBeCloseTo(plain[name]!.estimate, 10);
    }
  });

  it('never claims certainty from a few images that are all right', () => {
    const sure = { labels: Int32Array.of(0, 0, 0, 1, 1, 1), probabilities: Float32Array.of(1, 0, 1, 0, 1, 0, 0, 1, 0, 1, 0, 1) };
    const few = metricIntervals(sure.labels, sure.probabilities, 2, { seed: 1, numResamples: 50 });
    for (const { estimate, low } of [few.accuracy, few.balancedAccuracy, few.macroF1, few.perClass[0]!.recall!, few.perClass[1]!.f1!]) {
      expect(estimate).toBe(1);
      expect(low).toBeLessThan(0.8);
    }
  });

  it('has no precision of a class that is never predicted, and no AUC of a single class', () => {
    const one = metricIntervals(Int32Array.of(0, 0), Float32Array.of(0.9, 0.1, 0.8, 0.2), 2, { seed: 1, numResamples: 10 });
    expect(one.perClass[1]).toEqual({ precision: null, recall: null, f1: null });
    expect(one.auc).toBeNull();
  });
});
