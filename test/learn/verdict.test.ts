import { describe, expect, it } from 'vitest';
import type { Progress } from '../../electron/contract/progress.ts';
import type { FeatureCandidate } from '../../electron/learn/verdict.ts';
import { compareFeatures } from '../../electron/learn/verdict.ts';
import { bootstrapInterval, meanOver } from '../../electron/learn/intervals.ts';
import { accuracy, classificationMetrics, predictedClasses } from '../../electron/learn/metrics.ts';
import { createRandom } from '../../electron/tensor/random.ts';

const numClasses = 4;

/** Labels of n images, and for each noise level features [n, dim] that show the same images through that much noise. */
function views(n: number, noises: readonly number[], seed: number, dim = 24): { labels: Int32Array; features: Float32Array[] } {
  const random = createRandom(seed);
  const labels = Int32Array.from({ length: n }, () => random.int(numClasses));
  const centres = Float64Array.from({ length: numClasses * dim }, () => random.normal());
  const images = Float64Array.from({ length: n * dim }, (_, at) => {
    const label = labels[Math.floor(at / dim)]!;
    return centres[label * dim + (at % dim)]! + random.normal();
  });
  return { labels, features: noises.map((noise) => Float32Array.from(images, (v) => v + noise * random.normal())) };
}

function candidates(features: readonly Float32Array[], adaptedAt: readonly number[]): FeatureCandidate[] {
  return features.map((f, i) => ({ name: `view ${i}`, adapted: adaptedAt.includes(i), features: f }));
}

/** How often the first of two views is chosen, and how often each outcome is declared with the first as the adapted one. */
async function trial(
  noises: readonly [number, number],
  numTrials: number,
  n = 100,
): Promise<{ chosen: number; better: number; worse: number }> {
  const counts = { chosen: 0, better: 0, worse: 0 };
  for (let seed = 0; seed < numTrials; seed++) {
    const { labels, features } = views(n, noises, 100 + seed);
    const found = await compareFeatures({
      candidates: candidates(features, [0]),
      labels,
      numClasses,
      seed,
      numRepeats: 2,
      strengths: [1e3, 1e2, 1e1],
    });
    if (found.chosen === 0) counts.chosen++;
    if (found.verdict!.outcome === 'adapted better') counts.better++;
    if (found.verdict!.outcome === 'adapted worse') counts.worse++;
  }
  return counts;
}

describe('compareFeatures on synthetic views', () => {
  it('chooses the clearly better one every time, and says so', async () => {
    expect(await trial([1, 4], 12)).toEqual({ chosen: 12, better: 12, worse: 0 });
    expect(await trial([4, 1], 12)).toEqual({ chosen: 0, better: 0, worse: 12 });
  });

  it('chooses the somewhat better one nearly always', async () => {
    const { chosen, worse } = await trial([1.5, 2.2], 20);
    expect(chosen).toBeGreaterThanOrEqual(18);
    expect(worse).toBe(0);
  });

  it('seldom claims a difference between equals', async () => {
    const { better, worse, chosen } = await trial([2, 2], 30);
    expect(better + worse).toBeLessThanOrEqual(4);
    expect(chosen).toBeGreaterThan(6);
    expect(chosen).toBeLessThan(24);
  });
});

