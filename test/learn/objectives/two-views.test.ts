import { describe, expect, it } from 'vitest';
import { mlpForward } from '../../../electron/learn/objectives/mlp.ts';
import type { Objective } from '../../../electron/learn/objectives/objective.ts';
import { simclr } from '../../../electron/learn/objectives/simclr.ts';
import { simsiam } from '../../../electron/learn/objectives/simsiam.ts';
import { vicreg } from '../../../electron/learn/objectives/vicreg.ts';
import { tf } from '../../../electron/tensor/tf.ts';
import { createRandom } from '../../../electron/tensor/random.ts';
import { batch, expectGradient, lossOn, network, tensorsOf } from '../objective-harness.ts';

const { numFeatures } = network;
const small = { numHidden: 12, numProjected: 8 };

const cases: [string, Objective][] = [
  ['simclr, batch norm', simclr({ numFeatures, headNorm: 'batch', batch, ...small })],
  ['simclr, layer norm', simclr({ numFeatures, headNorm: 'layer', batch, ...small })],
  ['vicreg', vicreg({ numFeatures, headNorm: 'batch', ...small })],
];

/** [rows][width] of normal numbers. */
function someFeatures(numRows: number, width: number, seed: number): number[][] {
  const random = createRandom(seed);
  return Array.from({ length: numRows }, () => Array.from({ length: width }, () => random.normal()));
}

const dot = (a: readonly number[], b: readonly number[]): number => a.reduce((sum, value, i) => sum + value * b[i]!, 0);
const cosine = (a: readonly number[], b: readonly number[]): number => dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));

const lossOfFeatures = (objective: Objective, features: number[][]) =>
  lossOn(objective, { batch: features.length / 2, forward: () => ({ features: tf.tensor2d(features) }) });

describe.each(cases)('%s', (_, objective) => {
  it('has the gradient that finite differences show, in every group of parameters', () => expectGradient(objective));
});

/** Rows of features through one of an objective's heads. */
async function through(objective: Objective, part: string, features: number[][]): Promise<number[][]> {
  await tf.setBackend('cpu');
  return tf.tidy(() => {
    const heads = Object.fromEntries(
      Object.entries(objective.init(1)).map(([name, { data, shape }]) => [name, tf.tensor(data, [...shape])]),
    );
    return mlpForward(part, heads, tf.tensor2d(features), 'layer').arraySync();
  });
}

describe('simsiam', () => {
  const objective = simsiam({ numFeatures: 5, headNorm: 'layer', numHidden: 6, numProjected: 8 });

  it('compares each prediction with the other view of its own image', async () => {
    const features = someFeatures(6, 5, 1);
    const projections = await through(objective, 'projector', features);
    const predictions = await through(objective, 'predictor', projections);
    const expected = predictions.reduce((sum, prediction, row) => sum + (1 - cosine(prediction, projections[row ^ 1]!)) / 6, 0);
    expect((await lossOfFeatures(objective, features)).loss).toBeCloseTo(expected, 5);
  });

  it('has no gradient through the projection it predicts', async () => {
    await tf.setBackend('cpu');
    const stopped = simsiam({ numFeatures: 5, headNorm: 'layer', numHidden: 6, numProjected: 32 });
    const open = simsiam({ numFeatures: 5, headNorm: 'layer', numHidden: 6, numProjected: 32, stopsGradient: false });
    const gradientOf = (of: Objective): number[] =>
      tf.tidy(() => {
        const heads = tensorsOf(of.init(1));
        const context = {
          images: tf.zeros<tf.Rank.R4>([4, 1, 1, 3]),
          locals: null,
          draws: {},
          scalars: {},
          buffers: {},
          rows: {},
          classes: null,
          targets: {},
        };
        const loss = (features: tf.Tensor): tf.Scalar =>
          of.loss({ ...context, online: { heads, forward: () => ({ features: features as tf.Tensor2D, maps: [], statistics: {} }) } }).loss;
        return [
          ...tf
            .grad(loss)(tf.tensor2d(someFeatures(4, 5, 2)))
            .dataSync(),
        ];
      });
    const [without, withAll] = [gradientOf(stopped), gradientOf(open)];
    expect(without.some((value) => Math.abs(value) > 1e-4)).toBe(true);
    expect(Math.max(...without.map((value, i) => Math.abs(value - withAll[i]!)))).toBeGreaterThan(1e-3);
  });
});

describe('simclr', () => {
  it('asks for the other view among all views but the one itself', async () => {
    const temperature = 0.3;
    const objective = simclr({ numFeatures: 5, headNorm: 'layer', batch: 3, numHidden: 6, numProjected: 8, temperature });
    const features = someFeatures(6, 5, 3);
    const rows = await through(objective, 'projector', features);
    const powers = rows.map((a) => rows.map((b) => Math.exp(cosine(a, b) / temperature)));
    const losses = rows.map(
      (_, i) => -Math.log(powers[i]![i ^ 1]! / powers[i]!.reduce((sum, power, j) => (j === i ? sum : sum + power), 0)),
    );
    const right = rows.filter((_, i) => powers[i]!.every((power, j) => j === i || power <= powers[i]![i ^ 1]!)).length;
    const { loss, metrics } = await lossOfFeatures(objective, features);
    expect(loss).toBeCloseTo(losses.reduce((sum, value) => sum + value, 0) / 6, 4);
    expect(metrics.accuracy).toBeCloseTo(right / 6, 6);
  });

  it('starts at chance for features that are all alike', async () => {
    const objective = simclr({ numFeatures: 5, headNorm: 'layer', batch: 4, ...small });
    const alike = Array.from({ length: 8 }, () => [1, 2, 3, 4, 5]);
    expect((await lossOfFeatures(objective, alike)).loss).toBeCloseTo(objective.chanceLoss!, 4);
  });
});

describe('vicreg', () => {
  it('is the sum of its three terms, written out', async () => {
    const objective = vicreg({ numFeatures: 5, headNorm: 'layer', numHidden: 6, numProjected: 4 });
    const features = someFeatures(10, 5, 4);
    const rows = await through(objective, 'projector', features);
    const views = [rows.filter((_, i) => i % 2 === 0), rows.filter((_, i) => i % 2 === 1)];
    const invariance = views[0]!.flatMap((row, i) => row.map((value, k) => (value - views[1]![i]![k]!) ** 2)).reduce((a, b) => a + b) / 20;
    let [variance, covariance] = [0, 0];
    for (const view of views) {
      const mean = [0, 1, 2, 3].map((k) => view.reduce((sum, row) => sum + row[k]! / view.length, 0));
      const between = (k: number, l: number): number =>
        view.reduce((sum, row) => sum + (row[k]! - mean[k]!) * (row[l]! - mean[l]!), 0) / (view.length - 1);
      for (let k = 0; k < 4; k++) {
        variance += Math.max(0, 1 - Math.sqrt(between(k, k) + 1e-4)) / 4;
        for (let l = 0; l < 4; l++) if (l !== k) covariance += between(k, l) ** 2 / 4;
      }
    }
    expect((await lossOfFeatures(objective, features)).loss).toBeCloseTo(25 * invariance + 25 * variance + covariance, 3);
  });
});
