import { describe, expect, it } from 'vitest';
import { byol } from '../../electron/learn/objectives/byol.ts';
import { classify } from '../../electron/learn/objectives/classify.ts';
import { distil } from '../../electron/learn/objectives/distil.ts';
import { unitAboutMean } from '../../electron/learn/unit-about-mean.ts';
import { distilLogits } from '../../electron/learn/objectives/distil-logits.ts';
import { diet } from '../../electron/learn/objectives/diet.ts';
import { mlpForward } from '../../electron/learn/objectives/mlp.ts';
import { softCrossEntropy } from '../../electron/learn/objectives/cross-entropy.ts';
import type { Objective } from '../../electron/learn/objectives/objective.ts';
import type { HostTensors } from '../../electron/tensor/program.ts';
import { createRandom } from '../../electron/tensor/random.ts';
import { tf } from '../../electron/tensor/tf.ts';
import { expectGradient, inputsFor, network, runOnce, stepOf } from './objective-harness.ts';

const random = createRandom(11);
const head = {
  numFeatures: network.numFeatures,
  numClasses: 3,
  weights: Float32Array.from({ length: network.numFeatures * 3 }, () => 0.1 * random.normal()),
  bias: Float32Array.of(0.1, 0, -0.1),
  mean: new Float32Array(network.numFeatures).fill(0.2),
  std: new Float32Array(network.numFeatures).fill(0.7),
};

const someFeatures = (numImages: number, dim: number): Float32Array =>
  Float32Array.from({ length: numImages * dim }, () => 3 + random.normal());

const cases: [string, Objective, { trainable?: 'norm'; frozenStatistics?: boolean }][] = [
  ['diet', diet({ numFeatures: network.numFeatures, numImages: 6, labelSmoothing: 0.3 }), {}],
  ['byol, batch norm', byol({ numFeatures: network.numFeatures, headNorm: 'batch', numHidden: 12, numProjected: 5 }), {}],
  ['byol, layer norm', byol({ numFeatures: network.numFeatures, headNorm: 'layer', numHidden: 12, numProjected: 5 }), {}],
  [
    'byol, norms alone',
    byol({ numFeatures: network.numFeatures, headNorm: 'batch', numHidden: 12, numProjected: 5 }),
    { trainable: 'norm' },
  ],
  ['distil', distil({ numFeatures: network.numFeatures, teacher: someFeatures(6, 7), teacherDim: 7 }), {}],
  ['distil-logits', distilLogits(head, Float32Array.of(0.7, 0.2, 0.1, 0, 0.5, 0.5, 0.2, 0.2, 0.6)), { frozenStatistics: true }],
  ['classify', classify(head, { labelSmoothing: 0.1, classWeights: [1, 2, 0.5] }), { frozenStatistics: true }],
];

describe.each(cases)('%s', (_, objective, options) => {
  it('has the gradient that finite differences show, in every group of parameters', async () => {
    await expectGradient(objective, options);
  });
});

describe('diet', () => {
  it('starts near ln N', async () => {
    const objective = diet({ numFeatures: network.numFeatures, numImages: 500, labelSmoothing: 0 });
    const step = stepOf(objective);
    const { loss } = await runOnce(step, await inputsFor(step, 'index', 0));
    expect(Math.abs(loss - Math.log(500))).toBeLessThan(0.5);
  });
});

describe('byol', () => {
  const objective = byol({ numFeatures: network.numFeatures, headNorm: 'batch', numHidden: 12, numProjected: 5 });

  it('moves the target a tenth of the way at momentum .9, after the step', async () => {
    const step = stepOf(objective);
    const { state } = await runOnce(step, await inputsFor(step, 'none', 1));
    const before = step.program.state['target.backbone.weight']!.data;
    const online = state['backbone.weight']!.data;
    const after = state['target.backbone.weight']!.data;
    expect(Math.abs(online[0]! - before[0]!)).toBeGreaterThan(0);
    after.forEach((value, i) => expect(value).toBeCloseTo(0.9 * before[i]! + 0.1 * online[i]!, 5));
  });

  it('compares each view with the other view of its own image', async () => {
    await tf.setBackend('cpu');
    const bare = byol({ numFeatures: 4, headNorm: 'layer', numHidden: 6, numProjected: 3, predictor: false });
    const [loss, rows] = tf.tidy(() => {
      const heads = Object.fromEntries(Object.entries(bare.init(1)).map(([name, { data, shape }]) => [name, tf.tensor(data, [...shape])]));
      const features = tf.tensor2d(
        Float32Array.from({ length: 6 * 4 }, () => random.normal()),
        [6, 4],
      );
      const images = tf.zeros<tf.Rank.R4>([6, 1, 1, 3]);
      const online = { heads, forward: () => ({ features, maps: [], statistics: {} }) };
      const context = { images, locals: null, draws: {}, scalars: {}, buffers: {}, rows: {} };
      const { targets } = bare.prepareTargets!({ ...context, target: online });
      const result = bare.loss({ ...context, online, classes: null, targets });
      return [result.loss.dataSync()[0]!, mlpForward('projector', heads, features, 'layer').arraySync()];
    });
    const cosine = (a: number[], b: number[]): number =>
      a.reduce((sum, value, i) => sum + value * b[i]!, 0) / (Math.hypot(...a) * Math.hypot(...b));
    const expected = [0, 2, 4].reduce((sum, b) => sum + (2 - 2 * cosine(rows[b]!, rows[b + 1]!)) / 3, 0);
    expect(loss).toBeCloseTo(expected, 5);
  });

  it('updates the running statistics, and with norms alone carries no weights', async () => {
    const step = stepOf(objective, { trainable: 'norm' });
    const { state } = await runOnce(step, await inputsFor(step, 'none', 1));
    expect(state.statistics!.data).not.toEqual(step.program.state.statistics!.data);
    expect(Object.keys(state).filter((name) => name.includes('backbone.weight') || name.startsWith('fixed.'))).toEqual([]);
    const parameters = step.parameters(state);
    expect(Object.keys(parameters)).toEqual(Object.keys(network.init(1)));
    const changed = Object.keys(parameters).filter((name) => parameters[name]!.data.join() !== network.init(1)[name]!.data.join());
    expect(new Set(changed.map((name) => network.parameters[name]!.kind))).toEqual(new Set(['norm', 'statistic']));
  });
});

