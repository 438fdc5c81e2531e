/**
 * Crop, flip, resize and soften in one go, as two batched matrix products: out = Wy X Wx^T per image. Each row of a weight
 * matrix is a triangle over the source pixels, as wide as the reduction, so that shrinking does not alias (the filter of
 * Pillow's BILINEAR resize, Heckbert 1989); products of small matrices run far faster than a gather per pixel.
 */
import { tf } from '../tensor/tf.ts';

/**
 * How target positions map to the source, per view and axis (y, x), each [B * V, 2] in source pixels. The centre of target
 * pixel i lies at `start` + (i + 0.5) * `step`; a flip is a negative step. `support` is the triangle's half width, at least 1.
 */
export interface Geometry {
  readonly start: tf.Tensor;
  readonly step: tf.Tensor;
  readonly support: tf.Tensor;
}

/**
 * The weights of one axis (0 = y, 1 = x) of n views: [n, targetPx, sourcePx], every row adding up to 1.
 * Weight of source pixel j for target pixel i: max(0, 1 - |j + 0.5 - centre_i| / support), normalised.
 */
export function resampleWeights(geometry: Geometry, axis: 0 | 1, targetPx: number, sourcePx: number): tf.Tensor3D {
  const column = (values: tf.Tensor): tf.Tensor => tf.reshape(tf.slice(values, [0, axis], [-1, 1]), [-1, 1, 1]);
  const target = tf.reshape(tf.add(tf.range(0, targetPx), 0.5), [1, targetPx, 1]);
  const source = tf.reshape(tf.add(tf.range(0, sourcePx), 0.5), [1, 1, sourcePx]);
  const centres = tf.add(column(geometry.start), tf.mul(column(geometry.step), target));
  const slope = tf.div(1, column(geometry.support));
  const weights = tf.relu(tf.sub(1, tf.mul(tf.abs(tf.sub(source, centres)), slope)));
  return tf.div(weights, tf.sum(weights, 2, true));
}

/**
 * Resamples every image `numViews` times. images: [B, S, S, C] float; the geometry's row b * V + v is view v of image b.
 * `transposed` [B * V], 0 or 1 (or null for none), says which results swap x and y. Returns [B * V, P, P, C], same order.
 */
export function resample(
  images: tf.Tensor4D,
  geometry: Geometry,
  options: { readonly numViews: number; readonly targetPx: number; readonly transposed: tf.Tensor | null },
): tf.Tensor4D {
  const [batch, sourcePx, , channels] = images.shape;
  const { numViews, targetPx, transposed } = options;
  const count = batch * numViews;
  const wy = tf.reshape(resampleWeights(geometry, 0, targetPx, sourcePx), [batch, numViews * targetPx, sourcePx]);
  const wx = resampleWeights(geometry, 1, targetPx, sourcePx);
  const rows = tf.matMul(wy, tf.reshape(images, [batch, sourcePx, sourcePx * channels]));
  const planar = tf.transpose(tf.reshape(rows, [count, targetPx, sourcePx, channels]), [0, 1, 3, 2]);
  const both = tf.matMul(tf.reshape(planar, [count, targetPx * channels, sourcePx]), wx, false, true);
  const result = tf.reshape<tf.Rank.R4>(both, [count, targetPx, channels, targetPx]);
  const upright = tf.transpose<tf.Tensor4D>(result, [0, 1, 3, 2]);
  if (transposed === null) return upright;
  const swap = tf.reshape(transposed, [count, 1, 1, 1]);
  const turned = tf.transpose(result, [0, 3, 1, 2]);
  return tf.add(tf.mul(upright, tf.sub(1, swap)), tf.mul(turned, swap));
}

/** Whole squares from S to P pixels: int32 or float [B, S, S, 3] of 0..255 -> float [B, P, P, 3] in [0, 1]; B must be known. */
export function resizeWhole(images: tf.Tensor4D, targetPx: number): tf.Tensor4D {
  const [batch, sourcePx] = images.shape;
  const scaled = tf.div<tf.Tensor4D>(tf.cast(images, 'float32'), 255);
  if (sourcePx === targetPx) return scaled;
  const scale = sourcePx / targetPx;
  const geometry = { start: tf.zeros([batch, 2]), step: tf.fill([batch, 2], scale), support: tf.fill([batch, 2], Math.max(1, scale)) };
  return resample(scaled, geometry, { numViews: 1, targetPx, transposed: null });
}
