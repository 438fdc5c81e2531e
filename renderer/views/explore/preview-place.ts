/** Where the preview of an image goes: beside the pointer, whole inside the map, and never under it. */
import type { Point, Size } from './camera.ts';

const gapPx = 18;

/** Upper left of the preview, px. */
export function previewPlace(pointer: Point, preview: Size, area: Size, marginPx = 8): Point {
  const fitsRight = pointer.x + gapPx + preview.width + marginPx <= area.width;
  const fitsLeft = pointer.x - gapPx - preview.width >= marginPx;
  const clamp = (value: number, max: number): number => Math.max(marginPx, Math.min(max, value));
  if (fitsRight || fitsLeft) {
    const x = fitsRight ? pointer.x + gapPx : pointer.x - gapPx - preview.width;
    return { x, y: clamp(pointer.y - preview.height / 3, area.height - preview.height - marginPx) };
  }
  // Too narrow for either side: above or below.
  const fitsBelow = pointer.y + gapPx + preview.height + marginPx <= area.height;
  return {
    x: clamp(pointer.x - preview.width / 2, area.width - preview.width - marginPx),
    y: fitsBelow ? pointer.y + gapPx : Math.max(marginPx, pointer.y - gapPx - preview.height),
  };
}
