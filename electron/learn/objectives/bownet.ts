/** BoWNet (Gidaris et al. 2020, arXiv 2002.12247): tell from a perturbed view which visual words the starting network sees in the whole image. */
import type { RunContext } from '../../contract/progress.ts';
import { clusterFeatures } from '../../explore/kmeans.ts';
import type { Network } from '../../nn/network.ts';
import type { Executor, HostTensors } from '../../tensor/program.ts';
import { tf } from '../../tensor/tf.ts';
import { entry, float32 } from '../host-tensor.ts';
import type { PixelSource } from '../pixel-source.ts';
import { streamRandom, streams } from '../random-streams.ts';
import type { Objective } from './objective.ts';
import { createWordReader, wordStage } from './visual-words.ts';

export interface BownetOptions {
  readonly numFeatures: number;
  readonly numWords: number;
  /** The words of every image, [N, numPlaces], in 0..numWords-1, in the order of the run's images. */
  readonly words: Float32Array;
  readonly numPlaces: number;
}

/** Scale of the logits at the start; it is learnt. */
const startScale = 10;

/**
 * Cross-entropy between an image's bag of words, y = counts / places, and softmax(gamma w_k . f) over unit word weights w_k (section 3.2), with the features f of
 * length 1 as well, since their length is arbitrary here. The bag is of the whole image in its own colours, the view is cropped and recoloured: what they share is what the image shows.
 * The teacher is the network as it was and never changes, so its words are found once, before training.
 */
export function bownet({ numFeatures, numWords, words, numPlaces }: BownetOptions): Objective {
  const shape = [numFeatures, numWords];
  return {
    name: 'bownet',
    numViews: 1,
    classes: 'none',
    parts: { words: { weights: { shape, kind: 'weight' }, scale: { shape: [1], kind: 'norm' } } },
    rows: { words: { width: numPlaces, values: words } },
    targetParts: null,
    chanceLoss: entropyOfWords(words, numWords),
    init(seed) {
      const random = streamRandom(seed, streams.heads, 0);
      return {
        'words/weights': float32(
          shape,
          Float32Array.from({ length: numFeatures * numWords }, () => random.normal() / Math.sqrt(numFeatures)),
        ),
        'words/scale': float32([1], Float32Array.of(startScale)),
      };
    },
    prepareTargets: ({ rows }) => ({ targets: { bags: bagsOf(entry(rows, 'words'), numWords) } }),
    loss({ images, online, targets }) {
      const { features, statistics } = online.forward(images);
      const unit = (x: tf.Tensor, axis: number): tf.Tensor => tf.mul(x, tf.rsqrt(tf.add(tf.sum(tf.square(x), axis, true), 1e-12)));
      const likeness = tf.matMul(unit(features, 1), unit(entry(online.heads, 'words/weights'), 0));
      const logProbabilities = tf.logSoftmax(tf.mul(likeness, entry(online.heads, 'words/scale')));
      const loss = tf.neg(tf.mean(tf.sum(tf.mul(entry(targets, 'bags'), logProbabilities), 1)));
      return { loss: loss as tf.Scalar, statistics, metrics: {} };
    },
  };
}

/** [B, numPlaces] of words -> [B, numWords] of shares. */
export function bagsOf(words: tf.Tensor, numWords: number): tf.Tensor2D {
  const [batch = 1, numPlaces = 1] = words.shape;
  const isWord = tf.equal(tf.reshape(words, [batch, numPlaces, 1]), tf.reshape(tf.range(0, numWords), [1, 1, numWords]));
  return tf.mean(tf.cast(isWord, 'float32'), 1);
}

/** The entropy of the words of all images together, in nats: the loss of a network that sees no difference between them. */
function entropyOfWords(words: Float32Array, numWords: number): number {
  const counts = new Float64Array(numWords);
  for (const word of words) counts[word] = (counts[word] ?? 0) + 1;
  return -counts.reduce((sum, count) => (count === 0 ? sum : sum + (count / words.length) * Math.log(count / words.length)), 0);
}

/** Words for a folder: 2,048 as published where there are many images, half as many as images at most. */
export function numWordsFor(numImages: number): number {
  return Math.max(2, Math.min(2048, Math.floor(numImages / 2)));
}

export interface BownetSetup {
  readonly network: Network;
  readonly parameters: HostTensors;
  readonly items: Int32Array;
  readonly source: PixelSource;
  readonly px: number;
  readonly batch: number;
  readonly executor: Executor;
  readonly seed: number;
  readonly ctx: RunContext;
  readonly numWords?: number;
}

/** Feature vectors that the vocabulary is made of: on average so many for each word, all images having a part in it. */
const vectorsPerWord = 40;

/** Finds a vocabulary by k-means over a sample of the starting network's feature vectors, then the words of every image. */
export async function bownetOf(setup: BownetSetup): Promise<Objective> {
  const { network, items, px, seed, executor, ctx } = setup;
  const stage = wordStage(network, px);
  const reader = await createWordReader(setup, stage);
  try {
    const { numPlaces, dim } = reader;
    const numWords = Math.min(setup.numWords ?? numWordsFor(items.length), items.length * numPlaces);
    const perImage = Math.max(1, Math.min(numPlaces, Math.round((vectorsPerWord * numWords) / items.length)));
    const sample = await reader.sample(items, perImage, streamRandom(seed, streams.heads, 1));
    const numVectors = sample.length / dim;
    const shape = { numImages: numVectors, numDims: dim };
    const { centroids } = await clusterFeatures(sample, shape, { numClusters: Math.min(numWords, numVectors), seed }, executor, {
      signal: ctx.signal,
      onProgress: (progress) => ctx.onProgress({ ...progress, phase: 'cluster' }),
    });
    const words = await reader.words(items, centroids);
    return bownet({ numFeatures: network.numFeatures, numWords: centroids.length / dim, words, numPlaces });
  } finally {
    await reader.dispose();
  }
}
