/** Kernels that move numbers without changing them. */
import { AppError } from '../../contract/errors.ts';
import { rangeValues, reducedAxes, sliceParams, splitSizes, stridedSlice } from '../trace/shapes.ts';
import { inputOf, outputOf } from './context.ts';
import type { Lowering } from './context.ts';

/** Larger than any dimension: "to the end" of a slice. */
const TO_END = 2 ** 31 - 1;

const reshape: Lowering = (ctx, step) => {
  const out = outputOf(step);
  const input = ctx.get(inputOf(step, 0));
  if (input.dims.every((d) => d === 1)) {
    // One number stays one number whatever it stands for.
    const dims = out.shape.map(() => 1);
    ctx.set(out, ctx.reshape(input.name, dims), dims);
    return;
  }
  ctx.set(out, ctx.reshape(ctx.full(inputOf(step, 0)), out.shape));
};

const transpose: Lowering = (ctx, step) => {
  const perm = step.attrs.perm as number[];
  const x = ctx.get(inputOf(step, 0));
  ctx.set(
    outputOf(step),
    ctx.transpose(x.name, perm),
    perm.map((p) => x.dims[p] as number),
  );
};

const concat: Lowering = (ctx, step) => {
  const axis = reducedAxes(outputOf(step).shape.length, step.attrs.axis)[0] ?? 0;
  ctx.set(
    outputOf(step),
    ctx.graph.node(
      'Concat',
      step.inputs.map((v) => ctx.full(v)),
      { axis },
    ),
  );
};

const pack: Lowering = (ctx, step) => {
  const out = outputOf(step);
  const axis = reducedAxes(out.shape.length, step.attrs.axis)[0] ?? 0;
  const shape = out.shape.map((d, i) => (i === axis ? 1 : d));
  ctx.set(
    out,
    ctx.graph.node(
      'Concat',
      step.inputs.map((v) => ctx.reshape(ctx.full(v), shape)),
      { axis },
    ),
  );
};

const unpack: Lowering = (ctx, step) => {
  const x = inputOf(step, 0);
  const axis = reducedAxes(x.shape.length, step.attrs.axis)[0] ?? 0;
  const name = ctx.full(x);
  step.outputs.forEach((out, i) => ctx.set(out, ctx.reshape(ctx.slice(name, [axis], [i], [i + 1]), out.shape)));
};

const slice: Lowering = (ctx, step) => {
  const x = inputOf(step, 0);
  const { begin, size } = sliceParams(x.shape, step.attrs);
  const axes = x.shape.map((_, i) => i).filter((i) => begin[i] !== 0 || size[i] !== x.shape[i]);
  if (axes.length === 0) {
    const whole = ctx.get(x);
    ctx.set(outputOf(step), whole.name, whole.dims);
    return;
  }
  const end = axes.map((i) => (begin[i] as number) + (size[i] as number));
  ctx.set(
    outputOf(step),
    ctx.slice(
      ctx.full(x),
      axes,
      axes.map((i) => begin[i] as number),
      end,
    ),
  );
};

const strided: Lowering = (ctx, step) => {
  const x = inputOf(step, 0);
  const { begin, end, strides, finalShapeSparse } = stridedSlice(x.shape, step.attrs);
  const axes = x.shape.map((_, i) => i);
  // A negative stride that runs past the front ends at "before the first", which ONNX writes as a large negative number.
  const ends = axes.map((i) => ((strides[i] as number) < 0 && (end[i] as number) < 0 ? -TO_END : (end[i] as number)));
  const name = finalShapeSparse.some((d) => d === 0) ? undefined : ctx.slice(ctx.full(x), axes, begin, ends, strides);
  if (name === undefined) throw new AppError('unsupported', `StridedSlice (asked for by ${step.op}) is empty`);
  ctx.set(outputOf(step), ctx.reshape(name, outputOf(step).shape));
};

const split: Lowering = (ctx, step) => {
  const x = inputOf(step, 0);
  const axis = reducedAxes(x.shape.length, step.attrs.axis)[0] ?? 0;
  const sizes = splitSizes(x, step.attrs);
  const names = ctx.graph.nodeWithOutputs('Split', [ctx.full(x), ctx.graph.int64(sizes)], sizes.length, { axis });
  step.outputs.forEach((out, i) => ctx.set(out, names[i] as string));
};

const pad: Lowering = (ctx, step) => {
  const x = inputOf(step, 0);
  const pads = step.attrs.paddings as [number, number][];
  const value = (step.attrs.constantValue as number | undefined) ?? 0;
  if (value === 0) {
    ctx.set(outputOf(step), ctx.pad(ctx.full(x), pads));
    return;
  }
  const fill = x.dtype === 'int32' ? ctx.graph.int32([value], []) : ctx.graph.float32([value], []);
  ctx.set(outputOf(step), ctx.pad(ctx.full(x), pads, fill));
};

