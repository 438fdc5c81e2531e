/** Pre-activation residual networks with bottlenecks (He et al. 2016), with batch or group normalisation. */
import { tf } from '../tensor/tf.ts';
import { defineNetwork, imagenetColours } from './define-network.ts';
import type { NetworkDefinition } from './define-network.ts';
import { maxPool } from './layers.ts';
import type { ConvLayer, ForwardPass, Layer, NormLayer } from './named-layers.ts';
import { conv, torchBatchNorm } from './named-layers.ts';
import type { Network } from './network.ts';
import { applyStages, stagesOf } from './residual-stages.ts';

/** What tells the families apart: their normalisation, their names, and how they begin. */
export interface PreActivationFamily {
  readonly arch: string;
  readonly colours: Pick<NetworkDefinition, 'mean' | 'std'>;
  /** Bottlenecks per stage; stage s has 256 * 2^s channels. */
  readonly depths: readonly number[];
  readonly norm: (name: string, numChannels: number) => NormLayer;
  /** The epsilon of weight standardisation, or null. */
  readonly standardisation: number | null;
  readonly names: {
    readonly block: (stage: number, index: number) => string;
    readonly norm: string;
    readonly downsample: string;
  };
  readonly stemLayers: readonly Layer[];
  /** Normalised images [B, H, W, 3] -> [B, H / 4, W / 4, 64]. */
  readonly stem: (pass: ForwardPass, images: tf.Tensor4D) => tf.Tensor4D;
}

interface Bottleneck {
  readonly norms: readonly [NormLayer, NormLayer, NormLayer];
  readonly convs: readonly [ConvLayer, ConvLayer, ConvLayer];
  readonly downsample: ConvLayer | null;
}

function bottleneck(family: PreActivationFamily, name: string, numInputs: number, numOutputs: number, stride: number): Bottleneck {
  const numHidden = numOutputs / 4;
  const { standardisation, names } = family;
  const norm = (index: number, numChannels: number): NormLayer => family.norm(`${name}.${names.norm}${index}`, numChannels);
  const layer = (filter: string, kernelPx: number, from: number, to: number, by = 1): ConvLayer =>
    conv({ filter: `${name}.${filter}.weight`, kernelPx, numInputs: from, numOutputs: to }, { stride: by, standardisation });
  return {
    norms: [norm(1, numInputs), norm(2, numHidden), norm(3, numHidden)],
    convs: [
      layer('conv1', 1, numInputs, numHidden),
      layer('conv2', 3, numHidden, numHidden, stride),
      layer('conv3', 1, numHidden, numOutputs),
    ],
    downsample: stride > 1 || numInputs !== numOutputs ? layer(names.downsample, 1, numInputs, numOutputs, stride) : null,
  };
}

function applyBottleneck(pass: ForwardPass, x: tf.Tensor4D, { norms, convs, downsample }: Bottleneck): tf.Tensor4D {
  const first = pass.norm(x, norms[0], 'relu');
  const second = pass.norm(pass.conv(first, convs[0]), norms[1], 'relu');
  const third = pass.norm(pass.conv(second, convs[1]), norms[2], 'relu');
  return tf.add(pass.conv(third, convs[2]), downsample === null ? x : pass.conv(first, downsample));
}

/** The network of a family; its features are those of the last stage, normalised, rectified and averaged. */
export function preActivationResnet(family: PreActivationFamily): Network {
  const channelsOf = (stage: number): number => 256 * 2 ** stage;
  const blocks = family.depths.map((depth, stage) =>
    Array.from({ length: depth }, (_, i) => {
      const numInputs = i > 0 ? channelsOf(stage) : stage > 0 ? channelsOf(stage - 1) : 64;
      return bottleneck(family, family.names.block(stage, i), numInputs, channelsOf(stage), i === 0 && stage > 0 ? 2 : 1);
    }),
  );
  const numFeatures = channelsOf(family.depths.length - 1);
  const last = family.norm('norm', numFeatures);
  const layersOf = ({ norms, convs, downsample }: Bottleneck): Layer[] => [
    ...norms,
    ...convs,
    ...(downsample === null ? [] : [downsample]),
  ];
  return defineNetwork({
    arch: family.arch,
    numFeatures,
    ...family.colours,
    layers: [...family.stemLayers, ...blocks.flat().flatMap(layersOf), last],
    ...stagesOf(family.depths.length, channelsOf),
    body: (pass, images) => pass.norm(applyStages(pass, family.stem(pass, images), blocks, applyBottleneck), last, 'relu'),
  });
}

/**
 * ResNet v2 with batch normalisation, of the images too, as in the ONNX model zoo (Gluon): [3, 4, 6] is ResNet-50 cut
 * after its third stage, with 1024 features.
 */
export function resnetV2(arch: string, depths: readonly number[]): Network {
  const inputNorm = torchBatchNorm('input_bn', 3);
  const stemConv = conv(
    { filter: 'stem.conv.weight', kernelPx: 7, numInputs: 3, numOutputs: 64 },
    { stride: 2, norm: torchBatchNorm('stem.bn', 64), activation: 'relu' },
  );
  return preActivationResnet({
    arch,
    colours: imagenetColours,
    depths,
    norm: torchBatchNorm,
    standardisation: null,
    names: { block: (stage, index) => `stages.${stage}.${index}`, norm: 'bn', downsample: 'downsample' },
    stemLayers: [inputNorm, stemConv],
    stem: (pass, images) => maxPool(pass.conv(pass.norm(images, inputNorm, 'none'), stemConv), { sizePx: 3, stride: 2, padding: 1 }),
  });
}
