/** Reductions, softmax, ordering. */
import { tf } from '../../../electron/tensor/tf.ts';
import { float32, integers, normal } from '../oracle.ts';
import type { Case } from '../oracle.ts';

type Reduce = (x: tf.Tensor, axis?: number | number[], keepDims?: boolean) => tf.Tensor;

const reductions: Readonly<Record<string, Reduce>> = { sum: tf.sum, mean: tf.mean, max: tf.max, min: tf.min, prod: tf.prod };
const axesOf: readonly (number[] | undefined)[] = [undefined, [0], [1], [3], [-1], [0, 1, 2], [1, 2], [2, 3], [0, 3], [0, 1, 2, 3]];
const bools = (x: tf.Tensor): tf.Tensor => tf.cast(x, 'bool');

export const reduceCases: readonly Case[] = [
  ...Object.entries(reductions).flatMap(([name, f]) =>
    axesOf.map((axes, i): Case => ({
      name: `${name} over ${axes === undefined ? 'everything' : `axes ${axes.join()}`}`,
      inputs: { x: normal(i, [2, 3, 4, 5], name === 'prod' ? 0.3 : 1, name === 'prod' ? 1 : 0) },
      run: ({ x }) => [f(x!, axes), f(x!, axes, true)],
      // The gradient of prod is made of a kernel that is not lowered.
      ...(name === 'prod' ? { gradients: [] } : {}),
    })),
  ),
  ...Object.entries(reductions).map(([name, f]): Case => ({
    name: `${name} of int32 and of bool`,
    inputs: { x: integers(3, [3, 4], -3, 4) },
    run: ({ x }) => [f(x!, 0), f(x!), f(x!, 1, true), ...(name === 'max' || name === 'min' ? [] : [f(bools(x!), 1)])],
  })),
  // ONNX Runtime's extrema may pass over a NaN, which tfjs's do not.
  ...Object.entries(reductions).map(([name, f]): Case => ({
    name: `${name} of infinities and NaN`,
    inputs: {
      x: float32(
        [5, 3],
        [1, name === 'max' || name === 'min' ? 7 : NaN, 2, Infinity, 1, 0, -Infinity, 1, 0, Infinity, -Infinity, 1, 0, 1, Infinity],
      ),
    },
    run: ({ x }) => [f(x!, 1), f(tf.transpose(x!), 0)],
    gradients: [],
  })),
  // Tall matrices take the product with ones: heights that do and do not divide.
  ...[1, 7, 16, 31, 32, 256, 272, 1000].map((rows): Case => ({
    name: `sums over ${rows} rows`,
    inputs: { x: normal(rows, [rows, 3], 1, 5) },
    run: ({ x }) => [tf.sum(x!, 0), tf.mean(x!, 0), tf.sum(x!, 1), tf.sum(tf.cast(x!, 'int32'), 0)],
  })),
  {
    name: 'sums of something uniform',
    inputs: { x: normal(1, [3, 4]) },
    run: ({ x }) => [tf.sum(tf.ones([3, 4]), 0), tf.mean(tf.fill([2, 5], 3)), tf.sum(tf.mul(tf.ones([3, 4]), tf.sum(x!)))],
  },
  { name: 'sum over no axis', inputs: { x: normal(1, [3, 4]) }, run: ({ x }) => [tf.sum(x!, []), tf.sum(tf.sum(x!))] },
  { name: 'max of ties', inputs: { x: float32([2, 3], [1, 3, 3, 2, 2, 2]) }, run: ({ x }) => [tf.max(x!, 1), tf.min(x!, 0), tf.max(x!)] },
  {
    name: 'all and any',
    inputs: { x: integers(4, [4, 3, 2], 0, 2) },
    run: ({ x }) => [tf.all(bools(x!)), tf.any(bools(x!)), tf.all(bools(x!), 1), tf.any(bools(x!), [0, 2]), tf.any(bools(x!), 2, true)],
  },
  {
    name: 'argMax and argMin',
    inputs: { x: normal(1, [3, 4, 5]), n: integers(2, [6, 9], -3, 3) },
    run: ({ x, n }) => [...[0, 1, 2, -1].flatMap((axis) => [tf.argMax(x!, axis), tf.argMin(x!, axis)]), tf.argMax(n!, 1), tf.argMin(n!, 0)],
    gradients: [],
  },
  {
    name: 'argMax and argMin of ties',
    inputs: { x: float32([4, 4], [1, 3, 3, 0, 2, 2, 2, 2, 0, 0, 1, 1, 5, 4, 5, 4]) },
    run: ({ x }) => [tf.argMax(x!, 1), tf.argMin(x!, 1), tf.argMax(x!, 0)],
    gradients: [],
  },
  ...[1, 2, 3].map((rank): Case => ({
    name: `softmax and logSoftmax of rank ${rank}`,
    inputs: { x: normal(rank, [2, 3, 5].slice(3 - rank), 3) },
    run: ({ x }) => [tf.softmax(x!), tf.logSoftmax(x!)],
  })),
  {
    name: 'softmax of large and of equal numbers',
    inputs: { x: float32([3, 3], [1000, 999, 0, -1000, -1000, -1000, 0, -Infinity, 0]) },
    run: ({ x }) => [tf.softmax(x!), tf.logSumExp(x!, 1), tf.logSoftmax(x!)],
    gradients: [],
  },
  {
    name: 'LogSoftmax, which tf.logSoftmax does not call',
    inputs: { x: normal(1, [3, 5], 3) },
    run: ({ x }) => tf.engine().runKernel<tf.Tensor>('LogSoftmax', { logits: x! }, { axis: -1 }),
    expected: ({ x }) => tf.logSoftmax(x!),
    gradients: [],
  },
  { name: 'softmax of something uniform', inputs: { x: normal(1, [2]) }, run: ({ x }) => [tf.softmax(tf.ones([2, 4])), tf.softmax(x!)] },
  {
    name: 'cumsum',
    inputs: { x: normal(1, [3, 4, 2]) },
    run: ({ x }) => [tf.cumsum(x!), tf.cumsum(x!, 1, true), tf.cumsum(x!, 2, false, true), tf.cumsum(x!, 1, true, true)],
    gradients: [],
  },
  {
    // Over another axis tfjs's own gradient has its axes mixed up.
    name: 'gradient of cumsum over the last axis',
    inputs: { x: normal(1, [3, 4]) },
    run: ({ x }) => [tf.cumsum(x!, 1), tf.cumsum(x!, 1, true), tf.cumsum(x!, 1, false, true)],
  },
  { name: 'cumsum of int32', inputs: { x: integers(1, [3, 4], -4, 5) }, run: ({ x }) => tf.cumsum(x!, 1) },
  {
    name: 'topk',
    inputs: { x: normal(1, [3, 6]), ties: float32([2, 4], [1, 3, 3, 1, 2, 2, 2, 2]), n: integers(2, [7], 0, 100) },
    run: ({ x, ties, n }) =>
      [tf.topk(x!, 4), tf.topk(x!, 1), tf.topk(ties!, 3), tf.topk(n!, 2)].flatMap(({ values, indices }) => [values, indices]),
    gradients: [],
  },
  {
    name: 'moments, variance and norms',
    inputs: { x: normal(1, [4, 3, 5]) },
    run: ({ x }) => {
      const { mean, variance } = tf.moments(x!, [0, 1]);
      return [mean, variance, tf.norm(x!, 2, -1), tf.logSumExp(x!, -1)];
    },
  },
];
