/** A network's feature vectors at every place of whole images, and which of a vocabulary of centroids is nearest to each. */
import type { RunContext } from '../../contract/progress.ts';
import type { Network } from '../../nn/network.ts';
import type { Executor, HostTensors, Program } from '../../tensor/program.ts';
import type { Random } from '../../tensor/random.ts';
import { tf } from '../../tensor/tf.ts';
import { entry, floatsOf, uint8 } from '../host-tensor.ts';
import type { PixelSource } from '../pixel-source.ts';
import { resizeWhole } from '../resample.ts';

export interface WordReaderOptions {
  readonly network: Network;
  readonly parameters: HostTensors;
  readonly source: PixelSource;
  readonly px: number;
  /** Images at a time. */
  readonly batch: number;
  readonly executor: Executor;
  readonly ctx: RunContext;
}

export interface WordReader {
  /** Places of an image's map. */
  readonly numPlaces: number;
  readonly dim: number;
  /** `perImage` vectors of every item, at places drawn at random: [items * perImage, dim]. */
  sample(items: Int32Array, perImage: number, random: Random): Promise<Float32Array>;
  /** [items, numPlaces]: the word, in 0..K-1, whose centroid of `centroids` [K, dim] is nearest. */
  words(items: Int32Array, centroids: Float32Array): Promise<Float32Array>;
  dispose(): Promise<void>;
}

/** Side of the coarsest map that still tells one part of an image from another. */
const leastSide = 4;

/** Which of the network's maps words are made of: the deepest that is at least 4 pixels wide, as the paper's are of the last maps of networks that shrink less. */
export function wordStage({ stages }: Pick<Network, 'stages'>, px: number): number {
  const deepest = stages.findLastIndex(({ reduction }) => px / reduction >= leastSide);
  return Math.max(0, deepest);
}

/** Loads the network in inference mode. Close it with `dispose`. */
export async function createWordReader(options: WordReaderOptions, stage: number): Promise<WordReader> {
  const { network, parameters, source, px, executor, ctx } = options;
  const batch = Math.min(options.batch, source.numImages);
  const dim = network.stages[stage]?.numChannels ?? 0;
  const images = { dtype: 'uint8', shape: [batch, source.px, source.px, 3] } as const;
  const mapOf = (held: Readonly<Record<string, tf.Tensor>>, pixels: tf.Tensor): tf.Tensor4D =>
    network.forward(held, resizeWhole(pixels as tf.Tensor4D, px), { training: false }).maps[stage] as tf.Tensor4D;
  const session = await executor.load({
    name: `feature-map-${network.arch}`,
    state: parameters,
    inputs: { images },
    run: (held, inputs) => ({ state: {}, outputs: { vectors: tf.reshape(mapOf(held, entry(inputs, 'images')), [batch, -1, dim]) } }),
  } satisfies Program);

  /** Vectors of every batch in turn, with how many of its images count. */
  async function* batches(items: Int32Array, phase: string): AsyncGenerator<{ vectors: Float32Array; start: number; numUsed: number }> {
    for (let start = 0; start < items.length; start += batch) {
      ctx.signal.throwIfAborted();
      // The batch size is fixed: the last one repeats an image.
      const asked = Int32Array.from({ length: batch }, (_, i) => items[Math.min(start + i, items.length - 1)] as number);
      const outputs = await session.run({ images: uint8(images.shape, await source.read(asked)) });
      const numUsed = Math.min(batch, items.length - start);
      yield { vectors: floatsOf(outputs, 'vectors'), start, numUsed };
      ctx.onProgress({ phase, done: start + numUsed, total: items.length });
    }
  }

  const probe = await session.run({ images: uint8(images.shape, new Uint8Array(batch * source.px ** 2 * 3)) });
  const numPlaces = floatsOf(probe, 'vectors').length / batch / dim;
  return {
    numPlaces,
    dim,
    async sample(items, perImage, random) {
      const taken = new Float32Array(items.length * perImage * dim);
      for await (const { vectors, start, numUsed } of batches(items, 'vocabulary')) {
        for (let i = 0; i < numUsed; i++) {
          random
            .permutation(numPlaces)
            .subarray(0, perImage)
            .forEach((place, k) => {
              const from = (i * numPlaces + place) * dim;
              taken.set(vectors.subarray(from, from + dim), ((start + i) * perImage + k) * dim);
            });
        }
      }
      return taken;
    },
    async words(items, centroids) {
      const nearest = await executor.load(nearestProgram(batch * numPlaces, dim, centroids));
      const words = new Float32Array(items.length * numPlaces);
      try {
        for await (const { vectors, start, numUsed } of batches(items, 'words')) {
          const found = await nearest.run({ vectors: { dtype: 'float32', shape: [batch * numPlaces, dim], data: vectors } });
          words.set(entry(found, 'words').data.subarray(0, numUsed * numPlaces), start * numPlaces);
        }
      } finally {
        await nearest.dispose();
      }
      return words;
    },
    dispose: () => session.dispose(),
  };
}

/** (vectors [N, dim]) -> the nearest centroid of each, [N]: the largest v . c - |c|^2 / 2. */
function nearestProgram(numVectors: number, dim: number, centroids: Float32Array): Program {
  const numWords = centroids.length / dim;
  const halves = Float32Array.from({ length: numWords }, (_, k) => {
    let squares = 0;
    for (let j = 0; j < dim; j++) squares += (centroids[k * dim + j] as number) ** 2;
    return squares / 2;
  });
  return {
    name: 'nearest-word',
    state: {
      centroids: { dtype: 'float32', shape: [numWords, dim], data: centroids },
      halves: { dtype: 'float32', shape: [1, numWords], data: halves },
    },
    inputs: { vectors: { dtype: 'float32', shape: [numVectors, dim] } },
    run: (held, inputs) => {
      const nearness = tf.sub(tf.matMul(entry(inputs, 'vectors'), entry(held, 'centroids'), false, true), entry(held, 'halves'));
      return { state: {}, outputs: { words: tf.argMax(nearness, 1) } };
    },
  };
}
