import { describe, expect, it } from 'vitest';
import type { Progress } from '../../electron/contract/progress.ts';
import { fitProbe, predictProbe } from '../../electron/learn/probe.ts';
import type { CrossValidationTask } from '../../electron/learn/cross-validation.ts';
import { crossValidate, defaultStrengths } from '../../electron/learn/cross-validation.ts';
import { spanOf } from '../../electron/learn/feature-span.ts';
import { repeatedFolds, rowsOfFold } from '../../electron/learn/folds.ts';
import { logLoss } from '../../electron/learn/metrics.ts';
import { createRandom } from '../../electron/tensor/random.ts';

const [n, dim, numClasses] = [60, 90, 3];

function task(shift: number, numRepeats = 2): CrossValidationTask & { features: Float32Array } {
  const random = createRandom(1);
  const labels = Int32Array.from({ length: n }, () => random.int(numClasses));
  const features = Float32Array.from(
    { length: n * dim },
    (_, at) => random.normal() + (at % dim === labels[Math.floor(at / dim)] ? shift : 0),
  );
  return {
    features,
    span: spanOf(Float64Array.from(features), n, dim),
    labels,
    numClasses,
    sampleWeights: new Float64Array(n).fill(1),
    repeats: repeatedFolds(labels, { numFolds: 5, numRepeats, seed: 3 }),
    strengths: defaultStrengths,
  };
}

/** Standardises to (almost) the identity, so that a probe sees the features as they are. */
const identity = Float32Array.from({ length: 2 * dim }, (_, at) => (at < dim ? -Math.SQRT1_2 : Math.SQRT1_2));

describe('crossValidate', () => {
  it('gives the probabilities of fits that did not see the image, and their loss', async () => {
    const given = task(2);
    const found = (await crossValidate(given))!;
    let loss = 0;
    for (const [r, folds] of given.repeats.entries()) {
      for (let fold = 0; fold < 5; fold++) {
        const rows = rowsOfFold(folds, fold, false);
        const { model } = await fitProbe({
          features: Float32Array.from(Array.from(rows).flatMap((i) => [...given.features.subarray(i * dim, (i + 1) * dim)])),
          labels: Int32Array.from(rows, (i) => given.labels[i]!),
          numClasses,
          reference: identity,
          strengths: [found.strength],
        });
        for (const i of rowsOfFold(folds, fold, true)) {
          const expected = predictProbe(model, given.features.subarray(i * dim, (i + 1) * dim));
          expected.forEach((p, k) => expect(found.probabilities[r]![i * numClasses + k]).toBeCloseTo(p, 2));
        }
      }
      loss += logLoss(given.labels, found.probabilities[r]!, numClasses) / 2;
    }
    const chosen = found.path.find(({ strength }) => strength === found.strength)!;
    expect(chosen.logLoss).toBeCloseTo(loss, 5);
    expect(chosen.numRepeats).toBe(2);
    for (const { logLoss: other, numRepeats } of found.path) if (numRepeats === 2) expect(other).toBeGreaterThanOrEqual(chosen.logLoss);
    expect(found.atEdge).toBe(false);
  });

  it('stops walking when weaker strengths are hopeless, and says when the edge was best', async () => {
    const noise = (await crossValidate(task(0)))!;
    expect(noise.path.length).toBeLessThan(defaultStrengths.length);
    expect(noise.strength).toBeGreaterThanOrEqual(100);
    const narrow = (await crossValidate({ ...task(0), strengths: [0.1, 1, 10] }))!;
    expect(narrow).toMatchObject({ strength: 10, atEdge: true });
    expect(narrow.path.map(({ strength }) => strength)).toEqual([10, 1, 0.1]);
    expect((await crossValidate({ ...task(9), strengths: [1e7, 1e6, 1e5] }))!).toMatchObject({ strength: 1e5, atEdge: true });
  });

  it('reports progress and stops when told to', async () => {
    const controller = new AbortController();
    const seen: Progress[] = [];
    const onProgress = (progress: Progress): void => {
      seen.push(progress);
      if (seen.length === 3) controller.abort(new Error('enough'));
    };
    await expect(crossValidate(task(1), { signal: controller.signal, onProgress })).rejects.toThrow('enough');
    expect(seen.map(({ done }) => done)).toEqual([1, 2, 3]);
  });

  it('has nothing to say without splits', async () => {
    expect(await crossValidate({ ...task(1), repeats: [] })).toBeNull();
  });
});
