/** Whether what a loss compares still differs from image to image. */
import { tf } from '../../tensor/tf.ts';
import { unitRows } from './unit-rows.ts';

/**
 * sqrt(K) times the mean standard deviation per dimension of the L2-normalised rows of `outputs` [N, K]: about 1 where they are spread evenly, 0 where
 * all are equal, which satisfies a loss that only asks views to agree (Chen and He 2021, figure 2). A method of that kind returns it
 * as its metric `outputSpread`, and the run is stopped once it is gone.
 */
export function outputSpread(outputs: tf.Tensor): tf.Scalar {
  const unit = unitRows(outputs);
  const centred = tf.sub(unit, tf.mean(unit, 0, true));
  const deviation = tf.sqrt(tf.add(tf.mean(tf.square(centred), 0), 1e-12));
  return tf.mul(tf.mean(deviation), Math.sqrt(outputs.shape[1] ?? 1));
}