describe('compareFeatures', () => {
  it('compares the best of each kind, and quotes figures that its probabilities bear out', async () => {
    const { labels, features } = views(90, [6, 3.5, 1, 3], 5);
    const seen: Progress[] = [];
    const found = await compareFeatures(
      { candidates: candidates(features, [2, 3]), labels, numClasses, seed: 1, numRepeats: 1 },
      { signal: new AbortController().signal, onProgress: (progress) => seen.push(progress) },
    );
    expect(found).toMatchObject({ chosen: 2, numScored: 90, numFolds: 5, numRepeats: 1 });
    expect(found.verdict).toMatchObject({ adapted: 2, unadapted: 1 });
    expect(seen.map(({ done }) => done)).toEqual([0, 1, 2, 3, 4]);
    for (const candidate of found.candidates) {
      const metrics = classificationMetrics(labels, candidate.probabilities, numClasses);
      for (const key of ['accuracy', 'macroF1', 'logLoss', 'auc'] as const) expect(candidate.metrics[key]).toBeCloseTo(metrics[key]!, 5);
      expect(candidate.accuracy.estimate).toBeCloseTo(metrics.accuracy, 10);
      expect(candidate.logLoss.estimate).toBeCloseTo(metrics.logLoss, 5);
      expect(candidate.accuracy.low).toBeLessThan(metrics.accuracy);
      expect(candidate.logLoss.high).toBeGreaterThan(metrics.logLoss);
    }
    const [a, b] = [found.candidates[2]!, found.candidates[1]!];
    expect(found.verdict!.accuracyDifference.estimate).toBeCloseTo(a.metrics.accuracy - b.metrics.accuracy, 10);
    expect(found.verdict!.logLossDifference.estimate).toBeCloseTo(a.metrics.logLoss - b.metrics.logLoss, 10);
    expect(found.verdict!.words).toMatch(/^Adapting helped\..*"view 2" gets .* "view 1", the best unadapted one/);
  });

  it('takes the first of equals, whatever their order of adapted and not', async () => {
    const { labels, features } = views(40, [2], 6);
    const same = [features[0]!, features[0]!];
    const found = await compareFeatures({ candidates: candidates(same, [1]), labels, numClasses, seed: 0, numRepeats: 2 });
    expect(found.chosen).toBe(0);
    expect(found.verdict).toMatchObject({ outcome: 'no difference shown', accuracyDifference: { estimate: 0, low: 0, high: 0 } });
    expect(found.candidates[0]).toEqual({ ...found.candidates[1]!, name: 'view 0', adapted: false });
  });

  it('is the same for a seed, and takes features of different widths', async () => {
    const { labels, features } = views(40, [1], 7);
    const other = views(40, [1], 7, 9).features[0]!;
    const options = { candidates: candidates([features[0]!, other], []), labels, numClasses, seed: 3, numRepeats: 2 };
    const found = await compareFeatures(options);
    expect(await compareFeatures(options)).toEqual(found);
    expect(found.verdict).toBeNull();
  });

  it('keeps copies together: they cannot answer for one another', async () => {
    const { features } = views(40, [1], 8);
    const random = createRandom(9);
    // Pairs of identical images with meaningless labels: only a leak predicts them.
    const labels = Int32Array.from({ length: 80 }, () => 0);
    for (let i = 0; i < 40; i++) labels.fill(random.int(2), 2 * i, 2 * i + 2);
    const copies = Float32Array.from({ length: 80 * 24 }, (_, at) => features[0]![Math.floor(at / 48) * 24 + (at % 24)]!);
    const groups = labels.map((_, i) => Math.floor(i / 2));
    const options = { candidates: candidates([copies], []), labels, numClasses: 2, seed: 0, numRepeats: 2, strengths: [1] };
    const leaky = await compareFeatures(options);
    const kept = await compareFeatures({ ...options, groups });
    expect(leaky.candidates[0]!.metrics.accuracy).toBeGreaterThan(0.75);
    expect(kept.candidates[0]!.metrics.accuracy).toBeLessThan(0.7);
    const width = ({ low, high }: { low: number; high: number }): number => high - low;
    expect(width(kept.candidates[0]!.accuracy)).toBeGreaterThan(0.2);
  });

  it('widens the paired interval for training sets that overlap', async () => {
    const { labels, features } = views(80, [1, 2], 12);
    const options = { candidates: candidates(features, [0]), labels, numClasses, seed: 2, numRepeats: 1, strengths: [100, 10] };
    const { verdict, candidates: scores } = await compareFeatures(options);
    const correct = scores.map(({ probabilities }) => predictedClasses(probabilities, numClasses).map((k, i) => (k === labels[i] ? 1 : 0)));
    const differences = Float64Array.from(correct[0]!, (c, i) => c - correct[1]![i]!);
    const naive = bootstrapInterval(80, meanOver(differences), { seed: 2 });
    // One repeat of five folds: 1 + 5 / 4.
    expect(verdict!.accuracyDifference.estimate).toBeCloseTo(naive.estimate, 10);
    expect(verdict!.accuracyDifference.high - naive.estimate).toBeCloseTo(1.5 * (naive.high - naive.estimate), 10);
    expect(naive.estimate - verdict!.accuracyDifference.low).toBeCloseTo(1.5 * (naive.estimate - naive.low), 10);
  });

  it('leaves images out that nothing could predict, and does without where none is left', async () => {
    const { labels, features } = views(30, [1], 10);
    const odd = labels.map((k, i) => (i === 4 ? 3 : k % 3));
    const found = await compareFeatures({ candidates: candidates(features, []), labels: odd, numClasses, seed: 0, numRepeats: 1 });
    expect(found.numScored).toBe(29);
    const rows = Int32Array.from(odd.keys()).filter((i) => i !== 4);
    const predicted = predictedClasses(found.candidates[0]!.probabilities, numClasses);
    const expected = accuracy(
      rows.map((i) => odd[i]!),
      rows.map((i) => predicted[i]!),
    );
    expect(found.candidates[0]!.metrics.accuracy).toBeCloseTo(expected, 10);
  });

  it('says what is missing', async () => {
    const { labels, features } = views(8, [1], 11);
    const options = { candidates: candidates(features, []), labels, numClasses, seed: 0 };
    await expect(compareFeatures({ ...options, candidates: [] })).rejects.toThrow(/nothing to compare/);
    await expect(compareFeatures({ ...options, labels: new Int32Array(8) })).rejects.toThrow(/two classes/);
    await expect(compareFeatures({ ...options, labels: Int32Array.of(0, 1, 2, 3, 4, 5, 6, 7), numClasses: 8 })).rejects.toThrow(/held out/);
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(compareFeatures(options, { signal, onProgress: () => undefined })).rejects.toThrow('enough');
  });
});
