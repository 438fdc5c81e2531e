/** VICReg (Bardes, Ponce and LeCun 2022, arXiv 2105.04906): views agree, every dimension varies, and no two dimensions say the same. */
import { streamRandom, streams } from '../random-streams.ts';
import { tf } from '../../tensor/tf.ts';
import { mlpForward, mlpInit, mlpSpecs, type HeadNorm } from './mlp.ts';
import type { Objective } from './objective.ts';
import { outputSpread } from './output-spread.ts';
import { splitViews } from './view-pairs.ts';

export interface VicRegOptions {
  readonly numFeatures: number;
  readonly headNorm: HeadNorm;
  readonly numHidden?: number;
  readonly numProjected?: number;
  readonly invarianceWeight?: number;
  /** Without it the method is known to collapse (table 4); 0 for tests of the collapse alarm. */
  readonly varianceWeight?: number;
  readonly covarianceWeight?: number;
}

/** invariance * mean squared difference of the views + variance * hinge of the deviations below 1 + covariance * squared off-diagonal covariances / K (eq. 1 to 6). */
export function vicreg(options: VicRegOptions): Objective {
  const {
    numFeatures,
    headNorm,
    numHidden = 1024,
    numProjected = 512,
    invarianceWeight = 25,
    varianceWeight = 25,
    covarianceWeight = 1,
  } = options;
  const size = { numIn: numFeatures, numHidden, numOut: numProjected };
  return {
    name: 'vicreg',
    numViews: 2,
    classes: 'none',
    parts: { projector: mlpSpecs(size) },
    targetParts: null,
    init: (seed) => mlpInit('projector', size, streamRandom(seed, streams.heads, 0)),
    loss({ images, online }) {
      const { features, statistics } = online.forward(images);
      const projection = mlpForward('projector', online.heads, features, headNorm);
      const views = splitViews(projection);
      const invariance = tf.mean<tf.Scalar>(tf.square(tf.sub(views[0], views[1])));
      const spreads = views.map(spreadTerms);
      const half = (of: (terms: SpreadTerms) => tf.Scalar): tf.Scalar =>
        tf.mul(tf.add(of(spreads[0] as SpreadTerms), of(spreads[1] as SpreadTerms)), 0.5);
      const variance = half((terms) => terms.variance);
      const covariance = half((terms) => terms.covariance);
      // The paper adds the terms of both views.
      const spread = tf.add(tf.mul(variance, 2 * varianceWeight), tf.mul(covariance, 2 * covarianceWeight));
      const loss = tf.add<tf.Scalar>(tf.mul(invariance, invarianceWeight), spread);
      return { loss, statistics, metrics: { invariance, variance, covariance, outputSpread: outputSpread(projection) } };
    },
  };
}

interface SpreadTerms {
  readonly variance: tf.Scalar;
  readonly covariance: tf.Scalar;
}

/** Of one view's outputs [B, K]: mean hinge max(0, 1 - deviation), and the squared covariances of different dimensions over K. */
function spreadTerms(view: tf.Tensor2D): SpreadTerms {
  const [numRows, width] = view.shape;
  const centred = tf.sub(view, tf.mean(view, 0, true));
  const variances = tf.div(tf.sum(tf.square(centred), 0), numRows - 1);
  const deviations = tf.sqrt(tf.add(variances, 1e-4));
  const covariances = tf.div(tf.matMul(centred, centred, true, false), numRows - 1);
  const offDiagonal = tf.sub(tf.sum(tf.square(covariances)), tf.sum(tf.square(variances)));
  return { variance: tf.mean<tf.Scalar>(tf.relu(tf.sub(1, deviations))), covariance: tf.div<tf.Scalar>(offDiagonal, width) };
}
