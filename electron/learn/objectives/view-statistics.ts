/** Running statistics for whole views, where a pretext task shows the network something else. */
import type { Tensors } from '../../tensor/program.ts';
import { tf } from '../../tensor/tf.ts';
import type { Branch } from './objective.ts';

const leastViews = 8;

/**
 * The running statistics after a quarter of the views, [B, P, P, 3], without a gradient. Batch normalisation that has only ever seen tiles, grey or
 * noise would be wrong on the images that the features are wanted of (Li et al. 2016, arXiv 1603.04779); the rest of the step does not use them.
 */
export function viewStatistics(online: Branch, images: tf.Tensor4D): Tensors {
  const [batch] = images.shape;
  const count = Math.min(batch, Math.max(leastViews, Math.ceil(batch / 4)));
  return online.forward(tf.slice(images, [0, 0, 0, 0], [count, -1, -1, -1])).statistics;
}
