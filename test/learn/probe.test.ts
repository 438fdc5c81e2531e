import { describe, expect, it } from 'vitest';
import { allRows } from '../../electron/learn/dense-products.ts';
import { spanOf } from '../../electron/learn/feature-span.ts';
import { minimise } from '../../electron/learn/lbfgs.ts';
import { accuracy, predictedClasses } from '../../electron/learn/metrics.ts';
import type { ProbeOptions } from '../../electron/learn/probe.ts';
import { fitProbe, predictProbe } from '../../electron/learn/probe.ts';
import { softmaxObjective } from '../../electron/learn/softmax-regression.ts';
import { measureStandardisation, standardise } from '../../electron/learn/standardise.ts';
import { createRandom } from '../../electron/tensor/random.ts';

/** Gaussian blobs [n, dim]: the class shifts the first `numClasses` features by `shift`. */
function blobs(n: number, dim: number, numClasses: number, shift: number, seed: number): { features: Float32Array; labels: Int32Array } {
  const random = createRandom(seed);
  const labels = Int32Array.from({ length: n }, () => random.int(numClasses));
  const features = Float32Array.from({ length: n * dim }, (_, at) => {
    const j = at % dim;
    return (1 + j / dim) * random.normal() + (j === labels[Math.floor(at / dim)] ? shift : 0) + 3;
  });
  return { features, labels };
}

/** The same problem solved over all D features, without the span. */
function primal({ features, labels, numClasses, sampleWeights }: ProbeOptions, strength: number): Float64Array {
  const dim = features.length / labels.length;
  const x = standardise(features, measureStandardisation(features, dim));
  const objective = softmaxObjective({
    x,
    dim,
    rows: allRows(labels.length),
    labels,
    sampleWeights: Float64Array.from(labels, (_, i) => sampleWeights?.[i] ?? 1),
    numClasses,
    moments: new Float64Array(dim).fill(1),
    strength,
  });
  const found = minimise(objective, new Float64Array(numClasses * (dim + 1)), { tolerance: 1e-9, maxIterations: 5000 });
  expect(found.reason).toBe('converged');
  return found.x;
}

describe('softmaxObjective', () => {
  it('has the value of the formula and the gradient of finite differences', () => {
    const { features, labels } = blobs(9, 4, 3, 1, 1);
    const x = Float64Array.from(features);
    const sampleWeights = Float64Array.from(labels, (_, i) => 1 + (i % 3));
    const objective = softmaxObjective({
      x,
      dim: 4,
      rows: Int32Array.of(0, 2, 3, 4, 7),
      labels,
      sampleWeights,
      numClasses: 3,
      moments: new Float64Array(4),
      strength: 2,
    });
    const random = createRandom(2);
    const w = Float64Array.from({ length: 15 }, () => random.normal() / 3);
    const gradient = new Float64Array(15);
    const value = objective(w, gradient);
    let [loss, total] = [0, 0];
    for (const i of [0, 2, 3, 4, 7]) {
      const logits = [0, 1, 2].map((k) => w[12 + k]! + [0, 1, 2, 3].reduce((sum, j) => sum + x[i * 4 + j]! * w[k * 4 + j]!, 0));
      loss += sampleWeights[i]! * (Math.log(logits.reduce((sum, l) => sum + Math.exp(l), 0)) - logits[labels[i]!]!);
      total += sampleWeights[i]!;
    }
    expect(value).toBeCloseTo((loss + w.subarray(0, 12).reduce((sum, v) => sum + v * v, 0)) / total, 10);
    const scratch = new Float64Array(15);
    w.forEach((_, at) => {
      const shifted = (by: number): number =>
        objective(
          w.map((v, i) => (i === at ? v + by : v)),
          scratch,
        );
      expect(gradient[at]).toBeCloseTo((shifted(1e-5) - shifted(-1e-5)) / 2e-5, 6);
    });
  });
});

