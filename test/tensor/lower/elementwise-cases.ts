/** Elementwise kernels: types, broadcasting, special values. */
import { tf } from '../../../electron/tensor/tf.ts';
import { float32, integers, normal } from '../oracle.ts';
import type { Case } from '../oracle.ts';

type Unary = (x: tf.Tensor) => tf.Tensor;
type Binary = (a: tf.Tensor, b: tf.Tensor) => tf.Tensor;

const shape = [2, 3, 5];
const special = float32([8], [0, -0, 1, -1, NaN, Infinity, -Infinity, 1e30]);

const unary: Readonly<Record<string, Unary>> = {
  abs: tf.abs,
  ceil: tf.ceil,
  cos: tf.cos,
  cosh: tf.cosh,
  erf: tf.erf,
  exp: tf.exp,
  floor: tf.floor,
  log: (x) => tf.log(tf.abs(x)),
  neg: tf.neg,
  reciprocal: tf.reciprocal,
  relu: tf.relu,
  relu6: (x) => tf.relu6(tf.mul(x, 4)),
  leakyRelu: (x) => tf.leakyRelu(x, 0.3),
  elu: tf.elu,
  selu: tf.selu,
  round: tf.round,
  rsqrt: (x) => tf.rsqrt(tf.abs(x)),
  sigmoid: tf.sigmoid,
  sign: tf.sign,
  sin: tf.sin,
  sinh: tf.sinh,
  softplus: tf.softplus,
  sqrt: (x) => tf.sqrt(tf.abs(x)),
  square: tf.square,
  step: (x) => tf.step(x, 0.25),
  tan: (x) => tf.tan(tf.mul(x, 0.3)),
  tanh: tf.tanh,
  clipByValue: (x) => tf.clipByValue(x, -0.5, 0.7),
  clone: tf.clone,
  zerosLike: tf.zerosLike,
  onesLike: tf.onesLike,
  logSigmoid: tf.logSigmoid,
};

const binary: Readonly<Record<string, Binary>> = {
  add: tf.add,
  sub: tf.sub,
  mul: tf.mul,
  div: tf.div,
  floorDiv: tf.floorDiv,
  maximum: tf.maximum,
  minimum: tf.minimum,
  mod: tf.mod,
  pow: (a, b) => tf.pow(tf.abs(a), b),
  squaredDifference: tf.squaredDifference,
};

const comparison: Readonly<Record<string, Binary>> = {
  equal: tf.equal,
  notEqual: tf.notEqual,
  greater: tf.greater,
  greaterEqual: tf.greaterEqual,
  less: tf.less,
  lessEqual: tf.lessEqual,
};

/** Pairs of shapes that broadcast in every way: leading, trailing, inner, both sides, scalars. */
const pairs: readonly (readonly [readonly number[], readonly number[]])[] = [
  [
    [2, 3, 4],
    [2, 3, 4],
  ],
  [[2, 3, 4], [4]],
  [
    [3, 1],
    [2, 1, 4],
  ],
  [[2, 3, 4], []],
  [
    [1, 3],
    [5, 1],
  ],
].map(([a, b]) => [a!, b!] as const);

