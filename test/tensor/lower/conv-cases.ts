/** Convolutions over random shapes, strides, paddings and dilations. */
import { createRandom } from '../../../electron/tensor/random.ts';
import type { Random } from '../../../electron/tensor/random.ts';
import { tf } from '../../../electron/tensor/tf.ts';
import { normal } from '../oracle.ts';
import type { Case } from '../oracle.ts';

type Pair = readonly [number, number];
type Padding = 'same' | 'valid' | [Pair, Pair, Pair, Pair];

interface Geometry {
  readonly image: Pair;
  readonly kernel: Pair;
  readonly strides: Pair;
  readonly dilations: Pair;
  readonly pad: Padding;
}

function pick<T>(random: Random, options: readonly T[]): T {
  return options[random.int(options.length)]!;
}

function pair(random: Random, from: number, to: number): Pair {
  return [from + random.int(to - from), from + random.int(to - from)];
}

/** tfjs allows strides or dilations, not both; explicit padding may exceed the kernel. */
function randomGeometry(random: Random, dilate: boolean, kernels: readonly number[]): Geometry {
  const kernel: Pair = [pick(random, kernels), pick(random, kernels)];
  const dilations: Pair = dilate ? pair(random, 1, 4) : [1, 1];
  const strides: Pair = dilate ? [1, 1] : pair(random, 1, 4);
  const reach = kernel.map((k, i) => (k - 1) * dilations[i]! + 1);
  const image: Pair = [reach[0]! + random.int(7), reach[1]! + random.int(7)];
  const explicit: [Pair, Pair, Pair, Pair] = [[0, 0], pair(random, 0, 4), pair(random, 0, 4), [0, 0]];
  return { image, kernel, strides, dilations, pad: pick<Padding>(random, ['same', 'valid', explicit]) };
}

function describeGeometry({ image, kernel, strides, dilations, pad }: Geometry): string {
  const padding = typeof pad === 'string' ? pad : `pad ${pad.slice(1, 3).flat().join()}`;
  return `${image.join('x')} by ${kernel.join('x')}, strides ${strides.join()}, dilations ${dilations.join()}, ${padding}`;
}

/** Counts that are and are not whole blocks of 8 and 16. */
const channelCounts = [1, 3, 8, 16, 20, 32];
/** Pairs that make blocked convolutions take part in half the cases. */
const channelPairs: readonly Pair[] = [
  [16, 16],
  [32, 16],
  [16, 32],
  [3, 5],
  [1, 16],
  [16, 10],
  [24, 8],
];

function conv2d(seed: number, dilate: boolean, kernels = [1, 1, 2, 3, 3, 5, 7]): Case {
  const random = createRandom(seed);
  const g = randomGeometry(random, dilate, kernels);
  const [cin, cout] = pick(random, channelPairs);
  return {
    name: `conv2d ${cin} -> ${cout}, ${describeGeometry(g)}`,
    inputs: { x: normal(seed, [1 + random.int(3), ...g.image, cin]), filter: normal(seed + 1, [...g.kernel, cin, cout], 0.3) },
    run: ({ x, filter }) => tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, [...g.strides], g.pad as 'same', 'NHWC', [...g.dilations]),
    // tfjs has no gradient of a dilated convolution.
    ...(dilate && g.dilations.some((d) => d > 1) ? { gradients: [] } : {}),
  };
}

function depthwise(seed: number, dilate: boolean): Case {
  const random = createRandom(seed);
  const g = randomGeometry(random, dilate, [1, 2, 3, 3, 5, 7]);
  const channels = pick(random, channelCounts);
  const multiplier = pick(random, [1, 1, 1, 2, 3]);
  return {
    name: `depthwise ${channels} x ${multiplier}, ${describeGeometry(g)}`,
    inputs: {
      x: normal(seed, [1 + random.int(3), ...g.image, channels]),
      filter: normal(seed + 1, [...g.kernel, channels, multiplier], 0.3),
    },
    run: ({ x, filter }) =>
      tf.depthwiseConv2d(x as tf.Tensor4D, filter as tf.Tensor4D, [...g.strides], g.pad as 'same', 'NHWC', [...g.dilations]),
    ...(dilate && g.dilations.some((d) => d > 1) ? { gradients: [] } : {}),
  };
}

