/** The interface every backbone implements. */
import type { HostTensors, Tensors } from '../tensor/program.ts';
import type { tf } from '../tensor/tf.ts';

/** `weight`: convolution filters and matrices; `norm`: scale and shift of a normalisation; `statistic`: running mean and variance. */
export type ParameterKind = 'weight' | 'bias' | 'norm' | 'statistic';

export interface ParameterSpec {
  /** In TensorFlow.js layout: convolutions [h, w, in, out], depthwise [h, w, channels, 1], dense [in, out]. */
  readonly shape: readonly number[];
  readonly kind: ParameterKind;
  /** Only `logits` uses it: the features have no gradient with respect to it. */
  readonly classifier?: boolean;
}

/** A depth of the network at which its feature map can be had: the last one before the map shrinks, or the end. */
export interface StageSpec {
  readonly numChannels: number;
  /** Image pixels per pixel of the map, along each side. */
  readonly reduction: number;
}

export interface ForwardResult {
  /** Pooled features, [B, numFeatures]. */
  readonly features: tf.Tensor2D;
  /** The feature maps, shallow to deep, as `Network.stages` describes them: [B, H / reduction, W / reduction, numChannels], rounded as the network pads. */
  readonly maps: readonly tf.Tensor4D[];
  /** The running statistics after this batch, by parameter name; empty unless `training` and the network has any. */
  readonly statistics: Tensors;
}

export interface Network {
  readonly arch: string;
  readonly numFeatures: number;
  /** Per-channel mean and standard deviation of the preprocessing, for RGB in [0, 1]. */
  readonly mean: readonly [number, number, number];
  readonly std: readonly [number, number, number];
  readonly parameters: Readonly<Record<string, ParameterSpec>>;
  /** Shallow to deep; the last one is the map whose average the features are. */
  readonly stages: readonly StageSpec[];
  /** He-normal weights, unit scales, zero shifts; the same seed gives the same values. */
  init(seed: number): HostTensors;
  /**
   * images: RGB in [0, 1], [B, H, W, 3]; the network applies its own mean and std. With `training`, batch normalisation uses
   * the batch's statistics and returns updated running ones; otherwise the running ones are used.
   */
  forward(parameters: Tensors, images: tf.Tensor4D, options: { readonly training: boolean }): ForwardResult;
  /** Logits of the classifier the weights came with, [B, numClasses]; absent where there is none. */
  logits?(parameters: Tensors, images: tf.Tensor4D): tf.Tensor2D;
}
