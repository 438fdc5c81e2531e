import { AppError } from '../../contract/errors.ts';
import { tf } from '../../tensor/tf.ts';

export interface CrossEntropyOptions {
  /** The share of the target that is spread evenly over all classes (Szegedy et al. 2016, section 7). */
  readonly labelSmoothing: number;
  /** A weight per class, [numClasses]; the loss is then the weighted mean over the batch. */
  readonly classWeights?: readonly number[];
}

/**
 * Mean cross-entropy of `logits` [B, C] with integer classes [B], and the share of rows whose largest logit is right. The class's
 * place is a comparison with 0..C-1, which costs far less than the product that made the logits, and needs no scatter backwards.
 */
export function softCrossEntropy(
  logits: tf.Tensor2D,
  classes: tf.Tensor1D | null,
  { labelSmoothing, classWeights }: CrossEntropyOptions,
): { readonly loss: tf.Scalar; readonly accuracy: tf.Scalar } {
  if (classes === null) throw new AppError('internal', 'This objective needs the class of each image.');
  const [batch, numClasses] = logits.shape;
  const index = tf.reshape(tf.cast(classes, 'float32'), [batch, 1]);
  const place = tf.cast(tf.equal(index, tf.reshape(tf.range(0, numClasses), [1, numClasses])), 'float32');
  const wanted = tf.add(tf.mul(place, 1 - labelSmoothing), labelSmoothing / numClasses);
  const losses = tf.neg(tf.sum(tf.mul(wanted, tf.logSoftmax(logits)), 1));
  const top = tf.max(logits, 1, true);
  const ofClass = tf.sum(tf.mul(logits, place), 1, true);
  const accuracy = tf.mean<tf.Scalar>(tf.cast(tf.greaterEqual(ofClass, top), 'float32'));
  if (classWeights === undefined) return { loss: tf.mean<tf.Scalar>(losses), accuracy };
  const weights = tf.sum(tf.mul(place, tf.tensor([...classWeights], [1, numClasses])), 1);
  return { loss: tf.div<tf.Scalar>(tf.sum(tf.mul(losses, weights)), tf.sum(weights)), accuracy };
}
