/** Residual networks with batch normalisation before the addition (He et al. 2015), with torchvision's names. */
import { tf } from '../tensor/tf.ts';
import { defineNetwork, imagenetColours } from './define-network.ts';
import { applyStages, stagesOf } from './residual-stages.ts';
import { activate, maxPool } from './layers.ts';
import type { ConvLayer, ForwardPass } from './named-layers.ts';
import { conv, torchBatchNorm } from './named-layers.ts';
import type { Network } from './network.ts';

interface Block {
  readonly convs: readonly ConvLayer[];
  readonly downsample: ConvLayer | null;
}

interface UnitOptions {
  readonly stride?: number;
  readonly rectified?: boolean;
}

function unit(filter: string, norm: string, shape: readonly [kernelPx: number, from: number, to: number], options: UnitOptions): ConvLayer {
  const [kernelPx, numInputs, numOutputs] = shape;
  const { stride = 1, rectified = true } = options;
  return conv(
    { filter: `${filter}.weight`, kernelPx, numInputs, numOutputs },
    { stride, norm: torchBatchNorm(norm, numOutputs), activation: rectified ? 'relu' : 'none' },
  );
}

/** Two 3x3 convolutions, or a bottleneck with the stride on its 3x3 convolution. The last one is rectified after the addition. */
function blockOf(kind: 'basic' | 'bottleneck', name: string, numInputs: number, numHidden: number, stride: number): Block {
  const numOutputs = kind === 'basic' ? numHidden : 4 * numHidden;
  const layer = (index: number, shape: readonly [number, number, number], options: UnitOptions = {}): ConvLayer =>
    unit(`${name}.conv${index}`, `${name}.bn${index}`, shape, options);
  const convs =
    kind === 'basic'
      ? [layer(1, [3, numInputs, numHidden], { stride }), layer(2, [3, numHidden, numHidden], { rectified: false })]
      : [
          layer(1, [1, numInputs, numHidden]),
          layer(2, [3, numHidden, numHidden], { stride }),
          layer(3, [1, numHidden, numOutputs], { rectified: false }),
        ];
  const projects = stride > 1 || numInputs !== numOutputs;
  const shape = [1, numInputs, numOutputs] as const;
  return {
    convs,
    downsample: projects ? unit(`${name}.downsample.0`, `${name}.downsample.1`, shape, { stride, rectified: false }) : null,
  };
}

function applyBlock(pass: ForwardPass, x: tf.Tensor4D, { convs, downsample }: Block): tf.Tensor4D {
  const y = convs.reduce((z, layer) => pass.conv(z, layer), x);
  return activate(tf.add<tf.Tensor4D>(y, downsample === null ? x : pass.conv(x, downsample)), 'relu');
}

/** A torchvision ResNet: basic [2, 2, 2, 2] is ResNet-18 with 512 features, bottleneck [3, 4, 6, 3] ResNet-50 with 2048. */
export function resnet(arch: string, kind: 'basic' | 'bottleneck', depths: readonly number[]): Network {
  const stem = unit('conv1', 'bn1', [7, 3, 64], { stride: 2 });
  const widening = kind === 'basic' ? 1 : 4;
  const channelsOf = (stage: number): number => 64 * 2 ** stage * widening;
  const blocks = depths.map((depth, stage) =>
    Array.from({ length: depth }, (_, i) => {
      const numInputs = i > 0 ? channelsOf(stage) : stage > 0 ? channelsOf(stage - 1) : 64;
      return blockOf(kind, `layer${stage + 1}.${i}`, numInputs, 64 * 2 ** stage, i === 0 && stage > 0 ? 2 : 1);
    }),
  );
  return defineNetwork({
    arch,
    numFeatures: channelsOf(depths.length - 1),
    ...imagenetColours,
    layers: [stem, ...blocks.flat().flatMap(({ convs, downsample }) => [...convs, ...(downsample === null ? [] : [downsample])])],
    ...stagesOf(depths.length, channelsOf),
    body: (pass, images) => {
      const x = maxPool(pass.conv(images, stem), { sizePx: 3, stride: 2, padding: 1 });
      return applyStages(pass, x, blocks, applyBlock);
    },
  });
}
