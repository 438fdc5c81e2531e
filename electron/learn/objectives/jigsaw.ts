/** Jigsaw puzzles (Noroozi and Favaro 2016, arXiv 1603.09246), and harder ones with foreign tiles, Jigsaw++ (Noroozi et al. 2018, arXiv 1805.00385). */
import type { HostTensors } from '../../tensor/program.ts';
import type { Random } from '../../tensor/random.ts';
import { tf } from '../../tensor/tf.ts';
import { luma } from '../augment.ts';
import { entry, float32 } from '../host-tensor.ts';
import { streamRandom, streams } from '../random-streams.ts';
import { resample } from '../resample.ts';
import { softCrossEntropy } from './cross-entropy.ts';
import { mlpForward, mlpInit, mlpSpecs, type HeadNorm } from './mlp.ts';
import type { Objective } from './objective.ts';
import { distantPermutations } from './permutations.ts';
import { viewStatistics } from './view-statistics.ts';

export interface JigsawOptions {
  readonly numFeatures: number;
  readonly headNorm: HeadNorm;
  /** The network's preprocessing, which what it sees of a tile is undone by. */
  readonly mean: readonly [number, number, number];
  readonly std: readonly [number, number, number];
  /** Image pixels per pixel of the network's last map. */
  readonly reduction: number;
  /** Arrangements to tell apart: 701 in Jigsaw++. */
  readonly numPermutations: number;
  /** Up to so many tiles of each puzzle are another image's: 2 in Jigsaw++, which permutations that differ at 3 places or more allow for. */
  readonly maxForeign: number;
  /** The share of puzzles that lose their colour. */
  readonly greyShare?: number;
  readonly numHidden?: number;
}

/** Tiles along a side, and in all. */
const side = 3;
export const numTiles = side * side;
/** A tile's share of its cell's side, 64 of 85 px: where in the cell it lies is drawn, so that edges do not simply continue. */
const tileShare = 64 / 85;
const tileFeatures = 128;
const tileHidden = 256;

/** The side of a tile as the network sees it: about that of its cell, and no less than makes one pixel of the network's last map. */
export function tilePxOf(px: number, reduction: number): number {
  return Math.max(16, reduction, 8 * Math.round(px / side / 8));
}

/** As many arrangements as there are images to learn them from: 701 as published, 100 for fewer than 5,000. */
export function numPermutationsFor(numImages: number): number {
  return numImages < 5000 ? 100 : 701;
}

/**
 * Nine tiles of each view, in an order drawn from a set of permutations, go through the backbone one by one, through a shared layer, and together
 * through a head that names the permutation: cross-entropy, at chance ln(permutations). Slot k of a puzzle shows the tile of place permutation[k]. Each tile is
 * brought to mean 0 and deviation 1 by itself, so that light and tint do not say which are neighbours.
 */
export function jigsaw(options: JigsawOptions): Objective {
  const { numFeatures, headNorm, mean, std, reduction, numPermutations, maxForeign, greyShare = 0.7, numHidden = 1024 } = options;
  const permutations = distantPermutations(numPermutations, numTiles);
  const tileSize = { numIn: numFeatures, numHidden: tileHidden, numOut: tileFeatures };
  const headSize = { numIn: numTiles * tileFeatures, numHidden, numOut: numPermutations };
  return {
    name: maxForeign > 0 ? 'jigsaw-plus' : 'jigsaw',
    numViews: 1,
    classes: 'none',
    parts: { tile: mlpSpecs(tileSize), head: mlpSpecs(headSize) },
    targetParts: null,
    chanceLoss: Math.log(numPermutations),
    init: (seed) => ({
      ...mlpInit('tile', tileSize, streamRandom(seed, streams.heads, 0)),
      ...mlpInit('head', headSize, streamRandom(seed, streams.heads, 1)),
    }),
    draws: {
      specs: (batch) => ({
        start: { dtype: 'float32', shape: [batch * numTiles, 2] },
        foreign: { dtype: 'float32', shape: [batch * numTiles] },
        grey: { dtype: 'float32', shape: [batch] },
        arrangement: { dtype: 'float32', shape: [batch] },
      }),
      draw: (random, batch, px) => drawPuzzles(random, batch, px, { permutations, maxForeign, greyShare }),
    },
    loss({ images, online, draws }) {
      const tiles = puzzleTiles(images, draws, tilePxOf(images.shape[1], reduction));
      const { features } = online.forward(tf.add(tf.mul(standardiseTiles(tiles), [...std]), [...mean]));
      const seen = tf.relu(mlpForward('tile', online.heads, features, headNorm));
      const together = tf.reshape(seen, [images.shape[0], numTiles * tileFeatures]);
      const logits = mlpForward('head', online.heads, together, headNorm);
      const { loss, accuracy } = softCrossEntropy(logits, entry(draws, 'arrangement') as tf.Tensor1D, { labelSmoothing: 0 });
      return { loss, statistics: viewStatistics(online, images), metrics: { accuracy } };
    },
  };
}

