/** Pooling and its gradients over row-major [N, H, W, C] activations. */
import { poolGeometry } from '../trace/shapes.ts';
import { block, blockedMaxPool, canBlock, unblock } from './blocked.ts';
import { inputOf, outputOf } from './context.ts';
import type { Lowering } from './context.ts';
import { cropNegativePadding, dilateRows, tap, transposedWindow, windowAttributes, windowOf } from './geometry.ts';

const TO_NCHW = [0, 3, 1, 2];
const TO_NHWC = [0, 2, 3, 1];

const maxPool: Lowering = (ctx, step) => {
  const [x, out] = [inputOf(step, 0), outputOf(step)];
  const w = windowOf(poolGeometry(x.shape, step.attrs));
  const channels = x.shape[3] as number;
  if (canBlock(ctx, channels)) {
    ctx.set(out, unblock(ctx, blockedMaxPool(ctx, block(ctx, ctx.full(x)), w), channels));
    return;
  }
  ctx.set(out, ctx.transpose(ctx.graph.node('MaxPool', [ctx.transpose(ctx.full(x), TO_NCHW)], windowAttributes(w)), TO_NHWC));
};

/**
 * The same where the maximum's position is not to be had: every position of the window in turn takes the dy of those
 * maxima that it equals and no earlier one took.
 */
const maxPoolGradByComparison: Lowering = (ctx, step) => {
  const [dy, x, y, out] = [inputOf(step, 0), inputOf(step, 1), inputOf(step, 2), outputOf(step)];
  const w = windowOf(poolGeometry(x.shape, step.attrs));
  const g = ctx.graph;
  const around: [number, number][] = [
    [0, 0],
    [w.before[0], w.after[0]],
    [w.before[1], w.after[1]],
    [0, 0],
  ];
  const padded = ctx.pad(ctx.full(x), around, g.float32([-Infinity], []));
  const rest = ([0, 1] as const).map((i) => w.input[i] + w.before[i] + w.after[i] - (w.output[i] - 1) * w.stride[i] - 1);
  let open: string | null = null;
  const parts: string[] = [];
  for (let i = 0; i < w.kernel[0]; i++) {
    for (let j = 0; j < w.kernel[1]; j++) {
      const equal = g.node('Equal', [tap(ctx, padded, w, i, j), ctx.full(y)]);
      const taken: string = open === null ? equal : g.node('And', [open, equal]);
      const unequal = g.node('Not', [equal]);
      open = open === null ? unequal : g.node('And', [open, unequal]);
      const share = g.node('Where', [taken, ctx.full(dy), g.float32([0], [])]);
      const spread = dilateRows(ctx, share, dy.shape, w.stride);
      parts.push(
        ctx.pad(spread, [
          [0, 0],
          [i, (rest[0] ?? 0) - i],
          [j, (rest[1] ?? 0) - j],
          [0, 0],
        ]),
      );
    }
  }
  const total = parts.length === 1 ? (parts[0] as string) : g.node('Sum', parts);
  const end = [w.before[0] + w.input[0], w.before[1] + w.input[1]];
  ctx.set(out, around.flat().every((p) => p === 0) ? total : ctx.slice(total, [1, 2], w.before, end));
};

/** Each dy goes to the position its window's maximum came from (the first of equals, as in tfjs). */
const maxPoolGrad: Lowering = (ctx, step) => {
  if (!ctx.target.poolIndices) {
    maxPoolGradByComparison(ctx, step);
    return;
  }
  const [dy, x, out] = [inputOf(step, 0), inputOf(step, 1), outputOf(step)];
  const w = windowOf(poolGeometry(x.shape, step.attrs));
  const [n, h, width, c] = x.shape as [number, number, number, number];
  const [, indices] = ctx.graph.nodeWithOutputs('MaxPool', [ctx.transpose(ctx.full(x), TO_NCHW)], 2, windowAttributes(w));
  const flat = (name: string): string => ctx.graph.node('Reshape', [name, ctx.graph.int64([-1])]);
  const zeros = ctx.graph.node('Expand', [ctx.graph.float32([0], [1]), ctx.graph.int64([n * h * width * c])]);
  const scattered = ctx.graph.node('ScatterElements', [zeros, flat(indices as string), flat(ctx.transpose(ctx.full(dy), TO_NCHW))], {
    axis: 0,
    reduction: 'add',
  });
  ctx.set(out, ctx.transpose(ctx.reshape(scattered, [n, c, h, width]), TO_NHWC));
};

const avgPool: Lowering = (ctx, step) => {
  const [x, out] = [inputOf(step, 0), outputOf(step)];
  const w = windowOf(poolGeometry(x.shape, step.attrs));
  const attributes = { kernel_shape: [...w.kernel], strides: [...w.stride], pads: [...w.before, ...w.after], count_include_pad: 0 };
  ctx.set(out, ctx.transpose(ctx.graph.node('AveragePool', [ctx.transpose(ctx.full(x), TO_NCHW)], attributes), TO_NHWC));
};

/** tfjs spreads dy evenly over the whole window, padding included. */
const avgPoolGrad: Lowering = (ctx, step) => {
  const [dy, x, out] = [inputOf(step, 0), inputOf(step, 1), outputOf(step)];
  const w = windowOf(poolGeometry(x.shape, step.attrs));
  const channels = x.shape[3] as number;
  const spread = dilateRows(ctx, ctx.full(dy), dy.shape, w.stride);
  const { x: cropped, window } = cropNegativePadding(ctx, spread, transposedWindow(w));
  const [kh, kw] = w.kernel;
  const share = ctx.graph.float32(new Float32Array(channels * kh * kw).fill(1 / (kh * kw)), [channels, 1, kh, kw]);
  const dx = ctx.graph.node('Conv', [ctx.transpose(cropped, TO_NCHW), share], { ...windowAttributes(window), group: channels });
  ctx.set(out, ctx.transpose(dx, TO_NHWC));
};

export const pooling: Readonly<Record<string, Lowering>> = {
  MaxPool: maxPool,
  MaxPoolGrad: maxPoolGrad,
  AvgPool: avgPool,
  AvgPoolGrad: avgPoolGrad,
};
