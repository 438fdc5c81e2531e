/** DIET (Balestriero 2023, arXiv 2302.10260): every image is its own class. No pairs, no teacher, no collapse by construction. */
import { streamRandom, streams } from '../random-streams.ts';
import { entry } from '../host-tensor.ts';
import { tf } from '../../tensor/tf.ts';
import { softCrossEntropy } from './cross-entropy.ts';
import { denseInit } from './mlp.ts';
import type { Objective } from './objective.ts';

export interface DietOptions {
  readonly numFeatures: number;
  readonly numImages: number;
  readonly labelSmoothing: number;
  /** The share of the run in which only the head learns: DIET-CP (arXiv 2509.06990) has a tenth, 15 of 150 epochs. */
  readonly headOnlyShare?: number;
}

/**
 * Cross-entropy of a linear head without bias, numFeatures -> numImages, with label smoothing. The head, its gradient and its
 * two moments hold numFeatures * numImages values each: 1280 features and 100,000 images are 2 GB, so adapt on at most a
 * few ten thousand images, drawn at random.
 */
export function diet({ numFeatures, numImages, labelSmoothing, headOnlyShare = 0 }: DietOptions): Objective {
  const shape = [numFeatures, numImages];
  return {
    name: 'diet',
    numViews: 1,
    classes: 'index',
    parts: { head: { weights: { shape, kind: 'weight' } } },
    targetParts: null,
    chanceLoss: Math.log(numImages),
    ...(headOnlyShare > 0 && { schedule: (progress: number) => ({ rates: { backbone: progress < headOnlyShare ? 0 : 1 } }) }),
    init(seed) {
      const random = streamRandom(seed, streams.heads, 0);
      return {
        'head/weights': denseInit(numFeatures, numImages, random),
      };
    },
    loss({ images, online, classes }) {
      const { features, statistics } = online.forward(images);
      const logits = tf.matMul<tf.Tensor2D>(features, entry(online.heads, 'head/weights'));
      const { loss, accuracy } = softCrossEntropy(logits, classes, { labelSmoothing });
      return { loss, statistics, metrics: { accuracy } };
    },
  };
}
