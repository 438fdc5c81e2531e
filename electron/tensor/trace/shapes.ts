/** The shape and type each TensorFlow.js kernel gives its outputs, which is all that tracing computes. */
import { tf } from '../tf.ts';
import type { TraceDType, Value } from './graph.ts';

export interface OutputSpec {
  readonly shape: readonly number[];
  readonly dtype: TraceDType;
}

type Attrs = Readonly<Record<string, unknown>>;
type Infer = (inputs: readonly Value[], attrs: Attrs) => OutputSpec | OutputSpec[];

/** The inputs of each kernel that takes a fixed number, in the order the inference and the lowerings expect them. */
export const KERNEL_INPUTS: Readonly<Record<string, readonly string[]>> = {};

const inference: Record<string, Infer> = {};

function define(kernels: string, inputs: string, infer: Infer): void {
  for (const kernel of kernels.split(' ')) {
    inference[kernel] = infer;
    (KERNEL_INPUTS as Record<string, readonly string[]>)[kernel] = inputs.split(' ');
  }
}

/** The i-th input; tracing has already checked that it is there. */
function at(inputs: readonly Value[], i: number): Value {
  const value = inputs[i];
  if (value === undefined) throw new Error(`input ${i} is missing`);
  return value;
}

const same: Infer = (inputs) => ({ shape: at(inputs, 0).shape, dtype: at(inputs, 0).dtype });
const first =
  (shapeOf: (shape: readonly number[], attrs: Attrs) => readonly number[]): Infer =>
  (inputs, attrs) => ({ shape: shapeOf(at(inputs, 0).shape, attrs), dtype: at(inputs, 0).dtype });
const broadcast = (inputs: readonly Value[]): number[] =>
  tf.broadcast_util.assertAndGetBroadcastShape([...at(inputs, 0).shape], [...at(inputs, 1).shape]);

/** The reduced axes, non-negative and ascending; no axis means all. */
export function reducedAxes(rank: number, axis: unknown): number[] {
  const all = Array.from({ length: rank }, (_, i) => i);
  if (axis === undefined || axis === null) return all;
  const axes = (Array.isArray(axis) ? axis : [axis]) as number[];
  return axes.length === 0 ? [] : axes.map((a) => (a < 0 ? a + rank : a)).sort((a, b) => a - b);
}

/** The axes a reduction is over; Max alone calls its attribute `reductionIndices`. */
export function reductionAxes(rank: number, attrs: Attrs): number[] {
  return reducedAxes(rank, attrs.axis ?? attrs.reductionIndices);
}

const reduce =
  (dtype?: TraceDType): Infer =>
  (inputs, attrs) => {
    const x = at(inputs, 0);
    const axes = reductionAxes(x.shape.length, attrs);
    const shape = attrs.keepDims === true ? x.shape.map((d, i) => (axes.includes(i) ? 1 : d)) : x.shape.filter((_, i) => !axes.includes(i));
    return { shape, dtype: dtype ?? x.dtype };
  };

const size = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** Sizes with one -1 made whole, for Reshape. */
function inferredShape(from: readonly number[], to: readonly number[]): number[] {
  return tf.util.inferFromImplicitShape([...to], size(from));
}

define(
  'Abs Ceil Cos Cosh Erf Exp Floor Neg Reciprocal Relu Relu6 LeakyRelu Elu Selu Round Rsqrt Sigmoid Sign Sin Sinh Softplus Sqrt Square Step ' +
    'Tan Tanh ClipByValue Identity ZerosLike OnesLike',
  'x',
  same,
);
define('LogicalNot', 'x', same);
define('Log', 'x', same);
define('Reverse', 'x', same);
define('Softmax LogSoftmax', 'logits', same);
define('Cumsum', 'x', same);
define('Prelu', 'x alpha', same);
define('EluGrad', 'dy y', same);
define('IsNan IsFinite IsInf', 'x', (inputs) => ({ shape: at(inputs, 0).shape, dtype: 'bool' }));
define('Cast', 'x', (inputs, attrs) => ({ shape: at(inputs, 0).shape, dtype: attrs.dtype as TraceDType }));
define('Add Sub Multiply RealDiv Maximum Minimum Mod Pow SquaredDifference', 'a b', (inputs) => ({
  shape: broadcast(inputs),
  dtype: at(inputs, 0).dtype,
}));
define('FloorDiv', 'a b', (inputs) => ({ shape: broadcast(inputs), dtype: 'int32' }));
define('Equal NotEqual Greater GreaterEqual Less LessEqual LogicalAnd LogicalOr', 'a b', (inputs) => ({
  shape: broadcast(inputs),
  dtype: 'bool',
}));
define('AddN', '*', same);
define('Select', 'condition t e', (inputs) => ({ shape: at(inputs, 1).shape, dtype: at(inputs, 1).dtype }));

