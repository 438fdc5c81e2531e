/** What tasks share in which a network sees a spoilt view and a decoder makes the view again. */
import { tf } from '../../tensor/tf.ts';
import type { StageSpec } from '../../nn/network.ts';
import { streamRandom, streams } from '../random-streams.ts';
import { decoderForward, decoderInit, decoderSpecs } from './decoder.ts';
import type { HeadNorm } from './mlp.ts';
import type { LossContext, Objective, ObjectiveDraws } from './objective.ts';
import { viewStatistics } from './view-statistics.ts';

export interface RebuildOptions {
  readonly stages: readonly StageSpec[];
  readonly headNorm: HeadNorm;
  /** The finest of the network's maps that the decoder sees, as image pixels per pixel of it. */
  readonly finestSkip?: number;
}

/** What a step shows the network, and what is wanted of it. */
export interface RebuildTask {
  /** In [0, 1], [B, P, P, 3]. */
  readonly shown: tf.Tensor4D;
  /** [B, P, P, C]. */
  readonly wanted: tf.Tensor4D;
  /** How much each pixel's error weighs, [B, P, P, 1]; all alike where null. */
  readonly weights: tf.Tensor4D | null;
}

export interface RebuildMethod {
  readonly name: string;
  readonly numOutputs: number;
  /** What the decoder makes before it has learnt anything, in every channel. */
  readonly start: number;
  readonly draws?: ObjectiveDraws;
  readonly task: (context: LossContext) => RebuildTask;
}

/** Mean absolute difference, |made - wanted|, over all pixels and channels or weighted: sharper than squares, as tasks of this kind have it. */
export function rebuild({ stages, headNorm, finestSkip = 8 }: RebuildOptions, method: RebuildMethod): Objective {
  const decoder = { stages, headNorm, numOutputs: method.numOutputs, finestSkip };
  return {
    name: method.name,
    numViews: 1,
    classes: 'none',
    parts: { decoder: decoderSpecs(decoder) },
    targetParts: null,
    init: (seed) => decoderInit('decoder', decoder, streamRandom(seed, streams.heads, 0), method.start),
    ...(method.draws && { draws: method.draws }),
    loss(context) {
      const { images, online } = context;
      const { shown, wanted, weights } = method.task(context);
      const { maps } = online.forward(shown);
      const made = decoderForward('decoder', online.heads, maps, { ...decoder, px: images.shape[1] });
      const errors = tf.mean(tf.abs(tf.sub(made, wanted)), 3, true);
      const loss = weights === null ? tf.mean(errors) : tf.div(tf.sum(tf.mul(errors, weights)), tf.add(tf.sum(weights), 1e-6));
      return { loss: loss as tf.Scalar, statistics: viewStatistics(online, images), metrics: {} };
    },
  };
}
