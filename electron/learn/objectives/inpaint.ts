/** In-painting (Pathak et al. 2016, arXiv 1604.07379): fill in what was cut out. */
import { tf } from '../../tensor/tf.ts';
import type { Objective } from './objective.ts';
import { rebuild, type RebuildOptions } from './rebuild.ts';
import { drawRegions, regionMask, regionSpecs, type RegionRules } from './regions.ts';

const holes = { count: 3, side: [0.2, 0.45] } as const satisfies RegionRules;

/**
 * Rectangles are filled with the network's mean colour, and the mean absolute difference counts within them alone (the paper has squares, eq. 1, and an
 * adversary for sharpness, which features do not need).
 */
export function inpaint({ mean, ...options }: RebuildOptions & { readonly mean: readonly [number, number, number] }): Objective {
  return rebuild(options, {
    name: 'inpaint',
    numOutputs: 3,
    start: 0.5,
    draws: { specs: (batch) => regionSpecs(holes, batch), draw: (random, batch) => drawRegions(random, holes, batch) },
    task: ({ images, draws }) => {
      const mask = regionMask(draws, images.shape[1]);
      const shown = tf.add<tf.Tensor4D>(tf.mul(images, tf.sub(1, mask)), tf.mul(mask, tf.tensor([...mean], [1, 1, 1, 3])));
      return { shown, wanted: images, weights: mask };
    },
  });
}
