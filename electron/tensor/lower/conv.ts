/** Convolutions and their gradients over row-major [N, H, W, C] activations and [h, w, in, out] filters. */
import { convGeometry } from '../trace/shapes.ts';
import {
  block,
  blockedConv,
  blockedDepthwiseFilterGrad,
  blockDepthwiseFilter,
  blockFilter,
  blockFlippedFilter,
  canBlock,
  flip,
  unblock,
} from './blocked.ts';
import { inputOf, outputOf } from './context.ts';
import type { Lowering, LoweringContext } from './context.ts';
import {
  cropNegativePadding,
  dilateRows,
  isPointwise,
  isStrided,
  patches,
  tap,
  transposedWindow,
  windowAttributes,
  windowOf,
} from './geometry.ts';
import type { Window } from './geometry.ts';
import { product } from './matmul.ts';

const TO_NCHW = [0, 3, 1, 2];
const TO_NHWC = [0, 2, 3, 1];

/** A plain NCHW convolution between transposes, which ONNX Runtime cancels against its neighbours'. */
function planarConv(ctx: LoweringContext, x: string, filter: string, window: Window, group: number): string {
  const y = ctx.graph.node('Conv', [ctx.transpose(x, TO_NCHW), filter], { ...windowAttributes(window), group });
  return ctx.transpose(y, TO_NHWC);
}

/** Every stride-th row and column. */
function subsample(ctx: LoweringContext, x: string, w: Window): string {
  return isStrided(w) ? tap(ctx, x, w, 0, 0) : x;
}

const conv2d: Lowering = (ctx, step) => {
  const [x, filter, out] = [inputOf(step, 0), inputOf(step, 1), outputOf(step)];
  const w = windowOf(convGeometry(x.shape, filter.shape, step.attrs, false));
  const [cin, cout] = filter.shape.slice(2) as [number, number];
  const [xs, fs] = [ctx.full(x), ctx.full(filter)];
  if (ctx.target.mode === 'inference') {
    ctx.set(out, planarConv(ctx, xs, ctx.transpose(fs, [3, 2, 0, 1]), w, 1));
  } else if (isPointwise(w)) {
    const rows = ctx.reshape(subsample(ctx, xs, w), [(x.shape[0] as number) * w.output[0] * w.output[1], cin]);
    ctx.set(out, ctx.reshape(product(ctx, rows, ctx.reshape(fs, [cin, cout]), false, false), out.shape));
  } else if (canBlock(ctx, cin, cout)) {
    ctx.set(out, unblock(ctx, blockedConv(ctx, block(ctx, xs), blockFilter(ctx, fs, filter.shape), w, 1), cout));
  } else {
    ctx.set(out, planarConv(ctx, xs, ctx.transpose(fs, [3, 2, 0, 1]), w, 1));
  }
};

const conv2dInputGrad: Lowering = (ctx, step) => {
  const [dy, filter, out] = [inputOf(step, 0), inputOf(step, 1), outputOf(step)];
  const w = windowOf(convGeometry(out.shape, filter.shape, step.attrs, false));
  const [cin, cout] = filter.shape.slice(2) as [number, number];
  const n = out.shape[0] as number;
  const fs = ctx.full(filter);
  if (isPointwise(w)) {
    const rows = ctx.reshape(ctx.full(dy), [n * w.output[0] * w.output[1], cout]);
    const dense = ctx.reshape(product(ctx, rows, ctx.reshape(fs, [cin, cout]), false, true), [n, ...w.output, cin]);
    const spread = dilateRows(ctx, dense, [n, ...w.output, cin], w.stride);
    const missing = [0, 1].map((i) => (w.input[i] as number) - ((w.output[i] as number) - 1) * (w.stride[i] as number) - 1);
    ctx.set(
      out,
      ctx.pad(spread, [
        [0, 0],
        [0, missing[0] ?? 0],
        [0, missing[1] ?? 0],
        [0, 0],
      ]),
    );
    return;
  }
  if (isStrided(w) && w.dilation.every((d) => d === 1)) {
    ctx.set(out, phasedInputGrad(ctx, ctx.full(dy), fs, [n, cin, cout], w));
    return;
  }
  const spread = dilateRows(ctx, ctx.full(dy), dy.shape, w.stride);
  const { x, window } = cropNegativePadding(ctx, spread, transposedWindow(w));
  if (canBlock(ctx, cin, cout)) {
    ctx.set(out, unblock(ctx, blockedConv(ctx, block(ctx, x), blockFlippedFilter(ctx, fs, filter.shape), window, 1), cin));
  } else {
    ctx.set(out, planarConv(ctx, x, ctx.transpose(flip(ctx, fs, [0, 1]), [2, 3, 0, 1]), window, 1));
  }
};

