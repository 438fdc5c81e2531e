import { describe, expect, it } from 'vitest';
import { suggestByGradient } from '../../electron/explore/badge.ts';
import { createRandom } from '../../electron/tensor/random.ts';
import { gaussianMixture, quietContext } from './mixtures.ts';

const none = Int32Array.of();

function squared(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, d) => sum + (value - b[d]!) ** 2, 0);
}

/** A row's gradient, built: (p - onehot) outer h, flattened. */
function gradientOf(p: readonly number[], h: readonly number[]): number[] {
  const top = p.indexOf(Math.max(...p));
  return p.flatMap((value, c) => h.map((x) => (value - Number(c === top)) * x));
}

describe('suggestByGradient', () => {
  const mixture = gaussianMixture({ sizes: [20, 20, 20], numDims: 5, spread: 0.7, seed: 2 });
  const { features, numImages, numDims } = mixture;
  const random = createRandom(3);
  const rows = Array.from({ length: numImages }, () => {
    const values = [random.next(), random.next(), random.next(), random.next()];
    return values.map((value) => value / values.reduce((a, b) => a + b));
  });
  const request = { ...mixture, probabilities: Float32Array.from(rows.flat()), numClasses: 4, labelled: none, excluded: none };
  const gradients = rows.map((p, i) => gradientOf(p, [...features.subarray(i * numDims, (i + 1) * numDims)]));

  it('begins with the longest gradient, and scores each pick by its squared distance to those before, as if gradients were built', async () => {
    const { indices, scores } = await suggestByGradient({ ...request, budget: 12, seed: 5 }, quietContext());
    const zero = gradients[0]!.map(() => 0);
    const lengths = gradients.map((gradient) => squared(gradient, zero));
    expect(indices[0]).toBe(lengths.indexOf(Math.max(...lengths)));
    indices.forEach((index, at) => {
      const before = [...indices.subarray(0, at)].map((other) => squared(gradients[index]!, gradients[other]!));
      expect(scores[at]).toBeCloseTo(Math.min(lengths[index]!, ...before), 4);
    });
  });

  it('draws the second by its squared distance to the first', async () => {
    const { indices } = await suggestByGradient({ ...request, budget: 1, seed: 0 }, quietContext());
    const first = indices[0]!;
    const lengths = gradients.map((gradient) =>
      squared(
        gradient,
        gradient.map(() => 0),
      ),
    );
    const weights = gradients.map((gradient, i) => (i === first ? 0 : Math.min(lengths[i]!, squared(gradient, gradients[first]!))));
    const total = weights.reduce((a, b) => a + b);
    // The half of the images with the largest weights must be drawn as often as these weights say.
    const order = weights.map((_, i) => i).sort((a, b) => weights[b]! - weights[a]!);
    const upper = new Set(order.slice(0, numImages / 2));
    const expected = order.slice(0, numImages / 2).reduce((sum, i) => sum + weights[i]!, 0) / total;
    let numUpper = 0;
    for (let seed = 0; seed < 1000; seed++) {
      const found = await suggestByGradient({ ...request, budget: 2, seed }, quietContext());
      if (upper.has(found.indices[1]!)) numUpper++;
    }
    expect(Math.abs(numUpper / 1000 - expected)).toBeLessThan(0.05);
  });
});
