/** Network and linear head together: the one definition that fine-tuning trains, predictions use and exports record. */
import type { Network } from '../nn/network.ts';
import type { HostTensors, Tensors } from '../tensor/program.ts';
import { tf } from '../tensor/tf.ts';
import { entry, float32 } from './host-tensor.ts';

/** logits = ((features - mean) / std) weights + bias. */
export interface ClassifierHead {
  readonly numFeatures: number;
  readonly numClasses: number;
  /** [numFeatures, numClasses]. */
  readonly weights: Float32Array;
  /** [numClasses]. */
  readonly bias: Float32Array;
  /** [numFeatures]. */
  readonly mean: Float32Array;
  /** [numFeatures], above zero. */
  readonly std: Float32Array;
}

/** The head as the tensors that `classifierLogits` takes. */
export function headTensors(head: ClassifierHead): HostTensors {
  return {
    weights: float32([head.numFeatures, head.numClasses], head.weights),
    bias: float32([head.numClasses], head.bias),
    mean: float32([head.numFeatures], head.mean),
    std: float32([head.numFeatures], head.std),
  };
}

/** Logits [B, numClasses] of features [B, numFeatures]; `head` holds weights, bias, mean and std. */
export function classifierLogits(features: tf.Tensor2D, head: Tensors): tf.Tensor2D {
  const standardised = tf.div(tf.sub(features, entry(head, 'mean')), entry(head, 'std'));
  return tf.add(tf.matMul(standardised, entry(head, 'weights')), entry(head, 'bias'));
}

/** Features [B, numFeatures] in inference mode of images in [0, 1], [B, H, W, 3]; with `flip` the mean with those of the mirror image. */
export function featuresForward(
  network: Network,
  parameters: Tensors,
  images: tf.Tensor4D,
  options: { readonly flip: boolean },
): tf.Tensor2D {
  const { features } = network.forward(parameters, images, { training: false });
  if (!options.flip) return features;
  return tf.mul(tf.add(features, network.forward(parameters, tf.reverse(images, 2), { training: false }).features), 0.5);
}

/**
 * Probabilities [B, numClasses] of images in [0, 1], [B, H, W, 3]; with `flip` the mean of those of the image and of its mirror
 * image (only where mirroring keeps the class).
 */
export function classifierForward(
  network: Network,
  parameters: Tensors,
  head: Tensors,
  images: tf.Tensor4D,
  options: { readonly flip: boolean },
): tf.Tensor2D {
  const probabilities = (view: tf.Tensor4D): tf.Tensor2D =>
    tf.softmax(classifierLogits(network.forward(parameters, view, { training: false }).features, head));
  if (!options.flip) return probabilities(images);
  return tf.mul(tf.add(probabilities(images), probabilities(tf.reverse(images, 2))), 0.5);
}
