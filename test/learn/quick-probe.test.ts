import { describe, expect, it } from 'vitest';
import { predictedClasses } from '../../electron/learn/metrics.ts';
import { fitQuickProbe } from '../../electron/learn/quick-probe.ts';
import { softmaxObjective } from '../../electron/learn/softmax-regression.ts';
import { unitAboutMean } from '../../electron/learn/unit-about-mean.ts';
import { gaussianMixture } from '../explore/mixtures.ts';

const mixture = gaussianMixture({ sizes: [50, 50, 50], numDims: 20, spread: 0.8, seed: 1 });
const rows = unitAboutMean(mixture.features, 20);

describe('fitQuickProbe', () => {
  it('tells classes apart from a few labels, and never answers with one that has none', () => {
    const few = rows.slice(0, 30 * 20);
    const { classify } = fitQuickProbe(
      few,
      mixture.components.slice(0, 30).map((c) => c + 1),
      5,
    );
    const probabilities = classify(rows);
    for (let i = 0; i < 150; i++) {
      const row = probabilities.subarray(i * 5, (i + 1) * 5);
      expect(row.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 5);
      expect([row[0], row[4]]).toEqual([0, 0]);
    }
    const right = predictedClasses(probabilities, 5).filter((c, i) => c === mixture.components[i]! + 1).length;
    expect(right).toBeGreaterThan(140);
  });

  it('minimises the regularised loss: gradients by the objective at its answer are near zero', () => {
    // With as many images as classes and one-hot rows, weights follow from the probabilities at the optimum: strength w / n = onehot - p.
    const numRows = 4;
    const x = Float32Array.from({ length: numRows * 4 }, (_, at) => Number(Math.floor(at / 4) === at % 4));
    const { classify } = fitQuickProbe(x, Int32Array.of(0, 1, 0, 1), 2);
    const logit = (p: number) => Math.log(p / (1 - p));
    const p = classify(x)[0]!;
    // By symmetry biases are equal and w = +-v: the logit is 2 v, and .08 / 4 v = (1 - p) / 4.
    expect((0.08 * logit(p)) / 2).toBeCloseTo(1 - p, 3);
    // The same from the objective itself.
    const problem = {
      ...{ x: Float64Array.from(x), dim: 4, rows: Int32Array.of(0, 1, 2, 3), labels: Int32Array.of(0, 1, 0, 1) },
      ...{ sampleWeights: new Float64Array(4).fill(1), numClasses: 2, moments: new Float64Array(4).fill(0.25), strength: 0.08 },
    };
    const v = logit(p) / 2;
    const gradient = new Float64Array(10);
    softmaxObjective(problem)(Float64Array.of(v, -v, v, -v, -v, v, -v, v, 0, 0), gradient);
    expect(Math.max(...gradient.map(Math.abs))).toBeLessThan(1e-3);
  });

  it('needs two classes', () => {
    expect(() => fitQuickProbe(rows.slice(0, 40), Int32Array.of(1, 1), 3)).toThrow('two classes');
  });
});
