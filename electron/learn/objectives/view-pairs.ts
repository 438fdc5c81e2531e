/** What methods with two views of every image share: rows 2b and 2b + 1 are the views of image b. */
import { tf } from '../../tensor/tf.ts';

/** Rows 2b and 2b + 1 change places: [2B, K] -> [2B, K]. */
export function swapViews(x: tf.Tensor2D): tf.Tensor2D {
  const [rows, width] = x.shape;
  const pairs = tf.reshape(x, [rows / 2, 2 * width]);
  return tf.reshape(tf.concat([tf.slice(pairs, [0, width], [-1, width]), tf.slice(pairs, [0, 0], [-1, width])], 1), [rows, width]);
}

/** The first and the second views, each [B, K], of rows [2B, K]. */
export function splitViews(x: tf.Tensor2D): readonly [tf.Tensor2D, tf.Tensor2D] {
  const [rows, width] = x.shape;
  const pairs = tf.reshape<tf.Rank.R2>(x, [rows / 2, 2 * width]);
  return [tf.slice(pairs, [0, 0], [-1, width]), tf.slice(pairs, [0, width], [-1, width])];
}
