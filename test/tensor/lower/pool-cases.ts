/** Pooling over random shapes, windows, strides and paddings. */
import { createRandom } from '../../../electron/tensor/random.ts';
import { tf } from '../../../electron/tensor/tf.ts';
import { float32, integers, normal } from '../oracle.ts';
import type { Case } from '../oracle.ts';

type Pool = (x: tf.Tensor4D, window: [number, number], strides: [number, number], pad: 'same') => tf.Tensor4D;

function pooling(name: string, pool: Pool, seed: number): Case {
  const random = createRandom(seed);
  const pair = (from: number, to: number): [number, number] => [from + random.int(to - from), from + random.int(to - from)];
  const window = pair(1, 5);
  const strides = pair(1, 4);
  const image = pair(0, 7).map((more, i) => window[i]! + more);
  const channels = [1, 3, 16, 32][random.int(4)]!;
  // ONNX Runtime refuses to pad by a whole window.
  const before = window.map((k) => random.int(k));
  const after = window.map((k) => random.int(k));
  const explicit = [
    [0, 0],
    [before[0]!, after[0]!],
    [before[1]!, after[1]!],
    [0, 0],
  ];
  const pad = (['same', 'valid', explicit] as const)[random.int(3)]!;
  const padding = typeof pad === 'string' ? pad : `pad ${pad.slice(1, 3).flat().join()}`;
  return {
    name: `${name} ${image.join('x')}x${channels} by ${window.join('x')}, strides ${strides.join()}, ${padding}`,
    inputs: { x: normal(seed, [1 + random.int(3), ...image, channels], 1, -2) },
    run: ({ x }) => pool(x as tf.Tensor4D, window, strides, pad as 'same'),
  };
}

const seeds = (from: number, count: number): number[] => Array.from({ length: count }, (_, i) => from + i);

function padAround(x: tf.Tensor4D, by: number, fill: number): tf.Tensor4D {
  return tf.pad(
    x,
    [
      [0, 0],
      [by, by],
      [0, by],
      [0, 0],
    ],
    fill,
  );
}

const behindPadding: Readonly<Record<string, (x: tf.Tensor4D, fill: number) => tf.Tensor>> = {
  'maxPool 3x3 valid': (x, fill) => tf.maxPool(padAround(x, 1, fill), 3, 2, 'valid'),
  'maxPool 2x2 same': (x, fill) => tf.maxPool(padAround(x, 1, fill), 2, 2, 'same'),
  'maxPool 2x2 within': (x, fill) => tf.maxPool(padAround(x, 3, fill), 2, 2, 'valid'),
  'avgPool 3x3 same': (x, fill) => tf.avgPool(padAround(x, 1, fill), 3, 2, 'same'),
  'avgPool 2x2 within': (x, fill) => tf.avgPool(padAround(x, 3, fill), 2, 2, 'valid'),
  'conv2d 3x3 valid': (x, fill) => tf.conv2d(padAround(x, 1, fill), tf.ones<tf.Rank.R4>([3, 3, 4, 2]), 2, 'valid'),
};

export const poolCases: readonly Case[] = [
  ...seeds(600, 20).map((seed) => pooling('maxPool', tf.maxPool, seed)),
  ...seeds(700, 20).map((seed) => pooling('avgPool', tf.avgPool, seed)),
  {
    name: 'maxPool of ties',
    inputs: {
      x: { ...integers(1, [2, 7, 7, 16], 0, 3), dtype: 'float32', data: Float32Array.from(integers(1, [2, 7, 7, 16], 0, 3).data) },
    },
    run: ({ x }) => tf.maxPool(x as tf.Tensor4D, 3, 2, 'same'),
  },
  {
    name: 'maxPool of a constant image',
    inputs: { x: float32([1, 4, 4, 1], new Array<number>(16).fill(-1)) },
    run: ({ x }) => tf.maxPool(x as tf.Tensor4D, 2, 2, 'same'),
  },
  // ONNX Runtime would fold the first padding into the pooling, where it counts differently, if the two stood alone.
  ...([0, 1, -Infinity] as const).flatMap((fill) =>
    Object.entries(behindPadding)
      .filter(([name]) => name.startsWith('maxPool') || Number.isFinite(fill))
      .map(([name, f]): Case => ({
        name: `${name} behind a convolution and padding with ${fill}`,
        inputs: { x: normal(1, [2, 5, 5, 3]), filter: normal(2, [3, 3, 3, 4]) },
        run: ({ x, filter }) => f(tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, 1, 'same'), fill),
        gradients: [],
      })),
  ),
  {
    name: 'pools whose sizes are rounded up',
    inputs: { x: normal(1, [1, 6, 8, 16]) },
    run: ({ x }) => [tf.maxPool(x as tf.Tensor4D, 3, 2, 0, 'ceil'), tf.avgPool(x as tf.Tensor4D, 3, 2, 0, 'ceil')],
    gradients: [],
  },
  {
    name: 'global average',
    inputs: { x: normal(1, [2, 5, 4, 16]) },
    run: ({ x }) => [tf.mean(x!, [1, 2]), tf.avgPool(x as tf.Tensor4D, [5, 4], 1, 'valid')],
  },
];
