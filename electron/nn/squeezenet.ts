/** SqueezeNet 1.1 (Iandola et al. 2016) with torchvision's names and its 1000-way classifier. */
import { tf } from '../tensor/tf.ts';
import { defineNetwork, imagenetColours } from './define-network.ts';
import { maxPool } from './layers.ts';
import type { ConvLayer, ForwardPass } from './named-layers.ts';
import { conv } from './named-layers.ts';
import type { Network } from './network.ts';

interface Fire {
  readonly squeeze: ConvLayer;
  readonly expands: readonly [ConvLayer, ConvLayer];
}

type Step = 'pool' | Fire;

/** torchvision's `features`, from index 2 on: a pool, or the squeezed and expanded channels of a fire module. */
const plan = ['pool', [16, 64], [16, 64], 'pool', [32, 128], [32, 128], 'pool', [48, 192], [48, 192], [64, 256], [64, 256]] as const;

function unit(name: string, kernelPx: number, numInputs: number, numOutputs: number): ConvLayer {
  return conv({ filter: `${name}.weight`, kernelPx, numInputs, numOutputs }, { bias: `${name}.bias`, activation: 'relu' });
}

function steps(): Step[] {
  let numChannels = 64;
  return plan.map((step, i) => {
    if (step === 'pool') return 'pool';
    const [numSqueezed, numExpanded] = step;
    const name = `features.${i + 2}`;
    const fire: Fire = {
      squeeze: unit(`${name}.squeeze`, 1, numChannels, numSqueezed),
      expands: [unit(`${name}.expand1x1`, 1, numSqueezed, numExpanded), unit(`${name}.expand3x3`, 3, numSqueezed, numExpanded)],
    };
    numChannels = 2 * numExpanded;
    return fire;
  });
}

function applyStep(pass: ForwardPass, x: tf.Tensor4D, step: Step): tf.Tensor4D {
  if (step === 'pool') return maxPool(x, { sizePx: 3, stride: 2, ceil: true });
  const squeezed = pass.conv(x, step.squeeze);
  return tf.concat(
    step.expands.map((layer) => pass.conv(squeezed, layer)),
    3,
  );
}

/** Channels of the map that reaches step `index`. */
function channelsBefore(body: readonly Step[], index: number): number {
  const fire = body.slice(0, index).findLast((step) => step !== 'pool');
  return fire === undefined ? 64 : fire.expands.reduce((sum, { numOutputs }) => sum + numOutputs, 0);
}

/** SqueezeNet 1.1: 512 features, which are those the classifier sees. */
export function squeezenet11(): Network {
  const stem: ConvLayer = { ...unit('features.0', 3, 3, 64), stride: 2, padding: 0 };
  const body = steps();
  const pools = body.flatMap((step, index) => (step === 'pool' ? [index] : []));
  return defineNetwork({
    arch: 'squeezenet1_1',
    numFeatures: 512,
    ...imagenetColours,
    layers: [stem, ...body.flatMap((step) => (step === 'pool' ? [] : [step.squeeze, ...step.expands]))],
    stages: pools.map((index, stage) => ({ numChannels: channelsBefore(body, index), reduction: 2 ** (stage + 1) })),
    reduction: 16,
    body: (pass, images) => body.reduce((x, step) => applyStep(pass, step === 'pool' ? pass.stage(x) : x, step), pass.conv(images, stem)),
    classifier: unit('classifier.1', 1, 512, 1000),
  });
}
