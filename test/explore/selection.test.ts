import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RunContext } from '../../electron/contract/progress.ts';
import { suggestByGradient } from '../../electron/explore/badge.ts';
import { suggestByDropout } from '../../electron/explore/dropquery.ts';
import { suggestByMargin } from '../../electron/explore/margin.ts';
import { suggestCovering } from '../../electron/explore/probcover.ts';
import { createPool, suggestRandom } from '../../electron/explore/selection.ts';
import type { FeatureRequest, Suggestions } from '../../electron/explore/selection.ts';
import { suggestCentral, suggestTypical } from '../../electron/explore/typiclust.ts';
import type { Executor } from '../../electron/tensor/program.ts';
import { createRandom } from '../../electron/tensor/random.ts';
import { cancelledAfter, gaussianMixture, quietContext } from './mixtures.ts';

type Strategy = (request: FeatureRequest, executor: Executor | null, ctx: RunContext) => Promise<Suggestions>;

/** Probabilities made from the seed. */
function classified(request: FeatureRequest) {
  const random = createRandom(request.seed);
  const probabilities = Float32Array.from({ length: request.numImages * 3 }, () => random.next());
  return { ...request, probabilities, numClasses: 3 };
}

/** Three classes by the sums of features in turns. */
const classify =
  (numDims: number) =>
  (features: Float32Array): Float32Array =>
    Float32Array.from({ length: (3 * features.length) / numDims }, (_, at) => {
      const row = features.subarray(Math.floor(at / 3) * numDims, (Math.floor(at / 3) + 1) * numDims);
      return row.reduce((sum, value, d) => sum + (d % 3 === at % 3 ? value : 0), 0);
    });

const strategies: [string, Strategy][] = [
  ['suggestTypical', suggestTypical],
  ['suggestCentral', suggestCentral],
  ['suggestCovering', suggestCovering],
  ['suggestByMargin', (request, executor, ctx) => suggestByMargin(classified(request), executor, ctx)],
  ['suggestByGradient', (request, _executor, ctx) => suggestByGradient(classified(request), ctx)],
  [
    'suggestByDropout',
    (request, executor, ctx) => suggestByDropout({ ...request, numClasses: 3, classify: classify(request.numDims) }, executor, ctx),
  ],
  ['suggestRandom', (request) => Promise.resolve(suggestRandom(request))],
];

describe.each(strategies)('%s', (name, suggest) => {
  it('suggests exactly the budget, nothing twice, nothing labelled or excluded, and repeats itself', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          numImages: fc.integer({ min: 0, max: 60 }),
          numDims: fc.integer({ min: 1, max: 3 }),
          budget: fc.integer({ min: 0, max: 70 }),
          seed: fc.nat(),
          labelledShare: fc.constantFrom(0, 0.1, 0.6),
          excludedShare: fc.constantFrom(0, 0.2, 0.9),
          // Few levels make many equal rows and rows of zeros.
          levels: fc.constantFrom(2, 1000),
        }),
        async ({ numImages, numDims, budget, seed, labelledShare, excludedShare, levels }) => {
          const random = createRandom(seed);
          const features = Float32Array.from({ length: numImages * numDims }, () => random.int(levels));
          const all = Array.from({ length: numImages }, (_, i) => i);
          const labelled = Int32Array.from(all.filter(() => random.next() < labelledShare));
          const excluded = Int32Array.from(all.filter(() => random.next() < excludedShare));
          const request = { features, numImages, numDims, labelled, excluded, budget, seed };
          const found = await suggest(request, null, quietContext());
          const free = all.filter((i) => !labelled.includes(i) && !excluded.includes(i));
          expect(found.indices.length).toBe(Math.min(budget, free.length));
          expect(found.clusters.length).toBe(found.indices.length);
          expect(found.scores.every(Number.isFinite)).toBe(true);
          expect(found.scores.length).toBe(found.indices.length);
          expect(new Set(found.indices).size).toBe(found.indices.length);
          expect([...found.indices].every((i) => free.includes(i))).toBe(true);
          expect(await suggest(request, null, quietContext())).toEqual(found);
          const reordered = { ...request, labelled: labelled.toReversed(), excluded: excluded.toReversed() };
          expect(await suggest(reordered, null, quietContext())).toEqual(found);
        },
      ),
      { seed: 3, numRuns: 60 },
    );
  });

  it('refuses images that do not exist, broken budgets and, where it uses them, broken features', async () => {
    const request = {
      features: new Float32Array(20).fill(1),
      numImages: 10,
      numDims: 2,
      labelled: Int32Array.of(),
      excluded: Int32Array.of(),
      budget: 2,
      seed: 1,
    };
    const attempt = async (changes: Partial<FeatureRequest>) => suggest({ ...request, ...changes }, null, quietContext());
    await expect(attempt({ labelled: Int32Array.of(10) })).rejects.toThrow('Image 10 does not exist');
    await expect(attempt({ excluded: Int32Array.of(-1) })).rejects.toMatchObject({ code: 'invalid-input' });
    for (const budget of [-1, 1.5, NaN]) await expect(attempt({ budget })).rejects.toMatchObject({ code: 'invalid-input' });
    if (name !== 'suggestRandom')
      await expect(attempt({ features: new Float32Array(19) })).rejects.toMatchObject({ code: 'invalid-input' });
  });
});

