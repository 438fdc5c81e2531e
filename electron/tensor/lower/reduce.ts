/** Reductions, softmax, ordering. */
import { reducedAxes, reductionAxes } from '../trace/shapes.ts';
import { inputOf, outputOf } from './context.ts';
import type { Lowering, LoweringContext } from './context.ts';

const reduce =
  (op: string): Lowering =>
  (ctx, step) => {
    const x = inputOf(step, 0);
    const axes = reductionAxes(x.shape.length, step.attrs);
    const out = outputOf(step);
    const keep = step.attrs.keepDims === true;
    const input = x.dtype === out.dtype ? ctx.full(x) : ctx.cast(ctx.full(x), out.dtype);
    if (axes.length === 0) {
      ctx.set(out, input);
      return;
    }
    ctx.set(out, reduceMatrix(ctx, op, input, { shape: x.shape, dtype: out.dtype }, axes, keep));
  };

/**
 * ONNX Runtime reduces fastest over leading or trailing blocks of a matrix, so axes that form one are merged first
 * ([B,H,W,C] over (0,1,2) becomes [BHW,C] over 0).
 */
function reduceMatrix(
  ctx: LoweringContext,
  op: string,
  x: string,
  { shape, dtype }: { readonly shape: readonly number[]; readonly dtype: string },
  axes: readonly number[],
  keep: boolean,
): string {
  const contiguous = axes.every((a, i) => i === 0 || a === (axes[i - 1] as number) + 1);
  const lead = axes[0] === 0;
  const trail = axes.at(-1) === shape.length - 1;
  const rank = shape.length;
  if (contiguous && (lead || trail) && axes.length < rank) {
    const inside = axes.reduce((n, a) => n * (shape[a] as number), 1);
    const outside = shape.filter((_, i) => !axes.includes(i)).reduce((a, b) => a * b, 1);
    const sums = dtype === 'float32' && (op === 'ReduceSum' || op === 'ReduceMean');
    if (lead && sums && ctx.target.mode === 'training' && !ctx.holdsBatch(inside)) {
      const total = columnSums(ctx, x, inside, outside);
      const scaled = op === 'ReduceSum' ? total : ctx.graph.node('Mul', [total, ctx.graph.float32([1 / inside], [])]);
      return ctx.reshape(scaled, keep ? shape.map((d, i) => (axes.includes(i) ? 1 : d)) : shape.filter((_, i) => !axes.includes(i)));
    }
    const matrix = ctx.reshape(x, lead ? [inside, outside] : [outside, inside]);
    const reduced = ctx.graph.node(op, [matrix, ctx.graph.int64([lead ? 0 : 1])], { keepdims: 0 });
    return ctx.reshape(reduced, keep ? shape.map((d, i) => (axes.includes(i) ? 1 : d)) : shape.filter((_, i) => !axes.includes(i)));
  }
  return ctx.graph.node(op, [x, ctx.graph.int64(axes)], { keepdims: keep ? 1 : 0 });
}

/**
 * Sums over the rows of a tall matrix as a product with ones, 2 to 40 times faster than ReduceSum on the CPU. Rows are laid
 * side by side first, which shortens each running sum and so its rounding error.
 */
function columnSums(ctx: LoweringContext, x: string, rows: number, columns: number): string {
  const side = [16, 8, 4, 2].find((s) => rows % s === 0 && rows / s >= 16) ?? 1;
  const wide = ctx.reshape(x, [rows / side, side * columns]);
  const ones = ctx.memo(`ones:${rows / side}`, () => ctx.graph.float32(new Float32Array(rows / side).fill(1), [1, rows / side]));
  const partial = ctx.graph.node('MatMul', [ones, wide]);
  if (side === 1) return partial;
  return ctx.graph.node('ReduceSum', [ctx.reshape(partial, [side, columns]), ctx.graph.int64([0])], { keepdims: 0 });
}

/** All and Any through the minimum and maximum of 0 and 1. */
const logical =
  (op: string): Lowering =>
  (ctx, step) => {
    const x = inputOf(step, 0);
    const axes = reducedAxes(x.shape.length, step.attrs.axis);
    const numbers = ctx.cast(ctx.full(x), 'int32');
    const reduced = ctx.graph.node(op, [numbers, ctx.graph.int64(axes)], { keepdims: step.attrs.keepDims === true ? 1 : 0 });
    ctx.set(outputOf(step), ctx.cast(reduced, 'bool'));
  };

const arg =
  (op: string): Lowering =>
  (ctx, step) => {
    const x = inputOf(step, 0);
    const axis = reducedAxes(x.shape.length, step.attrs.axis)[0] ?? 0;
    ctx.set(outputOf(step), ctx.cast(ctx.graph.node(op, [ctx.full(x)], { axis, keepdims: 0 }), 'int32'));
  };

const overAxis =
  (op: string, attribute: string): Lowering =>
  (ctx, step) => {
    const x = inputOf(step, 0);
    const axis = reducedAxes(x.shape.length, step.attrs[attribute] ?? -1)[0] ?? 0;
    ctx.set(outputOf(step), ctx.graph.node(op, [ctx.full(x)], { axis }));
  };

const cumsum: Lowering = (ctx, step) => {
  const x = inputOf(step, 0);
  const axis = reducedAxes(x.shape.length, step.attrs.axis)[0] ?? 0;
  const attributes = { exclusive: step.attrs.exclusive === true ? 1 : 0, reverse: step.attrs.reverse === true ? 1 : 0 };
  ctx.set(outputOf(step), ctx.graph.node('CumSum', [ctx.full(x), ctx.graph.int64([axis], [])], attributes));
};

const topK: Lowering = (ctx, step) => {
  const inputs = [ctx.full(inputOf(step, 0)), ctx.graph.int64([step.attrs.k as number])];
  const [values, indices] = ctx.graph.nodeWithOutputs('TopK', inputs, 2, { axis: -1, largest: 1, sorted: 1 });
  ctx.set(outputOf(step, 0), values as string);
  ctx.set(outputOf(step, 1), ctx.cast(indices as string, 'int32'));
};

export const reductions: Readonly<Record<string, Lowering>> = {
  Sum: reduce('ReduceSum'),
  Mean: reduce('ReduceMean'),
  Max: reduce('ReduceMax'),
  Min: reduce('ReduceMin'),
  Prod: reduce('ReduceProd'),
  All: logical('ReduceMin'),
  Any: logical('ReduceMax'),
  ArgMax: arg('ArgMax'),
  ArgMin: arg('ArgMin'),
  Softmax: overAxis('Softmax', 'dim'),
  LogSoftmax: overAxis('LogSoftmax', 'axis'),
  Cumsum: cumsum,
  TopK: topK,
};
