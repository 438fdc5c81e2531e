import { beforeAll, describe, expect, it } from 'vitest';
import '@tensorflow/tfjs-backend-cpu';
import { batchNormAct, pointwiseBatchMoments, pointwiseBatchNormAct } from '../../electron/nn/batch-norm.ts';
import { createRandom } from '../../electron/tensor/random.ts';
import { tf } from '../../electron/tensor/tf.ts';

const epsilon = 1e-3;
const random = createRandom(7);
const normal = (shape: number[], spread = 1, offset = 0): tf.Tensor =>
  tf.tensor(
    Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => offset + spread * random.normal()),
    shape,
  );

/** The textbook form, differentiated step by step. */
function plain(x: tf.Tensor, scale: tf.Tensor, shift: tf.Tensor, activation: 'none' | 'relu' | 'relu6'): tf.Tensor {
  const mean = tf.mean(x, [0, 1, 2]);
  const centred = tf.sub(x, mean);
  const variance = tf.mean(tf.square(centred), [0, 1, 2]);
  const y = tf.add(tf.mul(tf.div(centred, tf.sqrt(tf.add(variance, epsilon))), scale), shift);
  return activation === 'none' ? y : activation === 'relu' ? tf.relu(y) : tf.relu6(y);
}

function largestRelativeDifference(a: tf.Tensor, b: tf.Tensor): number {
  return tf.div(tf.max(tf.abs(tf.sub(a, b))), tf.add(tf.max(tf.abs(b)), 1e-6)).dataSync()[0]!;
}

type Loss = (...inputs: tf.Tensor[]) => tf.Scalar;

function gradients(loss: Loss, inputs: tf.Tensor[]): { value: tf.Tensor; grads: tf.Tensor[] } {
  return tf.valueAndGrads(loss)(inputs);
}

describe.each(['none', 'relu', 'relu6'] as const)('batch normalisation with activation %s', (activation) => {
  beforeAll(async () => {
    await tf.setBackend('cpu');
  });

  it('agrees with the textbook form and its gradient, also where the mean is 30 deviations', () => {
    for (const offset of [0, 30]) {
      const inputs = [normal([4, 5, 3, 6], 1, offset), normal([6], 0.5, 3), normal([6])];
      const weight = normal([4, 5, 3, 6]);
      const by =
        (f: typeof plain): Loss =>
        (x, scale, shift) =>
          tf.sum<tf.Scalar>(tf.mul(f(x, scale, shift, activation), weight));
      const expected = gradients(by(plain), inputs);
      const actual = gradients(
        by((x, scale, shift) => batchNormAct(x, scale as tf.Tensor1D, shift as tf.Tensor1D, epsilon, activation)),
        inputs,
      );
      const tolerance = offset === 0 ? 1e-4 : 1e-2;
      expect(largestRelativeDifference(actual.value, expected.value)).toBeLessThan(tolerance);
      actual.grads.forEach((grad, i) => expect(largestRelativeDifference(grad, expected.grads[i]!)).toBeLessThan(tolerance));
    }
  });

  it('agrees with convolution and normalisation one after the other when it works from the input moments', () => {
    const inputs = [normal([4, 5, 3, 4], 1, 0.5), normal([1, 1, 4, 12]), normal([12], 0.5, 3), normal([12])];
    const weight = normal([4, 5, 3, 12]);
    const expected = gradients((x, filter, scale, shift) => {
      const y = tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, 1, 'valid');
      return tf.sum<tf.Scalar>(tf.mul(plain(y, scale, shift, activation), weight));
    }, inputs);
    const actual = gradients((x, filter, scale, shift) => {
      const y = pointwiseBatchNormAct(
        x as tf.Tensor4D,
        filter as tf.Tensor4D,
        scale as tf.Tensor1D,
        shift as tf.Tensor1D,
        epsilon,
        activation,
      );
      return tf.sum<tf.Scalar>(tf.mul(y, weight));
    }, inputs);
    expect(largestRelativeDifference(actual.value, expected.value)).toBeLessThan(1e-4);
    actual.grads.forEach((grad, i) => expect(largestRelativeDifference(grad, expected.grads[i]!)).toBeLessThan(2e-4));
  });
});

describe('moments of a pointwise convolution', () => {
  it('are those of its outputs', () => {
    const [x, filter] = [normal([3, 4, 4, 5], 2, 1) as tf.Tensor4D, normal([1, 1, 5, 11]) as tf.Tensor4D];
    const y = tf.conv2d(x, filter, 1, 'valid');
    const { mean, variance } = pointwiseBatchMoments(x, filter);
    const expected = tf.moments(y, [0, 1, 2]);
    expect(largestRelativeDifference(mean, expected.mean)).toBeLessThan(1e-5);
    expect(largestRelativeDifference(variance, expected.variance)).toBeLessThan(1e-5);
  });
});