define('Max Min Prod', 'x', reduce());
define('Sum', 'x', (inputs, attrs) => reduce(at(inputs, 0).dtype === 'bool' ? 'int32' : undefined)(inputs, attrs));
define('Mean', 'x', reduce('float32'));
define('All Any', 'x', reduce('bool'));
define('ArgMax ArgMin', 'x', reduce('int32'));
define('TopK', 'x', (inputs, attrs) => {
  const shape = [...at(inputs, 0).shape.slice(0, -1), attrs.k as number];
  return [
    { shape, dtype: at(inputs, 0).dtype },
    { shape, dtype: 'int32' },
  ];
});

define(
  'Reshape',
  'x',
  first((shape, attrs) => inferredShape(shape, attrs.shape as number[])),
);
define(
  'ExpandDims',
  'input',
  first((shape, attrs) => {
    const dim = attrs.dim as number;
    const position = dim < 0 ? shape.length + dim + 1 : dim;
    return [...shape.slice(0, position), 1, ...shape.slice(position)];
  }),
);
define(
  'Transpose',
  'x',
  first((shape, attrs) => (attrs.perm as number[]).map((p) => shape[p] ?? 0)),
);
/** The numbers of a Range. */
export function rangeValues(attrs: Attrs): number[] {
  const { start, stop, step: given } = attrs as { start: number; stop: number; step: number };
  // tfjs counts down by itself where no other step was asked for.
  const step = stop < start && given === 1 ? -1 : given;
  return Array.from({ length: Math.max(0, Math.ceil((stop - start) / step)) }, (_, i) => start + i * step);
}

/** What the shape functions of tfjs need of a tensor. */
function shapeOnly(shape: readonly number[]): tf.Tensor {
  const info: unknown = { shape: [...shape] };
  return info as tf.Tensor;
}

/** Begin and size of a Slice in every dimension. */
export function sliceParams(shape: readonly number[], attrs: Attrs): { begin: number[]; size: number[] } {
  const [begin = [], size = []] = tf.slice_util.parseSliceParams(shapeOnly(shape), attrs.begin as number[], attrs.size as number[]);
  return { begin, size };
}

define(
  'Slice',
  'x',
  first((shape, attrs) => sliceParams(shape, attrs).size),
);
define('StridedSlice', 'x', (inputs, attrs) => ({
  shape: stridedSlice(at(inputs, 0).shape, attrs).finalShape,
  dtype: at(inputs, 0).dtype,
}));
define(
  'PadV2 MirrorPad',
  'x',
  first((shape, attrs) => {
    const paddings = attrs.paddings as [number, number][];
    return shape.map((d, i) => d + (paddings[i]?.[0] ?? 0) + (paddings[i]?.[1] ?? 0));
  }),
);
define(
  'Tile',
  'x',
  first((shape, attrs) => shape.map((d, i) => d * ((attrs.reps as number[])[i] ?? 1))),
);
define(
  'BroadcastTo',
  'x',
  first((_, attrs) => attrs.shape as number[]),
);
define('Fill', '', (_, attrs) => ({ shape: attrs.shape as number[], dtype: (attrs.dtype as TraceDType | undefined) ?? 'float32' }));
define('Range', '', (_, attrs) => ({
  shape: [rangeValues(attrs).length],
  dtype: (attrs.dtype as TraceDType | undefined) ?? 'float32',
}));
define('Concat', '*', (inputs, attrs) => {
  const axis = reducedAxes(at(inputs, 0).shape.length, attrs.axis)[0] ?? 0;
  const total = inputs.reduce((sum, v) => sum + (v.shape[axis] ?? 0), 0);
  return { shape: at(inputs, 0).shape.map((d, i) => (i === axis ? total : d)), dtype: at(inputs, 0).dtype };
});
define('Pack', '*', (inputs, attrs) => {
  const shape = [...at(inputs, 0).shape];
  const axis = attrs.axis as number;
  shape.splice(axis < 0 ? shape.length + axis + 1 : axis, 0, inputs.length);
  return { shape, dtype: at(inputs, 0).dtype };
});
define('Unpack', 'value', (inputs, attrs) => {
  const x = at(inputs, 0);
  const axis = reducedAxes(x.shape.length, attrs.axis)[0] ?? 0;
  return Array.from({ length: x.shape[axis] ?? 0 }, () => ({ shape: x.shape.filter((_, i) => i !== axis), dtype: x.dtype }));
});
define('SplitV', 'x', (inputs, attrs) => {
  const x = at(inputs, 0);
  const axis = reducedAxes(x.shape.length, attrs.axis)[0] ?? 0;
  return splitSizes(x, attrs).map((part) => ({ shape: x.shape.map((d, i) => (i === axis ? part : d)), dtype: x.dtype }));
});
define('GatherV2', 'x indices', (inputs, attrs) => {
  const [x, indices] = [at(inputs, 0), at(inputs, 1)];
  if (attrs.batchDims !== undefined && attrs.batchDims !== 0) throw new Error('batchDims are not traced');
  const axis = reducedAxes(x.shape.length, attrs.axis ?? 0)[0] ?? 0;
  return { shape: [...x.shape.slice(0, axis), ...indices.shape, ...x.shape.slice(axis + 1)], dtype: x.dtype };
});
define('OneHot', 'indices', (inputs, attrs) => ({
  shape: [...at(inputs, 0).shape, attrs.depth as number],
  dtype: (attrs.dtype as TraceDType | undefined) ?? 'float32',
}));

