import { describe, expect, it } from 'vitest';
import { atTemperature, fitTemperature, reliability } from '../../electron/learn/calibration.ts';
import { logLoss } from '../../electron/learn/metrics.ts';
import { createRandom } from '../../electron/tensor/random.ts';

/** Labels drawn from the very probabilities, and those probabilities made sharper or softer. */
function drawn(numImages: number, temperature: number, seed: number): { labels: Int32Array; probabilities: Float32Array } {
  const random = createRandom(seed);
  const labels = new Int32Array(numImages);
  const probabilities = new Float32Array(numImages * 3);
  for (let i = 0; i < numImages; i++) {
    const logits = [0, 1, 2].map(() => 2 * random.normal());
    const soft = (values: number[]): number[] => {
      const sum = values.reduce((total, value) => total + Math.exp(value), 0);
      return values.map((value) => Math.exp(value) / sum);
    };
    let left = random.next();
    labels[i] = Math.max(
      0,
      soft(logits).findIndex((p) => (left -= p) < 0),
    );
    soft(logits.map((logit) => logit * temperature)).forEach((p, k) => (probabilities[3 * i + k] = p));
  }
  return { labels, probabilities };
}

describe('fitTemperature', () => {
  it('finds the temperature that was put in', () => {
    for (const planted of [0.5, 1, 2]) expect(fitTemperature([drawn(4000, planted, 7)], 3)).toBeCloseTo(planted, 1);
    expect(fitTemperature([drawn(4000, 0.5, 7)], 3, 1)).toBeCloseTo(1, 2);
    expect(fitTemperature([drawn(4000, 2, 7)], 3, 1)).toBeCloseTo(2, 1);
  });

  it('is at the bottom of the log loss, as a fine grid has it', () => {
    const set = drawn(300, 1.7, 8);
    const found = fitTemperature([set, set], 3);
    const cost = (t: number): number => 300 * logLoss(set.labels, atTemperature(set.probabilities, 3, t), 3) + (Math.log(t) / 0.5) ** 2 / 2;
    for (let t = 0.4; t < 4; t += 0.05) expect(cost(found)).toBeLessThanOrEqual(cost(t) + 1e-3);
  });

  it('stays near 1 where next to nothing is known, and leaves out what was not scored', () => {
    expect(fitTemperature([{ labels: Int32Array.of(0), probabilities: Float32Array.of(0.99, 0.01) }], 2)).toBeCloseTo(1, 1);
    expect(fitTemperature([{ ...drawn(9, 3, 1), scored: new Uint8Array(9) }], 3)).toBe(1);
  });
});

it('a temperature keeps the order and the sum', () => {
  const out = atTemperature(Float32Array.of(0.7, 0.2, 0.1, 1, 0, 0), 3, 2);
  expect(out[0]!).toBeCloseTo(Math.sqrt(0.7) / (Math.sqrt(0.7) + Math.sqrt(0.2) + Math.sqrt(0.1)), 6);
  expect(out[3]! + out[4]! + out[5]!).toBeCloseTo(1, 6);
  expect(out[3]!).toBeGreaterThan(0.99);
});

describe('reliability', () => {
  it('counts by hand', () => {
    const { bins, error } = reliability([0.85, 0.85, 0.85, 0.85, 0.65], [1, 1, 0, 0, 1]);
    expect(bins.map(({ from, numImages, confidence, accuracy }) => [from, numImages, confidence, accuracy.estimate])).toEqual([
      [0.6, 1, 0.65, 1],
      [0.8, 4, 0.85, 0.5],
    ]);
    expect(error).toBeCloseTo((4 * 0.35 + 0.35) / 5, 10);
  });

  it('shows of a perfectly calibrated classifier about the error that chance gives', () => {
    const random = createRandom(9);
    const confidence = Float64Array.from({ length: 80 }, () => 0.4 + 0.6 * random.next());
    let [seen, byChance] = [0, 0];
    for (let draw = 0; draw < 60; draw++) {
      const found = reliability(
        confidence,
        confidence.map((p) => (random.next() < p ? 1 : 0)),
        draw,
      );
      seen += found.error / 60;
      byChance += found.errorByChance / 60;
    }
    expect(byChance).toBeGreaterThan(0.05);
    expect(seen / byChance).toBeCloseTo(1, 1);
  });

  it('refuses nothing', () => {
    expect(() => reliability([], [])).toThrow(/one answer a prediction/);
  });
});
