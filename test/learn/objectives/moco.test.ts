import { describe, expect, it } from 'vitest';
import { mlpForward } from '../../../electron/learn/objectives/mlp.ts';
import { moco, queueLength } from '../../../electron/learn/objectives/moco.ts';
import { createRandom } from '../../../electron/tensor/random.ts';
import { tf } from '../../../electron/tensor/tf.ts';
import { batch, expectGradient, inputsFor, network, runOnce, stepOf, tensorsOf } from '../objective-harness.ts';

const { numFeatures } = network;
const random = createRandom(8);
const rowsOf = (data: ArrayLike<number>, width: number): number[][] =>
  Array.from({ length: data.length / width }, (_, row) => Array.from({ length: width }, (__, j) => data[row * width + j]!));
const unit = (row: number[]): number[] => row.map((value) => value / Math.hypot(...row));
const dot = (a: readonly number[], b: readonly number[]): number => a.reduce((sum, value, i) => sum + value * b[i]!, 0);

describe('moco', () => {
  it('has the gradient that finite differences show, in every group of parameters', async () => {
    await expectGradient(moco({ numFeatures, headNorm: 'batch', numQueued: 8, batch, numHidden: 12, numProjected: 6 }));
    await expectGradient(moco({ numFeatures, headNorm: 'layer', numQueued: 4, batch, numHidden: 12, numProjected: 6 }));
  });

  it('asks each query for the key of the other view among the keys of earlier images', async () => {
    await tf.setBackend('cpu');
    const temperature = 0.3;
    const objective = moco({ numFeatures: 5, headNorm: 'layer', numQueued: 6, batch: 2, numHidden: 7, numProjected: 4, temperature });
    const heads = objective.init(1);
    const buffers = objective.buffers!(2);
    // Views of image b are rows 2b and 2b + 1; a picture of one pixel stands for its row of features.
    const features = Array.from({ length: 4 }, () => Array.from({ length: 5 }, () => random.normal()));
    const [loss, queue] = tf.tidy((): [number, number[][]] => {
      const images = tf.tensor4d([0, 1, 2, 3].map((value) => [[[value, 0, 0]]]));
      const forward = (views: tf.Tensor4D) => ({
        features: tf.tensor2d([...views.dataSync()].filter((_, i) => i % 3 === 0).map((row) => features[row]!)),
        maps: [],
        statistics: {},
      });
      const branch = { heads: tensorsOf(heads), forward };
      const context = { images, locals: null, draws: {}, scalars: {}, buffers: tensorsOf(buffers), rows: {} };
      const { targets, buffers: next } = objective.prepareTargets!({ ...context, target: branch });
      const result = objective.loss({ ...context, online: branch, classes: null, targets });
      return [result.loss.dataSync()[0]!, rowsOf(next!.queue!.dataSync(), 4)];
    });
    const projected = tf.tidy(() => mlpForward('projector', tensorsOf(heads), tf.tensor2d(features), 'layer').arraySync().map(unit));
    const before = rowsOf(buffers.queue!.data, 4);
    before.forEach((row) => expect(Math.hypot(...row)).toBeCloseTo(1, 5));
    const expected = projected.reduce((sum, query, i) => {
      const own = Math.exp(dot(query, projected[i ^ 1]!) / temperature);
      const others = before.reduce((total, key) => total + Math.exp(dot(query, key) / temperature), 0);
      return sum - Math.log(own / (own + others)) / 4;
    }, 0);
    expect(loss).toBeCloseTo(expected, 4);
    // The newest keys first, the oldest gone.
    const wanted = [projected[0]!, projected[2]!, ...before.slice(0, 4)];
    queue.flat().forEach((value, i) => expect(value).toBeCloseTo(wanted.flat()[i]!, 5));
  });

  it('carries its queue from step to step', async () => {
    const step = stepOf(moco({ numFeatures, headNorm: 'batch', numQueued: 8, batch, numHidden: 12, numProjected: 6 }));
    const { state } = await runOnce(step, await inputsFor(step, 'none', 1));
    const [before, after] = [step.program.state['buffer.queue']!.data, state['buffer.queue']!.data];
    expect([...after.subarray(batch * 6)]).toEqual([...before.subarray(0, batch * 6)]);
    expect([...after.subarray(0, batch * 6)]).not.toEqual([...before.subarray(0, batch * 6)]);
  });
});

it('the queue grows with the folder, in whole batches, and never beyond it', () => {
  expect([100, 999, 1_000, 3_842, 9_999, 15_000, 1_000_000].map((count) => queueLength(count, 64))).toEqual([
    64, 256, 512, 1_024, 2_048, 4_096, 8_192,
  ]);
  expect(queueLength(20, 16)).toBe(16);
  for (const batchSize of [16, 24, 64]) expect(queueLength(5_000, batchSize) % batchSize).toBe(0);
});