define('BatchMatMul', 'a b', (inputs, attrs) => {
  const [a, b] = [at(inputs, 0), at(inputs, 1)];
  const batch = tf.broadcast_util.assertAndGetBroadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2));
  const rows = (attrs.transposeA === true ? a.shape.at(-1) : a.shape.at(-2)) ?? 0;
  const columns = (attrs.transposeB === true ? b.shape.at(-2) : b.shape.at(-1)) ?? 0;
  return { shape: [...batch, rows, columns], dtype: 'float32' };
});
define('FusedBatchNorm', 'x mean variance offset scale', same);

type Shape4 = [number, number, number, number];

/** Geometry of a convolution kernel: padding, strides and sizes, resolved from its attributes. */
export function convGeometry(
  xShape: readonly number[],
  filterShape: readonly number[],
  attrs: Attrs,
  depthwise: boolean,
): tf.backend_util.Conv2DInfo {
  if (attrs.dataFormat === 'NCHW') throw new Error('data format NCHW is not traced');
  return tf.backend_util.computeConv2DInfo(
    [...xShape] as Shape4,
    [...filterShape] as Shape4,
    attrs.strides as number | [number, number],
    (attrs.dilations as number | [number, number] | undefined) ?? 1,
    attrs.pad as number,
    attrs.dimRoundingMode as 'floor',
    depthwise,
  );
}

/** Geometry of a pooling kernel. */
export function poolGeometry(xShape: readonly number[], attrs: Attrs): tf.backend_util.Conv2DInfo {
  return tf.backend_util.computePool2DInfo(
    [...xShape] as Shape4,
    attrs.filterSize as [number, number],
    attrs.strides as [number, number],
    1,
    attrs.pad as number,
    attrs.dimRoundingMode as 'floor',
  );
}

/** Where a StridedSlice begins, ends and steps in every dimension of its input, and the shape it leaves. */
export function stridedSlice(shape: readonly number[], attrs: Attrs): ReturnType<typeof tf.slice_util.sliceInfo> {
  const list = (name: string): number[] => attrs[name] as number[];
  const mask = (name: string): number => (attrs[name] as number | undefined) ?? 0;
  return tf.slice_util.sliceInfo(
    [...shape],
    list('begin'),
    list('end'),
    list('strides'),
    mask('beginMask'),
    mask('endMask'),
    mask('ellipsisMask'),
    mask('newAxisMask'),
    mask('shrinkAxisMask'),
  );
}

/** The sizes a SplitV cuts its axis into. */
export function splitSizes(x: Value, attrs: Attrs): number[] {
  const axis = reducedAxes(x.shape.length, attrs.axis)[0] ?? 0;
  return tf.backend_util.prepareSplitSize(shapeOnly(x.shape), attrs.numOrSizeSplits as number[], axis);
}

define('Conv2D', 'x filter', (inputs, attrs) => ({
  shape: convGeometry(at(inputs, 0).shape, at(inputs, 1).shape, attrs, false).outShape,
  dtype: 'float32',
}));
define('DepthwiseConv2dNative', 'x filter', (inputs, attrs) => ({
  shape: convGeometry(at(inputs, 0).shape, at(inputs, 1).shape, attrs, true).outShape,
  dtype: 'float32',
}));
define('Conv2DBackpropInput DepthwiseConv2dNativeBackpropInput', 'dy filter', (_, attrs) => ({
  shape: attrs.inputShape as number[],
  dtype: 'float32',
}));
define('Conv2DBackpropFilter DepthwiseConv2dNativeBackpropFilter', 'x dy', (_, attrs) => ({
  shape: attrs.filterShape as number[],
  dtype: 'float32',
}));
define('MaxPool AvgPool', 'x', (inputs, attrs) => ({ shape: poolGeometry(at(inputs, 0).shape, attrs).outShape, dtype: 'float32' }));
define('MaxPoolGrad', 'dy input output', (inputs) => ({ shape: at(inputs, 1).shape, dtype: 'float32' }));
define('AvgPoolGrad', 'dy input', (inputs) => ({ shape: at(inputs, 1).shape, dtype: 'float32' }));

/** Every kernel that can be traced. */
export const TRACED_KERNELS: readonly string[] = Object.keys(inference);

/** Types and shapes of a kernel's outputs. Throws for a kernel that cannot be traced or inputs that do not fit. */
export function inferOutputs(kernel: string, inputs: readonly Value[], attrs: Attrs): OutputSpec[] {
  const infer = inference[kernel];
  if (infer === undefined) throw new Error(`kernel ${kernel} has no shape inference`);
  const result = infer(inputs, attrs);
  return Array.isArray(result) ? result : [result];
}