/** ONNX has only the reflection that does not repeat the edge; the one that does is put together from flipped slices. */
const mirrorPad: Lowering = (ctx, step) => {
  const x = inputOf(step, 0);
  const pads = step.attrs.paddings as [number, number][];
  if (step.attrs.mode === 'reflect') {
    const amounts = ctx.graph.int64([...pads.map(([before]) => before), ...pads.map(([, after]) => after)]);
    ctx.set(outputOf(step), ctx.graph.node('Pad', [ctx.full(x), amounts], { mode: 'reflect' }));
    return;
  }
  let name = ctx.full(x);
  pads.forEach(([before, after], axis) => {
    if (before === 0 && after === 0) return;
    const length = x.shape[axis] as number;
    const parts = [name];
    if (before > 0) parts.unshift(ctx.slice(name, [axis], [before - 1], [-TO_END], [-1]));
    if (after > 0) parts.push(ctx.slice(name, [axis], [length - 1], [length - 1 - after < 0 ? -TO_END : length - 1 - after], [-1]));
    name = ctx.graph.node('Concat', parts, { axis });
  });
  ctx.set(outputOf(step), name);
};

const tile: Lowering = (ctx, step) => {
  const x = inputOf(step, 0);
  ctx.set(outputOf(step), ctx.graph.node('Tile', [ctx.full(x), ctx.graph.int64(step.attrs.reps as number[])]));
};

const broadcastTo: Lowering = (ctx, step) => {
  const out = outputOf(step);
  const x = ctx.get(inputOf(step, 0));
  const dims = [...Array.from({ length: out.shape.length - x.dims.length }, () => 1), ...x.dims];
  ctx.set(out, dims.length === x.dims.length ? x.name : ctx.reshape(x.name, dims), dims);
};

const gather: Lowering = (ctx, step) => {
  const [x, indices] = [inputOf(step, 0), inputOf(step, 1)];
  const axis = reducedAxes(x.shape.length, step.attrs.axis ?? 0)[0] ?? 0;
  ctx.set(outputOf(step), ctx.graph.node('Gather', [ctx.full(x), ctx.full(indices)], { axis }));
};

const oneHot: Lowering = (ctx, step) => {
  const indices = inputOf(step, 0);
  const depth = step.attrs.depth as number;
  const classes = ctx.graph.int32(
    Array.from({ length: depth }, (_, i) => i),
    [depth],
  );
  const hit = ctx.graph.node('Equal', [ctx.reshape(ctx.full(indices), [...indices.shape, 1]), classes]);
  const [on, off] = [(step.attrs.onValue as number | undefined) ?? 1, (step.attrs.offValue as number | undefined) ?? 0];
  const out = outputOf(step);
  const number = (v: number): string => (out.dtype === 'float32' ? ctx.graph.float32([v], []) : ctx.graph.int32([v], []));
  const chosen = ctx.graph.node('Where', [hit, number(on), number(off)]);
  ctx.set(out, out.dtype === 'bool' ? ctx.cast(chosen, 'bool') : chosen);
};

const reverse: Lowering = (ctx, step) => {
  const x = inputOf(step, 0);
  const axes = reducedAxes(x.shape.length, step.attrs.dims);
  if (axes.length === 0) {
    ctx.set(outputOf(step), ctx.full(x));
    return;
  }
  if (axes.some((a) => ctx.holdsBatch(x.shape[a] as number))) throw new AppError('unsupported', 'reversing a variable batch is not traced');
  const constant = (v: number): number[] => axes.map(() => v);
  ctx.set(outputOf(step), ctx.slice(ctx.full(x), axes, constant(-1), constant(-TO_END), constant(-1)));
};

const range: Lowering = (ctx, step) => {
  const values = rangeValues(step.attrs);
  if (ctx.holdsBatch(values.length)) throw new AppError('unsupported', 'a range over the batch depends on the batch size');
  const dims = [values.length];
  ctx.set(outputOf(step), outputOf(step).dtype === 'int32' ? ctx.graph.int32(values, dims) : ctx.graph.float32(values, dims));
};

export const arrangement: Readonly<Record<string, Lowering>> = {
  Reshape: reshape,
  ExpandDims: reshape,
  Transpose: transpose,
  Concat: concat,
  Pack: pack,
  Unpack: unpack,
  Slice: slice,
  StridedSlice: strided,
  SplitV: split,
  PadV2: pad,
  MirrorPad: mirrorPad,
  Tile: tile,
  BroadcastTo: broadcastTo,
  GatherV2: gather,
  OneHot: oneHot,
  Range: range,
  Reverse: reverse,
};
