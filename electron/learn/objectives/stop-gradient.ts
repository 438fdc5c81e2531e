/** A value that counts as a constant for the gradient. */
import { tf } from '../../tensor/tf.ts';

/** x, through which no gradient goes back. */
export function stopGradient<T extends tf.Tensor>(x: T): T {
  const constant = tf.customGrad((...given) => {
    const value = given[0] as tf.Tensor;
    return { value: tf.clone(value), gradFunc: (dy: tf.Tensor) => tf.zerosLike(dy) };
  });
  return constant(x) as T;
}
