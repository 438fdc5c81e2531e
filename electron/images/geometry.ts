import { AppError } from '../contract/errors.ts';

/** Interleaved 8-bit sRGB pixels, [height, width, 3]. */
export interface RgbImage {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/** Where the square lies: the whole image is resized to `width` x `height`, then `px` x `px` are cut out at (`left`, `top`). */
export interface SquareGeometry {
  readonly width: number;
  readonly height: number;
  readonly left: number;
  readonly top: number;
}

/**
 * The geometry of `decodeSquare` for an image of `width` x `height` (after EXIF orientation): the shorter side becomes `px`, the longer one
 * round(longer * px / shorter), and the centre is cut out at floor((resized - px) / 2).
 *
 * @throws AppError where `px` is not a whole number of at least 1
 */
export function squareGeometry(width: number, height: number, px: number): SquareGeometry {
  if (!Number.isInteger(px) || px < 1)
    throw new AppError('invalid-input', `The side of a square must be a whole number of pixels, not ${px}.`);
  const shorter = Math.min(width, height);
  const resizedWidth = width === shorter ? px : Math.round((width * px) / shorter);
  const resizedHeight = height === shorter ? px : Math.round((height * px) / shorter);
  return {
    width: resizedWidth,
    height: resizedHeight,
    left: Math.floor((resizedWidth - px) / 2),
    top: Math.floor((resizedHeight - px) / 2),
  };
}

/** Cuts [px, px, 3] out of an image already resized to `geometry`. */
export function cropSquare(image: RgbImage, geometry: SquareGeometry, px: number): Uint8Array {
  if (image.width === px && image.height === px) return image.data;
  const out = new Uint8Array(px * px * 3);
  for (let y = 0; y < px; y++) {
    const start = ((geometry.top + y) * image.width + geometry.left) * 3;
    out.set(image.data.subarray(start, start + px * 3), y * px * 3);
  }
  return out;
}

/** For each of `px` outputs from `offset` on: the two source positions it lies between and the weight of the second. */
function linearTaps(
  numSource: number,
  numResized: number,
  offset: number,
  px: number,
): { low: Int32Array; high: Int32Array; weight: Float64Array } {
  const taps = { low: new Int32Array(px), high: new Int32Array(px), weight: new Float64Array(px) };
  for (let i = 0; i < px; i++) {
    const at = ((offset + i + 0.5) * numSource) / numResized - 0.5;
    const low = Math.floor(at);
    taps.low[i] = Math.max(0, low);
    taps.high[i] = Math.min(numSource - 1, low + 1);
    taps.weight[i] = at - low;
  }
  return taps;
}

/**
 * Enlarges an image to `geometry` and cuts out [px, px, 3], computing only what is kept. Bilinear with pixel centres at half positions and
 * the border repeated: what the triangle filter is for enlargement. libvips' own enlargement lies up to 0.3 source pixels off these centres.
 */
export function enlargeSquare(image: RgbImage, geometry: SquareGeometry, px: number): Uint8Array {
  const { data, width } = image;
  const x = linearTaps(width, geometry.width, geometry.left, px);
  const y = linearTaps(image.height, geometry.height, geometry.top, px);
  const out = new Uint8Array(px * px * 3);
  let at = 0;
  for (let row = 0; row < px; row++) {
    const [upper, lower, down] = [(y.low[row] ?? 0) * width, (y.high[row] ?? 0) * width, y.weight[row] ?? 0];
    for (let column = 0; column < px; column++) {
      const [left, right, across] = [x.low[column] ?? 0, x.high[column] ?? 0, x.weight[column] ?? 0];
      for (let c = 0; c < 3; c++) {
        const a = data[(upper + left) * 3 + c] ?? 0;
        const b = data[(upper + right) * 3 + c] ?? 0;
        const d = data[(lower + left) * 3 + c] ?? 0;
        const e = data[(lower + right) * 3 + c] ?? 0;
        const top = a + (b - a) * across;
        out[at++] = Math.round(top + (d + (e - d) * across - top) * down);
      }
    }
  }
  return out;
}
