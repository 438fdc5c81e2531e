/** SimSiam (Chen and He 2021, arXiv 2011.10566): predict the other view's projection by the same network, whose gradient stops there. */
import { streamRandom, streams } from '../random-streams.ts';
import { tf } from '../../tensor/tf.ts';
import { mlpForward, mlpInit, mlpSpecs, type HeadNorm } from './mlp.ts';
import type { Objective } from './objective.ts';
import { outputSpread } from './output-spread.ts';
import { stopGradient } from './stop-gradient.ts';
import { unitRows } from './unit-rows.ts';
import { swapViews } from './view-pairs.ts';

export interface SimSiamOptions {
  readonly numFeatures: number;
  readonly headNorm: HeadNorm;
  readonly numHidden?: number;
  readonly numProjected?: number;
  /** Without it the method is known to collapse (table 1); for tests of the collapse alarm. */
  readonly stopsGradient?: boolean;
}

/**
 * -cos(prediction, other view's projection) over both orders of the views (eq. 1 and 2), plus 1, so that it lies in [0, 2]. The predictor is a
 * bottleneck of a quarter of the projection's width, as published; the projector has two layers instead of three, since few images come at a time.
 */
export function simsiam({ numFeatures, headNorm, numHidden = 1024, numProjected = 1024, stopsGradient = true }: SimSiamOptions): Objective {
  const projectorSize = { numIn: numFeatures, numHidden, numOut: numProjected };
  const predictorSize = { numIn: numProjected, numHidden: Math.max(2, numProjected / 4), numOut: numProjected };
  return {
    name: 'simsiam',
    numViews: 2,
    classes: 'none',
    parts: { projector: mlpSpecs(projectorSize), predictor: mlpSpecs(predictorSize) },
    targetParts: null,
    init(seed) {
      return {
        ...mlpInit('projector', projectorSize, streamRandom(seed, streams.heads, 0)),
        ...mlpInit('predictor', predictorSize, streamRandom(seed, streams.heads, 1)),
      };
    },
    loss({ images, online }) {
      const { features, statistics } = online.forward(images);
      const projection = mlpForward('projector', online.heads, features, headNorm);
      const prediction = mlpForward('predictor', online.heads, projection, headNorm);
      const other = swapViews(unitRows(projection));
      const cosines = tf.sum(tf.mul(unitRows(prediction), stopsGradient ? stopGradient(other) : other), 1);
      return { loss: tf.mean(tf.sub(1, cosines)), statistics, metrics: { outputSpread: outputSpread(projection) } };
    },
  };
}
