/** Supervised training of the whole network with a linear head on standardised features. */
import { classifierLogits, headTensors, type ClassifierHead } from '../classifier.ts';
import { entry } from '../host-tensor.ts';
import { tf } from '../../tensor/tf.ts';
import { softCrossEntropy, type CrossEntropyOptions } from './cross-entropy.ts';
import type { Objective } from './objective.ts';

/**
 * Cross-entropy starting from `head`. Its mean and standard deviation stay fixed constants of the graph: steps on standardised
 * features are better conditioned than on a head with the scaling folded in.
 */
export function classify(head: ClassifierHead, options: CrossEntropyOptions): Objective {
  const start = headTensors(head);
  const weights = entry(start, 'weights');
  const bias = entry(start, 'bias');
  return {
    name: 'classify',
    numViews: 1,
    classes: 'label',
    parts: { head: { weights: { shape: weights.shape, kind: 'weight' }, bias: { shape: bias.shape, kind: 'bias' } } },
    targetParts: null,
    init: () => ({ 'head/weights': weights, 'head/bias': bias }),
    loss({ images, online, classes }) {
      const { features, statistics } = online.forward(images);
      const logits = classifierLogits(features, {
        weights: entry(online.heads, 'head/weights'),
        bias: entry(online.heads, 'head/bias'),
        mean: tf.tensor1d(head.mean),
        std: tf.tensor1d(head.std),
      });
      const { loss, accuracy } = softCrossEntropy(logits, classes, options);
      return { loss, statistics, metrics: { accuracy } };
    },
  };
}
