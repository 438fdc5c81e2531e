/**
 * Similarity distillation (SEED, Fang et al. 2021, arXiv 2101.04731): a student learns to see the same likenesses between images as its teacher. The
 * teacher's features are computed once, of whole images, since a step of a small student would otherwise mostly wait for its large teacher.
 */
import { streamRandom, streams } from '../random-streams.ts';
import { entry, float32 } from '../host-tensor.ts';
import { tf } from '../../tensor/tf.ts';
import { unitAboutMean } from '../unit-about-mean.ts';
import { denseInit } from './mlp.ts';
import type { Objective } from './objective.ts';
import { unitRows } from './unit-rows.ts';

export interface DistilOptions {
  readonly numFeatures: number;
  /** The teacher's features, [N, teacherDim] in the order of the run's images. */
  readonly teacher: Float32Array;
  readonly teacherDim: number;
  /** How many of the images, drawn at random, all others are compared with: SEED's queue, which never changes here. */
  readonly numAnchors?: number;
  /** Temperatures of the softmax over similarities. */
  readonly teacherTemperature?: number;
  readonly studentTemperature?: number;
}

/**
 * Cross-entropy between softmax(t A^T / Tt) and softmax(s A^T / Ts) (eq. 2), where t are the teacher's features of the batch, s the student's through
 * a linear map, A the teacher's of the anchors, all centred on the teacher's mean and of length 1. Features behind a ReLU all point into one
 * corner, where everything is alike; centring is what tells them apart.
 */
export function distil(options: DistilOptions): Objective {
  const { numFeatures, teacherDim, numAnchors = 1024, teacherTemperature = 0.07, studentTemperature = 0.07 } = options;
  const centred = unitAboutMean(options.teacher, teacherDim);
  const numImages = centred.length / teacherDim;
  const anchorsOf = (seed: number): Float32Array => {
    const chosen = streamRandom(seed, streams.heads, 1).permutation(numImages).slice(0, Math.min(numAnchors, numImages));
    const anchors = new Float32Array(chosen.length * teacherDim);
    chosen.forEach((image, at) => anchors.set(centred.subarray(image * teacherDim, (image + 1) * teacherDim), at * teacherDim));
    return anchors;
  };
  const shape = [numFeatures, teacherDim];
  return {
    name: 'distil',
    numViews: 1,
    classes: 'none',
    parts: { map: { weights: { shape, kind: 'weight' }, bias: { shape: [teacherDim], kind: 'bias' } } },
    rows: { teacher: { width: teacherDim, values: centred } },
    targetParts: null,
    init(seed) {
      const random = streamRandom(seed, streams.heads, 0);
      return {
        'map/weights': denseInit(numFeatures, teacherDim, random),
        'map/bias': float32([teacherDim], new Float32Array(teacherDim)),
      };
    },
    buffers(seed) {
      const anchors = anchorsOf(seed);
      return { anchors: float32([anchors.length / teacherDim, teacherDim], anchors) };
    },
    prepareTargets({ rows, buffers }) {
      const likeness = tf.matMul(entry(rows, 'teacher'), entry(buffers, 'anchors'), false, true);
      return { targets: { wanted: tf.softmax(tf.div(likeness, teacherTemperature)) }, buffers };
    },
    loss({ images, online, targets, buffers }) {
      const { features, statistics } = online.forward(images);
      const mapped = tf.add(tf.matMul(features, entry(online.heads, 'map/weights')), entry(online.heads, 'map/bias'));
      const likeness = tf.matMul(unitRows(mapped), entry(buffers, 'anchors'), false, true);
      const logProbabilities = tf.logSoftmax(tf.div(likeness, studentTemperature));
      const loss = tf.neg(tf.mean(tf.sum(tf.mul(entry(targets, 'wanted'), logProbabilities), 1)));
      return { loss: loss as tf.Scalar, statistics, metrics: {} };
    },
  };
}
