/**
 * Colours that carry meaning in pictures and plots, as data: CSS, canvas and WebGL read the same values.
 */

import { classPalette } from '../../electron/contract/class-palette.ts';

export { classPalette };

/** For images without a class, and for what a filter leaves out: the grey farthest from the palette (0.06). */
export const unlabelledColor = '#aaacb4';

/** The colour of the class or cluster at `index`; past the end of the palette colours come again. Negative: no class. */
export function classColor(index: number): string {
  return index < 0 ? unlabelledColor : (classPalette[index % classPalette.length] ?? unlabelledColor);
}

/** The first colour of the palette that none of `used` has, else the one used least: for a new class. */
export function freeColor(used: readonly string[]): string {
  const counts = classPalette.map((color) => used.filter((other) => other.toLowerCase() === color).length);
  return classPalette[counts.indexOf(Math.min(...counts))] ?? classPalette[0];
}

/** `#rrggbb` as red, green and blue from 0 to 1. */
export function rgbOf(hex: string): readonly [number, number, number] {
  const value = Number.parseInt(hex.slice(1), 16);
  return [((value >> 16) & 255) / 255, ((value >> 8) & 255) / 255, (value & 255) / 255];
}

/** Relative luminance, WCAG 2.2. */
export function luminance(hex: string): number {
  const [r, g, b] = rgbOf(hex).map((channel) => (channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4));
  return 0.2126 * (r ?? 0) + 0.7152 * (g ?? 0) + 0.0722 * (b ?? 0);
}

/** Contrast ratio, WCAG 2.2: 1 to 21. */
export function contrast(a: string, b: string): number {
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return ((high ?? 0) + 0.05) / ((low ?? 0) + 0.05);
}

/** Black or white, whichever reads better on `hex`: at least 4.5 to 1 on any colour. */
export function textOn(hex: string): '#000000' | '#ffffff' {
  return contrast(hex, '#000000') >= contrast(hex, '#ffffff') ? '#000000' : '#ffffff';
}

/** Viridis (van der Walt and Smith 2015): evenly spaced to the eye, also to colour-blind ones, and growing lighter throughout. Dark is low. */
const rampAnchors = [
  '#440154',
  '#482475',
  '#414487',
  '#355f8d',
  '#2a788e',
  '#21918c',
  '#22a884',
  '#44bf70',
  '#7ad151',
  '#bddf26',
  '#fde725',
] as const;

/** The colour of a confidence, or of any share, from 0 to 1. */
export function rampColor(share: number): string {
  const at = Math.max(0, Math.min(1, share)) * (rampAnchors.length - 1);
  const index = Math.min(rampAnchors.length - 2, Math.floor(at));
  const low = rgbOf(rampAnchors[index] ?? rampAnchors[0]);
  const high = rgbOf(rampAnchors[index + 1] ?? rampAnchors[0]);
  const channel = (i: 0 | 1 | 2): string =>
    Math.round(255 * (low[i] + (at - index) * (high[i] - low[i])))
      .toString(16)
      .padStart(2, '0');
  return `#${channel(0)}${channel(1)}${channel(2)}`;
}

/** The ramp as `steps` colours in RGBA bytes, [steps, 4]: a texture's row. */
export function rampBytes(steps = 256): Uint8Array {
  return Uint8Array.from({ length: 4 * steps }, (_, i) => {
    const channel = i % 4;
    const color = rgbOf(rampColor(Math.floor(i / 4) / (steps - 1)));
    return channel === 3 ? 255 : Math.round(255 * color[channel as 0 | 1 | 2]);
  });
}
