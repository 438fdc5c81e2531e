/**
 * Batch normalisation in training mode, with its activation and a gradient of its own (Ioffe and Szegedy 2015). Automatic
 * differentiation would walk back through mean and variance separately; the closed form needs two sums over the batch and one
 * affine combination, and activations are what a training step spends its time moving.
 */
import { tf } from '../tensor/tf.ts';
import type { Activation } from './layers.ts';

export interface BatchMoments {
  /** [C] */
  readonly mean: tf.Tensor1D;
  /** Biased variance, [C]. */
  readonly variance: tf.Tensor1D;
}

/**
 * Mean and biased variance of x [..., C] over all but the last axis, as E[x] and E[x^2] - E[x]^2, which reads x once less
 * than the two-pass form. In float32 that loses about log2(mean^2 / variance) bits: tested up to a mean of 30 deviations.
 */
export function batchMoments(x: tf.Tensor): BatchMoments {
  const rows = tf.reshape(x, [-1, x.shape.at(-1) ?? 1]);
  const mean = tf.mean<tf.Tensor1D>(rows, 0);
  const square = tf.mean<tf.Tensor1D>(tf.mul(rows, rows), 0);
  return { mean, variance: tf.maximum(tf.sub(square, tf.square(mean)), 0) };
}

/** 1 where the activation lets the gradient through, told from its output. */
function openMask(y: tf.Tensor, activation: 'relu' | 'relu6'): tf.Tensor {
  const above = tf.greater(y, 0);
  return tf.cast(activation === 'relu' ? above : tf.logicalAnd(above, tf.less(y, 6)), 'float32');
}

/**
 * y = act((x - mean) / sqrt(variance + epsilon) * scale + shift) with the batch's own moments, x and y [..., C]. With
 * dz = dy * act'(y), n values per channel and x^ the normalised x:
 *   dscale = sum dz x^,  dshift = sum dz,  dx = scale / std * (dz - dshift / n - x^ dscale / n).
 */
export function batchNormAct<T extends tf.Tensor>(
  x: T,
  scale: tf.Tensor1D,
  shift: tf.Tensor1D,
  epsilon: number,
  activation: Activation,
): T {
  const operation = tf.customGrad((...args: (tf.Tensor | tf.GradSaveFunc)[]) => {
    const [input, gamma, beta] = args as [T, tf.Tensor1D, tf.Tensor1D];
    const save = args[3] as tf.GradSaveFunc;
    const { mean, variance } = batchMoments(input);
    const inverseStd = tf.rsqrt(tf.add(variance, epsilon));
    const factor = tf.mul(gamma, inverseStd);
    const z = tf.add(tf.mul(input, factor), tf.sub(beta, tf.mul(mean, factor)));
    const value = (activation === 'relu' ? tf.relu(z) : activation === 'relu6' ? tf.relu6(z) : z) as T;
    save([input, gamma, mean, inverseStd, value]);
    const gradFunc = (dy: T, saved: tf.Tensor[]): tf.Tensor[] => {
      const [x0, gamma0, mean0, inverse0, y] = saved as [T, tf.Tensor1D, tf.Tensor1D, tf.Tensor1D, T];
      const dz = activation === 'none' ? dy : tf.mul(dy, openMask(y, activation));
      const columns = [-1, x0.shape.at(-1) ?? 1];
      const dzRows = tf.reshape(dz, columns);
      const dshift = tf.sum(dzRows, 0);
      const product = tf.sum(tf.mul(dzRows, tf.reshape(x0, columns)), 0);
      const dscale = tf.mul(tf.sub(product, tf.mul(mean0, dshift)), inverse0);
      // dx = a dz + b x + c, per channel.
      const n = x0.size / (x0.shape.at(-1) ?? 1);
      const a = tf.mul(gamma0, inverse0);
      const b = tf.div(tf.mul(tf.mul(a, inverse0), dscale), -n);
      const c = tf.sub(tf.div(tf.mul(a, dshift), -n), tf.mul(b, mean0));
      return [tf.add(tf.mul(dz, a), tf.add(tf.mul(x0, b), c)), dscale, dshift];
    };
    return { value, gradFunc };
  });
  return operation(x, scale, shift);
}

/** What a 1x1 convolution's outputs have for moments, from those of its inputs. */
function pointwiseMoments(
  rows: tf.Tensor2D,
  weights: tf.Tensor2D,
): BatchMoments & { readonly gram: tf.Tensor2D; readonly inputMean: tf.Tensor2D } {
  const gram = tf.div<tf.Tensor2D>(tf.matMul(rows, rows, true, false), rows.shape[0]);
  const inputMean = tf.mean<tf.Tensor2D>(rows, 0, true);
  const covariance = tf.sub<tf.Tensor2D>(gram, tf.matMul(inputMean, inputMean, true, false));
  const variance = tf.sum<tf.Tensor1D>(tf.mul(weights, tf.matMul(covariance, weights)), 0);
  return { mean: tf.reshape(tf.matMul(inputMean, weights), [-1]), variance: tf.maximum(variance, 0), gram, inputMean };
}

