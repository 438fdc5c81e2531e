/** Contrast of images whose values the screen cannot show as they are: histogram, percentiles, and the way from values to greys. */
import type { ImageSamples } from '../../../../electron/contract/domain.ts';

/** Values from `low` (black) to `high` (white), with a gamma between: above 1 brightens the dark. */
export interface Stretch {
  readonly low: number;
  readonly high: number;
  readonly gamma: number;
}

export function maxValueOf(bitsPerSample: 8 | 16): number {
  return bitsPerSample === 16 ? 65_535 : 255;
}

/** The stretch that changes nothing. */
export function identityStretch(bitsPerSample: 8 | 16): Stretch {
  return { low: 0, high: maxValueOf(bitsPerSample), gamma: 1 };
}

/** How often each value occurs, one array a channel. */
export function histogramOf({ data, channels, bitsPerSample }: Pick<ImageSamples, 'data' | 'channels' | 'bitsPerSample'>): Uint32Array[] {
  const counts = Array.from({ length: channels }, () => new Uint32Array(maxValueOf(bitsPerSample) + 1));
  counts.forEach((count, channel) => {
    for (let i = channel; i < data.length; i += channels) {
      const value = data[i] ?? 0;
      count[value] = (count[value] ?? 0) + 1;
    }
  });
  return counts;
}

/** The least value that at least this share of all samples does not exceed. */
export function percentile(histogram: readonly Uint32Array[], share: number): number {
  const length = histogram[0]?.length ?? 0;
  const total = histogram.reduce((sum, counts) => sum + counts.reduce((a, b) => a + b, 0), 0);
  let seen = 0;
  for (let value = 0; value < length; value++) {
    for (const counts of histogram) seen += counts[value] ?? 0;
    if (seen > 0 && seen >= share * total) return value;
  }
  return Math.max(0, length - 1);
}

/** From the 0.5th to the 99.5th percentile, so that a few hot or dead pixels do not decide. */
export function autoStretch(histogram: readonly Uint32Array[]): Stretch {
  const low = percentile(histogram, 0.005);
  const high = percentile(histogram, 0.995);
  return { low, high: Math.max(low + 1, high), gamma: 1 };
}

export function isSameStretch(a: Stretch, b: Stretch): boolean {
  return a.low === b.low && a.high === b.high && a.gamma === b.gamma;
}

/** The grey from 0 to 255 of every value. */
export function lookupTable({ low, high, gamma }: Stretch, bitsPerSample: 8 | 16): Uint8ClampedArray {
  const table = new Uint8ClampedArray(maxValueOf(bitsPerSample) + 1);
  const range = Math.max(1, high - low);
  for (let value = 0; value < table.length; value++) {
    const share = Math.max(0, Math.min(1, (value - low) / range));
    table[value] = Math.round(255 * share ** (1 / gamma));
  }
  return table;
}

/** Samples as [height, width, 4] opaque RGBA, stretched. */
export function toRgba({ data, channels, bitsPerSample, width, height }: ImageSamples, stretch: Stretch): Uint8ClampedArray<ArrayBuffer> {
  const table = lookupTable(stretch, bitsPerSample);
  const rgba = new Uint8ClampedArray(4 * width * height);
  for (let i = 0, from = 0; i < rgba.length; i += 4, from += channels) {
    const red = table[data[from] ?? 0] ?? 0;
    rgba[i] = red;
    rgba[i + 1] = channels === 1 ? red : (table[data[from + 1] ?? 0] ?? 0);
    rgba[i + 2] = channels === 1 ? red : (table[data[from + 2] ?? 0] ?? 0);
    rgba[i + 3] = 255;
  }
  return rgba;
}

/** A histogram in `numBins` bins between two values, as heights from 0 to 1: the root of the share of the tallest bin, so that small ones are seen. */
export function histogramBins(counts: Uint32Array, from: number, to: number, numBins: number): Float32Array {
  const bins = new Float32Array(numBins);
  const width = Math.max(1, to - from + 1);
  for (let value = from; value <= to; value++) {
    const bin = Math.min(numBins - 1, Math.floor(((value - from) * numBins) / width));
    bins[bin] = (bins[bin] ?? 0) + (counts[value] ?? 0);
  }
  const tallest = bins.reduce((a, b) => Math.max(a, b), 0);
  return tallest === 0 ? bins : bins.map((count) => Math.sqrt(count / tallest));
}

/** The stored values of the sample that shows a pixel of the full image. */
export function valuesAt(samples: ImageSamples, x: number, y: number): number[] {
  const { data, channels, width, height, fullWidth, fullHeight } = samples;
  const column = Math.min(width - 1, Math.floor((x * width) / Math.max(1, fullWidth)));
  const row = Math.min(height - 1, Math.floor((y * height) / Math.max(1, fullHeight)));
  const at = (row * width + column) * channels;
  return Array.from({ length: channels }, (_, i) => data[at + i] ?? 0);
}
