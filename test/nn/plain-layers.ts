/** Slow, plain-loop layers in double precision: the oracle for the tensor ones. Images are [B, H, W, C], row-major. */
import type { HostTensor } from '../../electron/tensor/program.ts';
import { createRandom } from '../../electron/tensor/random.ts';

export interface Plain {
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

export function plain(shape: readonly number[], value: (i: number) => number): Plain {
  const size = shape.reduce((product, n) => product * n, 1);
  return { shape, data: Float64Array.from({ length: size }, (_, i) => value(i)) };
}

export function fromHost({ shape, data }: HostTensor): Plain {
  return { shape, data: Float64Array.from(data) };
}

/** Normal values, rounded to float32 so that both sides see the same numbers. */
export function randomPlain(seed: number, shape: readonly number[], { mean = 0, deviation = 1 } = {}): Plain {
  const random = createRandom(seed);
  return plain(shape, () => Math.fround(mean + deviation * random.normal()));
}

export function map(x: Plain, f: (value: number, i: number) => number): Plain {
  return plain(x.shape, (i) => f(x.data[i]!, i));
}

function outSize(size: number, window: number, stride: number, before: number, after: number): number {
  return Math.floor((size + before + after - window) / stride) + 1;
}

interface Window {
  readonly stride: number;
  readonly before: number;
  readonly after: number;
}

/** Calls `visit` for every output pixel, in order, with its image and its window's corner; returns the output's rows and columns. */
function overWindows(
  [batch, height, width]: readonly [number, number, number],
  sizePx: number,
  { stride, before, after }: Window,
  visit: (image: number, top: number, left: number) => void,
): readonly [number, number] {
  const rows = outSize(height, sizePx, stride, before, after);
  const columns = outSize(width, sizePx, stride, before, after);
  for (let b = 0; b < batch; b++)
    for (let r = 0; r < rows; r++) for (let c = 0; c < columns; c++) visit(b, r * stride - before, c * stride - before);
  return [rows, columns];
}

export function convolvePlain(x: Plain, filter: Plain, window: Window & { readonly depthwise: boolean }): Plain {
  const [batch, height, width, numInputs] = x.shape as [number, number, number, number];
  const [sizePx, , filterInputs, filterOutputs] = filter.shape as [number, number, number, number];
  const numOutputs = window.depthwise ? numInputs : filterOutputs;
  const values: number[] = [];
  const [rows, columns] = overWindows([batch, height, width], sizePx, window, (b, top, left) => {
    for (let o = 0; o < numOutputs; o++) {
      let sum = 0;
      for (let i = 0; i < sizePx; i++)
        for (let j = 0; j < sizePx; j++) {
          const [row, column] = [top + i, left + j];
          if (row < 0 || row >= height || column < 0 || column >= width) continue;
          const at = ((b * height + row) * width + column) * numInputs;
          if (window.depthwise) sum += x.data[at + o]! * filter.data[(i * sizePx + j) * filterInputs + o]!;
          else
            for (let k = 0; k < numInputs; k++)
              sum += x.data[at + k]! * filter.data[((i * sizePx + j) * filterInputs + k) * filterOutputs + o]!;
        }
      values.push(sum);
    }
  });
  return { shape: [batch, rows, columns, numOutputs], data: Float64Array.from(values) };
}

export function maxPoolPlain(x: Plain, sizePx: number, window: Window): Plain {
  const [batch, height, width, numChannels] = x.shape as [number, number, number, number];
  const values: number[] = [];
  const [rows, columns] = overWindows([batch, height, width], sizePx, window, (b, top, left) => {
    for (let o = 0; o < numChannels; o++) {
      let largest = -Infinity;
      for (let row = Math.max(0, top); row < Math.min(height, top + sizePx); row++)
        for (let column = Math.max(0, left); column < Math.min(width, left + sizePx); column++)
          largest = Math.max(largest, x.data[((b * height + row) * width + column) * numChannels + o]!);
      values.push(largest);
    }
  });
  return { shape: [batch, rows, columns, numChannels], data: Float64Array.from(values) };
}

/** A border of zeros, one pixel wide. */
export function zeroBorder(x: Plain): Plain {
  const [batch, height, width, numChannels] = x.shape as [number, number, number, number];
  const shape = [batch, height + 2, width + 2, numChannels];
  return plain(shape, (i) => {
    const channel = i % numChannels;
    const column = (Math.floor(i / numChannels) % (width + 2)) - 1;
    const row = (Math.floor(i / numChannels / (width + 2)) % (height + 2)) - 1;
    const image = Math.floor(i / numChannels / (width + 2) / (height + 2));
    if (row < 0 || row >= height || column < 0 || column >= width) return 0;
    return x.data[((image * height + row) * width + column) * numChannels + channel]!;
  });
}

export interface Moments {
  readonly mean: number;
  /** Biased. */
  readonly variance: number;
  readonly numValues: number;
}

/** Mean and variance of the values that share a key. */
export function momentsBy(x: Plain, keyOf: (i: number) => number): (i: number) => Moments {
  const groups = new Map<number, number[]>();
  for (const [i, value] of x.data.entries()) {
    const group = groups.get(keyOf(i)) ?? [];
    groups.set(keyOf(i), group);
    group.push(value);
  }
  const moments = new Map<number, Moments>();
  for (const [key, values] of groups) {
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
    moments.set(key, { mean, variance, numValues: values.length });
  }
  return (i) => moments.get(keyOf(i))!;
}

/** Normalises the values that share a key, then applies the scale and shift of their channel (the last axis). */
function normaliseBy(x: Plain, scale: Plain, shift: Plain, epsilon: number, keyOf: (i: number) => number): Plain {
  const momentsAt = momentsBy(x, keyOf);
  const numChannels = x.shape.at(-1)!;
  return map(x, (value, i) => {
    const { mean, variance } = momentsAt(i);
    return ((value - mean) / Math.sqrt(variance + epsilon)) * scale.data[i % numChannels]! + shift.data[i % numChannels]!;
  });
}

export function batchNormPlain(x: Plain, scale: Plain, shift: Plain, epsilon: number): Plain {
  const numChannels = x.shape.at(-1)!;
  return normaliseBy(x, scale, shift, epsilon, (i) => i % numChannels);
}

export function groupNormPlain(x: Plain, scale: Plain, shift: Plain, numGroups: number, epsilon: number): Plain {
  const numChannels = x.shape.at(-1)!;
  const perImage = x.data.length / x.shape[0]!;
  const keyOf = (i: number): number => Math.floor(i / perImage) * numGroups + Math.floor((i % numChannels) / (numChannels / numGroups));
  return normaliseBy(x, scale, shift, epsilon, keyOf);
}

export function standardisePlain(filter: Plain, epsilon: number): Plain {
  const numOutputs = filter.shape.at(-1)!;
  const ones = plain([numOutputs], () => 1);
  const zeros = plain([numOutputs], () => 0);
  return normaliseBy(filter, ones, zeros, epsilon, (i) => i % numOutputs);
}

/** max |a - b| / max |b|; infinite where the shapes differ. */
export function relativeError(actual: { shape: readonly number[]; data: ArrayLike<number> }, expected: Plain): number {
  if (actual.shape.join() !== expected.shape.join()) return Infinity;
  let largest = 0;
  let worst = 0;
  for (const [i, value] of expected.data.entries()) {
    largest = Math.max(largest, Math.abs(value));
    worst = Math.max(worst, Math.abs(actual.data[i]! - value));
  }
  return worst / largest;
}