/** The moments of conv(x, filter) for a 1x1 filter [1, 1, K, C] and x [B, H, W, K], without computing it; each [C]. */
export function pointwiseBatchMoments(x: tf.Tensor4D, filter: tf.Tensor4D): BatchMoments {
  const [, , numIn, numOut] = filter.shape;
  return pointwiseMoments(tf.reshape(x, [-1, numIn]), tf.reshape(filter, [numIn, numOut]));
}

/**
 * A 1x1 convolution with few inputs and many outputs (an expansion), batch normalisation by the batch's moments and
 * activation, as one product: with X [n, K] the input's rows and W [K, C], the outputs X W have mean m = mean(X) W and
 * variance diag(W' cov(X) W), so a = scale / std folds into the weights, y = act(X (W a) + shift - m a), and what lies
 * between, the largest tensors of a network, is never stored. Backwards, with dz = dy act'(y), P = X' dz, G = X'X / n and
 * the gradient of the normalised product dz a + (X W) b + c (see batchNormAct for a, b, c):
 *   sum dz (X W) = colsum(W P),  dW = P a + n G (W b) + n mean(X)' c,  dX = dz (W a)' + X (W b) W' + c W'.
 */
export function pointwiseBatchNormAct(
  x: tf.Tensor4D,
  filter: tf.Tensor4D,
  scale: tf.Tensor1D,
  shift: tf.Tensor1D,
  epsilon: number,
  activation: Activation,
): tf.Tensor4D {
  const [batch, height, width, numIn] = x.shape;
  const numOut = filter.shape[3];
  const n = batch * height * width;
  const operation = tf.customGrad((...args: (tf.Tensor | tf.GradSaveFunc)[]) => {
    const [rows, weights, gamma, beta] = args as [tf.Tensor2D, tf.Tensor2D, tf.Tensor1D, tf.Tensor1D];
    const save = args[4] as tf.GradSaveFunc;
    const { mean, variance, gram, inputMean } = pointwiseMoments(rows, weights);
    const inverseStd = tf.rsqrt(tf.add(variance, epsilon));
    const a = tf.mul(gamma, inverseStd);
    const z = tf.add(tf.matMul(rows, tf.mul(weights, a)), tf.sub(beta, tf.mul(mean, a)));
    const value = activation === 'relu' ? tf.relu(z) : activation === 'relu6' ? tf.relu6(z) : z;
    save([rows, weights, mean, inverseStd, a, gram, inputMean, value]);
    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]): tf.Tensor[] => {
      const [x0, w0, m0, inverse0, a0, g0, inputMean0, y] = saved as [tf.Tensor2D, tf.Tensor2D, ...tf.Tensor[]] as [
        tf.Tensor2D,
        tf.Tensor2D,
        tf.Tensor1D,
        tf.Tensor1D,
        tf.Tensor1D,
        tf.Tensor2D,
        tf.Tensor2D,
        tf.Tensor2D,
      ];
      const dz = activation === 'none' ? dy : tf.mul(dy, openMask(y, activation));
      const product = tf.matMul(x0, dz, true, false);
      const dshift = tf.sum<tf.Tensor1D>(dz, 0);
      const dscale = tf.mul<tf.Tensor1D>(tf.sub(tf.sum(tf.mul(w0, product), 0), tf.mul(m0, dshift)), inverse0);
      const b = tf.div<tf.Tensor1D>(tf.mul(tf.mul(a0, inverse0), dscale), -n);
      const c = tf.sub<tf.Tensor1D>(tf.div(tf.mul(a0, dshift), -n), tf.mul(b, m0));
      const weighted = tf.mul<tf.Tensor2D>(w0, b);
      const cRow = tf.reshape<tf.Rank.R2>(c, [1, numOut]);
      const fromMoments = tf.add(tf.matMul(g0, weighted), tf.matMul(inputMean0, cRow, true, false));
      const dWeights = tf.add(tf.mul(product, a0), tf.mul(fromMoments, n));
      const direct = tf.matMul(dz, tf.mul<tf.Tensor2D>(w0, a0), false, true);
      const dRows = tf.add(direct, tf.add(tf.matMul(x0, tf.matMul(weighted, w0, false, true)), tf.matMul(cRow, w0, false, true)));
      return [dRows, dWeights, dscale, dshift];
    };
    return { value, gradFunc };
  });
  const rows = tf.reshape(x, [n, numIn]);
  return tf.reshape(operation(rows, tf.reshape(filter, [numIn, numOut]), scale, shift), [batch, height, width, numOut]);
}
