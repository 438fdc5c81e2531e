/**
 * OBoW (Gidaris et al. 2021, arXiv 2012.11552): from a small crop of an image, predict which visual words the whole image holds. The words are feature vectors
 * of a slowly moving teacher network from images seen before, so that the vocabulary moves along with what is learnt.
 */
import type { Network, StageSpec } from '../../nn/network.ts';
import type { HostTensor, Tensors } from '../../tensor/program.ts';
import { tf } from '../../tensor/tf.ts';
import { entry, float32 } from '../host-tensor.ts';
import { streamRandom, streams } from '../random-streams.ts';
import { mlpForward, mlpInit, mlpSpecs, type HeadNorm, type MlpSize } from './mlp.ts';
import type { Objective } from './objective.ts';
import { outputSpread } from './output-spread.ts';
import { unitRows } from './unit-rows.ts';

export interface ObowOptions {
  readonly network: Pick<Network, 'numFeatures' | 'stages'>;
  readonly headNorm: HeadNorm;
  /** Images per step. */
  readonly batch: number;
  /** Words of each vocabulary, a multiple of the batch; see `vocabularySize`. */
  readonly numWords: number;
  readonly numHidden?: number;
  /** Crops the student sees of each image. */
  readonly numCrops?: number;
  /** What the cosine of features and a word's generated weights is multiplied by. */
  readonly kappa?: number;
  /** How sharply a vector is assigned to its nearest words; over the mean squared distance to the nearest. */
  readonly inverseDelta?: number;
}

/** The deepest maps, as the paper has conv4 and conv5 (table 2). */
const numLevels = 2;
const distanceMomentum = 0.99;

/**
 * At most half of the images, so that no image's own vectors of an epoch ago are among the words, and at most 1,024 of the paper's 8,192: they are put through
 * the generator of weights at every step. A multiple of the batch.
 */
export function vocabularySize(numImages: number, batch: number): number {
  return Math.max(batch, Math.floor(Math.min(1_024, numImages / 2) / batch) * batch);
}

/**
 * Cross-entropy of the teacher's bag of words and softmax(kappa cos(features, G(words))) of each crop, the mean over crops and levels (eq. 3 to 6). In
 * the paper features keep their length, about what a network from nothing has; that of pretrained ones would make wild guesses of the first steps. A bag of
 * words is softmax(-|vector - word|^2 / delta), its maximum over the map, over its sum; delta follows the mean squared distance to the nearest word. Each
 * step replaces the oldest words by one vector of every image, averaged over 3 x 3 places.
 */
export function obow(options: ObowOptions): Objective {
  const { network, headNorm, batch, numWords, numHidden = 1024, numCrops = 3, kappa = 15, inverseDelta = 10 } = options;
  const levels = network.stages.slice(-numLevels).map(({ numChannels }: StageSpec, index) => ({
    name: String(index),
    numChannels,
    size: { numIn: numChannels, numHidden, numOut: network.numFeatures } satisfies MlpSize,
  }));
  return {
    name: 'obow',
    numViews: 1,
    localViews: { count: numCrops, pxShare: 0.75, augmentation: { cropArea: [0.15, 0.7] } },
    classes: 'none',
    parts: {
      generator: Object.fromEntries(
        levels.flatMap(({ name, size }) => Object.entries(mlpSpecs(size)).map(([tensor, spec]) => [`${name}/${tensor}`, spec])),
      ),
    },
    targetParts: [],
    chanceLoss: Math.log(numWords),
    init: (seed) =>
      Object.fromEntries(
        levels.flatMap(({ name, size }, index) =>
          Object.entries(mlpInit(`generator/${name}`, size, streamRandom(seed, streams.heads, index))),
        ),
      ),
    buffers(seed) {
      const random = streamRandom(seed, streams.heads, numLevels);
      // Random vectors are far from any feature, so the words of the first images take over at once.
      const words = levels.map(({ name, numChannels }): [string, HostTensor] => {
        const values = Float32Array.from({ length: numWords * numChannels }, () => Math.max(0, random.normal()));
        return [`words${name}`, float32([numWords, numChannels], values)];
      });
      return { ...Object.fromEntries(words), distances: float32([levels.length], new Float32Array(levels.length)) };
    },
    draws: {
      specs: (numImages) => ({ spots: { dtype: 'float32', shape: [numImages, levels.length] } }),
      draw: (random, numImages) => ({
        spots: float32(
          [numImages, levels.length],
          Float32Array.from({ length: numImages * levels.length }, () => random.next()),
        ),
      }),
    },
    // A moving average that starts at the first step's value and forgets the first steps quickly; and the share of the words no image has given yet.
    schedule: (_, step) => ({
      scalars: { distanceMomentum: Math.min(distanceMomentum, step / (step + 9)), unfilled: Math.max(0, 1 - (step * batch) / numWords) },
    }),
    prepareTargets({ images, target, buffers, draws, scalars }) {
      const maps = target.forward(images).maps.slice(-numLevels);
      const momentum = entry(scalars, 'distanceMomentum');
      const targets: Record<string, tf.Tensor> = {};
      const next: Record<string, tf.Tensor> = {};
      const distances = levels.map(({ name }, index) => {
        const map = maps[index] as tf.Tensor4D;
        const words = entry(buffers, `words${name}`) as tf.Tensor2D;
        const squared = squaredDistances(cellsOf(map), words);
        const before = tf.slice(entry(buffers, 'distances'), [index], [1]);
        const nearest = tf.mean(tf.min(squared, 1));
        const distance = tf.add(tf.mul(before, momentum), tf.mul(nearest, tf.sub(1, momentum)));
        targets[`bag${name}`] = bagOfWords(squared, tf.div(inverseDelta, tf.add(distance, 1e-6)), map.shape[0]);
        targets[`words${name}`] = words;
        const fresh = vectorsAt(map, tf.slice(entry(draws, 'spots'), [0, index], [-1, 1]));
        next[`words${name}`] = numWords > batch ? tf.concat([fresh, tf.slice(words, [0, 0], [numWords - batch, -1])], 0) : fresh;
        return distance;
      });
      return { targets, buffers: { ...next, distances: tf.concat(distances, 0) } };
    },
    loss({ locals, images, online, targets, scalars }) {
      const { features, statistics } = online.forward(locals ?? images);
      const terms = levels.map(({ name }) => {
        const bag = entry(targets, `bag${name}`) as tf.Tensor2D;
        const seen = tf.logSoftmax(wordLogits(`generator/${name}`, online.heads, entry(targets, `words${name}`), features));
        const ofImages = tf.sum(tf.reshape(seen, [bag.shape[0], -1, numWords]), 1);
        return tf.neg<tf.Scalar>(tf.div(tf.sum(tf.mul(bag, ofImages)), features.shape[0]));
      });
      const deepest = entry(targets, `bag${levels.length - 1}`);
      // Bags of words drawn at random are much alike, which is no collapse.
      const spread = tf.add<tf.Scalar>(outputSpread(deepest), entry(scalars, 'unfilled'));
      return {
        loss: tf.div<tf.Scalar>(tf.addN(terms), levels.length),
        statistics,
        metrics: { wordPerplexity: perplexity(deepest), outputSpread: spread },
      };
    },
  };

  /** kappa cos(features, G(words)): [N, D], [K, C] -> [N, K]. */
  function wordLogits(part: string, heads: Tensors, words: tf.Tensor, features: tf.Tensor2D): tf.Tensor2D {
    const weights = unitRows(mlpForward(part, heads, unitRows(words), headNorm));
    return tf.mul(tf.matMul(unitRows(features), weights, false, true), kappa);
  }
}

