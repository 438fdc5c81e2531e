/** How well features find an image's other view among those of all images: what can be said of a network without labels. */
import type { RunContext } from '../contract/progress.ts';
import type { Network } from '../nn/network.ts';
import type { Executor, HostTensors, Program, Tensors } from '../tensor/program.ts';
import type { tf } from '../tensor/tf.ts';
import { augment, augmentationInputs, drawAugmentation, type AugmentationSettings } from './augment.ts';
import { entry, floatsOf, uint8 } from './host-tensor.ts';
import type { PixelSource } from './pixel-source.ts';
import { streamRandom, streams } from './random-streams.ts';
import { unitAboutMean } from './unit-about-mean.ts';

export interface ViewConsistencyOptions {
  readonly network: Network;
  readonly parameters: HostTensors;
  readonly source: PixelSource;
  /** The images to look at, by index in the source. */
  readonly images: Int32Array;
  /** The side of the views. */
  readonly px: number;
  readonly augmentation: AugmentationSettings;
  readonly executor: Executor;
  readonly seed: number;
  readonly ctx: RunContext;
}

const batch = 32;

/**
 * The share of images of which the two random views are each other's nearest among all views of the other kind: instance retrieval at 1, averaged over
 * both directions, by cosine about the mean. 1 / N for features that tell nothing apart. A network may score well and yet see what does not
 * matter for the classes, so this ranks networks adapted in the same way, and proves nothing.
 */
export async function viewConsistency(options: ViewConsistencyOptions): Promise<number> {
  const { network, source, images, px, augmentation, seed, ctx } = options;
  const session = await options.executor.load(viewProgram(options), { sharesCores: true });
  const views = [new Float32Array(images.length * network.numFeatures), new Float32Array(images.length * network.numFeatures)] as const;
  try {
    for (let start = 0; start < images.length; start += batch) {
      ctx.signal.throwIfAborted();
      // The batch size is fixed: the last one repeats an image.
      const asked = Int32Array.from({ length: batch }, (_, i) => images[Math.min(start + i, images.length - 1)] as number);
      const draws = drawAugmentation(streamRandom(seed, streams.augmentation, start), 2 * batch, augmentation, {
        sourcePx: source.px,
        targetPx: px,
      });
      const outputs = await session.run({
        images: uint8([batch, source.px, source.px, 3], await source.read(asked)),
        ...Object.fromEntries(Object.entries(draws).map(([name, tensor]) => [`view.${name}`, tensor])),
      });
      const rows = floatsOf(outputs, 'features');
      for (let i = 0; i < Math.min(batch, images.length - start); i++) {
        views.forEach((view, v) => {
          const at = (2 * i + v) * network.numFeatures;
          view.set(rows.subarray(at, at + network.numFeatures), (start + i) * network.numFeatures);
        });
      }
      ctx.onProgress({ phase: 'consistency', done: Math.min(images.length, start + batch), total: images.length });
    }
  } finally {
    await session.dispose();
  }
  return retrievalShare(views[0], views[1], network.numFeatures);
}

/** Of rows `a` and `b`, [N, dim] each, the share whose nearest row of the other is that of their own number; both directions. */
export function retrievalShare(a: Float32Array, b: Float32Array, dim: number): number {
  const [left, right] = [unitAboutMean(a, dim), unitAboutMean(b, dim)];
  const numRows = left.length / dim;
  const product = (i: number, j: number): number => {
    let sum = 0;
    for (let d = 0; d < dim; d++) sum += (left[i * dim + d] as number) * (right[j * dim + d] as number);
    return sum;
  };
  const bestOfLeft = new Float64Array(numRows).fill(-Infinity);
  const bestOfRight = new Float64Array(numRows).fill(-Infinity);
  const own = new Float64Array(numRows);
  for (let i = 0; i < numRows; i++) {
    for (let j = 0; j < numRows; j++) {
      const likeness = product(i, j);
      if (i === j) {
        own[i] = likeness;
        continue;
      }
      bestOfLeft[i] = Math.max(bestOfLeft[i] as number, likeness);
      bestOfRight[j] = Math.max(bestOfRight[j] as number, likeness);
    }
  }
  let found = 0;
  own.forEach((likeness, i) => {
    found += (likeness > (bestOfLeft[i] as number) ? 1 : 0) + (likeness > (bestOfRight[i] as number) ? 1 : 0);
  });
  return found / (2 * numRows);
}

function viewProgram({ network, parameters, source, px, augmentation }: ViewConsistencyOptions): Program {
  const used = Object.keys(network.parameters).filter((name) => network.parameters[name]?.classifier !== true);
  const draws = augmentationInputs(augmentation, 2 * batch);
  return {
    name: `views-${network.arch}`,
    state: Object.fromEntries(used.map((name) => [name, entry(parameters, name)])),
    inputs: {
      images: { dtype: 'uint8', shape: [batch, source.px, source.px, 3] },
      ...Object.fromEntries(Object.entries(draws).map(([name, spec]) => [`view.${name}`, spec])),
    },
    run(state, inputs) {
      const given: Tensors = Object.fromEntries(Object.keys(draws).map((name) => [name, entry(inputs, `view.${name}`)]));
      const views = augment(entry(inputs, 'images') as tf.Tensor4D, given, { numViews: 2, targetPx: px });
      return { state: {}, outputs: { features: network.forward(state, views, { training: false }).features } };
    },
  };
}
