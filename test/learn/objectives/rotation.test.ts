import { describe, expect, it } from 'vitest';
import { rotation, turnByQuarters, turnsOf } from '../../../electron/learn/objectives/rotation.ts';
import { tf } from '../../../electron/tensor/tf.ts';
import { expectGradient, lossOn, network, plainCrossEntropy, plainMlp } from '../objective-harness.ts';

const objective = (headNorm: 'batch' | 'layer') => rotation({ numFeatures: network.numFeatures, headNorm, numHidden: 12 });

describe('rotation', () => {
  it.each(['batch', 'layer'] as const)('has the gradient that finite differences show (%s norm)', async (headNorm) => {
    await expectGradient(objective(headNorm));
  });

  it('turns a quarter of the batch by each angle, anticlockwise', async () => {
    await tf.setBackend('cpu');
    // a b      b d      d c      c a
    // c d      a c      b a      d b
    const [a, b, c, d] = [1, 2, 3, 4];
    const square = tf.tile<tf.Tensor4D>(tf.reshape(tf.tensor1d([a, b, c, d]), [1, 2, 2, 1]), [4, 1, 1, 3]);
    const seen = tf.slice(turnByQuarters(square), [0, 0, 0, 1], [-1, -1, -1, 1]).dataSync();
    expect([...seen]).toEqual([a, b, c, d, b, d, a, c, d, c, b, a, c, a, d, b]);
  });

  it.each([1, 2, 3, 5, 6, 7])('deals a batch of %d out as the classes say', async (count) => {
    await tf.setBackend('cpu');
    const square = tf.tile<tf.Tensor4D>(tf.reshape(tf.tensor1d([1, 2, 3, 4]), [1, 2, 2, 1]), [count, 1, 1, 3]);
    const turned = turnByQuarters(square);
    expect(turned.shape).toEqual([count, 2, 2, 3]);
    const corners = [...tf.slice(turned, [0, 0, 0, 0], [-1, 1, 1, 1]).dataSync()];
    expect(corners).toEqual([...turnsOf(count).dataSync()].map((turns) => [1, 2, 4, 3][turns]));
  });

  it('is the mean cross-entropy over the turns', async () => {
    const features = [
      [0.5, -1, 2],
      [1, 0, -1],
      [0, 3, 1],
      [-2, 1, 0.5],
    ];
    const small = rotation({ numFeatures: 3, headNorm: 'layer', numHidden: 2 });
    const heads = small.init(7);
    const expected = features.map((row, image) => plainCrossEntropy(plainMlp('head', heads, row), image));
    const { loss } = await lossOn(small, { heads, batch: 4, forward: () => ({ features: tf.tensor2d(features) }) });
    expect(loss).toBeCloseTo(expected.reduce((a, b) => a + b) / 4, 5);
  });
});
