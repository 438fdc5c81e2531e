/** Barlow Twins (Zbontar et al. 2021, arXiv 2103.03230): what two views say about a dimension should agree, what dimensions say should be independent. */
import { streamRandom, streams } from '../random-streams.ts';
import { tf } from '../../tensor/tf.ts';
import { mlpForward, mlpInit, mlpSpecs, type HeadNorm } from './mlp.ts';
import type { Objective } from './objective.ts';
import { outputSpread } from './output-spread.ts';
import { splitViews } from './view-pairs.ts';

export interface BarlowOptions {
  readonly numFeatures: number;
  readonly headNorm: HeadNorm;
  readonly numHidden?: number;
  readonly numProjected?: number;
  /** lambda, what a dependence between different dimensions counts. */
  readonly redundancyWeight?: number;
}

/**
 * sum_i (1 - C_ii)^2 + lambda sum_i,j!=i C_ij^2 over K (eq. 1 without the over K), C [K, K] being the correlations over the batch of one view's dimensions with the
 * other's (eq. 2). A projection that is the same for all images correlates with nothing and costs 1: `chanceLoss`.
 */
export function barlow(options: BarlowOptions): Objective {
  const { numFeatures, headNorm, numHidden = 1024, numProjected = 512, redundancyWeight = 0.005 } = options;
  const size = { numIn: numFeatures, numHidden, numOut: numProjected };
  return {
    name: 'barlow',
    numViews: 2,
    classes: 'none',
    parts: { projector: mlpSpecs(size) },
    targetParts: null,
    chanceLoss: 1,
    init: (seed) => mlpInit('projector', size, streamRandom(seed, streams.heads, 0)),
    loss({ images, online }) {
      const { features, statistics } = online.forward(images);
      const projection = mlpForward('projector', online.heads, features, headNorm);
      const [first, second] = splitViews(projection);
      const [a, b] = [standardised(first), standardised(second)];
      const agreements = tf.mean(tf.mul(a, b), 0);
      const correlations = tf.div(tf.matMul(a, b, true, false), a.shape[0]);
      const invariance = tf.mean<tf.Scalar>(tf.square(tf.sub(1, agreements)));
      const offDiagonal = tf.sub(tf.sum(tf.square(correlations)), tf.sum(tf.square(agreements)));
      const redundancy = tf.div<tf.Scalar>(offDiagonal, numProjected);
      const loss = tf.add<tf.Scalar>(invariance, tf.mul(redundancy, redundancyWeight));
      return { loss, statistics, metrics: { invariance, redundancy, outputSpread: outputSpread(projection) } };
    },
  };
}

/** Each column less its mean, over its deviation: [B, K] -> [B, K]. */
function standardised(view: tf.Tensor2D): tf.Tensor2D {
  const centred = tf.sub(view, tf.mean(view, 0, true));
  return tf.mul(centred, tf.rsqrt(tf.add(tf.mean(tf.square(centred), 0, true), 1e-5)));
}
