import { describe, expect, it } from 'vitest';
import { kmeans } from '../../electron/explore/kmeans.ts';
import { l2Normalise, squaredDistance } from '../../electron/explore/normalise.ts';
import { suggestCovering } from '../../electron/explore/probcover.ts';
import { createRandom } from '../../electron/tensor/random.ts';
import { countComponents, gaussianMixture, quietContext } from './mixtures.ts';
import type { Mixture } from './mixtures.ts';

const none = Int32Array.of();

/** All pairs, the radius by the paper's bisection, and edges kept in a set: slow and plain. */
async function bruteForce(mixture: Mixture, numClusters: number, seed: number, labelled: readonly number[], budget: number) {
  const { features, numImages, numDims } = mixture;
  const unit = l2Normalise(features, mixture);
  const { assignments } = await kmeans(unit, mixture, { numClusters, seed }, null, quietContext());
  const all = Array.from({ length: numImages }, (_, i) => i);
  const distance = all.map((i) => all.map((j) => Math.sqrt(squaredDistance(unit, i, unit, j, numDims))));
  const purity = (radius: number) =>
    all.filter((i) => all.every((j) => distance[i]![j]! >= radius || assignments[i] === assignments[j])).length / numImages;
  let [low, high] = [0, 2];
  for (let step = 0; step < 50; step++) {
    const middle = (low + high) / 2;
    if (purity(middle) >= 0.95) low = middle;
    else high = middle;
  }
  const ball = (i: number) => all.filter((j) => i === j || distance[i]![j]! < low);
  const covered = new Set(labelled.flatMap(ball));
  const taken: number[] = [];
  const gains: number[] = [];
  while (taken.length < budget) {
    const gain = all.map((i) => (labelled.includes(i) || taken.includes(i) ? -1 : ball(i).filter((j) => !covered.has(j)).length));
    const best = gain.indexOf(Math.max(...gain));
    if (gain[best]! <= 0) break;
    taken.push(best);
    gains.push(gain[best]!);
    for (const j of ball(best)) covered.add(j);
  }
  return { taken, gains, radius: low, purity };
}

describe('suggestCovering', () => {
  it('takes what the paper takes, by brute force over all pairs', async () => {
    for (const [seed, labelled] of [
      [1, []],
      [2, [3, 40, 41]],
    ] as const) {
      const mixture = gaussianMixture({ sizes: [40, 30, 20], numDims: 6, spread: 0.5, seed });
      const expected = await bruteForce(mixture, 3, seed, labelled, 6);
      expect(expected.taken.length).toBeGreaterThan(3);
      const request = { ...mixture, labelled: Int32Array.from(labelled), excluded: none, budget: expected.taken.length, seed };
      const found = await suggestCovering({ ...request, numPseudoClasses: 3 }, null, quietContext());
      expect([...found.indices]).toEqual(expected.taken);
      expect([...found.scores]).toEqual(expected.gains);
    }
  });

  it('sees every group of a small pool, down to its last image', async () => {
    const mixture = gaussianMixture({ sizes: [30, 25, 20, 15], numDims: 12, spread: 0.2, seed: 4 });
    const request = { ...mixture, labelled: none, excluded: none, seed: 1, numPseudoClasses: 4 };
    const { indices } = await suggestCovering({ ...request, budget: 4 }, null, quietContext());
    expect(countComponents(mixture.components, indices)).toBe(4);
    const all = await suggestCovering({ ...request, budget: 90 }, null, quietContext());
    expect([...all.indices].toSorted((a, b) => a - b)).toEqual(Array.from({ length: 90 }, (_, i) => i));
  });

  it('leaves groups alone that labels cover', async () => {
    const mixture = gaussianMixture({ sizes: [40, 40, 10], numDims: 12, spread: 0.2, seed: 5 });
    const labelled = Int32Array.from([0, 1].map((component) => mixture.components.indexOf(component)));
    const request = { ...mixture, labelled, excluded: none, budget: 1, seed: 1, numPseudoClasses: 3 };
    const { indices, scores } = await suggestCovering(request, null, quietContext());
    expect(mixture.components[indices[0]!]).toBe(2);
    expect(scores[0]).toBeLessThanOrEqual(10);
  });

  it('goes on with smaller balls where all is covered, in preference to what is nearest to those taken', async () => {
    // One group of copies of one picture and one of a spread of others: the second needs a second look, the first none.
    const random = createRandom(1);
    const features = Float32Array.from({ length: 40 * 4 }, (_, at) =>
      at < 80 ? [1, 0, 0, 0][at % 4]! : [0, 1, 0, 0][at % 4]! + 0.05 * random.normal(),
    );
    const request = { features, numImages: 40, numDims: 4, labelled: none, excluded: none, seed: 1, numPseudoClasses: 2 };
    const { indices } = await suggestCovering({ ...request, budget: 6 }, null, quietContext());
    expect([...indices].filter((i) => i < 20)).toHaveLength(1);
  });
});
