/** Matrix products: every orientation, batches and broadcasting. */
import { tf } from '../../../electron/tensor/tf.ts';
import { normal } from '../oracle.ts';
import type { Case } from '../oracle.ts';

const orientations = [false, true].flatMap((a) => [false, true].map((b) => [a, b] as const));
const batches: readonly (readonly [readonly number[], readonly number[]])[] = [
  [[], []],
  [[1], [1]],
  [[2], [2]],
  [[2], []],
  [[], [2]],
  [
    [2, 1],
    [1, 3],
  ],
  [[1], []],
].map(([a, b]) => [a!, b!] as const);

export const matmulCases: readonly Case[] = [
  ...batches.flatMap(([a, b]) =>
    orientations.map(([transposeA, transposeB], i): Case => {
      const [x, y] = [transposeA ? [4, 3] : [3, 4], transposeB ? [5, 4] : [4, 5]];
      return {
        name: `matMul [${[...a, ...x].join()}] [${[...b, ...y].join()}]${transposeA ? ' transposeA' : ''}${transposeB ? ' transposeB' : ''}`,
        inputs: { a: normal(i, [...a, ...x]), b: normal(i + 9, [...b, ...y]) },
        run: (t) => tf.matMul(t.a!, t.b!, transposeA, transposeB),
        // tfjs differentiates no broadcast batches, and its cpu backend takes the wrong matrices where both are broadcast.
        ...(a.join() === b.join() ? {} : { gradients: [] }),
        ...(a.length < 2
          ? {}
          : { expected: (t) => tf.matMul(tf.tile(t.a!, [1, 3, 1, 1]), tf.tile(t.b!, [2, 1, 1, 1]), transposeA, transposeB) }),
      };
    }),
  ),
  {
    name: 'dot and outer products',
    inputs: { a: normal(1, [4]), b: normal(2, [4]), m: normal(3, [4, 3]) },
    run: ({ a, b, m }) => [tf.dot(a!, b!), tf.dot(a!, m!), tf.outerProduct(a as tf.Tensor1D, b as tf.Tensor1D)],
  },
  { name: 'product with something uniform', inputs: { a: normal(1, [3, 4]) }, run: ({ a }) => tf.matMul(a!, tf.ones([4, 2])) },
];
