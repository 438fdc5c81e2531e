import '@tensorflow/tfjs-backend-cpu';
import { beforeAll, describe, expect, it } from 'vitest';
import type { BatchNorm, GroupNorm, Padding } from '../../electron/nn/layers.ts';
import { activate, convNormAct, convolve, maxPool, normAct, standardise } from '../../electron/nn/layers.ts';
import { tf } from '../../electron/tensor/tf.ts';
import type { Plain } from './plain-layers.ts';
import {
  batchNormPlain,
  convolvePlain,
  groupNormPlain,
  map,
  maxPoolPlain,
  momentsBy,
  plain,
  randomPlain,
  relativeError,
  standardisePlain,
} from './plain-layers.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

function toTensor({ shape, data }: Plain): tf.Tensor {
  return tf.tensor(Float32Array.from(data), [...shape]);
}

function toImages({ shape, data }: Plain): tf.Tensor4D {
  return tf.tensor4d(Float32Array.from(data), shape as [number, number, number, number]);
}

function toVector({ data }: Plain): tf.Tensor1D {
  return tf.tensor1d(Float32Array.from(data));
}

function fromTensor(tensor: tf.Tensor): { shape: readonly number[]; data: ArrayLike<number> } {
  return { shape: tensor.shape, data: tensor.dataSync() };
}

function batchNorm(scale: tf.Tensor1D, shift: tf.Tensor1D, numChannels: number): BatchNorm {
  const running = randomPlain(91, [numChannels], { mean: 1, deviation: 0.2 });
  return {
    kind: 'batch',
    scale,
    shift,
    runningMean: toVector(running),
    runningVariance: tf.square(toVector(running)),
    epsilon: 1e-5,
  };
}

function groupNorm(scale: tf.Tensor1D, shift: tf.Tensor1D, numGroups: number): GroupNorm {
  return { kind: 'group', scale, shift, numGroups, epsilon: 1e-5 };
}

/** Every derivative of sum(weights * f(inputs)), by central differences, against automatic differentiation. */
function expectGradients(f: (...inputs: tf.Tensor[]) => tf.Tensor, inputs: readonly Plain[]): void {
  const shape = f(...inputs.map((input) => toTensor(input))).shape;
  const weights = randomPlain(77, shape);
  const loss = (values: readonly Plain[]): number => {
    const output = tf.tidy(() => f(...values.map((value) => toTensor(value))).dataSync());
    return Float64Array.from(output).reduce((sum, value, i) => sum + value * weights.data[i]!, 0);
  };
  const gradients = tf.grads((...tensors: tf.Tensor[]) => tf.sum(tf.mul(f(...tensors), toTensor(weights))))(
    inputs.map((input) => toTensor(input)),
  );
  const step = 2 ** -7;
  for (const [which, input] of inputs.entries()) {
    const moved = (i: number, by: number): Plain[] =>
      inputs.map((other, at) => (at === which ? map(other, (value, j) => (j === i ? value + by : value)) : other));
    const numeric = plain(input.shape, (i) => (loss(moved(i, step)) - loss(moved(i, -step))) / (2 * step));
    expect(relativeError(fromTensor(gradients[which]!), numeric), `gradient with respect to input ${which}`).toBeLessThan(2e-3);
  }
}

describe('convolve', () => {
  const paddings: Padding[] = [0, 1, 2, [0, 1]];
  const cases = paddings.flatMap((padding) =>
    [1, 2].flatMap((stride) => [false, true].flatMap((depthwise) => [5, 6].map((sizePx) => ({ padding, stride, depthwise, sizePx })))),
  );

  it.each(cases)('pads by $padding exactly, stride $stride, depthwise $depthwise, $sizePx px', ({ padding, stride, depthwise, sizePx }) => {
    const x = randomPlain(1, [2, sizePx, sizePx + 1, 3]);
    const filter = randomPlain(2, [3, 3, 3, depthwise ? 1 : 4]);
    const [before, after] = typeof padding === 'number' ? [padding, padding] : padding;
    const actual = convolve(toImages(x), { filter: toImages(filter), stride, padding, depthwise });
    expect(relativeError(fromTensor(actual), convolvePlain(x, filter, { stride, before, after, depthwise }))).toBeLessThan(1e-6);
  });

  it('has the right gradient with one-sided padding', () => {
    const inputs = [randomPlain(3, [1, 4, 4, 2]), randomPlain(4, [3, 3, 2, 2])];
    expectGradients(
      (x, filter) => convolve(x as tf.Tensor4D, { filter: filter as tf.Tensor4D, stride: 2, padding: [0, 1], depthwise: false }),
      inputs,
    );
    expectGradients(
      (x, filter) => convolve(x as tf.Tensor4D, { filter: filter as tf.Tensor4D, stride: 2, padding: [0, 1], depthwise: true }),
      [inputs[0]!, randomPlain(5, [3, 3, 2, 1])],
    );
  });
});