/**
 * Gradient of a strided convolution's input without multiplying by the zeros of a dilated dy. Pixel t = i + before of the
 * padded input is t = s q + r: phase r sees dy[q - m] through filter tap r + s m. All phases are output channels of one stride-1
 * convolution, laid out as pixels afterwards (Shi et al. 2016, sub-pixel convolution).
 */
function phasedInputGrad(ctx: LoweringContext, dy: string, filter: string, [n, cin, cout]: [number, number, number], w: Window): string {
  const [sh, sw] = w.stride;
  const taps = [Math.ceil(w.kernel[0] / sh), Math.ceil(w.kernel[1] / sw)] as const;
  const rows = [Math.ceil((w.input[0] + w.before[0]) / sh), Math.ceil((w.input[1] + w.before[1]) / sw)] as const;
  // [kh, kw, in, out] -> [taps, taps, out, phases and in], taps reversed.
  const whole = ctx.pad(filter, [
    [0, taps[0] * sh - w.kernel[0]],
    [0, taps[1] * sw - w.kernel[1]],
    [0, 0],
    [0, 0],
  ]);
  const split = flip(ctx, ctx.reshape(whole, [taps[0], sh, taps[1], sw, cin, cout]), [0, 2]);
  const channels = sh * sw * cin;
  const phases = ctx.reshape(ctx.transpose(split, [0, 2, 5, 1, 3, 4]), [taps[0], taps[1], cout, channels]);
  const padded = ctx.pad(dy, [
    [0, 0],
    [taps[0] - 1, rows[0] - w.output[0]],
    [taps[1] - 1, rows[1] - w.output[1]],
    [0, 0],
  ]);
  const window: Window = {
    kernel: taps,
    stride: [1, 1],
    dilation: [1, 1],
    before: [0, 0],
    after: [0, 0],
    input: [rows[0] + taps[0] - 1, rows[1] + taps[1] - 1],
    output: rows,
  };
  const blocked = canBlock(ctx, cout, channels);
  const y = blocked
    ? unblock(ctx, blockedConv(ctx, block(ctx, padded), blockFilter(ctx, phases, [...taps, cout, channels]), window, 1), channels)
    : planarConv(ctx, padded, ctx.transpose(phases, [3, 2, 0, 1]), window, 1);
  const pixels = ctx.transpose(ctx.reshape(y, [n, ...rows, sh, sw, cin]), [0, 1, 3, 2, 4, 5]);
  const image = ctx.reshape(pixels, [n, rows[0] * sh, rows[1] * sw, cin]);
  const end = [w.before[0] + w.input[0], w.before[1] + w.input[1]];
  return ctx.slice(image, [1, 2], w.before, end);
}

const conv2dFilterGrad: Lowering = (ctx, step) => {
  const [x, dy, out] = [inputOf(step, 0), inputOf(step, 1), outputOf(step)];
  const w = windowOf(convGeometry(x.shape, out.shape, step.attrs, false));
  const [cin, cout] = out.shape.slice(2) as [number, number];
  const rows = (x.shape[0] as number) * w.output[0] * w.output[1];
  if (isStrided(w) && cin < 16 && w.dilation.every((d) => d === 1)) {
    ctx.set(out, foldedFilterGrad(ctx, ctx.full(x), ctx.full(dy), [x.shape[0] as number, cin, cout], w));
    return;
  }
  const columns = isPointwise(w) ? ctx.reshape(subsample(ctx, ctx.full(x), w), [rows, cin]) : patches(ctx, ctx.full(x), x.shape, w);
  ctx.set(out, ctx.reshape(product(ctx, columns, ctx.reshape(ctx.full(dy), [rows, cout]), true, false), out.shape));
};

/**
 * Gradient of a strided filter over few channels (a network's first layer): the stride is folded into channels first
 * ([N, H, W, C] -> [N, H/s, W/s, s s C]), so that im2col copies few long pieces rather than many of three numbers.
 */
function foldedFilterGrad(ctx: LoweringContext, x: string, dy: string, [n, cin, cout]: [number, number, number], w: Window): string {
  const [sh, sw] = w.stride;
  const taps = [Math.ceil(w.kernel[0] / sh), Math.ceil(w.kernel[1] / sw)] as const;
  const rows = [w.output[0] + taps[0] - 1, w.output[1] + taps[1] - 1] as const;
  const padded = ctx.pad(x, [
    [0, 0],
    [w.before[0], rows[0] * sh - w.input[0] - w.before[0]],
    [w.before[1], rows[1] * sw - w.input[1] - w.before[1]],
    [0, 0],
  ]);
  const folded = ctx.transpose(ctx.reshape(padded, [n, rows[0], sh, rows[1], sw, cin]), [0, 1, 3, 2, 4, 5]);
  const channels = sh * sw * cin;
  const window: Window = {
    kernel: taps,
    stride: [1, 1],
    dilation: [1, 1],
    before: [0, 0],
    after: [0, 0],
    input: rows,
    output: w.output,
  };
  const columns = patches(ctx, ctx.reshape(folded, [n, ...rows, channels]), [n, ...rows, channels], window);
  const gradient = product(ctx, columns, ctx.reshape(dy, [n * w.output[0] * w.output[1], cout]), true, false);
  const taken = ctx.transpose(ctx.reshape(gradient, [taps[0], taps[1], sh, sw, cin, cout]), [0, 2, 1, 3, 4, 5]);
  return ctx.slice(ctx.reshape(taken, [taps[0] * sh, taps[1] * sw, cin, cout]), [0, 1], [0, 0], w.kernel);
}

