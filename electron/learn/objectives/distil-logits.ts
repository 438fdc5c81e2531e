/** Distillation of predictions (Hinton, Vinyals and Dean 2015, arXiv 1503.02531): a classifier learns another's probabilities, on images with and without labels. */
import type { ClassifierHead } from '../classifier.ts';
import { entry } from '../host-tensor.ts';
import { tf } from '../../tensor/tf.ts';
import { linearHead } from './linear-head.ts';
import type { Objective } from './objective.ts';

/**
 * Cross-entropy between the teacher's probabilities, [N, numClasses] in the order of the run's images, and the student's, starting from
 * `head`. No temperature: a teacher taught by few labels is unsure enough for its doubts to show.
 */
export function distilLogits(head: ClassifierHead, probabilities: Float32Array): Objective {
  const { parts, init, logits } = linearHead(head);
  return {
    name: 'distil-logits',
    numViews: 1,
    classes: 'none',
    parts,
    targetParts: null,
    rows: { wanted: { width: head.numClasses, values: probabilities } },
    init,
    loss({ images, online, rows }) {
      const { features, statistics } = online.forward(images);
      const seen = tf.logSoftmax(logits(online.heads, features));
      const loss = tf.neg<tf.Scalar>(tf.mean(tf.sum(tf.mul(entry(rows, 'wanted'), seen), 1)));
      return { loss, statistics, metrics: {} };
    },
  };
}