/** Whether a map has cells to spare: the border, whose cells see padding, is left out then, and words are averages. */
function isRoomy([, height, width]: readonly number[]): boolean {
  return Math.min(height ?? 0, width ?? 0) >= 5;
}

/** The vectors that are assigned to words, an image's one after the other: [B, H, W, C] -> [B * M, C]. */
function cellsOf(map: tf.Tensor4D): tf.Tensor2D {
  const [, height, width, channels] = map.shape;
  const inner = isRoomy(map.shape) ? tf.slice(map, [0, 1, 1, 0], [-1, height - 2, width - 2, -1]) : map;
  return tf.reshape(inner, [-1, channels]);
}

/** One vector of each image, at the given shares [B, 1] of its places: [B, H, W, C] -> [B, C]. */
function vectorsAt(map: tf.Tensor4D, spots: tf.Tensor): tf.Tensor2D {
  const [count, , , channels] = map.shape;
  const smooth = isRoomy(map.shape) ? tf.avgPool(map, 3, 1, 'valid') : map;
  const cells = tf.reshape(smooth, [count, -1, channels]);
  const numCells = cells.shape[1] as number;
  const place = tf.floor(tf.mul(spots, numCells));
  const chosen = tf.cast(tf.equal(place, tf.reshape(tf.range(0, numCells), [1, numCells])), 'float32');
  return tf.sum(tf.mul(cells, tf.reshape(chosen, [count, numCells, 1])), 1);
}

/** [M, C], [K, C] -> [M, K]. */
function squaredDistances(vectors: tf.Tensor2D, words: tf.Tensor2D): tf.Tensor2D {
  const lengths = tf.add(tf.sum(tf.square(vectors), 1, true), tf.reshape(tf.sum(tf.square(words), 1), [1, -1]));
  return tf.relu(tf.sub(lengths, tf.mul(tf.matMul(vectors, words, false, true), 2)));
}

/** Soft assignments, each word's largest over the image, and these over their sum: [B * M, K] -> [B, K]. */
function bagOfWords(squared: tf.Tensor2D, sharpness: tf.Tensor, numImages: number): tf.Tensor2D {
  const codes = tf.softmax(tf.neg(tf.mul(squared, sharpness)));
  const largest = tf.max(tf.reshape(codes, [numImages, -1, squared.shape[1]]), 1);
  return tf.div(largest, tf.sum(largest, 1, true));
}

/** exp of the entropy of the mean bag: how many words are in use, of [B, K]. */
function perplexity(bags: tf.Tensor): tf.Scalar {
  const shares = tf.mean(bags, 0);
  return tf.exp(tf.neg(tf.sum(tf.mul(shares, tf.log(tf.add(shares, 1e-12))))));
}
