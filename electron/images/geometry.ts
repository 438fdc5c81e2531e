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

/** For each of `px` outputs from `offset` on: the first source position of its triangle and the normalised weights from there, borders repeated. */
function triangleTaps(numSource: number, numResized: number, offset: number, px: number): { first: number; weights: Float64Array }[] {
  const factor = numSource / numResized;
  return Array.from({ length: px }, (_, i) => {
    const centre = (offset + i + 0.5) * factor;
    const [begin, end] = [Math.floor(centre - factor + 0.5), Math.floor(centre + factor + 0.5)];
    const first = Math.max(0, begin);
    const weights = new Float64Array(Math.min(numSource, end) - first);
    let total = 0;
    for (let k = begin; k < end; k++) {
      const weight = Math.max(0, 1 - Math.abs(k + 0.5 - centre) / factor);
      const at = Math.min(Math.max(k, 0), numSource - 1) - first;
      weights[at] = (weights[at] as number) + weight;
      total += weight;
    }
    return { first, weights: weights.map((weight) => weight / total) };
  });
}

/**
 * Reduces an image to `geometry` by an antialiased triangle filter of radius source / target pixels and cuts out [px, px, 3],
 * computing only what is kept: rows first, then columns, rounded once at the end, as ONNX Resize does it.
 */
export function reduceSquare(image: RgbImage, geometry: SquareGeometry, px: number): Uint8Array {
  const columns = triangleTaps(image.width, geometry.width, geometry.left, px);
  const rows = triangleTaps(image.height, geometry.height, geometry.top, px);
  const { data, width, height } = image;
  const narrow = new Float32Array(height * px * 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < px; x++) {
      const { first, weights } = columns[x] as { first: number; weights: Float64Array };
      let r = 0;
      let g = 0;
      let b = 0;
      for (let j = 0, at = (y * width + first) * 3; j < weights.length; j++, at += 3) {
        const weight = weights[j] as number;
        r += weight * (data[at] as number);
        g += weight * (data[at + 1] as number);
        b += weight * (data[at + 2] as number);
      }
      const to = (y * px + x) * 3;
      narrow[to] = r;
      narrow[to + 1] = g;
      narrow[to + 2] = b;
    }
  }
  const out = new Uint8Array(px * px * 3);
  const sums = new Float64Array(px * 3);
  for (let y = 0; y < px; y++) {
    const { first, weights } = rows[y] as { first: number; weights: Float64Array };
    sums.fill(0);
    for (let j = 0; j < weights.length; j++) {
      const weight = weights[j] as number;
      const from = (first + j) * px * 3;
      for (let x = 0; x < px * 3; x++) sums[x] = (sums[x] as number) + weight * (narrow[from + x] as number);
    }
    for (let x = 0; x < px * 3; x++) out[y * px * 3 + x] = Math.round(sums[x] as number);
  }
  return out;
}
