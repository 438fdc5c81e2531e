/** Pictures of a strip, ready for a canvas. */
import type { PictureStrip } from '../../../electron/contract/domain.ts';

/** The picture at `index` as RGBA bytes, [px, px, 4]. */
export function rgbaOf({ px, count, pixels }: PictureStrip, index: number): Uint8ClampedArray<ArrayBuffer> {
  const size = px * px;
  const rgba = new Uint8ClampedArray(4 * size).fill(255);
  if (index < 0 || index >= count) return rgba;
  const from = 3 * size * index;
  for (let i = 0; i < size; i++) {
    for (let channel = 0; channel < 3; channel++) rgba[4 * i + channel] = pixels[from + 3 * i + channel] ?? 0;
  }
  return rgba;
}