describe('spanOf', () => {
  it.each([
    [6, 40],
    [40, 6],
  ])('keeps the inner products of %i rows of %i features, and maps weights back', (n, dim) => {
    const x = Float64Array.from(blobs(n, dim, 2, 1, 3).features);
    const { coordinates, rank, toFeatures, moments } = spanOf(x, n, dim);
    expect(rank).toBe(6);
    const random = createRandom(4);
    const weights = Float64Array.from({ length: 2 * rank }, () => random.normal());
    const back = toFeatures(weights, 2);
    const dot = (a: Float64Array, i: number, b: Float64Array, k: number, d: number): number =>
      a.subarray(i * d, (i + 1) * d).reduce((sum, v, j) => sum + v * b[k * d + j]!, 0);
    for (let i = 0; i < n; i++) {
      for (let k = 0; k < n; k++) expect(dot(coordinates, i, coordinates, k, rank)).toBeCloseTo(dot(x, i, x, k, dim), 7);
      for (let k = 0; k < 2; k++) expect(dot(coordinates, i, weights, k, rank)).toBeCloseTo(dot(x, i, back, k, dim), 7);
    }
    expect(dot(back, 0, back, 0, dim)).toBeCloseTo(dot(weights, 0, weights, 0, rank), 7);
    const squares = coordinates.reduce((sum, v) => sum + v * v, 0);
    expect(moments.reduce((sum, v) => sum + v, 0) * n).toBeCloseTo(squares, 6);
  });

  it('drops axes that are not there', () => {
    const row = Array.from({ length: 12 }, (_, j) => j + 1);
    expect(spanOf(Float64Array.from([...row, ...row, ...row]), 3, 12).rank).toBe(1);
    expect(spanOf(new Float64Array(36), 3, 12).rank).toBe(0);
  });

  it('leaves features as they are where both sides are large', () => {
    const x = Float64Array.from(blobs(641, 641, 2, 1, 5).features);
    const { coordinates, rank, toFeatures } = spanOf(x, 641, 641);
    expect(rank).toBe(641);
    expect(coordinates).toBe(x);
    expect([...toFeatures(Float64Array.of(1, 2), 1)]).toEqual([1, 2]);
  });
});

