/** Rotation (Gidaris et al. 2018, arXiv 1803.07728): tell by how many quarter turns an image was turned. */
import { tf } from '../../tensor/tf.ts';
import { streamRandom, streams } from '../random-streams.ts';
import { softCrossEntropy } from './cross-entropy.ts';
import { mlpForward, mlpInit, mlpSpecs, type HeadNorm } from './mlp.ts';
import type { Objective } from './objective.ts';

export interface RotationOptions {
  readonly numFeatures: number;
  readonly headNorm: HeadNorm;
  readonly numHidden?: number;
}

const numTurns = 4;

/**
 * Cross-entropy over 0, 1, 2 and 3 quarter turns (eq. 2), at chance ln 4. The batch, which is in random order, is turned by quarters: the first quarter of
 * its images not at all, the last by three quarter turns. Nothing is to be learnt where images have no up, and nothing where the views were turned or put
 * upside down before: their augmentation may mirror left to right, and no more.
 */
export function rotation({ numFeatures, headNorm, numHidden = 1024 }: RotationOptions): Objective {
  const size = { numIn: numFeatures, numHidden, numOut: numTurns };
  return {
    name: 'rotation',
    numViews: 1,
    classes: 'none',
    parts: { head: mlpSpecs(size) },
    targetParts: null,
    chanceLoss: Math.log(numTurns),
    init: (seed) => mlpInit('head', size, streamRandom(seed, streams.heads, 0)),
    loss({ images, online }) {
      const { features, statistics } = online.forward(turnByQuarters(images));
      const logits = mlpForward('head', online.heads, features, headNorm);
      const { loss, accuracy } = softCrossEntropy(logits, turnsOf(images.shape[0]), { labelSmoothing: 0 });
      return { loss, statistics, metrics: { accuracy } };
    },
  };
}

/** Quarter turns of each image of a batch, int32 [B]: 0 to 3, in order, equally many as far as B allows. */
export function turnsOf(batch: number): tf.Tensor1D {
  return tf.tensor1d(
    Int32Array.from({ length: batch }, (_, i) => Math.floor((numTurns * i) / batch)),
    'int32',
  );
}

/** [B, P, P, 3] -> the same, image i turned anticlockwise `turnsOf(B)[i]` times. */
export function turnByQuarters(images: tf.Tensor4D): tf.Tensor4D {
  const [batch] = images.shape;
  const parts: tf.Tensor4D[] = [];
  for (let turns = 0; turns < numTurns; turns++) {
    const begin = Math.ceil((turns * batch) / numTurns);
    const count = Math.ceil(((turns + 1) * batch) / numTurns) - begin;
    if (count > 0) parts.push(turned(tf.slice(images, [begin, 0, 0, 0], [count, -1, -1, -1]), turns));
  }
  return parts.length === 1 ? (parts[0] as tf.Tensor4D) : tf.concat(parts, 0);
}

/** Rows are y, from the top, and columns x: a quarter turn anticlockwise swaps the two and then reverses y. */
function turned(images: tf.Tensor4D, turns: number): tf.Tensor4D {
  const swapped = (x: tf.Tensor4D): tf.Tensor4D => tf.transpose(x, [0, 2, 1, 3]);
  switch (turns) {
    case 1:
      return tf.reverse(swapped(images), 1);
    case 2:
      return tf.reverse(images, [1, 2]);
    case 3:
      return tf.reverse(swapped(images), 2);
    default:
      return images;
  }
}
