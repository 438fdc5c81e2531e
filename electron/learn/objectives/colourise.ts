/** Colourisation (Zhang et al. 2016, arXiv 1603.08511; as regression): tell the colours of a view from its lightness. */
import { tf } from '../../tensor/tf.ts';
import type { Objective } from './objective.ts';
import { rebuild, type RebuildOptions } from './rebuild.ts';

/** Units of a and b that count as 1: chroma beyond it is rare in photographs. */
const abUnit = 50;

/**
 * The network sees L alone, as a grey of the same lightness; wanted are a and b of CIE L*a*b* (D65), over 50. Mean absolute difference rather than the paper's
 * classes of colour: a folder of one kind of images has few colours, and most of 313 classes would stay empty.
 */
export function colourise(options: RebuildOptions): Objective {
  return rebuild(options, {
    name: 'colourise',
    numOutputs: 2,
    start: 0,
    task: ({ images }) => {
      const { grey, ab } = greyAndAb(images);
      return { shown: tf.mul<tf.Tensor4D>(grey, tf.ones([1, 1, 1, 3])), wanted: tf.div(ab, abUnit), weights: null };
    },
  });
}

/** Rows: linear R, G, B; columns: X, Y, Z over those of the D65 white (IEC 61966-2-1). */
const toXyz = [
  [0.4124564 / 0.95047, 0.2126729, 0.0193339 / 1.08883],
  [0.3575761 / 0.95047, 0.7151522, 0.119192 / 1.08883],
  [0.1804375 / 0.95047, 0.072175, 0.9503041 / 1.08883],
];
/** f(x), y, z -> a and b. */
const toAb = [
  [500, 0],
  [-500, 200],
  [0, -200],
];

/** sRGB [B, P, P, 3] in [0, 1] -> the grey of the same lightness, sRGB [B, P, P, 1], and a and b, [B, P, P, 2]. */
export function greyAndAb(images: tf.Tensor4D): { readonly grey: tf.Tensor4D; readonly ab: tf.Tensor4D } {
  const [batch, height, width] = images.shape;
  const linear = tf.where(
    tf.lessEqual(images, 0.04045),
    tf.div(images, 12.92),
    tf.pow(tf.div(tf.add(tf.maximum(images, 0.04045), 0.055), 1.055), 2.4),
  );
  const xyz = tf.matMul(tf.reshape(linear, [-1, 3]), tf.tensor2d(toXyz));
  const least = (6 / 29) ** 3;
  const f = tf.where(tf.greater(xyz, least), tf.pow(tf.maximum(xyz, least), 1 / 3), tf.add(tf.div(xyz, 3 * (6 / 29) ** 2), 4 / 29));
  const y = tf.slice(xyz, [0, 1], [-1, 1]);
  const grey = tf.where(
    tf.lessEqual(y, 0.0031308),
    tf.mul(y, 12.92),
    tf.sub(tf.mul(tf.pow(tf.maximum(y, 0.0031308), 1 / 2.4), 1.055), 0.055),
  );
  return {
    grey: tf.clipByValue(tf.reshape<tf.Rank.R4>(grey, [batch, height, width, 1]), 0, 1),
    ab: tf.reshape(tf.matMul(f, tf.tensor2d(toAb)), [batch, height, width, 2]),
  };
}
