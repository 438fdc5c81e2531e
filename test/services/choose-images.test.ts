import { describe, expect, it } from 'vitest';
import { automaticClusters } from '../../electron/services/mapping/map-clusters.ts';
import { chooseImages, spreadAmong, strategies } from '../../electron/services/labelling/choose-images.ts';
import type { ChooseRequest } from '../../electron/services/labelling/choose-images.ts';
import { createEagerExecutor } from '../../electron/tensor/eager.ts';
import { gaussianMixture, quietContext } from '../explore/mixtures.ts';

const executor = createEagerExecutor('cpu');
const mixture = gaussianMixture({ sizes: [60, 60, 50, 40, 30], numDims: 16, spread: 0.4, seed: 3 });
const { components, numImages } = mixture;

/** The last `perClass` images of each of the first components are labelled. */
function labelledRequest(perClass: readonly number[], rest: Partial<ChooseRequest> = {}): ChooseRequest {
  const labelled = Int32Array.from(
    perClass.flatMap((count, component) =>
      Array.from({ length: numImages }, (_, i) => i)
        .filter((i) => components[i] === component)
        .filter((_, at, all) => at >= all.length - count),
    ),
  );
  const labels = labelled.map((i) => components[i]!);
  return { ...mixture, labelled, labels, numClasses: 5, budget: 20, strategy: 'auto', seed: 1, ...rest };
}

const choose = (request: ChooseRequest) => chooseImages(request, executor, quietContext());

describe('chooseImages', () => {
  it('follows every strategy there is, without labelled images, copies, outliers and what lies outside', async () => {
    const features = mixture.features.slice();
    // Image 1 is a copy of image 0, image 2 unlike all others.
    features.copyWithin(16, 0, 16);
    features.set(
      Array.from({ length: 16 }, (_, d) => (d % 2 === 0 ? 9 : -9)),
      2 * 16,
    );
    const outside = Int32Array.from({ length: 40 }, (_, i) => 100 + i);
    for (const strategy of strategies) {
      const request = labelledRequest([6, 6, 6, 6, 6], { features, strategy, outside, budget: 300 });
      const { suggestions, ways, numCopies, numOutliers } = await choose(request);
      const chosen = new Set(suggestions.indices);
      expect(chosen.size).toBe(suggestions.indices.length);
      expect(ways).toHaveLength(chosen.size);
      expect([...request.labelled, ...outside].some((i) => chosen.has(i))).toBe(false);
      if (strategy === 'random') continue;
      expect(numCopies).toBeGreaterThanOrEqual(1);
      expect(numOutliers).toBeGreaterThanOrEqual(1);
      expect(chosen.has(2)).toBe(false);
      expect(chosen.has(0) && chosen.has(1)).toBe(false);
    }
  });

  it('covers first, with or without classes that wait for their first label', async () => {
    for (const perClass of [[], [5], [4, 4, 4, 4, 4], [8, 8, 8, 0, 0]]) {
      const { ways } = await choose(labelledRequest(perClass));
      expect(new Set(ways)).toEqual(new Set(['typical']));
    }
  });

  it('goes where the classifier is undecided once there are five labels a class, and still looks for what has none', async () => {
    const all = await choose(labelledRequest([9, 9, 9, 9, 9], { clusters: components }));
    expect(new Set(all.ways)).toEqual(new Set(['margin']));
    // Nothing of the fifth component is labelled: one image in five of the batch at most goes there for its own sake.
    for (const seed of [1, 2, 3, 4, 5, 6]) {
      const some = await choose(labelledRequest([9, 9, 9, 9, 0], { clusters: components, seed }));
      const cover = [...some.suggestions.indices].filter((_, at) => some.ways[at] === 'typical');
      expect(cover.map((i) => components[i])).toEqual([4, 4]);
      expect(some.ways.filter((way) => way === 'margin')).toHaveLength(18);
      // They are spread over the batch, since the rest of it may be chosen anew.
      expect(some.ways.indexOf('typical')).toBe(9);
    }
  });

  it('makes as many clusters as a map where none are given', async () => {
    expect(automaticClusters(numImages)).toBe(8);
    const { ways } = await choose(labelledRequest([9, 9, 9, 9, 0]));
    expect(ways.filter((way) => way === 'typical').length).toBeGreaterThan(0);
  });

  it('refuses to follow doubts without two classes, in words', async () => {
    for (const strategy of ['margin', 'badge', 'dropquery'] as const) {
      await expect(choose(labelledRequest([7], { strategy }))).rejects.toThrow(/labels of at least two classes/);
    }
  });
});

describe('spreadAmong', () => {
  it('keeps both orders and spreads the second', () => {
    const order = spreadAmong(8, 2);
    expect(order.map(({ isMain }) => isMain)).toEqual([true, true, true, true, false, true, true, true, true, false]);
    expect(order.filter(({ isMain }) => isMain).map(({ at }) => at)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(spreadAmong(0, 3).map(({ at }) => at)).toEqual([0, 1, 2]);
    expect(spreadAmong(2, 0)).toEqual([
      { isMain: true, at: 0 },
      { isMain: true, at: 1 },
    ]);
  });
});
