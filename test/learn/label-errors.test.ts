import { describe, expect, it } from 'vitest';
import { continueFit, crossValidate, startFit } from '../../electron/learn/cross-validation.ts';
import { spanOf } from '../../electron/learn/feature-span.ts';
import type { FeatureSpan } from '../../electron/learn/feature-span.ts';
import { repeatedFolds, rowsOfFold } from '../../electron/learn/folds.ts';
import { findLabelErrors } from '../../electron/learn/label-errors.ts';
import { labelHarm } from '../../electron/learn/label-influence.ts';
import { softmaxProbabilities } from '../../electron/learn/softmax-regression.ts';
import { measureStandardisation, standardise } from '../../electron/learn/standardise.ts';
import { createRandom } from '../../electron/tensor/random.ts';

interface Noisy {
  readonly span: FeatureSpan;
  readonly labels: Int32Array;
  readonly isWrong: Uint8Array;
}

/** Clusters of `numClasses` kinds that overlap a little; a share of the labels is another class at random. */
function noisyClusters(n: number, share: number, seed: number, numClasses = 5, dim = 16, shift = 0.9): Noisy {
  const random = createRandom(seed);
  const centres = Array.from({ length: numClasses }, () => Float64Array.from({ length: dim }, () => shift * random.normal()));
  const truth = Int32Array.from({ length: n }, (_, i) => i % numClasses);
  const features = Float32Array.from({ length: n * dim }, (_, at) => random.normal() + centres[truth[Math.floor(at / dim)]!]![at % dim]!);
  const isWrong = new Uint8Array(n);
  for (const row of random.permutation(n).slice(0, Math.round(share * n))) isWrong[row] = 1;
  const labels = truth.map((k, row) => (isWrong[row] === 1 ? (k + 1 + random.int(numClasses - 1)) % numClasses : k));
  return { span: spanOf(standardise(features, measureStandardisation(features, dim)), n, dim), labels, isWrong };
}

describe('confident learning', () => {
  it('is that of a case done by hand', () => {
    const labels = Int32Array.of(0, 0, 0, 1, 1);
    const probabilities = Float32Array.of(0.9, 0.1, 0.8, 0.2, 0.1, 0.9, 0.3, 0.7, 0.45, 0.55);
    const { thresholds, joint, suspects } = findLabelErrors(labels, probabilities, 2);
    expect(thresholds[0]).toBeCloseTo(0.6);
    expect(thresholds[1]).toBeCloseTo(0.625);
    // The last image reaches neither threshold; one of three 0s is confidently a 1.
    expect([...joint]).toEqual([2, 1, 0, 1]);
    expect(suspects).toHaveLength(1);
    expect(suspects[0]).toMatchObject({ row: 2, given: 0, likely: 1 });
    expect(suspects[0]!.margin).toBeCloseTo(0.1);
  });

  it('leaves out rows that do not count, and suspects no class without labels', () => {
    const labels = Int32Array.of(0, 0, 1);
    const probabilities = Float32Array.of(0.1, 0.2, 0.7, 0.2, 0.8, 0, 0.1, 0.9, 0);
    const { suspects, thresholds } = findLabelErrors(labels, probabilities, 3, Uint8Array.of(1, 0, 1));
    expect(thresholds[2]).toBe(Infinity);
    expect(suspects.map(({ row }) => row)).toEqual([]);
    expect(() => findLabelErrors(labels, probabilities, 2)).toThrow('9 probabilities');
  });

  it.each([0.05, 0.1])('finds most of planted noise of %d, where chance would find that share', async (share) => {
    const n = 300;
    let [found, planted, named, first] = [0, 0, 0, 0];
    for (let seed = 1; seed <= 8; seed++) {
      const { span, labels, isWrong } = noisyClusters(n, share, seed);
      const repeats = repeatedFolds(labels, { numFolds: 5, numRepeats: 3, seed });
      const weights = new Float64Array(n).fill(1);
      const cv = await crossValidate({ span, labels, numClasses: 5, sampleWeights: weights, repeats, strengths: [30, 100] });
      const mean = cv!.probabilities[0]!.map((_, at) => cv!.probabilities.reduce((sum, p) => sum + p[at]!, 0) / 3);
      const { suspects } = findLabelErrors(labels, mean, 5);
      const numWrong = isWrong.reduce((sum, w) => sum + w, 0);
      planted += numWrong;
      named += suspects.length;
      found += suspects.filter(({ row }) => isWrong[row] === 1).length;
      first += suspects.slice(0, numWrong).filter(({ row }) => isWrong[row] === 1).length;
    }
    expect(found / planted).toBeGreaterThan(0.7);
    expect(found / named).toBeGreaterThan(0.6);
    // Looking at as many as there are: at random that finds the share of noise.
    expect(first / planted).toBeGreaterThan(Math.max(0.7, 7 * share));
  });
});

