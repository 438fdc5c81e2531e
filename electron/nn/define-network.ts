/** Makes a `Network` of its layers and of the order in which they are applied. */
import { tf } from '../tensor/tf.ts';
import type { ConvLayer, Layer } from './named-layers.ts';
import { declareParameters, ForwardPass, initialiseParameters } from './named-layers.ts';
import type { Network, ParameterSpec, StageSpec } from './network.ts';

export interface NetworkDefinition {
  readonly arch: string;
  readonly numFeatures: number;
  readonly mean: readonly [number, number, number];
  readonly std: readonly [number, number, number];
  /** Every layer `body` uses; the order is that of the parameters in a file. */
  readonly layers: readonly Layer[];
  /** The maps that `body` hands to `pass.stage`, in order, without the last one. */
  readonly stages: readonly StageSpec[];
  /** Image pixels per pixel of the last map. */
  readonly reduction: number;
  /** Normalised images [B, H, W, 3] -> feature map [B, H', W', numFeatures]. */
  readonly body: (pass: ForwardPass, images: tf.Tensor4D) => tf.Tensor4D;
  /** A convolution from the feature map to one map per class, averaged into the logits. */
  readonly classifier?: ConvLayer;
}

/** Mean and standard deviation of ImageNet's colours, for RGB in [0, 1]. */
export const imagenetColours = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] } as const;

/** Preprocessing to [-1, 1]. */
export const centredColours = { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] } as const;

/** The network of a definition: images normalised, through the body, features averaged over the image. */
export function defineNetwork(definition: NetworkDefinition): Network {
  const { arch, numFeatures, mean, std, layers, stages, reduction, body, classifier } = definition;
  const declared = {
    ...declareParameters(layers),
    ...markClassifier(declareParameters(classifier === undefined ? [] : [classifier])),
  };
  const featureMap = (pass: ForwardPass, images: tf.Tensor4D): tf.Tensor4D => body(pass, tf.div(tf.sub(images, [...mean]), [...std]));
  return {
    arch,
    numFeatures,
    mean,
    std,
    parameters: declared,
    stages: [...stages, { numChannels: numFeatures, reduction }],
    init: (seed) => initialiseParameters(declared, seed),
    forward: (parameters, images, { training }) => {
      const pass = new ForwardPass(parameters, training);
      const map = featureMap(pass, images);
      return { features: tf.mean(map, [1, 2]), maps: [...pass.stages, map], statistics: pass.statistics };
    },
    ...(classifier && {
      logits: (parameters, images) => {
        const pass = new ForwardPass(parameters, false);
        return tf.mean<tf.Tensor2D>(pass.conv(featureMap(pass, images), classifier), [1, 2]);
      },
    }),
  };
}

function markClassifier<T extends ParameterSpec>(declared: Record<string, T>): Record<string, T> {
  return Object.fromEntries(Object.entries(declared).map(([name, parameter]) => [name, { ...parameter, classifier: true }]));
}
