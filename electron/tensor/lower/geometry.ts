/** Arithmetic of strided, padded and dilated windows along the two image axes. */
import type { tf } from '../tf.ts';
import type { LoweringContext } from './context.ts';

export interface Window {
  /** Per axis (height, width). */
  readonly kernel: readonly [number, number];
  readonly stride: readonly [number, number];
  readonly dilation: readonly [number, number];
  readonly before: readonly [number, number];
  readonly after: readonly [number, number];
  readonly input: readonly [number, number];
  readonly output: readonly [number, number];
}

/**
 * The window of a convolution or pooling as tfjs resolves it, padded further behind where rounding the output's size up makes
 * the last position reach past the padding.
 */
export function windowOf(info: tf.backend_util.Conv2DInfo): Window {
  const { padInfo: pad } = info;
  const needed = (output: number, stride: number, dilation: number, kernel: number): number =>
    (output - 1) * stride + dilation * (kernel - 1) + 1;
  const height = needed(info.outHeight, info.strideHeight, info.dilationHeight, info.filterHeight);
  const width = needed(info.outWidth, info.strideWidth, info.dilationWidth, info.filterWidth);
  return {
    kernel: [info.filterHeight, info.filterWidth],
    stride: [info.strideHeight, info.strideWidth],
    dilation: [info.dilationHeight, info.dilationWidth],
    before: [pad.top, pad.left],
    after: [Math.max(pad.bottom, height - info.inHeight - pad.top), Math.max(pad.right, width - info.inWidth - pad.left)],
    input: [info.inHeight, info.inWidth],
    output: [info.outHeight, info.outWidth],
  };
}

/** Nothing but channels are mixed: a 1x1 kernel without padding. */
export function isPointwise(w: Window): boolean {
  return [...w.kernel].every((k) => k === 1) && [...w.before, ...w.after].every((p) => p === 0);
}

export function isStrided(w: Window): boolean {
  return w.stride[0] > 1 || w.stride[1] > 1;
}

/** ONNX attributes of a convolution or pooling with this window. */
export function windowAttributes(w: Window): Record<string, number[]> {
  return {
    kernel_shape: [...w.kernel],
    strides: [...w.stride],
    dilations: [...w.dilation],
    pads: [...w.before, ...w.after],
  };
}

/**
 * The window whose convolution over zero-dilated dy, with the flipped kernel, is the gradient of the input:
 * each axis pads d(k-1) - before in front, and behind whatever restores the input's size. Negative padding crops.
 */
export function transposedWindow(w: Window): Window {
  const axis = (i: 0 | 1): { before: number; after: number; length: number } => {
    const reach = w.dilation[i] * (w.kernel[i] - 1);
    const length = (w.output[i] - 1) * w.stride[i] + 1;
    const before = reach - w.before[i];
    return { before, after: w.input[i] - length - before + reach, length };
  };
  const [h, v] = [axis(0), axis(1)];
  return {
    kernel: w.kernel,
    stride: [1, 1],
    dilation: w.dilation,
    before: [h.before, v.before],
    after: [h.after, v.after],
    input: [h.length, v.length],
    output: w.input,
  };
}

/** [N, h, w, C] with stride - 1 zeros between neighbours: [N, (h-1)s+1, (w-1)s+1, C]. */
export function dilateRows(ctx: LoweringContext, x: string, shape: readonly number[], stride: readonly [number, number]): string {
  const [n, h, w, c] = shape as [number, number, number, number];
  const [sh, sw] = stride;
  if (sh === 1 && sw === 1) return x;
  const apart = ctx.reshape(x, [n, h, 1, w, c]);
  const spread = ctx.reshape(
    ctx.pad(ctx.reshape(apart, [n, h, 1, w, 1, c]), [
      [0, 0],
      [0, 0],
      [0, sh - 1],
      [0, 0],
      [0, sw - 1],
      [0, 0],
    ]),
    [n, h * sh, w * sw, c],
  );
  return ctx.slice(spread, [1, 2], [0, 0], [(h - 1) * sh + 1, (w - 1) * sw + 1]);
}

/** Moves what a window would crop (negative padding) into explicit slices; returns the input and the non-negative window. */
export function cropNegativePadding(ctx: LoweringContext, x: string, w: Window): { x: string; window: Window } {
  const negative = (p: number): number => Math.min(p, 0);
  const cut = [0, 1].map((i) => [negative(w.before[i as 0 | 1]), negative(w.after[i as 0 | 1])] as const);
  if (cut.every(([a, b]) => a === 0 && b === 0)) return { x, window: w };
  const cropped = ctx.pad(x, [[0, 0], cut[0] ?? [0, 0], cut[1] ?? [0, 0], [0, 0]]);
  const keep = (p: readonly [number, number]): [number, number] => [Math.max(p[0], 0), Math.max(p[1], 0)];
  return {
    x: cropped,
    window: {
      ...w,
      before: keep(w.before),
      after: keep(w.after),
      input: [w.input[0] + (cut[0]?.[0] ?? 0) + (cut[0]?.[1] ?? 0), w.input[1] + (cut[1]?.[0] ?? 0) + (cut[1]?.[1] ?? 0)],
    },
  };
}

/** im2col: [N, H, W, C] -> [N*h*w, kh*kw*C], the columns ordered as an HWIO filter's rows. */
export function patches(ctx: LoweringContext, x: string, shape: readonly number[], w: Window): string {
  const c = shape[3] as number;
  const padded = ctx.pad(x, [
    [0, 0],
    [w.before[0], w.after[0]],
    [w.before[1], w.after[1]],
    [0, 0],
  ]);
  const parts: string[] = [];
  for (let i = 0; i < w.kernel[0]; i++) for (let j = 0; j < w.kernel[1]; j++) parts.push(tap(ctx, padded, w, i, j));
  const columns = parts.length === 1 ? (parts[0] as string) : ctx.graph.node('Concat', parts, { axis: 3 });
  return ctx.reshape(columns, [(shape[0] as number) * w.output[0] * w.output[1], w.kernel[0] * w.kernel[1] * c]);
}

/** What kernel position (i, j) sees of a padded [N, H, W, C]: [N, h, w, C]. */
export function tap(ctx: LoweringContext, padded: string, w: Window, i: number, j: number): string {
  const begin = [i * w.dilation[0], j * w.dilation[1]] as const;
  const end = [begin[0] + (w.output[0] - 1) * w.stride[0] + 1, begin[1] + (w.output[1] - 1) * w.stride[1] + 1];
  return ctx.slice(padded, [1, 2], begin, end, w.stride);
}