const depthwise: Lowering = (ctx, step) => {
  const [x, filter, out] = [inputOf(step, 0), inputOf(step, 1), outputOf(step)];
  const w = windowOf(convGeometry(x.shape, filter.shape, step.attrs, true));
  const [kh, kw, channels, multiplier] = filter.shape as [number, number, number, number];
  const [xs, fs] = [ctx.full(x), ctx.full(filter)];
  if (multiplier === 1 && canBlock(ctx, channels)) {
    const y = blockedConv(ctx, block(ctx, xs), blockDepthwiseFilter(ctx, fs, filter.shape, false), w, channels);
    ctx.set(out, unblock(ctx, y, channels));
    return;
  }
  const grouped = ctx.reshape(ctx.transpose(fs, [2, 3, 0, 1]), [channels * multiplier, 1, kh, kw]);
  ctx.set(out, planarConv(ctx, xs, grouped, w, channels));
};

const depthwiseInputGrad: Lowering = (ctx, step) => {
  const [dy, filter, out] = [inputOf(step, 0), inputOf(step, 1), outputOf(step)];
  const w = windowOf(convGeometry(out.shape, filter.shape, step.attrs, true));
  const [, , channels, multiplier] = filter.shape as [number, number, number, number];
  const spread = dilateRows(ctx, ctx.full(dy), dy.shape, w.stride);
  const { x, window } = cropNegativePadding(ctx, spread, transposedWindow(w));
  const fs = ctx.full(filter);
  if (multiplier === 1 && canBlock(ctx, channels)) {
    const dx = blockedConv(ctx, block(ctx, x), blockDepthwiseFilter(ctx, fs, filter.shape, true), window, channels);
    ctx.set(out, unblock(ctx, dx, channels));
    return;
  }
  ctx.set(out, planarConv(ctx, x, ctx.transpose(flip(ctx, fs, [0, 1]), [2, 3, 0, 1]), window, channels));
};

const depthwiseFilterGrad: Lowering = (ctx, step) => {
  const [x, dy, out] = [inputOf(step, 0), inputOf(step, 1), outputOf(step)];
  const w = windowOf(convGeometry(x.shape, out.shape, step.attrs, true));
  const [kh, kw, channels, multiplier] = out.shape as [number, number, number, number];
  const n = x.shape[0] as number;
  if (multiplier === 1 && canBlock(ctx, channels)) {
    ctx.set(out, blockedDepthwiseFilterGrad(ctx, block(ctx, ctx.full(x)), block(ctx, ctx.full(dy)), n, channels, w));
    return;
  }
  const padded = ctx.pad(ctx.full(x), [
    [0, 0],
    [w.before[0], w.after[0]],
    [w.before[1], w.after[1]],
    [0, 0],
  ]);
  const rows = n * w.output[0] * w.output[1];
  const gradient = ctx.reshape(ctx.full(dy), [rows, channels, multiplier]);
  const taps: string[] = [];
  for (let i = 0; i < kh; i++) {
    for (let j = 0; j < kw; j++) {
      const seen = ctx.reshape(tap(ctx, padded, w, i, j), [rows, channels, 1]);
      const summed = ctx.graph.node('ReduceSum', [ctx.graph.node('Mul', [seen, gradient]), ctx.graph.int64([0])], { keepdims: 0 });
      taps.push(ctx.reshape(summed, [1, channels, multiplier]));
    }
  }
  ctx.set(out, ctx.reshape(taps.length === 1 ? (taps[0] as string) : ctx.graph.node('Concat', taps, { axis: 0 }), out.shape));
};

export const convolutions: Readonly<Record<string, Lowering>> = {
  Conv2D: conv2d,
  Conv2DBackpropInput: conv2dInputGrad,
  Conv2DBackpropFilter: conv2dFilterGrad,
  DepthwiseConv2dNative: depthwise,
  DepthwiseConv2dNativeBackpropInput: depthwiseInputGrad,
  DepthwiseConv2dNativeBackpropFilter: depthwiseFilterGrad,
};
