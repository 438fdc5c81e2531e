import { describe, expect, it } from 'vitest';
import { barlow } from '../../../electron/learn/objectives/barlow.ts';
import { mlpForward } from '../../../electron/learn/objectives/mlp.ts';
import { createRandom } from '../../../electron/tensor/random.ts';
import { tf } from '../../../electron/tensor/tf.ts';
import { expectGradient, lossOn, network, tensorsOf } from '../objective-harness.ts';

const { numFeatures } = network;
const random = createRandom(14);
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

describe('barlow', () => {
  it('has the gradient that finite differences show, in every group of parameters', async () => {
    await expectGradient(barlow({ numFeatures, headNorm: 'batch', numHidden: 12, numProjected: 8 }));
    await expectGradient(barlow({ numFeatures, headNorm: 'layer', numHidden: 12, numProjected: 8 }));
  });

  it('wants correlations of one on the diagonal and none beside it', async () => {
    await tf.setBackend('cpu');
    const objective = barlow({ numFeatures: 5, headNorm: 'layer', numHidden: 6, numProjected: 4, redundancyWeight: 0.3 });
    const features = Array.from({ length: 10 }, () => Array.from({ length: 5 }, () => random.normal()));
    const rows = tf.tidy(() => mlpForward('projector', tensorsOf(objective.init(1)), tf.tensor2d(features), 'layer').arraySync());
    const column = (view: number, k: number): number[] => {
      const values = rows.filter((_, i) => i % 2 === view).map((row) => row[k]!);
      const mean = sum(values) / 5;
      const deviation = Math.sqrt(sum(values.map((value) => (value - mean) ** 2)) / 5 + 1e-5);
      return values.map((value) => (value - mean) / deviation);
    };
    let expected = 0;
    for (let i = 0; i < 4; i++)
      for (let j = 0; j < 4; j++) {
        const [a, b] = [column(0, i), column(1, j)];
        const correlation = sum(a.map((value, row) => value * b[row]!)) / 5;
        expected += (i === j ? (1 - correlation) ** 2 : 0.3 * correlation ** 2) / 4;
      }
    const { loss } = await lossOn(objective, { batch: 5, forward: () => ({ features: tf.tensor2d(features) }) });
    expect(loss).toBeCloseTo(expected, 4);
  });

  it('costs its chance loss where all images are projected alike', async () => {
    const objective = barlow({ numFeatures: 5, headNorm: 'layer', numHidden: 6, numProjected: 8 });
    const alike = Array.from({ length: 8 }, () => [1, 2, 3, 4, 5]);
    const { loss, metrics } = await lossOn(objective, { batch: 4, forward: () => ({ features: tf.tensor2d(alike) }) });
    expect(loss).toBeCloseTo(objective.chanceLoss!, 4);
    expect(metrics.outputSpread).toBeLessThan(1e-3);
  });
});
