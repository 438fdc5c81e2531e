/** A network small enough for tests: every kind of convolution, batch normalisation, seconds to train. */
import { defineNetwork, imagenetColours } from './define-network.ts';
import type { ConvLayer } from './named-layers.ts';
import { conv, torchBatchNorm } from './named-layers.ts';
import type { Network } from './network.ts';

function unit(
  name: string,
  kernelPx: number,
  numInputs: number,
  numOutputs: number,
  options: { stride?: number; depthwise?: boolean } = {},
): ConvLayer {
  return conv(
    { filter: `${name}.conv.weight`, kernelPx, numInputs, numOutputs },
    { ...options, norm: torchBatchNorm(`${name}.bn`, numOutputs), activation: 'relu' },
  );
}

/** Four convolutions for images from 16 px; 48 features, 15,000 parameters. */
export function tiny(): Network {
  const stem = unit('stem', 3, 3, 16, { stride: 2 });
  const depthwise = unit('depthwise', 3, 16, 16, { stride: 2, depthwise: true });
  const pointwise = unit('pointwise', 1, 16, 32);
  const last = unit('last', 3, 32, 48, { stride: 2 });
  return defineNetwork({
    arch: 'tiny',
    numFeatures: 48,
    ...imagenetColours,
    layers: [stem, depthwise, pointwise, last],
    stages: [
      { numChannels: 16, reduction: 2 },
      { numChannels: 32, reduction: 4 },
    ],
    reduction: 8,
    body: (pass, images) => {
      const shallow = pass.stage(pass.conv(images, stem));
      const middle = pass.stage(pass.conv(pass.conv(shallow, depthwise), pointwise));
      return pass.conv(middle, last);
    },
  });
}