export interface PuzzleRules {
  readonly permutations: readonly Int32Array[];
  readonly maxForeign: number;
  readonly greyShare: number;
}

/** `start` [B * 9, 2], y and x of each tile's corner; `foreign` [B * 9] and `grey` [B], 0 or 1; `arrangement` [B], which permutation. */
export function drawPuzzles(random: Random, batch: number, px: number, { permutations, maxForeign, greyShare }: PuzzleRules): HostTensors {
  const start = new Float32Array(batch * numTiles * 2);
  const foreign = new Float32Array(batch * numTiles);
  const grey = new Float32Array(batch);
  const arrangement = new Float32Array(batch);
  const cell = px / side;
  const slack = cell * (1 - tileShare);
  for (let b = 0; b < batch; b++) {
    arrangement[b] = random.int(permutations.length);
    grey[b] = random.next() < greyShare ? 1 : 0;
    permutations[arrangement[b] as number]?.forEach((place, slot) => {
      const at = (b * numTiles + slot) * 2;
      start[at] = Math.floor(place / side) * cell + random.next() * slack;
      start[at + 1] = (place % side) * cell + random.next() * slack;
    });
    const slots = random.permutation(numTiles).subarray(0, random.int(maxForeign + 1));
    for (const slot of slots) foreign[b * numTiles + slot] = 1;
  }
  return {
    start: float32([batch * numTiles, 2], start),
    foreign: float32([batch * numTiles], foreign),
    grey: float32([batch], grey),
    arrangement: float32([batch], arrangement),
  };
}

/** Views [B, P, P, 3] -> tiles [B * 9, T, T, 3], row b * 9 + k being slot k of puzzle b; a foreign tile is the next puzzle's of the same slot. */
export function puzzleTiles(images: tf.Tensor4D, draws: Readonly<Record<string, tf.Tensor>>, targetPx: number): tf.Tensor4D {
  const [batch, px] = images.shape;
  const count = batch * numTiles;
  const grey = tf.reshape(entry(draws, 'grey'), [batch, 1, 1, 1]);
  const drained = tf.sum(tf.mul(images, tf.tensor([...luma], [1, 1, 1, 3])), 3, true);
  const pictures = tf.add<tf.Tensor4D>(tf.mul(images, tf.sub(1, grey)), tf.mul(drained, grey));
  const step = (px / side) * (tileShare / targetPx);
  const geometry = { start: entry(draws, 'start'), step: tf.fill([count, 2], step), support: tf.fill([count, 2], Math.max(1, step)) };
  const own = resample(pictures, geometry, { numViews: numTiles, targetPx, transposed: null });
  if (batch === 1) return own;
  const first = tf.slice(own, [0, 0, 0, 0], [numTiles, -1, -1, -1]);
  const others = tf.concat([tf.slice(own, [numTiles, 0, 0, 0], [-1, -1, -1, -1]), first], 0);
  const foreign = tf.reshape(entry(draws, 'foreign'), [count, 1, 1, 1]);
  return tf.add(tf.mul(own, tf.sub(1, foreign)), tf.mul(others, foreign));
}

/** [N, T, T, 3]: every tile and channel to mean 0 and deviation 1; one that is all of a colour stays near 0. */
export function standardiseTiles(tiles: tf.Tensor4D): tf.Tensor4D {
  const centred = tf.sub(tiles, tf.mean(tiles, [1, 2], true));
  const variance = tf.mean(tf.square(centred), [1, 2], true);
  return tf.mul(centred, tf.rsqrt(tf.add(variance, 1e-4)));
}