it.each(strategies.filter(([name]) => name !== 'suggestRandom'))('%s stops with the reason of the signal', async (_name, suggest) => {
  const mixture = gaussianMixture({ sizes: [60, 40], numDims: 4, spread: 0.5, seed: 1 });
  const request = { ...mixture, labelled: Int32Array.of(), excluded: Int32Array.of(), budget: 8, seed: 1 };
  const reason = new Error('enough');
  for (const numReports of [0, 4, 8]) await expect(suggest(request, null, cancelledAfter(numReports, reason))).rejects.toBe(reason);
});

describe('createPool', () => {
  it('keeps labelled images, even excluded ones, beside the candidates', () => {
    const pool = createPool({ numImages: 7, labelled: Int32Array.of(5, 2), excluded: Int32Array.of(5, 0), budget: 9, seed: 1 });
    expect([...pool.members]).toEqual([1, 2, 3, 4, 5, 6]);
    expect([...pool.isLabelled]).toEqual([0, 1, 0, 0, 1, 0]);
    expect([...pool.candidates]).toEqual([1, 3, 4, 6]);
    expect([pool.numLabelled, pool.numWanted]).toEqual([2, 4]);
  });
});

describe('suggestRandom', () => {
  it('draws every candidate equally often', () => {
    const counts = new Int32Array(10);
    for (let seed = 0; seed < 2000; seed++) {
      const { indices } = suggestRandom({ numImages: 10, labelled: Int32Array.of(0), excluded: Int32Array.of(9), budget: 2, seed });
      for (const index of indices) counts[index]!++;
    }
    // Expected 500 each of 8; the standard deviation is 19.
    for (const count of counts.subarray(1, 9)) expect(Math.abs(count - 500)).toBeLessThan(80);
    expect([counts[0], counts[9]]).toEqual([0, 0]);
  });
});

describe('suggestByMargin', () => {
  const mixture = gaussianMixture({ sizes: [100, 100, 100, 100], numDims: 8, spread: 0.2, seed: 2 });
  const request = { ...mixture, labelled: Int32Array.of(), excluded: Int32Array.of(), seed: 1, numClasses: 2 };
  /** The first `numUnsure` images of every component are unsure, those of component 0 most. */
  const rank = new Int32Array(4);
  const place = Array.from(mixture.components, (component) => rank[component]!++);
  const probabilities = Float32Array.from(
    place.flatMap((at, i) => {
      const p = at < 10 ? 0.5 + 0.01 * mixture.components[i]! : 0.9;
      return [p, 1 - p];
    }),
  );

  it('spreads over what is unsure instead of taking the smallest margins only', async () => {
    const { indices, scores } = await suggestByMargin({ ...request, probabilities, budget: 4, oversample: 10 }, null, quietContext());
    expect([...indices].map((i) => mixture.components[i]!)).toEqual([0, 1, 2, 3]);
    expect([...indices].every((i) => place[i]! < 10)).toBe(true);
    scores.forEach((score, at) => expect(score).toBeCloseTo(0.02 * at, 5));
    const narrow = await suggestByMargin({ ...request, probabilities, budget: 4, oversample: 1 }, null, quietContext());
    expect([...narrow.indices].every((i) => mixture.components[i] === 0)).toBe(true);
  });

  it('bounds the shortlist by a share of the candidates', async () => {
    const wide = await suggestByMargin({ ...request, probabilities, budget: 20, maxShare: 0.1 }, null, quietContext());
    expect([...wide.indices].every((i) => place[i]! < 10)).toBe(true);
  });

  it('refuses probabilities it cannot rank', async () => {
    const attempt = (changes: object) => suggestByMargin({ ...request, probabilities, budget: 4, ...changes }, null, quietContext());
    await expect(attempt({ numClasses: 3 })).rejects.toMatchObject({ code: 'invalid-input' });
    await expect(attempt({ probabilities: probabilities.map(() => NaN) })).rejects.toThrow('not finite');
    await expect(attempt({ probabilities: new Float32Array(400), numClasses: 1 })).rejects.toMatchObject({ code: 'invalid-input' });
  });
});