describe('distil', () => {
  it('compares the batch with the anchors as the teacher does, about its mean', async () => {
    await tf.setBackend('cpu');
    const [numImages, dim, numFeatures] = [5, 3, 4];
    const teacher = someFeatures(numImages, dim);
    const objective = distil({ numFeatures, teacher, teacherDim: dim, numAnchors: 4, teacherTemperature: 0.2, studentTemperature: 0.3 });
    const heads = objective.init(1);
    const buffers = objective.buffers!(1);
    const features = Array.from({ length: 2 }, () => Array.from({ length: numFeatures }, () => random.normal()));
    const chosen = [3, 1];
    const rows = unitAboutMean(teacher, dim);
    const rowOf = (image: number): number[] => [...rows.subarray(image * dim, (image + 1) * dim)];
    const tensors = (host: HostTensors) =>
      Object.fromEntries(Object.entries(host).map(([name, { data, shape }]) => [name, tf.tensor(data, [...shape])]));
    const loss = tf.tidy(() => {
      const images = tf.zeros<tf.Rank.R4>([2, 1, 1, 3]);
      const context = {
        images,
        locals: null,
        draws: {},
        scalars: {},
        buffers: tensors(buffers),
        rows: { teacher: tf.tensor2d(chosen.map(rowOf)) },
      };
      const online = { heads: tensors(heads), forward: () => ({ features: tf.tensor2d(features), maps: [], statistics: {} }) };
      const { targets } = objective.prepareTargets!({ ...context, target: online });
      return objective.loss({ ...context, online, classes: null, targets }).loss.dataSync()[0]!;
    });
    const dot = (a: number[], b: number[]): number => a.reduce((sum, value, i) => sum + value * b[i]!, 0);
    const anchors = Array.from({ length: 4 }, (_, k) => [...(buffers.anchors!.data as Float32Array).subarray(k * dim, (k + 1) * dim)]);
    const shares = (of: number[], temperature: number): number[] => {
      const powers = anchors.map((anchor) => Math.exp(dot(of, anchor) / temperature));
      return powers.map((power) => power / powers.reduce((sum, value) => sum + value, 0));
    };
    const weights = heads['map/weights']!.data;
    const expected = features.reduce((sum, row, b) => {
      const mapped = Array.from({ length: dim }, (_, j) => row.reduce((total, value, i) => total + value * weights[i * dim + j]!, 0));
      const unit = mapped.map((value) => value / Math.hypot(...mapped));
      const seen = shares(unit, 0.3);
      return sum - shares(rowOf(chosen[b]!), 0.2).reduce((total, share, k) => total + share * Math.log(seen[k]!), 0) / 2;
    }, 0);
    expect(loss).toBeCloseTo(expected, 4);
    const mean = Array.from(
      { length: dim },
      (_, j) => Array.from({ length: numImages }, (__, i) => teacher[i * dim + j]!).reduce((a, b) => a + b) / numImages,
    );
    const about = Array.from({ length: dim }, (_, j) => teacher[3 * dim + j]! - mean[j]!);
    rowOf(3).forEach((value, j) => expect(value).toBeCloseTo(about[j]! / Math.hypot(...about), 5));
  });
});

describe('softCrossEntropy', () => {
  it('agrees with the sum written out, and counts what is right', async () => {
    await tf.setBackend('cpu');
    const logits = [
      [1, 2, -1],
      [0.5, 0, 3],
    ];
    const weights = [1, 3, 0.5];
    const classes = [0, 2];
    const losses = logits.map((row, b) => {
      const total = Math.log(row.reduce((sum, value) => sum + Math.exp(value), 0));
      return row.reduce((sum, value, c) => sum - ((c === classes[b] ? 0.8 : 0) + 0.2 / 3) * (value - total), 0);
    });
    const expected = (losses[0]! * weights[0]! + losses[1]! * weights[2]!) / (weights[0]! + weights[2]!);
    const [loss, accuracy] = tf.tidy(() => {
      const options = { labelSmoothing: 0.2, classWeights: weights };
      const result = softCrossEntropy(tf.tensor2d(logits), tf.tensor1d(classes, 'int32'), options);
      return [result.loss.dataSync()[0], result.accuracy.dataSync()[0]];
    });
    expect(loss).toBeCloseTo(expected, 5);
    expect(accuracy).toBe(0.5);
  });
});