describe('maxPool', () => {
  it.each([4, 5, 6, 7])('ignores its padding, %i px', (sizePx) => {
    const x = randomPlain(6, [2, sizePx, sizePx, 3], { mean: -5 });
    const actual = maxPool(toImages(x), { sizePx: 3, stride: 2, padding: 1 });
    expect(relativeError(fromTensor(actual), maxPoolPlain(x, 3, { stride: 2, before: 1, after: 1 }))).toBeLessThan(1e-7);
  });

  it.each([4, 5, 6, 7])('lets the last window hang over with ceil, %i px', (sizePx) => {
    const x = randomPlain(7, [2, sizePx, sizePx + 1, 3], { mean: -5 });
    const actual = maxPool(toImages(x), { sizePx: 3, stride: 2, ceil: true });
    // PyTorch: ceil((n - 3) / 2) + 1.
    expect(actual.shape.slice(1, 3)).toEqual([sizePx, sizePx + 1].map((size) => Math.ceil((size - 3) / 2) + 1));
    const wide = maxPoolPlain(x, 3, { stride: 2, before: 0, after: 1 });
    expect(relativeError(fromTensor(actual), wide)).toBeLessThan(1e-7);
  });

  it('passes gradients to the largest values, also where a window hangs over', () => {
    // Distinct values, far enough apart that a finite step never changes the winner.
    const x = plain([1, 4, 5, 2], (i) => ((i * 17) % 40) / 4);
    expectGradients((input) => maxPool(input as tf.Tensor4D, { sizePx: 3, stride: 2, ceil: true }), [x]);
  });
});

describe('batch normalisation', () => {
  const shape = [3, 2, 4, 5] as const;
  const scale = randomPlain(11, [5], { mean: 1, deviation: 0.3 });
  const shift = randomPlain(12, [5]);

  it('normalises by the batch in training, with a mean of 30 deviations too', () => {
    const x = randomPlain(10, shape, { mean: 30 });
    const norm = batchNorm(toVector(scale), toVector(shift), 5);
    const expected = batchNormPlain(x, scale, shift, 1e-5);
    const { output } = normAct(toImages(x), { norm, activation: 'none', training: true });
    expect(relativeError(fromTensor(output), expected)).toBeLessThan(1e-3);
    const rectified = normAct(toImages(x), { norm, activation: 'relu6', training: true }).output;
    expect(
      relativeError(
        fromTensor(rectified),
        map(expected, (value) => Math.min(6, Math.max(0, value))),
      ),
    ).toBeLessThan(1e-3);
  });

  it('moves the running statistics a tenth of the way, the variance unbiased', () => {
    const x = randomPlain(10, shape, { mean: 3 });
    const norm = batchNorm(toVector(scale), toVector(shift), 5);
    const { statistics } = normAct(toImages(x), { norm, activation: 'relu', training: true });
    const momentsAt = momentsBy(x, (i) => i % 5);
    const [oldMean, oldVariance] = [norm.runningMean.dataSync(), norm.runningVariance.dataSync()];
    const mean = plain([5], (i) => 0.9 * oldMean[i]! + 0.1 * momentsAt(i).mean);
    const variance = plain([5], (i) => {
      const { variance: biased, numValues } = momentsAt(i);
      return 0.9 * oldVariance[i]! + (0.1 * biased * numValues) / (numValues - 1);
    });
    expect(relativeError(fromTensor(statistics!.mean), mean)).toBeLessThan(1e-6);
    expect(relativeError(fromTensor(statistics!.variance), variance)).toBeLessThan(1e-6);
  });

  it.each([false, true])('outside training equals a convolution and then the running statistics, depthwise %s', (depthwise) => {
    const x = toImages(randomPlain(13, [2, 5, 5, 5]));
    const filter = toImages(randomPlain(14, [3, 3, 5, depthwise ? 1 : 5]));
    const norm = batchNorm(toVector(scale), toVector(shift), 5);
    const options = { filter, stride: 2, padding: 1, depthwise };
    const folded = convNormAct(x, { ...options, bias: null, norm, activation: 'relu6', training: false });
    const y = convolve(x, options);
    const normalised = tf.div(tf.sub(y, norm.runningMean), tf.sqrt(tf.add(norm.runningVariance, norm.epsilon)));
    const expected = activate(tf.add(tf.mul(normalised, norm.scale), norm.shift), 'relu6');
    expect(folded.statistics).toBeNull();
    expect(relativeError(fromTensor(folded.output), { shape: expected.shape, data: Float64Array.from(expected.dataSync()) })).toBeLessThan(
      1e-5,
    );
    const separate = normAct(y, { norm, activation: 'relu6', training: false });
    expect(
      relativeError(fromTensor(separate.output), { shape: expected.shape, data: Float64Array.from(expected.dataSync()) }),
    ).toBeLessThan(1e-5);
  });

  it('has the right gradient in training', () => {
    expectGradients(
      (x, a, b) =>
        normAct(x as tf.Tensor4D, { norm: batchNorm(a as tf.Tensor1D, b as tf.Tensor1D, 3), activation: 'none', training: true }).output,
      [randomPlain(15, [2, 2, 3, 3], { mean: 2 }), randomPlain(16, [3]), randomPlain(17, [3])],
    );
  });

  it('has the right gradient in training and outside it, through a convolution', () => {
    for (const training of [true, false])
      expectGradients(
        (x, filter, a, b) =>
          convNormAct(x as tf.Tensor4D, {
            filter: filter as tf.Tensor4D,
            bias: null,
            norm: batchNorm(a as tf.Tensor1D, b as tf.Tensor1D, 3),
            stride: 2,
            padding: 1,
            depthwise: false,
            activation: 'none',
            training,
          }).output,
        [randomPlain(18, [2, 4, 4, 2]), randomPlain(19, [3, 3, 2, 3]), randomPlain(16, [3]), randomPlain(17, [3])],
      );
  });

  it('refuses a batch of one value per channel', () => {
    const x = tf.zeros<tf.Rank.R4>([1, 1, 1, 5]);
    const norm = batchNorm(toVector(scale), toVector(shift), 5);
    expect(() => normAct(x, { norm, activation: 'none', training: true })).toThrow('larger images or a larger batch');
  });
});