describe('labels that hurt', () => {
  /** The mean held-out loss of one fold without one training row, refitted from nothing. */
  function lossWithout({ span, labels }: Noisy, rows: Int32Array, held: Int32Array, strength: number): number {
    const fit = startFit(span, labels, rows, held);
    continueFit(fit, { span, sampleWeights: new Float64Array(labels.length).fill(1) }, strength, 1e-8);
    const p = softmaxProbabilities(fit.parameters, span.coordinates, held, span.rank, fit.classes.length);
    return held.reduce((sum, row, i) => sum - Math.log(p[i * fit.classes.length + fit.labels[row]!]!), 0) / held.length;
  }

  it('are those whose leaving out lowers the loss, as refitting without each of them tells', async () => {
    const noisy = noisyClusters(50, 0.1, 3, 3, 6);
    const { span, labels } = noisy;
    const strength = 10;
    const repeats = repeatedFolds(labels, { numFolds: 5, numRepeats: 1, seed: 1 });
    const harm = await labelHarm({ span, labels, sampleWeights: new Float64Array(50).fill(1), strength, repeats });
    const refitted = new Float64Array(50);
    for (let fold = 0; fold < 5; fold++) {
      const [rows, held] = [rowsOfFold(repeats[0]!, fold, false), rowsOfFold(repeats[0]!, fold, true)];
      const whole = lossWithout(noisy, rows, held, strength);
      for (const row of rows)
        refitted[row]! +=
          (whole -
            lossWithout(
              noisy,
              rows.filter((other) => other !== row),
              held,
              strength,
            )) /
          4;
    }
    const mean = (a: Float64Array): number => a.reduce((sum, v) => sum + v, 0) / a.length;
    const [m, r] = [mean(harm), mean(refitted)];
    const covariance = mean(harm.map((h, i) => (h - m) * (refitted[i]! - r)));
    const spread = Math.sqrt(mean(harm.map((h) => (h - m) ** 2)) * mean(refitted.map((h) => (h - r) ** 2)));
    expect(covariance / spread).toBeGreaterThan(0.97);
    // The same size, too.
    expect(covariance / mean(refitted.map((h) => (h - r) ** 2))).toBeGreaterThan(0.6);
    expect(covariance / mean(refitted.map((h) => (h - r) ** 2))).toBeLessThan(1.3);
  });

  it('are mostly planted ones', async () => {
    let [hits, all] = [0, 0];
    for (let seed = 1; seed <= 5; seed++) {
      const { span, labels, isWrong } = noisyClusters(200, 0.05, 50 + seed);
      const repeats = repeatedFolds(labels, { numFolds: 5, numRepeats: 2, seed });
      const harm = await labelHarm({ span, labels, sampleWeights: new Float64Array(200).fill(1), strength: 30, repeats });
      const worst = Array.from(harm.keys())
        .sort((a, b) => harm[b]! - harm[a]!)
        .slice(0, 10);
      hits += worst.filter((row) => isWrong[row] === 1).length;
      all += 10;
    }
    expect(hits / all).toBeGreaterThan(0.6);
  });

  it('stops when asked', async () => {
    const { span, labels } = noisyClusters(50, 0, 1);
    const repeats = repeatedFolds(labels, { numFolds: 5, numRepeats: 1, seed: 1 });
    const task = { span, labels, sampleWeights: new Float64Array(50).fill(1), strength: 10, repeats };
    await expect(labelHarm(task, { signal: AbortSignal.abort(new Error('stop')), onProgress: () => undefined })).rejects.toThrow('stop');
  });
});
