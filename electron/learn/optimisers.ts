/** Optimisers as pure functions over flat vectors [P]. What changes from step to step comes in as scalars, so the graph never does. */
import type { Tensors } from '../tensor/program.ts';
import { tf } from '../tensor/tf.ts';
import { entry } from './host-tensor.ts';

/** The scalars of one parameter group at one step. */
export interface GroupScalars {
  readonly learningRate: tf.Tensor;
  readonly weightDecay: tf.Tensor;
}

export interface Optimiser {
  readonly name: 'adamw' | 'sgd';
  /** The state vectors it keeps beside each parameter vector; they start at zero. */
  readonly slots: readonly string[];
  /** Scalars that all groups share at the step that is about to be made; `step` counts from 0. */
  scalars(step: number): Readonly<Record<string, number>>;
  update(
    parameters: tf.Tensor,
    gradient: tf.Tensor,
    slots: Tensors,
    group: GroupScalars,
    shared: Tensors,
  ): { readonly parameters: tf.Tensor; readonly slots: Tensors };
}

/**
 * AdamW (Loshchilov and Hutter 2019, algorithm 2): m and v are the moving averages of the gradient and its square, both
 * corrected for their start at zero, and the decay is decoupled from the gradient. As in PyTorch the decay is multiplied
 * by the learning rate: p' = p - lr (m^ / (sqrt(v^) + eps) + wd p).
 */
export function adamW({ beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 } = {}): Optimiser {
  return {
    name: 'adamw',
    slots: ['m', 'v'],
    scalars: (step) => ({ correction1: 1 / (1 - beta1 ** (step + 1)), correction2: 1 / (1 - beta2 ** (step + 1)) }),
    update(parameters, gradient, slots, { learningRate, weightDecay }, shared) {
      const m = tf.add(tf.mul(entry(slots, 'm'), beta1), tf.mul(gradient, 1 - beta1));
      const v = tf.add(tf.mul(entry(slots, 'v'), beta2), tf.mul(tf.square(gradient), 1 - beta2));
      const denominator = tf.add(tf.sqrt(tf.mul(v, entry(shared, 'correction2'))), epsilon);
      const direction = tf.div(m, denominator);
      const rate = tf.mul(learningRate, entry(shared, 'correction1'));
      const kept = tf.mul(parameters, tf.sub(1, tf.mul(learningRate, weightDecay)));
      return { parameters: tf.sub(kept, tf.mul(direction, rate)), slots: { m, v } };
    },
  };
}

/** Gradient descent with momentum, as in PyTorch: m' = momentum m + g + wd p; p' = p - lr m'. */
export function sgd({ momentum = 0.9 } = {}): Optimiser {
  return {
    name: 'sgd',
    slots: ['m'],
    scalars: () => ({ momentum }),
    update(parameters, gradient, slots, { learningRate, weightDecay }, shared) {
      const decayed = tf.add(gradient, tf.mul(parameters, weightDecay));
      const m = tf.add(tf.mul(entry(slots, 'm'), entry(shared, 'momentum')), decayed);
      return { parameters: tf.sub(parameters, tf.mul(m, learningRate)), slots: { m } };
    },
  };
}

/** The Euclidean norm over all gradient vectors together, a scalar. */
export function globalNorm(gradients: readonly tf.Tensor[]): tf.Tensor {
  return tf.sqrt(gradients.map((gradient) => tf.sum(tf.square(gradient))).reduce((total, part) => tf.add(total, part)));
}

/** The factor min(1, maxNorm / norm) that brings gradients of this norm below `maxNorm` (Pascanu et al. 2013). */
export function clipFactor(norm: tf.Tensor, maxNorm: number): tf.Tensor {
  return tf.minimum(1, tf.div(maxNorm, tf.add(norm, 1e-6)));
}