describe('group normalisation', () => {
  const scale = randomPlain(21, [6], { mean: 1, deviation: 0.3 });
  const shift = randomPlain(22, [6]);

  it.each([1, 2, 3, 6])('normalises every image by itself, in %i groups', (numGroups) => {
    const x = randomPlain(20, [3, 2, 4, 6], { mean: 5 });
    for (const training of [true, false]) {
      const norm = groupNorm(toVector(scale), toVector(shift), numGroups);
      const { output, statistics } = normAct(toImages(x), { norm, activation: 'none', training });
      expect(statistics).toBeNull();
      expect(relativeError(fromTensor(output), groupNormPlain(x, scale, shift, numGroups, 1e-5))).toBeLessThan(1e-5);
    }
  });

  it('has the right gradient', () => {
    expectGradients(
      (x, a, b) =>
        normAct(x as tf.Tensor4D, { norm: groupNorm(a as tf.Tensor1D, b as tf.Tensor1D, 2), activation: 'none', training: true }).output,
      [randomPlain(23, [2, 2, 3, 4], { mean: 2 }), randomPlain(24, [4]), randomPlain(25, [4])],
    );
  });
});

describe('weight standardisation', () => {
  it('gives every output filter mean 0 and variance 1', () => {
    const filter = randomPlain(30, [3, 3, 4, 5], { mean: 0.4, deviation: 0.05 });
    expect(relativeError(fromTensor(standardise(toImages(filter), 1e-10)), standardisePlain(filter, 1e-10))).toBeLessThan(1e-5);
  });

  it('has the right gradient', () => {
    expectGradients((filter) => standardise(filter as tf.Tensor4D, 1e-10), [randomPlain(31, [3, 3, 2, 3], { mean: 0.4 })]);
  });
});

describe('convNormAct', () => {
  it('adds a bias, then rectifies', () => {
    const x = toImages(randomPlain(40, [1, 4, 4, 2]));
    const filter = toImages(randomPlain(41, [1, 1, 2, 3]));
    const bias = tf.tensor1d([0.5, -0.5, 100]);
    const options = { filter, stride: 1, padding: 0, depthwise: false };
    const { output } = convNormAct(x, { ...options, bias, norm: null, activation: 'relu6', training: false });
    const expected = tf.clipByValue(tf.add(convolve(x, options), bias), 0, 6);
    expect(output.dataSync()).toEqual(expected.dataSync());
  });
});
