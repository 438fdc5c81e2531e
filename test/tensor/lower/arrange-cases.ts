/** Kernels that move numbers. */
import { tf } from '../../../electron/tensor/tf.ts';
import { integers, normal } from '../oracle.ts';
import type { Case } from '../oracle.ts';

const bools = (x: tf.Tensor): tf.Tensor => tf.cast(x, 'bool');

export const arrangeCases: readonly Case[] = [
  {
    name: 'reshape, expandDims, squeeze, flatten',
    inputs: { x: normal(1, [2, 3, 4]), one: normal(2, [1]), n: integers(3, [6], 0, 9) },
    run: ({ x, one, n }) => [
      tf.reshape(x!, [4, 6]),
      tf.reshape(x!, [-1]),
      tf.expandDims(x!, 0),
      tf.expandDims(x!, -1),
      tf.expandDims(x!, -2),
      tf.squeeze(tf.expandDims(x!, 1)),
      tf.reshape(one!, []),
      tf.reshape(one!, [1, 1, 1]),
      tf.reshape(tf.ones([2, 3]), [3, 2]),
      tf.reshape(n!, [2, 3]),
      tf.reshape(bools(n!), [3, 2]),
    ],
  },
  {
    name: 'transpose',
    inputs: { x: normal(1, [2, 3, 4]), n: integers(3, [2, 3], 0, 9) },
    run: ({ x, n }) => [
      tf.transpose(x!),
      tf.transpose(x!, [0, 2, 1]),
      tf.transpose(x!, [1, 0, 2]),
      tf.transpose(x!, [0, 1, 2]),
      tf.transpose(tf.mul(x!, tf.ones([2, 1, 4])), [2, 0, 1]),
      tf.transpose(tf.fill([2, 3], 4)),
      tf.transpose(n!),
      tf.transpose(bools(n!)),
    ],
  },
  {
    name: 'concat',
    inputs: { a: normal(1, [2, 3]), b: normal(2, [2, 2]), c: normal(3, [1, 3]), n: integers(4, [2, 3], 0, 2) },
    run: ({ a, b, c, n }) => [
      tf.concat([a!, b!], 1),
      tf.concat([a!, b!, a!], -1),
      tf.concat([a!, c!], 0),
      tf.concat([a!, tf.ones([2, 1])], 1),
      tf.concat([n!, n!], 0),
      tf.concat([bools(n!), bools(n!)], 0),
      tf.concat([a!]),
    ],
  },
  {
    name: 'stack and unstack',
    inputs: { a: normal(1, [2, 3]), b: normal(2, [2, 3]) },
    run: ({ a, b }) => [tf.stack([a!, b!]), tf.stack([a!, b!], 1), tf.stack([a!, b!], -1), ...tf.unstack(a!, 1), ...tf.unstack(b!, -2)],
  },
  // tfjs cannot differentiate a list of one.
  {
    name: 'unstack and split into one',
    inputs: { a: normal(1, [1, 3]) },
    run: ({ a }) => [...tf.unstack(a!, 0), ...tf.split(a!, 1)],
    gradients: [],
  },
  {
    name: 'slice',
    inputs: { x: normal(1, [4, 5, 3]), n: integers(2, [6], 0, 9) },
    run: ({ x, n }) => [
      tf.slice(x!, [1, 0, 2], [2, 5, 1]),
      tf.slice(x!, [0, 0, 0], [4, 5, 3]),
      tf.slice(x!, [2], [1]),
      tf.slice(x!, [0, 1], [-1, 2]),
      tf.slice(tf.ones([4, 5]), [1, 1], [2, 2]),
      tf.slice(n!, [2], [3]),
      tf.slice(bools(n!), [1], [2]),
    ],
  },
  {
    name: 'stridedSlice',
    inputs: { x: normal(1, [6, 7]) },
    run: ({ x }) => [
      tf.stridedSlice(x!, [0, 1], [6, 7], [2, 3]),
      tf.stridedSlice(x!, [5, 6], [-7, 0], [-1, -2]),
      tf.stridedSlice(x!, [4, -1], [0, -8], [-2, -1]),
      tf.stridedSlice(x!, [1, 1], [2, 2], [1, 1], 3, 3),
      tf.stridedSlice(x!, [1, 2], [2, 5], [1, 1], 0, 0, 0, 0, 1),
      tf.stridedSlice(x!, [0, 0, 1], [0, 0, 5], [1, 1, 2], 2, 2, 0, 1),
      tf.stridedSlice(x!, [1, 2], [0, 4], [1, 1], 0, 0, 1),
    ],
    // tfjs has no gradient for it.
    gradients: [],
  },
  {
    name: 'split',
    inputs: { x: normal(1, [6, 4]), n: integers(2, [6], 0, 9) },
    run: ({ x, n }) => [...tf.split(x!, 3), ...tf.split(x!, [1, 3], 1), ...tf.split(x!, [2, -1], -1), ...tf.split(n!, 2)],
  },
  {
    name: 'pad',
    inputs: { x: normal(1, [2, 3]), n: integers(2, [3], 0, 9) },
    run: ({ x, n }) => [
      tf.pad(x!, [
        [1, 2],
        [0, 3],
      ]),
      tf.pad(
        x!,
        [
          [0, 1],
          [2, 0],
        ],
        -1.5,
      ),
      tf.pad(x!, [
        [0, 0],
        [0, 0],
      ]),
      tf.pad(tf.fill([2, 2], 3), [
        [1, 0],
        [0, 1],
      ]),
      tf.pad(n!, [[1, 1]]),
      tf.pad(n!, [[1, 1]], 7),
      tf.pad(bools(n!), [[1, 1]]),
      tf.pad(
        x!,
        [
          [1, 0],
          [0, 0],
        ],
        Infinity,
      ),
      tf.pad(
        x!,
        [
          [1, 0],
          [0, 0],
        ],
        -Infinity,
      ),
    ],
    gradients: [],
  },
  {
    name: 'gradient of pad',
    inputs: { x: normal(1, [2, 3]) },
    run: ({ x }) =>
      tf.pad(
        x!,
        [
          [1, 2],
          [0, 3],
        ],
        2,
      ),
  },
  ...(['reflect', 'symmetric'] as const).map((mode): Case => ({
    name: `mirrorPad ${mode}`,
    inputs: { x: normal(1, [3, 4, 2]), n: integers(2, [4], 0, 9) },
    run: ({ x, n }) => [
      tf.mirrorPad(
        x!,
        [
          [2, 1],
          [1, 3],
          [0, 0],
        ],
        mode,
      ),
      tf.mirrorPad(
        x!,
        [
          [0, 2],
          [3, 0],
          [1, 1],
        ].map(([a, b], i) => (i === 2 && mode === 'reflect' ? [1, 0] : [a, b])) as [number, number][],
        mode,
      ),
      tf.mirrorPad(n!, [[1, 2]], mode),
    ],
    // tfjs takes the gradient of the part that was there before, which is not the gradient of what it computes.
    gradients: [],
  })),
  {
    name: 'mirrorPad symmetric by its whole length',
    inputs: { x: normal(1, [3]) },
    run: ({ x }) => tf.mirrorPad(x!, [[3, 3]], 'symmetric'),
    gradients: [],
  },
  {
    name: 'tile',
    inputs: { x: normal(1, [2, 3]), n: integers(2, [3], 0, 9) },
    run: ({ x, n }) => [
      tf.tile(x!, [2, 3]),
      tf.tile(x!, [1, 2]),
      tf.tile(tf.ones([2, 3]), [2, 1]),
      tf.tile(n!, [3]),
      tf.tile(bools(n!), [2]),
    ],
  },
  {
    name: 'broadcastTo',
    inputs: { x: normal(1, [3, 1]), y: normal(2, [4]), s: normal(3, []) },
    run: ({ x, y, s }) => [tf.broadcastTo(x!, [3, 4]), tf.broadcastTo(y!, [2, 3, 4]), tf.broadcastTo(s!, [2, 2]), tf.broadcastTo(y!, [4])],
  },
  {
    name: 'BroadcastTo, which no operation of tfjs calls yet',
    inputs: { x: normal(1, [3, 1]), y: normal(2, [4]) },
    run: ({ x, y }) => [
      tf.engine().runKernel<tf.Tensor>('BroadcastTo', { x: x! }, { shape: [3, 4] }),
      tf.add(tf.engine().runKernel<tf.Tensor>('BroadcastTo', { x: y! }, { shape: [2, 3, 4] }), 1),
    ],
    expected: ({ x, y }) => [tf.broadcastTo(x!, [3, 4]), tf.add(tf.broadcastTo(y!, [2, 3, 4]), 1)],
    gradients: [],
  },
  {
    name: 'gather',
    inputs: {
      x: normal(1, [5, 4, 2]),
      i: integers(2, [3], 0, 4),
      j: integers(3, [2, 2], 0, 2),
      n: integers(4, [5], 0, 9),
      k: integers(5, [], 0, 4),
    },
    run: ({ x, i, j, n, k }) => [
      tf.gather(x!, i!),
      tf.gather(x!, i!, 1),
      tf.gather(x!, j!, -1),
      tf.gather(n!, i!),
      tf.gather(bools(n!), i!),
      tf.gather(x!, k!),
      tf.gather(tf.ones([5, 2]), i!),
    ],
    gradients: [],
  },
  {
    name: 'oneHot',
    inputs: { i: integers(2, [2, 3], 0, 4), beyond: { dtype: 'int32', shape: [4], data: Int32Array.of(-1, 0, 3, 4) } },
    run: ({ i, beyond }) => [
      tf.oneHot(i!, 4),
      tf.oneHot(i!, 4, 3, -1),
      tf.oneHot(i!, 4, 3, -1, 'int32'),
      tf.oneHot(i!, 4, 1, 0, 'bool'),
      tf.oneHot(beyond!, 4),
      tf.mul(tf.cast(tf.oneHot(i!, 4), 'float32'), 2),
    ],
  },
  {
    name: 'reverse',
    inputs: { x: normal(1, [2, 3, 4]), n: integers(2, [3], 0, 9) },
    run: ({ x, n }) => [tf.reverse(x!), tf.reverse(x!, 1), tf.reverse(x!, [0, -1]), tf.reverse(n!, 0), tf.reverse(tf.ones([2, 3]), 1)],
  },
  {
    name: 'range, linspace, eye, fill',
    inputs: { x: normal(1, [4]) },
    run: ({ x }) => [
      tf.range(0, 4),
      tf.range(4, 0),
      tf.range(10, 3, -2),
      tf.range(0, 1, 0.3),
      tf.range(-2, 5, 3, 'int32'),
      tf.fill([2, 3], 0.5),
      tf.fill([2], -3, 'int32'),
      tf.eye(3),
      tf.add(tf.range(0, 4), x!),
    ],
  },
];