export const elementwiseCases: readonly Case[] = [
  ...Object.entries(unary).map(([name, f], i): Case => ({
    name,
    inputs: { x: normal(i, shape, 1.5) },
    run: ({ x }) => f(x!),
    tolerance: name === 'erf' ? 1e-6 : 1e-5,
  })),
  // Functions of zero, NaN and infinities; the gradient is not asked for, since 0 * Infinity is no one's to define.
  ...Object.entries(unary)
    .filter(([name]) => !['sin', 'cos', 'tan', 'step', 'sign', 'logSigmoid'].includes(name))
    .map(([name, f]): Case => ({ name: `${name} of special values`, inputs: { x: special }, run: ({ x }) => f(x!), gradients: [] })),
  ...['abs', 'neg', 'square', 'sign', 'relu', 'clone', 'zerosLike', 'onesLike', 'round', 'clipByValue'].map((name): Case => ({
    name: `${name} of int32`,
    inputs: { x: integers(3, [11], -5, 6) },
    run: ({ x }) => (name === 'clipByValue' ? tf.clipByValue(x!, -2, 3) : unary[name]!(x!)),
  })),
  ...Object.entries(binary).flatMap(([name, f]) =>
    pairs.map(([a, b], i): Case => ({
      name: `${name} [${a.join()}] [${b.join()}]`,
      inputs: { a: normal(i, a), b: normal(i + 50, b, 0.4, 2) },
      run: (x) => f(x.a!, x.b!),
      // tfjs does not sum these gradients over the axes that were broadcast, and has none of floorDiv.
      ...((a.join() !== b.join() && ['maximum', 'minimum', 'squaredDifference'].includes(name)) || name === 'floorDiv'
        ? { gradients: [] }
        : {}),
    })),
  ),
  ...Object.entries(binary).map(([name, f]): Case => ({
    name: `${name} of int32`,
    inputs: { a: integers(5, [4, 6], -9, 10), b: integers(6, [6], 1, 4) },
    run: (x) => f(x.a!, x.b!),
  })),
  ...(['floorDiv', 'mod', 'div'] as const).map((name): Case => ({
    name: `${name} of int32 by negative numbers`,
    inputs: { a: integers(7, [40], -9, 10), b: integers(8, [40], -5, 0) },
    run: (x) => binary[name]!(x.a!, x.b!),
  })),
  {
    name: 'floorDiv and mod of large int32',
    inputs: { a: integers(7, [40], 2 ** 30, 2 ** 31), b: integers(8, [40], 2, 9) },
    run: (x) => [tf.floorDiv(x.a!, x.b!), tf.mod(x.a!, x.b!)],
  },
  {
    name: 'mod of negative float32',
    inputs: { a: normal(9, [40], 5), b: normal(10, [40], 1, -3) },
    run: (x) => [tf.mod(x.a!, x.b!), tf.floorDiv(x.a!, x.b!)],
    gradients: [],
  },
  {
    name: 'int32 with float32',
    inputs: { a: integers(5, [4, 6], -9, 10), b: normal(6, [6]) },
    run: (x) => [tf.add(x.a!, x.b!), tf.mul(x.b!, x.a!), tf.greater(x.a!, x.b!), tf.sub(x.a!, 1), tf.div(x.a!, 2)],
  },
  {
    name: 'maximum and minimum of special values',
    inputs: { a: special, b: float32([8], [NaN, 1, Infinity, -Infinity, 2, NaN, 0, 3]) },
    run: (x) => [tf.maximum(x.a!, x.b!), tf.minimum(x.a!, x.b!), tf.add(x.a!, x.b!), tf.equal(x.a!, x.b!), tf.notEqual(x.a!, x.b!)],
    gradients: [],
  },
  {
    name: 'maximum and minimum of ties',
    inputs: { a: float32([4], [1, 2, 3, 3]), b: float32([4], [1, 3, 2, 3]) },
    run: (x) => [tf.maximum(x.a!, x.b!), tf.minimum(x.a!, x.b!)],
  },
  ...Object.entries(comparison).map(([name, f]): Case => ({
    name,
    inputs: {
      a: integers(1, [3, 4], 0, 3),
      b: integers(2, [4], 0, 3),
      c: float32([3, 1], [1, NaN, 2]),
    },
    run: ({ a, b, c }) => [f(a!, b!), f(tf.cast(a!, 'float32'), c!), f(tf.cast(a!, 'bool'), tf.cast(b!, 'bool'))],
    gradients: [],
  })),
  {
    name: 'logicalAnd, logicalOr, logicalNot, logicalXor',
    inputs: { a: integers(1, [3, 4], 0, 2), b: integers(2, [4], 0, 2) },
    run: (x) => {
      const [a, b] = [tf.cast(x.a!, 'bool'), tf.cast(x.b!, 'bool')];
      return [tf.logicalAnd(a, b), tf.logicalOr(a, b), tf.logicalNot(a), tf.logicalXor(a, tf.tile(tf.reshape(b, [1, 4]), [3, 1]))];
    },
  },
  {
    name: 'isNaN, isInf, isFinite',
    inputs: { x: special },
    run: ({ x }) => [tf.isNaN(x!), tf.isInf(x!), tf.isFinite(x!)],
    gradients: [],
  },
  {
    name: 'casts',
    inputs: { x: float32([6], [-1.7, -0.2, 0, 0.2, 1.7, NaN]), bytes: integers(3, [5], 0, 256, 'uint8') },
    run: ({ x, bytes }) => [
      tf.cast(tf.slice(x!, [0], [5]), 'int32'),
      tf.cast(x!, 'bool'),
      tf.cast(bytes!, 'float32'),
      tf.cast(bytes!, 'bool'),
      tf.cast(bytes!, 'int32'),
      tf.cast(tf.cast(x!, 'bool'), 'float32'),
      tf.cast(tf.cast(x!, 'bool'), 'int32'),
      bytes!,
      tf.add(bytes!, tf.scalar(1, 'int32')),
    ],
    gradients: [],
  },
  {
    name: 'gradient of a cast',
    inputs: { x: normal(1, [6]), n: integers(2, [6], 0, 2) },
    run: ({ x, n }) => tf.mul(tf.cast(x!, 'float32'), tf.cast(n!, 'float32')),
  },
  {
    name: 'where',
    inputs: { x: normal(1, [3, 4]), y: normal(2, [4]), z: normal(3, [3, 1]), n: integers(4, [3, 4], 0, 9) },
    run: ({ x, y, z, n }) => [
      tf.where(tf.greater(n!, 4), x!, y!),
      tf.where(tf.tensor1d([1, 0, 1, 0], 'bool'), x!, z!),
      tf.where(tf.greater(n!, 2), tf.scalar(3), x!),
      tf.where(tf.less(n!, 5), n!, tf.scalar(2, 'int32')),
    ],
  },
  {
    name: 'where chooses instead of blending',
    inputs: { x: special },
    run: ({ x }) => tf.where(tf.isFinite(x!), x!, tf.zerosLike(x!)),
    gradients: [],
  },
  {
    // tf.where evens out the shapes; the kernel itself lets a vector choose rows (wrongly on the cpu backend).
    name: 'Select of rows',
    inputs: { x: normal(1, [3, 4]), y: normal(2, [3, 4]), c: integers(3, [3], 0, 2) },
    run: ({ x, y, c }) => tf.engine().runKernel<tf.Tensor>('Select', { condition: tf.cast(c!, 'bool'), t: x!, e: y! }),
    expected: ({ x, y, c }) => tf.where(tf.reshape(tf.cast(c!, 'bool'), [3, 1]), x!, y!),
    gradients: [],
  },
  {
    name: 'addN',
    inputs: { a: normal(1, [3, 4]), b: normal(2, [3, 4]), c: normal(3, [3, 4]) },
    run: ({ a, b, c }) => [tf.addN([a!, b!, c!]), tf.addN([a!]), tf.addN([a!, a!, tf.ones([3, 4])])],
  },
  {
    name: 'addN of int32',
    inputs: { a: integers(1, [3, 4], 0, 9), b: integers(2, [3, 4], 0, 9) },
    run: ({ a, b }) => tf.addN([a!, b!, a!]),
  },
  {
    name: 'prelu',
    inputs: { x: normal(1, [2, 3, 4]), alpha: normal(2, [4]), whole: normal(3, [2, 3, 4]) },
    run: ({ x, alpha, whole }) => [tf.prelu(x!, alpha!), tf.prelu(x!, whole!)],
  },
  {
    name: 'prelu of something uniform',
    inputs: { alpha: normal(2, [4]) },
    run: ({ alpha }) => tf.prelu(tf.fill([2, 3, 4], -2), alpha!),
  },
  {
    name: 'batchNorm',
    inputs: {
      x: normal(1, [2, 3, 3, 4]),
      mean: normal(2, [4]),
      variance: normal(3, [4], 0.1, 1),
      offset: normal(4, [4]),
      scale: normal(5, [4]),
    },
    run: ({ x, mean, variance, offset, scale }) =>
      tf.batchNorm(x as tf.Tensor4D, mean as tf.Tensor1D, variance as tf.Tensor1D, offset as tf.Tensor1D, scale as tf.Tensor1D, 1e-3),
    tolerance: 5e-5,
  },
  {
    name: 'batchNorm without scale, without offset, without both',
    inputs: { x: normal(1, [5, 4]), mean: normal(2, [4]), variance: normal(3, [4], 0.1, 1), other: normal(4, [4]) },
    run: ({ x, mean, variance, other }) => {
      const [x4, m, v, o] = [x as tf.Tensor2D, mean as tf.Tensor1D, variance as tf.Tensor1D, other as tf.Tensor1D];
      return [tf.batchNorm(x4, m, v, o), tf.batchNorm(x4, m, v, undefined, o), tf.batchNorm(x4, m, v)];
    },
    // tfjs wants a scale for the gradient.
    gradients: [],
  },
  {
    name: 'uniform constants in every position',
    inputs: { x: normal(1, [3, 4]), y: normal(2, [4]) },
    run: ({ x, y }) => [
      tf.add(x!, tf.zeros([3, 4])),
      tf.add(tf.zeros([3, 4]), y!),
      tf.mul(tf.ones([2, 3, 4]), x!),
      tf.mul(y!, tf.ones([3, 1])),
      tf.sub(x!, tf.zeros([2, 3, 4])),
      tf.sub(tf.zeros([3, 4]), y!),
      tf.div(y!, tf.ones([3, 4])),
      tf.div(tf.ones([3, 4]), tf.add(tf.square(y!), 1)),
      tf.add(tf.ones([3, 4]), tf.fill([4], 2)),
    ],
  },
  {
    name: 'constants that differ in nothing but sign, type or an infinity',
    inputs: { x: normal(1, [3]) },
    run: ({ x }) => [
      tf.maximum(x!, tf.fill([3], -Infinity)),
      tf.maximum(x!, tf.fill([3], Infinity)),
      tf.add(x!, tf.fill([3], NaN)),
      tf.div(1, tf.mul(tf.zerosLike(x!), -1)),
      tf.fill([3], 1, 'int32'),
      tf.fill([3], 1, 'bool'),
      tf.clipByValue(x!, -Infinity, 0),
      tf.clipByValue(x!, 0, Infinity),
      tf.div(x!, tf.tensor1d([0, -0, 1])),
      tf.div(x!, tf.tensor1d([0, 0, 1])),
    ],
    gradients: [],
  },
];
