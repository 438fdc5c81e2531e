/**
 * ONNX Runtime's blocked CPU convolutions (domain com.microsoft.nchwc): activations as [N, C/b, H, W, b], b channels side by
 * side in one vector register. ORT itself uses them only where filters are constants, which in training they never are, so
 * training graphs name them directly and block the filters with a Transpose.
 */
import { AppError } from '../../contract/errors.ts';
import type { LoweringContext } from './context.ts';
import { windowAttributes } from './geometry.ts';
import type { Window } from './geometry.ts';

const NCHWC = 'com.microsoft.nchwc';

/** Whether activations with these channel counts can be blocked. */
export function canBlock(ctx: LoweringContext, ...channels: number[]): boolean {
  const b = ctx.target.blockChannels;
  return ctx.target.mode === 'training' && b > 0 && channels.every((c) => c % b === 0);
}

/** Row-major [N, H, W, C] -> blocked. Once per tensor: forward and backward pass share it. */
export function block(ctx: LoweringContext, x: string): string {
  return ctx.memo(`block:${x}`, () => ctx.graph.node('ReorderInput', [x], { channels_last: 1 }, NCHWC));
}

/** Blocked -> row-major. */
export function unblock(ctx: LoweringContext, x: string, channels: number): string {
  return ctx.graph.node('ReorderOutput', [x], { channels, channels_last: 1 }, NCHWC);
}

/** Filter [kh, kw, in, out] -> ONNX Runtime's OIHWBiBo order. */
export function blockFilter(ctx: LoweringContext, filter: string, shape: readonly number[]): string {
  return ctx.memo(`blockFilter:${filter}`, () => {
    const b = ctx.target.blockChannels;
    const [kh, kw, i, o] = shape as [number, number, number, number];
    const split = ctx.reshape(filter, [kh, kw, i / b, b, o / b, b]);
    return ctx.reshape(ctx.transpose(split, [4, 2, 0, 1, 3, 5]), [o, i, kh, kw]);
  });
}

/** The same for the gradient of the input: flipped, with input and output channels exchanged. */
export function blockFlippedFilter(ctx: LoweringContext, filter: string, shape: readonly number[]): string {
  return ctx.memo(`blockFlipped:${filter}`, () => {
    const b = ctx.target.blockChannels;
    const [kh, kw, i, o] = shape as [number, number, number, number];
    const split = ctx.reshape(flip(ctx, filter, [0, 1]), [kh, kw, i / b, b, o / b, b]);
    return ctx.reshape(ctx.transpose(split, [2, 4, 0, 1, 5, 3]), [i, o, kh, kw]);
  });
}

/** Depthwise filter [kh, kw, C, 1] -> [C/b, kh, kw, b], optionally flipped. */
export function blockDepthwiseFilter(ctx: LoweringContext, filter: string, shape: readonly number[], flipped: boolean): string {
  return ctx.memo(`blockDepthwise:${filter}:${flipped}`, () => {
    const b = ctx.target.blockChannels;
    const [kh, kw, c] = shape as [number, number, number, number];
    const split = ctx.reshape(flipped ? flip(ctx, filter, [0, 1]) : filter, [kh, kw, c / b, b]);
    return ctx.reshape(ctx.transpose(split, [2, 0, 1, 3]), [c, 1, kh, kw]);
  });
}

/** Reverses axes. */
export function flip(ctx: LoweringContext, x: string, axes: readonly number[]): string {
  const all = (v: number): number[] => axes.map(() => v);
  return ctx.slice(x, axes, all(-1), all(-(2 ** 31) + 1), all(-1));
}

/** Blocked convolution; `window` must not crop. */
export function blockedConv(ctx: LoweringContext, x: string, filter: string, window: Window, group: number): string {
  if ([...window.before, ...window.after].some((p) => p < 0)) throw new AppError('internal', 'a blocked convolution cannot crop');
  return ctx.graph.node('Conv', [x, filter], { ...windowAttributes(window), group }, NCHWC);
}

/** Blocked max pooling. */
export function blockedMaxPool(ctx: LoweringContext, x: string, window: Window): string {
  return ctx.graph.node('MaxPool', [x], windowAttributes(window), NCHWC);
}

/**
 * Gradient of a depthwise filter as one more depthwise convolution: every image and channel is a group, dy is the kernel,
 * stride and dilation change places, and the result is summed over images.
 *   dW[i,j,c] = sum_{n,h,w} x[n, h*s + i*d - p, w*s + j*d - p, c] * dy[n,h,w,c]
 * x and dy are blocked; returns [kh, kw, C, 1].
 */
export function blockedDepthwiseFilterGrad(
  ctx: LoweringContext,
  x: string,
  dy: string,
  numImages: number,
  channels: number,
  w: Window,
): string {
  const b = ctx.target.blockChannels;
  const groups = numImages * channels;
  const axis = (i: 0 | 1): { after: number; size: number } => {
    const span = w.stride[i] * (w.output[i] - 1) + 1;
    const after = w.dilation[i] * (w.kernel[i] - 1) + span - w.input[i] - w.before[i];
    const size = Math.floor((w.input[i] + w.before[i] + Math.max(after, 0) - span) / w.dilation[i]) + 1;
    return { after: Math.max(after, 0), size };
  };
  const [rows, columns] = [axis(0), axis(1)];
  const window: Window = {
    kernel: w.output,
    stride: w.dilation,
    dilation: w.stride,
    before: w.before,
    after: [rows.after, columns.after],
    input: w.input,
    output: [rows.size, columns.size],
  };
  const each = blockedConv(ctx, ctx.reshape(x, [1, groups, ...w.input]), ctx.reshape(dy, [groups, 1, ...w.output]), window, groups);
  const perImage = ctx.reshape(each, [numImages, (channels / b) * rows.size * columns.size * b]);
  const summed = ctx.graph.node('ReduceSum', [perImage, ctx.graph.int64([0])], { keepdims: 0 });
  const sized = ctx.reshape(summed, [channels / b, rows.size, columns.size, b]);
  const exact = rows.size === w.kernel[0] && columns.size === w.kernel[1];
  const cropped = exact ? sized : ctx.slice(sized, [1, 2], [0, 0], w.kernel);
  return ctx.reshape(ctx.transpose(cropped, [1, 2, 0, 3]), [...w.kernel, channels, 1]);
}
