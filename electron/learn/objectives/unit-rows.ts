/** Rows of length 1. */
import { tf } from '../../tensor/tf.ts';

/** x: [N, D] -> [N, D], each row over its Euclidean norm. */
export function unitRows(x: tf.Tensor): tf.Tensor2D {
  return tf.mul(x, tf.rsqrt(tf.add(tf.sum(tf.square(x), 1, true), 1e-12)));
}
