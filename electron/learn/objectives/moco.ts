/**
 * MoCo v2 (He et al. 2020, arXiv 1911.05722; Chen et al. 2020, arXiv 2003.04297), HPT's method: find the other view's projection by a slowly moving network
 * among those of many images before. Only one device computes, so there are no batches between which to shuffle: the key network's batch norm sees
 * one view of every image at a time, the query network's the other, which keeps them from recognising a batch by its statistics.
 */
import { entry, float32 } from '../host-tensor.ts';
import { streamRandom, streams } from '../random-streams.ts';
import { tf } from '../../tensor/tf.ts';
import { mlpForward, mlpInit, mlpSpecs, type HeadNorm } from './mlp.ts';
import type { Objective } from './objective.ts';
import { unitRows } from './unit-rows.ts';
import { splitViews } from './view-pairs.ts';

export interface MocoOptions {
  readonly numFeatures: number;
  readonly headNorm: HeadNorm;
  /** Keys of earlier images; see `queueLength`. */
  readonly numQueued: number;
  /** Images per step. */
  readonly batch: number;
  readonly numHidden?: number;
  readonly numProjected?: number;
  readonly temperature?: number;
}

/**
 * LightlyTrain's table for small sets: with more keys than about half of the images, most of the queue would be other views of the very images asked
 * about. A multiple of the batch.
 */
export function queueLength(numImages: number, batch: number): number {
  const table: readonly (readonly [below: number, length: number])[] = [
    [1_000, 256],
    [2_000, 512],
    [4_000, 1_024],
    [10_000, 2_048],
    [20_000, 4_096],
    [Infinity, 8_192],
  ];
  const wanted = table.find(([below]) => numImages < below)?.[1] ?? 8_192;
  return Math.max(batch, Math.floor(Math.min(wanted, numImages) / batch) * batch);
}

/**
 * InfoNCE (eq. 1) of each view's query against the other view's key among the queue, the mean over both orders; keys are of length 1, the first views'
 * join the queue. The queue starts with random directions, which any query tells from its key, so the loss begins below chance and rises to it.
 */
export function moco(options: MocoOptions): Objective {
  const { numFeatures, headNorm, numQueued, batch, numHidden = 1024, numProjected = 128, temperature = 0.2 } = options;
  const size = { numIn: numFeatures, numHidden, numOut: numProjected };
  return {
    name: 'moco',
    numViews: 2,
    classes: 'none',
    parts: { projector: mlpSpecs(size) },
    targetParts: ['projector'],
    chanceLoss: Math.log(numQueued + 1),
    init: (seed) => mlpInit('projector', size, streamRandom(seed, streams.heads, 0)),
    buffers(seed) {
      const random = streamRandom(seed, streams.heads, 1);
      const queue = Float32Array.from({ length: numQueued * numProjected }, () => random.normal());
      for (let row = 0; row < numQueued; row++) {
        const values = queue.subarray(row * numProjected, (row + 1) * numProjected);
        const length = Math.hypot(...values);
        values.forEach((value, j) => {
          values[j] = value / length;
        });
      }
      return { queue: float32([numQueued, numProjected], queue) };
    },
    prepareTargets({ images, target, buffers }) {
      // One view of every image at a time: see above.
      const keys = viewsOf(images).map((views) =>
        unitRows(mlpForward('projector', target.heads, target.forward(views).features, headNorm)),
      );
      const [first, second] = keys as [tf.Tensor2D, tf.Tensor2D];
      const queue = entry(buffers, 'queue') as tf.Tensor2D;
      const kept = tf.slice(queue, [0, 0], [numQueued - batch, -1]);
      return {
        targets: { first, second, before: queue },
        buffers: { queue: numQueued > batch ? tf.concat([first, kept], 0) : first },
      };
    },
    loss({ images, online, targets }) {
      const { features, statistics } = online.forward(images);
      const queries = splitViews(unitRows(mlpForward('projector', online.heads, features, headNorm)));
      const before = entry(targets, 'before');
      const parts = [
        infoNce(queries[0], entry(targets, 'second'), before, temperature),
        infoNce(queries[1], entry(targets, 'first'), before, temperature),
      ] as const;
      const half = (a: tf.Scalar, b: tf.Scalar): tf.Scalar => tf.mul(tf.add(a, b), 0.5);
      return { loss: half(parts[0].loss, parts[1].loss), statistics, metrics: { accuracy: half(parts[0].accuracy, parts[1].accuracy) } };
    },
  };
}

/** All first and all second views, [B, P, P, 3] each. */
function viewsOf(images: tf.Tensor4D): readonly tf.Tensor4D[] {
  const [count, height, width, channels] = images.shape;
  const rows = splitViews(tf.reshape(images, [count, height * width * channels]));
  return rows.map((views) => tf.reshape<tf.Rank.R4>(views, [count / 2, height, width, channels]));
}

/** -log of the key's share among key and queue, by the softmax of cosines over temperature; and how often the key is the nearest. */
function infoNce(
  queries: tf.Tensor2D,
  keys: tf.Tensor,
  queue: tf.Tensor,
  temperature: number,
): { readonly loss: tf.Scalar; readonly accuracy: tf.Scalar } {
  const positive = tf.div(tf.sum(tf.mul(queries, keys), 1, true), temperature);
  const negative = tf.div(tf.matMul(queries, queue, false, true), temperature);
  const all = tf.concat([positive, negative], 1);
  const own = tf.reshape(positive, [-1]);
  const nearest = tf.max(negative, 1);
  return {
    loss: tf.mean<tf.Scalar>(tf.sub(tf.logSumExp(all, 1), own)),
    accuracy: tf.mean<tf.Scalar>(tf.cast(tf.greater(own, nearest), 'float32')),
  };
}
