/** A linear head on standardised features, as a part of an objective that starts from a classifier. */
import { classifierLogits, headTensors, type ClassifierHead } from '../classifier.ts';
import { entry } from '../host-tensor.ts';
import type { Tensors } from '../../tensor/program.ts';
import { tf } from '../../tensor/tf.ts';
import type { Objective } from './objective.ts';

/**
 * The part `head` and its logits. Mean and standard deviation stay fixed constants of the graph: steps on standardised features are better
 * conditioned than on a head with the scaling folded in.
 */
export function linearHead(head: ClassifierHead): Pick<Objective, 'parts' | 'init'> & {
  /** Features [B, numFeatures] -> [B, numClasses]. */
  readonly logits: (heads: Tensors, features: tf.Tensor2D) => tf.Tensor2D;
} {
  const start = headTensors(head);
  const weights = entry(start, 'weights');
  const bias = entry(start, 'bias');
  return {
    parts: { head: { weights: { shape: weights.shape, kind: 'weight' }, bias: { shape: bias.shape, kind: 'bias' } } },
    init: () => ({ 'head/weights': weights, 'head/bias': bias }),
    logits: (heads, features) =>
      classifierLogits(features, {
        weights: entry(heads, 'head/weights'),
        bias: entry(heads, 'head/bias'),
        mean: tf.tensor1d(head.mean),
        std: tf.tensor1d(head.std),
      }),
  };
}
