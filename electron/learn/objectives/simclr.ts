/** SimCLR (Chen et al. 2020, arXiv 2002.05709): find the other view of an image among the views of all images of the batch. */
import { streamRandom, streams } from '../random-streams.ts';
import { tf } from '../../tensor/tf.ts';
import { mlpForward, mlpInit, mlpSpecs, type HeadNorm } from './mlp.ts';
import type { Objective } from './objective.ts';
import { unitRows } from './unit-rows.ts';
import { swapViews } from './view-pairs.ts';

export interface SimClrOptions {
  readonly numFeatures: number;
  readonly headNorm: HeadNorm;
  /** Images per step: the loss by chance depends on it. */
  readonly batch: number;
  readonly numHidden?: number;
  readonly numProjected?: number;
  readonly temperature?: number;
}

/** Far below any logit, yet finite: the view itself is no choice. */
const excluded = -1e9;

/** NT-Xent (eq. 1): cross-entropy of the other view among the 2B - 1 other views by cosine over temperature, the mean over all 2B views. */
export function simclr({
  numFeatures,
  headNorm,
  batch,
  numHidden = 1024,
  numProjected = 128,
  temperature = 0.2,
}: SimClrOptions): Objective {
  const size = { numIn: numFeatures, numHidden, numOut: numProjected };
  return {
    name: 'simclr',
    numViews: 2,
    classes: 'none',
    parts: { projector: mlpSpecs(size) },
    targetParts: null,
    chanceLoss: Math.log(2 * batch - 1),
    init: (seed) => mlpInit('projector', size, streamRandom(seed, streams.heads, 0)),
    loss({ images, online }) {
      const { features, statistics } = online.forward(images);
      const projection = unitRows(mlpForward('projector', online.heads, features, headNorm));
      const likeness = tf.div(tf.matMul(projection, projection, false, true), temperature);
      const choices = tf.add(likeness, tf.mul(tf.eye(likeness.shape[0]), excluded));
      // Of a log-softmax only the other view's place counts: its own logit less the logarithm of the sum over all.
      const other = tf.div(tf.sum(tf.mul(projection, swapViews(projection)), 1), temperature);
      const losses = tf.sub(tf.logSumExp(choices, 1), other);
      const best = tf.max(choices, 1);
      const accuracy = tf.mean<tf.Scalar>(tf.cast(tf.greaterEqual(tf.add(other, 1e-6), best), 'float32'));
      return { loss: tf.mean(losses), statistics, metrics: { accuracy } };
    },
  };
}
