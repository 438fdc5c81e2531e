import { describe, expect, it } from 'vitest';
import { spanOf } from '../../electron/learn/feature-span.ts';
import { accuracyAt, fitPowerLaw, forecastLabels } from '../../electron/learn/label-forecast.ts';
import type { LabelForecast } from '../../electron/learn/label-forecast.ts';
import { curveSizes, measureCurve } from '../../electron/learn/learning-curve.ts';
import { predictedClasses } from '../../electron/learn/metrics.ts';
import { fitProbe, predictProbe } from '../../electron/learn/probe.ts';
import { measureStandardisation, standardise } from '../../electron/learn/standardise.ts';
import { createRandom } from '../../electron/tensor/random.ts';

const [dim, numClasses, strength] = [24, 5, 30];

/** Five overlapping kinds: a world of images, of which the first are labelled one after the other. */
function world(seed: number, n: number, shift = 1.3): { features: Float32Array; labels: Int32Array } {
  const random = createRandom(seed);
  const centres = Array.from({ length: numClasses }, () => Float64Array.from({ length: dim }, () => (shift / 2) * random.normal()));
  const labels = Int32Array.from({ length: n }, () => random.int(numClasses));
  const features = Float32Array.from({ length: n * dim }, (_, at) => random.normal() + centres[labels[Math.floor(at / dim)]!]![at % dim]!);
  return { features, labels };
}

async function forecast(pool: Float32Array, labels: Int32Array, seed: number): Promise<LabelForecast> {
  const features = pool.slice(0, labels.length * dim);
  const span = spanOf(standardise(features, measureStandardisation(pool, dim)), labels.length, dim);
  const sampleWeights = new Float64Array(labels.length).fill(1);
  const curve = await measureCurve({ span, labels, numClasses, sampleWeights, strength, seed });
  return forecastLabels(curve!, { seed });
}

async function trueAccuracy(all: ReturnType<typeof world>, numLabels: number, testFrom: number): Promise<number> {
  const labels = all.labels.slice(0, numLabels);
  const { model } = await fitProbe({
    features: all.features.slice(0, numLabels * dim),
    labels,
    numClasses,
    strengths: [strength],
    reference: all.features,
  });
  const predicted = predictedClasses(predictProbe(model, all.features.slice(testFrom * dim)), numClasses);
  return predicted.reduce((sum, p, i) => sum + Number(p === all.labels[testFrom + i]), 0) / predicted.length;
}

describe('the power law', () => {
  it('is found again where there is no noise', () => {
    const sizes = [10, 20, 40, 80];
    const law = { floor: 0.05, scale: 0.9, exponent: 0.5 };
    const found = fitPowerLaw(
      sizes,
      sizes.map((n) => 1 - accuracyAt(law, n)),
    );
    expect(found.exponent).toBe(0.5);
    expect(found.floor).toBeCloseTo(0.05, 8);
    expect(found.scale).toBeCloseTo(0.9, 8);
  });

  it('never lets accuracy fall, and never beyond 1', () => {
    const falling = fitPowerLaw([10, 20, 40], [0.1, 0.2, 0.3]);
    expect(accuracyAt(falling, 1000)).toBeCloseTo(accuracyAt(falling, 10), 10);
    const steep = fitPowerLaw([10, 20, 40], [0.8, 0.3, 0.0]);
    expect(steep.floor).toBe(0);
    expect(accuracyAt(steep, 1e6)).toBeLessThanOrEqual(1);
  });
});

describe('the learning curve', () => {
  it('is measured at sizes that the labels allow', () => {
    expect(curveSizes(100, 4)).toEqual([12, 17, 25, 37, 54, 80]);
    expect(curveSizes(20, 2)).toEqual([7, 11, 16]);
    expect(curveSizes(12, 4)).toEqual([9]);
  });

  it('is resampled by groups where there are groups', async () => {
    const { features, labels } = world(5, 80);
    const span = spanOf(Float64Array.from(features), 80, dim);
    const task = { span, numClasses, labels, sampleWeights: new Float64Array(80).fill(1), strength, seed: 3 };
    const groups = Int32Array.from({ length: 80 }, (_, i) => i >> 3);
    const [single, grouped] = [await measureCurve(task), await measureCurve({ ...task, groups })];
    expect(grouped!.groups).toBe(groups);
    expect(forecastLabels(grouped!, { seed: 1 }).measured).not.toEqual(forecastLabels(single!, { seed: 1 }).measured);
  });

  it('leaves room for mistakes that were not seen', () => {
    const perfect = { sizes: [10, 20, 40], correct: new Float64Array(150).fill(1), numImages: 50, drawVariance: 0 };
    const { now, gain } = forecastLabels(perfect, { seed: 1 });
    expect(now.low).toBeLessThan(0.95);
    expect(gain.high).toBeGreaterThan(0.01);
    expect(gain.estimate).toBe(0);
  });

  it('is null where there are too few labels, and the same for the same seed', async () => {
    const { features, labels } = world(1, 40);
    const span = spanOf(Float64Array.from(features), 40, dim);
    const task = { span, numClasses, labels, sampleWeights: new Float64Array(40).fill(1), strength, seed: 3 };
    const first = await measureCurve(task);
    expect(await measureCurve(task)).toEqual(first);
    expect(await measureCurve({ ...task, labels: labels.map(() => 0) })).toBeNull();
    expect(await measureCurve({ ...task, groups: labels.map((k) => k % 3) })).toBeNull();
    const aborted = AbortSignal.abort(new Error('stop'));
    await expect(measureCurve(task, { signal: aborted, onProgress: () => undefined })).rejects.toThrow('stop');
  });

  it('tells the accuracy with 50 more labels, within its band, in most of many worlds', async () => {
    const results: { readonly found: LabelForecast; readonly before: number; readonly after: number }[] = [];
    for (let seed = 0; seed < 30; seed++) {
      const n = seed % 2 === 0 ? 60 : 120;
      const all = world(100 + seed, n + 50 + 1500, 0.9 + (seed % 3) * 0.3);
      const found = await forecast(all.features, all.labels.slice(0, n), seed);
      const [before, after] = [await trueAccuracy(all, n, n + 50), await trueAccuracy(all, n + 50, n + 50)];
      results.push({ found, before, after });
    }
    const share = (test: (result: (typeof results)[number]) => boolean): number => results.filter(test).length / results.length;
    const mean = (of: (result: (typeof results)[number]) => number): number => results.reduce((sum, r) => sum + of(r), 0) / results.length;
    expect(share(({ found, after }) => found.next.low <= after && after <= found.next.high)).toBeGreaterThanOrEqual(0.9);
    expect(share(({ found, before, after }) => found.gain.low <= after - before && after - before <= found.gain.high)).toBeGreaterThan(0.8);
    // A band that says nothing would cover everything; that of 60 to 120 images alone is about 0.18 wide.
    expect(mean(({ found }) => found.next.high - found.next.low)).toBeLessThan(0.25);
    expect(mean(({ found }) => found.gain.high - found.gain.low)).toBeLessThan(0.15);
    expect(Math.abs(mean(({ found, after }) => found.next.estimate - after))).toBeLessThan(0.03);
    expect(Math.abs(mean(({ found, before, after }) => found.gain.estimate - (after - before)))).toBeLessThan(0.02);
  });
});
