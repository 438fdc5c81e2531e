/** Distillation of predictions (Hinton, Vinyals and Dean 2015, arXiv 1503.02531): a classifier learns another's probabilities, on images with and without labels. */
import { classifierLogits, headTensors, type ClassifierHead } from '../classifier.ts';
import { entry } from '../host-tensor.ts';
import { tf } from '../../tensor/tf.ts';
import type { Objective } from './objective.ts';

/**
 * Cross-entropy between the teacher's probabilities, [N, numClasses] in the order of the run's images, and the student's, starting from
 * `head`. No temperature: a teacher taught by few labels is unsure enough for its doubts to show.
 */
export function distilLogits(head: ClassifierHead, probabilities: Float32Array): Objective {
  const start = headTensors(head);
  const weights = entry(start, 'weights');
  const bias = entry(start, 'bias');
  return {
    name: 'distil-logits',
    numViews: 1,
    classes: 'none',
    parts: { head: { weights: { shape: weights.shape, kind: 'weight' }, bias: { shape: bias.shape, kind: 'bias' } } },
    targetParts: null,
    rows: { wanted: { width: head.numClasses, values: probabilities } },
    init: () => ({ 'head/weights': weights, 'head/bias': bias }),
    loss({ images, online, rows }) {
      const { features, statistics } = online.forward(images);
      const logits = classifierLogits(features, {
        weights: entry(online.heads, 'head/weights'),
        bias: entry(online.heads, 'head/bias'),
        mean: tf.tensor1d(head.mean),
        std: tf.tensor1d(head.std),
      });
      const loss = tf.neg(tf.mean(tf.sum(tf.mul(entry(rows, 'wanted'), tf.logSoftmax(logits)), 1)));
      return { loss: loss as tf.Scalar, statistics, metrics: {} };
    },
  };
}
