/** BYOL (Grill et al. 2020, arXiv 2006.07733): predict a slowly moving target network's projection of another view. */
import { tf } from '../../tensor/tf.ts';
import { entry } from '../host-tensor.ts';
import { streamRandom, streams } from '../random-streams.ts';
import { mlpForward, mlpInit, mlpSpecs, type HeadNorm } from './mlp.ts';
import type { Objective } from './objective.ts';
import { outputSpread } from './output-spread.ts';
import { unitRows } from './unit-rows.ts';
import { swapViews } from './view-pairs.ts';

export interface ByolOptions {
  readonly numFeatures: number;
  readonly headNorm: HeadNorm;
  readonly numHidden?: number;
  readonly numProjected?: number;
  /** Without a predictor the method is known to collapse; for tests of the collapse alarm. */
  readonly predictor?: boolean;
}

/**
 * Loss 2 - 2 cos(prediction, target) over both orders of the two views (eq. 2 and 3), here as their mean, so it lies in
 * [0, 4]. Both views go through the backbone as one batch of 2B, so batch statistics are over both.
 */
export function byol({ numFeatures, headNorm, numHidden = 1024, numProjected = 256, predictor = true }: ByolOptions): Objective {
  const projectorSize = { numIn: numFeatures, numHidden, numOut: numProjected };
  const predictorSize = { numIn: numProjected, numHidden, numOut: numProjected };
  return {
    name: 'byol',
    numViews: 2,
    classes: 'none',
    parts: { projector: mlpSpecs(projectorSize), ...(predictor && { predictor: mlpSpecs(predictorSize) }) },
    targetParts: ['projector'],
    init(seed) {
      return {
        ...mlpInit('projector', projectorSize, streamRandom(seed, streams.heads, 0)),
        ...(predictor && mlpInit('predictor', predictorSize, streamRandom(seed, streams.heads, 1))),
      };
    },
    prepareTargets({ images, target }) {
      const projection = mlpForward('projector', target.heads, target.forward(images).features, headNorm);
      return { targets: { wanted: swapViews(unitRows(projection)) } };
    },
    loss({ images, online, targets }) {
      const { features, statistics } = online.forward(images);
      const projection = mlpForward('projector', online.heads, features, headNorm);
      const prediction = predictor ? mlpForward('predictor', online.heads, projection, headNorm) : projection;
      const cosines = tf.sum(tf.mul(unitRows(prediction), entry(targets, 'wanted')), 1);
      return { loss: tf.mean(tf.sub(2, tf.mul(cosines, 2))), statistics, metrics: { outputSpread: outputSpread(projection) } };
    },
  };
}
