import { describe, expect, it } from 'vitest';
import { suggestRandom } from '../../electron/explore/selection.ts';
import { suggestCentral, suggestTypical } from '../../electron/explore/typiclust.ts';
import { l2Normalise } from '../../electron/explore/normalise.ts';
import { createCompiledExecutor } from '../../electron/tensor/compiled.ts';
import { countComponents, gaussianMixture, quietContext } from './mixtures.ts';
import type { Mixture } from './mixtures.ts';

const none = Int32Array.of();

function imagesOf({ components }: Mixture, wanted: number): number[] {
  return [...components.keys()].filter((i) => components[i] === wanted);
}

describe('suggestTypical', () => {
  it('covers unequal classes with few labels more often than chance', async () => {
    let typical = 0;
    let central = 0;
    let random = 0;
    for (let seed = 0; seed < 6; seed++) {
      const mixture = gaussianMixture({ sizes: [200, 120, 80, 50, 40, 30, 25, 20], numDims: 16, spread: 0.3, seed: 100 + seed });
      const request = { ...mixture, labelled: none, excluded: none, budget: 12, seed };
      typical += countComponents(mixture.components, (await suggestTypical(request, null, quietContext())).indices);
      central += countComponents(mixture.components, (await suggestCentral(request, null, quietContext())).indices);
      random += countComponents(mixture.components, suggestRandom(request).indices);
    }
    expect(typical).toBeGreaterThanOrEqual(46);
    expect(central).toBeGreaterThanOrEqual(46);
    expect(random).toBeLessThan(40);
  });

  it('goes to clusters without labels first', async () => {
    const mixture = gaussianMixture({ sizes: [60, 50, 40, 30], numDims: 16, spread: 0.1, seed: 7 });
    const labelled = Int32Array.from([...imagesOf(mixture, 0).slice(0, 1), ...imagesOf(mixture, 1).slice(0, 1)]);
    for (const suggest of [suggestTypical, suggestCentral]) {
      for (let seed = 0; seed < 5; seed++) {
        const { indices } = await suggest({ ...mixture, labelled, excluded: none, budget: 2, seed }, null, quietContext());
        expect(Array.from(indices, (i) => mixture.components[i])).toEqual([2, 3]);
      }
    }
  });

  it('picks the image whose neighbours in the cluster are nearest, as brute force has it', async () => {
    const mixture = gaussianMixture({ sizes: [47, 30], numDims: 8, spread: 0.3, seed: 8 });
    const { numDims, features } = mixture;
    const unit = l2Normalise(features, mixture);
    const typicalityOf = (members: number[]) => {
      const k = Math.min(20, Math.floor(members.length / 2));
      return members.map((i) => {
        const distances = members
          .filter((j) => j !== i)
          .map((j) => Math.hypot(...Array.from({ length: numDims }, (_, d) => unit[i * numDims + d]! - unit[j * numDims + d]!)))
          .sort((a, b) => a - b);
        return 1 / (distances.slice(0, k).reduce((sum, x) => sum + x, 0) / k + 1e-5);
      });
    };
    const found = await suggestTypical({ ...mixture, labelled: none, excluded: none, budget: 2, seed: 1 }, null, quietContext());
    for (const [component, at] of [
      [0, 0],
      [1, 1],
    ] as const) {
      const members = imagesOf(mixture, component);
      const scores = typicalityOf(members);
      expect(found.scores[at]).toBeCloseTo(Math.max(...scores), 3);
      expect(found.indices[at]).toBe(members[scores.indexOf(Math.max(...scores))]);
    }
  });

  it('passes over clusters of five and fewer, which centres alone would pick', async () => {
    const mixture = gaussianMixture({ sizes: [40, 40, 3], numDims: 16, spread: 0.05, seed: 9 });
    const few = imagesOf(mixture, 2);
    const typical = await suggestTypical({ ...mixture, labelled: none, excluded: none, budget: 3, seed: 1 }, null, quietContext());
    expect(typical.indices.length).toBe(3);
    expect([...typical.indices].some((i) => few.includes(i))).toBe(false);
    const central = await suggestCentral({ ...mixture, labelled: none, excluded: none, budget: 3, seed: 1 }, null, quietContext());
    expect(countComponents(mixture.components, central.indices)).toBe(3);
  });

  it('spreads a budget that is large for the folder over all of it', async () => {
    let covered = 0;
    for (let seed = 0; seed < 4; seed++) {
      const mixture = gaussianMixture({ sizes: new Array<number>(20).fill(12), numDims: 24, spread: 0.4, seed: 20 + seed });
      const { indices } = await suggestTypical({ ...mixture, labelled: none, excluded: none, budget: 60, seed }, null, quietContext());
      expect(indices.length).toBe(60);
      covered += countComponents(mixture.components, indices);
    }
    expect(covered).toBeGreaterThanOrEqual(78);
  });

  it('chooses the same on an executor as in plain loops', async () => {
    const mixture = gaussianMixture({ sizes: [200, 100, 50, 20], numDims: 16, spread: 0.3, seed: 11 });
    const request = { ...mixture, labelled: Int32Array.of(5), excluded: Int32Array.of(7, 8), budget: 20, seed: 2 };
    const executor = await createCompiledExecutor();
    for (const suggest of [suggestTypical, suggestCentral]) {
      const plain = await suggest(request, null, quietContext());
      const onExecutor = await suggest(request, executor, quietContext());
      expect(onExecutor.indices).toEqual(plain.indices);
      expect(onExecutor.clusters).toEqual(plain.clusters);
    }
  });
});

describe('suggestCentral', () => {
  it('takes the image nearest to each centroid', async () => {
    const mixture = gaussianMixture({ sizes: [40, 20], numDims: 8, spread: 0.2, seed: 12 });
    const { numDims } = mixture;
    const unit = l2Normalise(mixture.features, mixture);
    const found = await suggestCentral({ ...mixture, labelled: none, excluded: none, budget: 2, seed: 1 }, null, quietContext());
    found.indices.forEach((index, component) => {
      const members = imagesOf(mixture, component);
      const centre = Array.from(
        { length: numDims },
        (_, d) => members.reduce((sum, i) => sum + unit[i * numDims + d]!, 0) / members.length,
      );
      const distances = members.map((i) => Math.hypot(...centre.map((x, d) => unit[i * numDims + d]! - x)));
      expect(index).toBe(members[distances.indexOf(Math.min(...distances))]);
      expect(found.scores[component]).toBeCloseTo(-Math.min(...distances), 5);
    });
  });
});
