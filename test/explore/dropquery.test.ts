import { describe, expect, it } from 'vitest';
import { suggestByDropout } from '../../electron/explore/dropquery.ts';
import { createRandom } from '../../electron/tensor/random.ts';
import { quietContext } from './mixtures.ts';

const none = Int32Array.of();
const numDims = 24;

/** Class 0 where features sum to more than zero. */
const classify = (features: Float32Array): Float32Array =>
  Float32Array.from({ length: (2 * features.length) / numDims }, (_, at) => {
    const start = Math.floor(at / 2) * numDims;
    const sum = features.subarray(start, start + numDims).reduce((total, value) => total + value, 0);
    const p = 1 / (1 + Math.exp(-sum));
    return at % 2 === 0 ? p : 1 - p;
  });

/** Steady images say the same in every feature; in shaky ones the sign hangs on a few. */
function images(numSteady: number, numShaky: number): Float32Array {
  const random = createRandom(1);
  const steady = Array.from({ length: numSteady }, (_, i) =>
    Array.from({ length: numDims }, () => (i % 2 === 0 ? 1 : -1) + 0.1 * random.normal()),
  );
  const shaky = Array.from({ length: numShaky }, () =>
    Array.from({ length: numDims }, (_, d) => (d % 2 === 0 ? 1 : -1) + 0.1 * random.normal()),
  );
  return Float32Array.from([...steady, ...shaky].flat());
}

describe('suggestByDropout', () => {
  it('takes images whose answer hangs on a few features, and counts the changes', async () => {
    const request = { features: images(200, 60), numImages: 260, numDims, labelled: none, excluded: none, numClasses: 2, classify };
    const { indices, scores } = await suggestByDropout({ ...request, budget: 10, seed: 2 }, null, quietContext());
    expect([...indices].every((i) => i >= 200)).toBe(true);
    expect([...scores].every((flips) => flips === 2 || flips === 3)).toBe(true);
    expect([...scores]).toEqual([...scores].toSorted((a, b) => b - a));
  });

  it('drops three quarters of the features and scales the rest by four, three times', async () => {
    const features = new Float32Array(3000 * numDims).fill(1);
    const passes: Float32Array[] = [];
    const watched = (rows: Float32Array) => {
      passes.push(rows);
      return classify(rows);
    };
    const request = { features, numImages: 3000, numDims, labelled: none, excluded: none, numClasses: 2, classify: watched };
    await suggestByDropout({ ...request, budget: 1, seed: 3 }, null, quietContext());
    // Blocks of rows, each once whole and three times dropped.
    expect(passes.length % 4).toBe(0);
    expect(passes.reduce((sum, rows) => sum + rows.length, 0)).toBe(4 * features.length);
    const droppedOut = [passes[1]!, passes[2]!, passes[3]!];
    for (const rows of droppedOut) {
      expect(new Set(rows)).toEqual(new Set([0, 4]));
      expect(rows.filter((value) => value === 0).length / rows.length).toBeCloseTo(0.75, 1);
    }
    expect(droppedOut[0]).not.toEqual(droppedOut[1]);
  });

  it('goes on with the smallest margins where no answer changes', async () => {
    const features = Float32Array.from({ length: 50 * numDims }, (_, at) => 1 + Math.floor(at / numDims));
    const request = { features, numImages: 50, numDims, labelled: none, excluded: none, numClasses: 2, classify };
    const { indices, scores } = await suggestByDropout({ ...request, budget: 3, seed: 1 }, null, quietContext());
    // A row that loses all its features keeps its answer at p = .5 by order, so none changes.
    expect([...scores]).toEqual([0, 0, 0]);
    expect([...indices]).toEqual([0, 1, 2]);
  });
});
