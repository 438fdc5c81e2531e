/**
 * Convolution, normalisation and activation: the few tensor functions every network is made of.
 * Layouts are TensorFlow.js's: activations [B, H, W, C], filters [h, w, in, out], depthwise filters [h, w, C, 1].
 */
import { AppError } from '../contract/errors.ts';
import { tf } from '../tensor/tf.ts';
import { batchMoments, batchNormAct, pointwiseBatchMoments, pointwiseBatchNormAct } from './batch-norm.ts';
import type { BatchMoments } from './batch-norm.ts';

export type Activation = 'none' | 'relu' | 'relu6';

/** Zeros around an image: the same number on every side, as in PyTorch, or [top and left, bottom and right]. */
export type Padding = number | readonly [before: number, after: number];

/** Batch normalisation (Ioffe and Szegedy 2015); every tensor is [C]. */
export interface BatchNorm {
  readonly kind: 'batch';
  readonly scale: tf.Tensor1D;
  readonly shift: tf.Tensor1D;
  readonly runningMean: tf.Tensor1D;
  readonly runningVariance: tf.Tensor1D;
  readonly epsilon: number;
}

/** Group normalisation (Wu and He 2018); scale and shift are [C]. */
export interface GroupNorm {
  readonly kind: 'group';
  readonly scale: tf.Tensor1D;
  readonly shift: tf.Tensor1D;
  readonly numGroups: number;
  readonly epsilon: number;
}

export type Norm = BatchNorm | GroupNorm;

/** The running statistics of a batch normalisation after a batch, each [C]. */
export interface RunningStatistics {
  readonly mean: tf.Tensor1D;
  readonly variance: tf.Tensor1D;
}

export interface LayerResult {
  readonly output: tf.Tensor4D;
  /** Null unless a batch normalisation ran in training mode. */
  readonly statistics: RunningStatistics | null;
}

export interface Convolution {
  readonly filter: tf.Tensor4D;
  readonly stride: number;
  readonly padding: Padding;
  readonly depthwise: boolean;
}

export interface NormAct {
  readonly norm: Norm;
  readonly activation: Activation;
  readonly training: boolean;
}

/** `bias` is [out]; a normalisation brings its own shift, so a layer has one or the other, or neither. */
export interface ConvNormAct extends Convolution {
  readonly bias: tf.Tensor1D | null;
  readonly norm: Norm | null;
  readonly activation: Activation;
  readonly training: boolean;
}

/** Weight of the newest batch in the running statistics, PyTorch's default. */
const momentum = 0.1;

/** `x` [B, H, W, C] through the activation. */
export function activate<T extends tf.Tensor>(x: T, activation: Activation): T {
  switch (activation) {
    case 'none':
      return x;
    case 'relu':
      return tf.relu(x);
    case 'relu6':
      return tf.relu6(x);
  }
}

/** A cross-correlation, dense or depthwise: [B, H, W, in] -> [B, H', W', out], H' = floor((H + padding - h) / stride) + 1. */
export function convolve(x: tf.Tensor4D, { filter, stride, padding, depthwise }: Convolution): tf.Tensor4D {
  const pad = typeof padding === 'number' ? padding : explicitPadding(padding);
  return depthwise ? tf.depthwiseConv2d(x, filter, stride, pad) : tf.conv2d(x, filter, stride, pad);
}

function explicitPadding([before, after]: readonly [number, number]): tf.backend_util.ExplicitPadding {
  return [
    [0, 0],
    [before, after],
    [before, after],
    [0, 0],
  ];
}

/**
 * Max pooling, [B, H, W, C] -> [B, H', W', C]; padding never wins against a value. With `ceil`, a last window that
 * reaches past the edge still counts, as with PyTorch's ceil_mode.
 */
export function maxPool(x: tf.Tensor4D, options: { sizePx: number; stride: number; padding?: number; ceil?: boolean }): tf.Tensor4D {
  const { sizePx, stride, padding = 0, ceil = false } = options;
  const overhang = (size: number): number => (ceil ? (stride - ((size + 2 * padding - sizePx) % stride)) % stride : 0);
  const [bottom, right] = [overhang(x.shape[1]), overhang(x.shape[2])];
  if (bottom === 0 && right === 0) return tf.maxPool(x, sizePx, stride, padding);
  return tf.maxPool(x, sizePx, stride, [
    [0, 0],
    [padding, padding + bottom],
    [padding, padding + right],
    [0, 0],
  ]);
}

/**
 * Weight standardisation (Qiao et al. 2019, eq. 7): every output filter of [h, w, in, out] to mean 0 and variance 1,
 * with the biased variance.
 */
export function standardise(filter: tf.Tensor4D, epsilon: number): tf.Tensor4D {
  const centred = tf.sub<tf.Tensor4D>(filter, tf.mean(filter, [0, 1, 2], true));
  const variance = tf.mean(tf.square(centred), [0, 1, 2], true);
  return tf.mul(centred, tf.rsqrt(tf.add(variance, epsilon)));
}

