/** A denoising autoencoder (Vincent et al. 2008): make an image again from a noisy copy. */
import { tf } from '../../tensor/tf.ts';
import { entry, float32 } from '../host-tensor.ts';
import type { Objective } from './objective.ts';
import { rebuild, type RebuildOptions } from './rebuild.ts';

/** Standard deviations of the noise, of colours in [0, 1]. */
const noise = [0.1, 0.5] as const;

/** Mean absolute difference between the clean view and what the decoder makes of it with Gaussian noise, a strength for each view. */
export function denoise(options: RebuildOptions): Objective {
  return rebuild(options, {
    name: 'denoise',
    numOutputs: 3,
    start: 0.5,
    draws: {
      specs: (batch, px) => ({
        noise: { dtype: 'float32', shape: [batch, px, px, 3] },
        strength: { dtype: 'float32', shape: [batch] },
      }),
      draw: (random, batch, px) => ({
        noise: float32(
          [batch, px, px, 3],
          Float32Array.from({ length: batch * px * px * 3 }, () => random.normal()),
        ),
        strength: float32(
          [batch],
          Float32Array.from({ length: batch }, () => noise[0] + (noise[1] - noise[0]) * random.next()),
        ),
      }),
    },
    task: ({ images, draws }) => {
      const strength = tf.reshape(entry(draws, 'strength'), [images.shape[0], 1, 1, 1]);
      const shown = tf.clipByValue<tf.Tensor4D>(tf.add(images, tf.mul(entry(draws, 'noise'), strength)), 0, 1);
      return { shown, wanted: images, weights: null };
    },
  });
}
