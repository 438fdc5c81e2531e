/** Restoring regions that were blurred and lost their colour (RandomGreyBlur, as used for training from nothing on Image-wang, github.com/fastai/imagenette). */
import { tf } from '../../tensor/tf.ts';
import { luma } from '../augment.ts';
import { entry, float32 } from '../host-tensor.ts';
import type { Objective } from './objective.ts';
import { rebuild, type RebuildOptions } from './rebuild.ts';
import { drawRegions, regionMask, regionSpecs, type RegionRules } from './regions.ts';

const regions = { count: 4, side: [0.2, 0.6] } as const satisfies RegionRules;
/** Standard deviations of the blur, as shares of the view's side. */
const blurShare = [0.02, 0.06] as const;

/** Mean absolute difference to the view as it was, over all of it: |decoder(spoilt) - view|, colours in [0, 1]. */
export function restore(options: RebuildOptions): Objective {
  return rebuild(options, {
    name: 'restore',
    numOutputs: 3,
    start: 0.5,
    draws: {
      specs: (batch) => ({ ...regionSpecs(regions, batch), sigma: { dtype: 'float32', shape: [batch] } }),
      draw: (random, batch) => ({
        ...drawRegions(random, regions, batch),
        sigma: float32(
          [batch],
          Float32Array.from({ length: batch }, () => blurShare[0] + (blurShare[1] - blurShare[0]) * random.next()),
        ),
      }),
    },
    task: ({ images, draws }) => {
      const px = images.shape[1];
      const mask = regionMask(draws, px);
      const spoilt = greyAndBlurred(images, tf.mul(entry(draws, 'sigma'), px));
      return { shown: tf.add(tf.mul(images, tf.sub(1, mask)), tf.mul(spoilt, mask)), wanted: images, weights: null };
    },
  });
}

/** [B, P, P, 3] as luma in all three channels, softened by a Gaussian of `sigmaPx` [B] pixels. */
export function greyAndBlurred(images: tf.Tensor4D, sigmaPx: tf.Tensor): tf.Tensor4D {
  const [batch, px] = images.shape;
  const grey = tf.reshape(tf.sum(tf.mul(images, tf.tensor([...luma], [1, 1, 1, 3])), 3), [batch, px, px]);
  const places = tf.range(0, px);
  const distances = tf.sub(tf.reshape(places, [1, px, 1]), tf.reshape(places, [1, 1, px]));
  const bells = tf.exp(tf.neg(tf.div(tf.square(distances), tf.mul(2, tf.square(tf.reshape(sigmaPx, [batch, 1, 1]))))));
  const weights = tf.div(bells, tf.sum(bells, 2, true));
  const soft = tf.matMul(tf.matMul(weights, grey), weights, false, true);
  return tf.mul(tf.reshape<tf.Rank.R4>(soft, [batch, px, px, 1]), tf.ones([1, 1, 1, 3]));
}