/**
 * Convolution, then bias or normalisation, then activation: [B, H, W, in] -> [B, H', W', out]. Outside training, batch
 * normalisation is folded, conv(x, filter * a) + b, so that a compiler that knows the parameters does it once.
 * Throws `AppError` where a batch has too few values to normalise.
 */
export function convNormAct(x: tf.Tensor4D, options: ConvNormAct): LayerResult {
  const { filter, bias, norm, activation, training, depthwise } = options;
  if (norm?.kind === 'batch' && !training) {
    const { factor, offset } = affineOf(norm);
    const perOutput = depthwise ? tf.reshape(factor, [-1, 1]) : factor;
    const y = convolve(x, { ...options, filter: tf.mul(filter, perOutput) });
    return { output: activate(tf.add(y, offset), activation), statistics: null };
  }
  if (norm?.kind === 'batch' && expands(options)) {
    const moments = pointwiseBatchMoments(x, filter);
    return {
      output: pointwiseBatchNormAct(x, filter, norm.scale, norm.shift, norm.epsilon, activation),
      statistics: updateStatistics(norm, moments, countValues(x.shape)),
    };
  }
  const y = convolve(x, options);
  if (norm !== null) return normAct(y, { norm, activation, training });
  return { output: activate(bias === null ? y : tf.add(y, bias), activation), statistics: null };
}

/** Normalisation, then activation, both [B, H, W, C]. Throws `AppError` where a batch has too few values to normalise. */
export function normAct(x: tf.Tensor4D, { norm, activation, training }: NormAct): LayerResult {
  if (norm.kind === 'group') return { output: activate(groupNormalise(x, norm), activation), statistics: null };
  if (!training) {
    const { factor, offset } = affineOf(norm);
    return { output: activate(tf.add(tf.mul(x, factor), offset), activation), statistics: null };
  }
  return batchNormalise(x, norm, activation);
}

/** The affine map, per channel, that batch normalisation is outside training. */
function affineOf(norm: BatchNorm): { readonly factor: tf.Tensor1D; readonly offset: tf.Tensor1D } {
  const factor = tf.mul<tf.Tensor1D>(norm.scale, tf.rsqrt(tf.add(norm.runningVariance, norm.epsilon)));
  return { factor, offset: tf.sub(norm.shift, tf.mul(norm.runningMean, factor)) };
}

/** A 1x1 convolution to at least twice as many channels, for which working from the input's moments saves more than it costs. */
function expands({ filter, stride, depthwise }: ConvNormAct): boolean {
  const [height, width, numIn, numOut] = filter.shape;
  return !depthwise && stride === 1 && height === 1 && width === 1 && numOut >= 2 * numIn;
}

/** Values per channel in a batch of this shape. Throws where there are too few to normalise by. */
function countValues(shape: readonly [number, number, number, number]): number {
  const numValues = shape[0] * shape[1] * shape[2];
  if (numValues >= 2) return numValues;
  throw new AppError(
    'invalid-input',
    `Batch normalisation of [${shape.join(',')}] has one value per channel; use larger images or a larger batch.`,
  );
}

/** Normalises by the batch's mean and biased variance. */
function batchNormalise(x: tf.Tensor4D, norm: BatchNorm, activation: Activation): LayerResult {
  const numValues = countValues(x.shape);
  return {
    output: batchNormAct(x, norm.scale, norm.shift, norm.epsilon, activation),
    statistics: updateStatistics(norm, batchMoments(x), numValues),
  };
}

/** The running statistics after a batch; their variance takes the unbiased one, as in PyTorch. */
function updateStatistics(norm: BatchNorm, { mean, variance }: BatchMoments, numValues: number): RunningStatistics {
  const blend = (running: tf.Tensor1D, batch: tf.Tensor1D, weight: number): tf.Tensor1D =>
    tf.add(tf.mul(running, 1 - momentum), tf.mul(batch, weight));
  return {
    mean: blend(norm.runningMean, mean, momentum),
    variance: blend(norm.runningVariance, variance, (momentum * numValues) / (numValues - 1)),
  };
}

/**
 * Normalises by mean and biased variance over every image's group of neighbouring channels. The image is reduced to
 * [B, C] first and grouped then, so only small tensors are reshaped.
 */
function groupNormalise(x: tf.Tensor4D, norm: GroupNorm): tf.Tensor4D {
  const numChannels = x.shape[3];
  const groupSize = numChannels / norm.numGroups;
  if (!Number.isInteger(groupSize)) {
    throw new AppError('internal', `Group normalisation: ${numChannels} channels do not divide into ${norm.numGroups} groups.`);
  }
  const groupMean = (y: tf.Tensor4D): tf.Tensor4D => {
    const perGroup = tf.mean(tf.reshape(tf.mean(y, [1, 2]), [-1, norm.numGroups, groupSize]), 2, true);
    return tf.reshape(tf.tile(perGroup, [1, 1, groupSize]), [-1, 1, 1, numChannels]);
  };
  const centred = tf.sub<tf.Tensor4D>(x, groupMean(x));
  const variance = groupMean(tf.square(centred));
  const factor = tf.mul(norm.scale, tf.rsqrt(tf.add(variance, norm.epsilon)));
  return tf.add(tf.mul(centred, factor), norm.shift);
}