describe('fitProbe', () => {
  it.each([
    [30, 80, 1],
    [30, 80, 100],
    [80, 10, 10],
  ])('of %i rows and %i features at strength %i is the solution over all features', async (n, dim, strength) => {
    const random = createRandom(6);
    const options = { ...blobs(n, dim, 3, 1.5, 7), numClasses: 3, sampleWeights: Array.from({ length: n }, () => 0.5 + random.next()) };
    const expected = primal(options, strength);
    const { model, crossValidation } = await fitProbe({ ...options, strengths: [strength] });
    expect(crossValidation).toBeNull();
    expect(model.strength).toBe(strength);
    for (let j = 0; j < dim; j++) {
      for (let k = 0; k < 3; k++) expect(model.weights[j * 3 + k]).toBeCloseTo(expected[k * dim + j]!, 4);
    }
    // Only differences between biases are determined.
    for (let k = 1; k < 3; k++) expect(model.bias[k]! - model.bias[0]!).toBeCloseTo(expected[3 * dim + k]! - expected[3 * dim]!, 4);
  });

  it('learns, does so better with more labels, and gives probabilities', async () => {
    const test = blobs(400, 60, 4, 4, 8);
    const scores: number[] = [];
    for (const n of [20, 150]) {
      const { model, crossValidation } = await fitProbe({ ...blobs(n, 60, 4, 4, 9), numClasses: 4, reference: test.features });
      const probabilities = predictProbe(model, test.features);
      for (let i = 0; i < 400; i++) expect(probabilities.subarray(i * 4, i * 4 + 4).reduce((a, b) => a + b, 0)).toBeCloseTo(1, 5);
      scores.push(accuracy(test.labels, predictedClasses(probabilities, 4)));
      expect(crossValidation?.atEdge).toBe(false);
    }
    expect(scores[0]).toBeGreaterThan(0.35);
    expect(scores[1]).toBeGreaterThan(0.75);
    expect(scores[1]).toBeGreaterThan(scores[0]!);
  });

  it('is the same whichever units the features come in, and for the same seed', async () => {
    const options = { ...blobs(40, 50, 3, 2, 10), numClasses: 3 };
    const once = await fitProbe(options);
    expect(await fitProbe(options)).toEqual(once);
    const scaled = await fitProbe({ ...options, features: options.features.map((v) => 8 * v + 16) });
    const a = predictProbe(once.model, options.features);
    const b = predictProbe(
      scaled.model,
      options.features.map((v) => 8 * v + 16),
    );
    a.forEach((p, at) => expect(b[at]).toBeCloseTo(p, 3));
  });

  it('predicts many images in blocks as it does one by one', async () => {
    const { model } = await fitProbe({ ...blobs(30, 8, 3, 2, 16), numClasses: 3, strengths: [1] });
    const { features } = blobs(1500, 8, 3, 2, 17);
    const all = predictProbe(model, features);
    expect(all).toHaveLength(4500);
    for (const i of [0, 1023, 1024, 1499]) {
      expect(all.subarray(3 * i, 3 * i + 3)).toEqual(predictProbe(model, features.subarray(8 * i, 8 * i + 8)));
    }
  });

  it('never predicts a class without labels', async () => {
    const { features, labels } = blobs(30, 20, 2, 4, 11);
    const { model } = await fitProbe({ features, labels: labels.map((k) => 2 * k + 1), numClasses: 5 });
    expect(model.classes).toEqual([1, 3]);
    const probabilities = predictProbe(model, features);
    for (let i = 0; i < 30; i++) for (const k of [0, 2, 4]) expect(probabilities[i * 5 + k]).toBe(0);
    expect(
      accuracy(
        labels,
        predictedClasses(probabilities, 5).map((k) => (k - 1) / 2),
      ),
    ).toBeGreaterThan(0.9);
  });

  it('manages one class, one label, and one label a class', async () => {
    const { features } = blobs(4, 6, 2, 1, 12);
    const one = await fitProbe({ features, labels: Int32Array.of(2, 2, 2, 2), numClasses: 3 });
    expect(one.crossValidation).toBeNull();
    expect([...predictProbe(one.model, features).subarray(0, 3)]).toEqual([0, 0, 1]);
    const single = await fitProbe({ features: features.subarray(0, 6), labels: Int32Array.of(0), numClasses: 2 });
    expect([...predictProbe(single.model, features.subarray(0, 6))]).toEqual([1, 0]);
    const each = await fitProbe({ features, labels: Int32Array.of(0, 1, 2, 3), numClasses: 4 });
    expect(each.crossValidation).toBeNull();
    expect(each.model.strength).toBe(100);
    expect([...predictedClasses(predictProbe(each.model, features), 4)]).toEqual([0, 1, 2, 3]);
  });

  it('keeps a class with a single label out of the score, but in the model', async () => {
    const { features, labels } = blobs(25, 30, 2, 3, 13);
    labels[7] = 2;
    const { model, crossValidation } = await fitProbe({ features, labels, numClasses: 3 });
    expect(model.classes).toEqual([0, 1, 2]);
    for (const scored of crossValidation!.scored) expect([...scored.keys()].filter((i) => scored[i] === 0)).toEqual([7]);
    for (const { logLoss } of crossValidation!.path) expect(logLoss).toBeLessThan(5);
    for (const p of crossValidation!.probabilities) expect(p[7 * 3 + 2]).toBe(0);
  });

  it('class weights work as copies do', async () => {
    const { features, labels } = blobs(24, 15, 2, 1, 14);
    const weighted = await fitProbe({ features, labels, numClasses: 2, classWeights: [1, 3], strengths: [5] });
    const rows = Array.from(labels.keys()).flatMap((i) => (labels[i] === 1 ? [i, i, i] : [i]));
    const copied = await fitProbe({
      features: Float32Array.from(rows.flatMap((i) => [...features.subarray(i * 15, i * 15 + 15)])),
      labels: Int32Array.from(rows, (i) => labels[i]!),
      reference: features,
      numClasses: 2,
      strengths: [5],
    });
    weighted.model.weights.forEach((w, at) => expect(copied.model.weights[at]).toBeCloseTo(w, 4));
  });

  it('says what is wrong with its input', async () => {
    const good = { ...blobs(6, 4, 2, 1, 15), numClasses: 2 };
    await expect(fitProbe({ ...good, labels: new Int32Array(0) })).rejects.toThrow(/label a few/);
    await expect(fitProbe({ ...good, features: good.features.subarray(1) })).rejects.toThrow(/do not fit/);
    await expect(fitProbe({ ...good, numClasses: 1 })).rejects.toThrow(/0\.\.0/);
    await expect(fitProbe({ ...good, features: good.features.map((v, i) => (i === 3 ? Number.NaN : v)) })).rejects.toThrow(/finite/);
    await expect(fitProbe({ ...good, sampleWeights: [1, 1, 0, 1, 1, 1] })).rejects.toThrow(/positive/);
    const { model } = await fitProbe({ ...good, strengths: [1] });
    expect(() => predictProbe(model, new Float32Array(5))).toThrow(/4 features/);
  });
});