const seeds = (from: number, count: number): number[] => Array.from({ length: count }, (_, i) => from + i);

export const convCases: readonly Case[] = [
  ...seeds(100, 30).map((seed) => conv2d(seed, false)),
  ...seeds(200, 10).map((seed) => conv2d(seed, true, [2, 3, 5])),
  ...seeds(300, 6).map((seed) => conv2d(seed, false, [1])),
  ...seeds(400, 30).map((seed) => depthwise(seed, false)),
  ...seeds(500, 10).map((seed) => depthwise(seed, true)),
  {
    name: 'conv2d of a single image without a batch axis, number as padding',
    inputs: { x: normal(1, [6, 5, 3]), filter: normal(2, [3, 3, 3, 4]) },
    run: ({ x, filter }) => tf.conv2d<tf.Tensor3D>(x as tf.Tensor3D, filter as tf.Tensor4D, 2, 1, 'NHWC', 1, 'floor'),
  },
  {
    name: 'conv2d whose sizes are rounded up',
    inputs: { x: normal(1, [2, 6, 7, 16]), filter: normal(2, [3, 2, 16, 16]) },
    run: ({ x, filter }) => tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, 2, 0, 'NHWC', 1, 'ceil'),
    gradients: [],
  },
  {
    name: 'conv1d',
    inputs: { x: normal(1, [2, 9, 3]), filter: normal(2, [3, 3, 4]) },
    run: ({ x, filter }) => tf.conv1d(x as tf.Tensor3D, filter as tf.Tensor3D, 2, 'same'),
  },
  ...(['same', 'valid'] as const).map((pad): Case => ({
    name: `conv2dTranspose ${pad}`,
    inputs: { x: normal(1, [2, 4, 5, 16]), filter: normal(2, [3, 3, 32, 16], 0.3) },
    run: ({ x, filter }) =>
      tf.conv2dTranspose(x as tf.Tensor4D, filter as tf.Tensor4D, pad === 'same' ? [2, 8, 10, 32] : [2, 9, 11, 32], 2, pad),
  })),
  {
    name: 'separableConv2d',
    inputs: { x: normal(1, [2, 7, 7, 16]), depth: normal(2, [3, 3, 16, 1]), point: normal(3, [1, 1, 16, 32]) },
    run: ({ x, depth, point }) => tf.separableConv2d(x as tf.Tensor4D, depth as tf.Tensor4D, point as tf.Tensor4D, 1, 'same'),
    tolerance: 2e-5,
  },
  {
    name: 'convolutions that share a filter and an input',
    inputs: { x: normal(1, [2, 6, 6, 16]), filter: normal(2, [3, 3, 16, 16], 0.2) },
    run: ({ x, filter }) => {
      const [x4, f4] = [x as tf.Tensor4D, filter as tf.Tensor4D];
      const once = tf.conv2d(x4, f4, 1, 'same');
      return [tf.conv2d(tf.relu(once), f4, 1, 'same'), tf.conv2d(x4, f4, 2, 'valid')];
    },
    tolerance: 2e-5,
  },
  {
    name: 'convolutions of something uniform',
    inputs: { x: normal(1, [1, 5, 5, 16]), filter: normal(2, [3, 3, 16, 16]) },
    run: ({ x, filter }) => [
      tf.conv2d(tf.ones<tf.Rank.R4>([1, 5, 5, 16]), filter as tf.Tensor4D, 1, 'same'),
      tf.conv2d(x as tf.Tensor4D, tf.ones([3, 3, 16, 16]), 2, 'same'),
      tf.depthwiseConv2d(x as tf.Tensor4D, tf.fill([3, 3, 16, 1], 1 / 9), 1, 'same'),
    ],
    tolerance: 2e-5,
  },
];
