import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  accuracy,
  auc,
  balancedAccuracy,
  binaryAuc,
  calibrationError,
  classificationMetrics,
  confusionMatrix,
  logLoss,
  macroF1,
  perClassScores,
  predictedClasses,
} from '../../electron/learn/metrics.ts';
import { createRandom } from '../../electron/tensor/random.ts';

const labels = Int32Array.of(0, 0, 0, 1, 1, 2);
const predicted = Int32Array.of(0, 0, 1, 1, 0, 2);

function randomProbabilities(n: number, numClasses: number, seed: number): Float32Array {
  const random = createRandom(seed);
  const out = new Float32Array(n * numClasses);
  for (let i = 0; i < n; i++) {
    const raw = Array.from({ length: numClasses }, () => random.int(6) + 0.5);
    const sum = raw.reduce((a, b) => a + b, 0);
    raw.forEach((v, k) => (out[i * numClasses + k] = v / sum));
  }
  return out;
}

describe('counts by hand', () => {
  it('confusion, per-class scores, accuracies and F1', () => {
    const confusion = confusionMatrix(labels, predicted, 4);
    expect([...confusion]).toEqual([2, 1, 0, 0, 1, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0]);
    const scores = perClassScores(confusion, 4);
    expect(scores[0]).toEqual({ precision: 2 / 3, recall: 2 / 3, f1: 2 / 3, support: 3 });
    expect(scores[1]).toEqual({ precision: 1 / 2, recall: 1 / 2, f1: 1 / 2, support: 2 });
    expect(scores[3]).toEqual({ precision: 0, recall: 0, f1: 0, support: 0 });
    expect(accuracy(labels, predicted)).toBeCloseTo(4 / 6, 12);
    expect(balancedAccuracy(labels, predicted, 4)).toBeCloseTo((2 / 3 + 1 / 2 + 1) / 3, 12);
    // The class that is not there counts as 0 in F1 and not at all in balanced accuracy.
    expect(macroF1(labels, predicted, 4)).toBeCloseTo((2 / 3 + 1 / 2 + 1 + 0) / 4, 12);
  });

  it('log loss in nats, clipped', () => {
    const p = Float32Array.of(0.5, 0.5, 0.25, 0.75);
    expect(logLoss(Int32Array.of(0, 1), p, 2)).toBeCloseTo((Math.log(2) - Math.log(0.75)) / 2, 6);
    expect(logLoss(Int32Array.of(1), Float32Array.of(1, 0), 2)).toBeCloseTo(15 * Math.log(10), 6);
  });

  it('calibration error', () => {
    // Four at confidence .8, of which two are right; one at .6 that is right.
    const p = Float32Array.of(0.8, 0.2, 0.8, 0.2, 0.8, 0.2, 0.8, 0.2, 0.4, 0.6);
    expect(calibrationError(Int32Array.of(0, 0, 1, 1, 1), p, 2)).toBeCloseTo((4 * 0.3 + 0.4) / 5, 5);
    expect(calibrationError(Int32Array.of(0), Float32Array.of(1, 0), 2)).toBe(0);
  });
});

describe('AUC', () => {
  it('equals the part of pairs in order, ties half', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(1), fc.nat(5)), { minLength: 1, maxLength: 40 }), (items) => {
        let [won, pairs] = [0, 0];
        for (const [a, s] of items) {
          for (const [b, t] of items) {
            if (a !== 1 || b !== 0) continue;
            pairs++;
            won += s > t ? 1 : s === t ? 0.5 : 0;
          }
        }
        const area = binaryAuc(
          Uint8Array.from(items, ([a]) => a),
          items.map(([, s]) => s),
        );
        if (pairs === 0) expect(area).toBeNull();
        else expect(area).toBeCloseTo(won / pairs, 12);
      }),
      { seed: 4 },
    );
  });

  it('is one against the rest over the classes that can be told, and class 1 of two', () => {
    const p = randomProbabilities(6, 4, 1);
    const areas = [0, 1, 2].map((k) =>
      binaryAuc(
        Uint8Array.from(labels, (label) => (label === k ? 1 : 0)),
        Array.from(labels, (_, i) => p[i * 4 + k]!),
      )!,
    );
    expect(auc(labels, p, 4)).toBeCloseTo((areas[0]! + areas[1]! + areas[2]!) / 3, 12);
    expect(auc(Int32Array.of(0, 1), Float32Array.of(0.9, 0.1, 0.2, 0.8), 2)).toBe(1);
    expect(auc(Int32Array.of(1, 1), Float32Array.of(0.9, 0.1, 0.2, 0.8), 2)).toBeNull();
  });
});

it('stays in range, and is perfect for certain and right predictions', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(3), { minLength: 1, maxLength: 30 }), fc.nat(), (list, seed) => {
      const truth = Int32Array.from(list);
      const m = classificationMetrics(truth, randomProbabilities(truth.length, 4, seed), 4);
      for (const v of [m.accuracy, m.balancedAccuracy, m.macroF1, m.auc ?? 0, m.calibrationError]) {
        expect(v).toBeGreaterThanOrEqual(0);
        expect(v).toBeLessThanOrEqual(1);
      }
      const sure = new Float32Array(truth.length * 4);
      truth.forEach((k, i) => (sure[i * 4 + k] = 1));
      expect(predictedClasses(sure, 4)).toEqual(truth);
      const best = classificationMetrics(truth, sure, 4);
      expect(best).toMatchObject({ accuracy: 1, balancedAccuracy: 1, macroF1: new Set(list).size / 4, calibrationError: 0 });
      expect(best.logLoss).toBeCloseTo(0, 12);
      expect(best.auc ?? 1).toBe(1);
    }),
    { seed: 5, numRuns: 50 },
  );
});

it('refuses empty and unequal input', () => {
  expect(() => accuracy(new Int32Array(0), new Int32Array(0))).toThrow(/at least one/);
  expect(() => logLoss(Int32Array.of(0, 1), Float32Array.of(1, 0), 2)).toThrow(/got 1 for 2/);
});
