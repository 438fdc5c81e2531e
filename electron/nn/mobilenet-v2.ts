/** MobileNetV2 (Sandler et al. 2018): inverted residual blocks around depthwise convolutions. */
import { tf } from '../tensor/tf.ts';
import { centredColours, defineNetwork, imagenetColours } from './define-network.ts';
import type { Activation, Padding } from './layers.ts';
import type { BatchNormLayer, ConvLayer, ForwardPass } from './named-layers.ts';
import { conv, kerasBatchNorm, torchBatchNorm } from './named-layers.ts';
import type { Network } from './network.ts';

/** Which convolution of the network: the stem, one of a block's three, or the last one. */
type Part = 'stem' | 'head' | { readonly block: number; readonly unit: 'expand' | 'depthwise' | 'project' };

interface UnitNames {
  readonly filter: string;
  readonly norm: string;
}

/** What tells the published variants apart. */
interface Variant {
  readonly arch: string;
  /** Multiplies every number of channels; the head never falls below 1280. */
  readonly width: number;
  readonly colours: typeof imagenetColours | typeof centredColours;
  readonly activation: Activation;
  /** Whether block 0, which widens by 1, has an expansion all the same. */
  readonly expandsFirst: boolean;
  /** Padding of the 3x3 convolutions with stride 2. */
  readonly stridedPadding: Padding;
  readonly names: (part: Part) => UnitNames;
  readonly norm: (name: string, numChannels: number) => BatchNormLayer;
}

/** Table 2 of the paper: expansion, channels, repeats, stride of the first. */
const stages = [
  [1, 16, 1, 1],
  [6, 24, 2, 2],
  [6, 32, 3, 2],
  [6, 64, 4, 2],
  [6, 96, 3, 1],
  [6, 160, 3, 2],
  [6, 320, 1, 1],
] as const;

/** Stage of a block, and its position there. */
function placeOf(block: number): { readonly stage: number; readonly index: number } {
  let index = block;
  for (const [stage, [, , repeats]] of stages.entries()) {
    if (index < repeats) return { stage, index };
    index -= repeats;
  }
  throw new RangeError(`MobileNetV2 has no block ${block}.`);
}

const gluon: Variant = {
  arch: 'mobilenet_v2_gluon',
  width: 1,
  colours: imagenetColours,
  activation: 'relu',
  expandsFirst: true,
  stridedPadding: 1,
  names: (part) => {
    const name = typeof part === 'string' ? part : `blocks.${part.block}.${part.unit}`;
    return { filter: `${name}.conv.weight`, norm: `${name}.bn` };
  },
  norm: torchBatchNorm,
};

const torchvision: Variant = {
  arch: 'mobilenet_v2',
  width: 1,
  colours: imagenetColours,
  activation: 'relu6',
  expandsFirst: false,
  stridedPadding: 1,
  names: (part) => {
    if (typeof part === 'string') {
      const name = part === 'stem' ? 'features.0' : 'features.18';
      return { filter: `${name}.0.weight`, norm: `${name}.1` };
    }
    const name = `features.${part.block + 1}.conv`;
    // Block 0 has no expansion, so its other two move up.
    const index = ['expand', 'depthwise', 'project'].indexOf(part.unit) - (part.block === 0 ? 1 : 0);
    if (part.unit === 'project') return { filter: `${name}.${index}.weight`, norm: `${name}.${index + 1}` };
    return { filter: `${name}.${index}.0.weight`, norm: `${name}.${index}.1` };
  },
  norm: torchBatchNorm,
};

/** The same network as timm names it (mobilenetv2_100): blocks by stage, and block 0 a depthwise-separable one of its own. */
const timm: Variant = {
  ...torchvision,
  names: (part) => {
    if (typeof part === 'string') {
      return part === 'stem' ? { filter: 'conv_stem.weight', norm: 'bn1' } : { filter: 'conv_head.weight', norm: 'bn2' };
    }
    const { stage, index } = placeOf(part.block);
    const name = `blocks.${stage}.${index}`;
    const units = { expand: 'conv_pw', depthwise: 'conv_dw', project: part.block === 0 ? 'conv_pw' : 'conv_pwl' };
    const order = Object.keys(units).indexOf(part.unit) + (part.block === 0 ? 0 : 1);
    return { filter: `${name}.${units[part.unit]}.weight`, norm: `${name}.bn${order}` };
  },
};

const teachable: Variant = {
  arch: 'mobilenet_v2_035_teachable',
  width: 0.35,
  colours: centredColours,
  activation: 'relu6',
  expandsFirst: false,
  stridedPadding: [0, 1],
  names: (part) => {
    if (part === 'stem') return { filter: 'Conv1/kernel', norm: 'bn_Conv1' };
    if (part === 'head') return { filter: 'Conv_1/kernel', norm: 'Conv_1_bn' };
    const name = `${part.block === 0 ? 'expanded_conv' : `block_${part.block}`}_${part.unit}`;
    return { filter: `${name}/${part.unit === 'depthwise' ? 'depthwise_kernel' : 'kernel'}`, norm: `${name}_BN` };
  },
  norm: kerasBatchNorm,
};

interface Block {
  readonly expand: ConvLayer | null;
  readonly depthwise: ConvLayer;
  readonly project: ConvLayer;
  readonly residual: boolean;
}

/** The nearest multiple of 8, at least 8 and never more than a tenth below, as every published variant rounds. */
function roundChannels(numChannels: number): number {
  const rounded = Math.max(8, Math.floor((numChannels + 4) / 8) * 8);
  return rounded < 0.9 * numChannels ? rounded + 8 : rounded;
}

interface Unit {
  readonly kernelPx: 1 | 3;
  readonly numInputs: number;
  readonly numOutputs: number;
  readonly stride?: number;
  readonly depthwise?: boolean;
  readonly activation?: Activation;
}

function unitOf(variant: Variant, part: Part, unit: Unit): ConvLayer {
  const { kernelPx, numInputs, numOutputs, stride = 1, depthwise = false, activation = variant.activation } = unit;
  const names = variant.names(part);
  const padding = stride === 1 ? (kernelPx - 1) / 2 : variant.stridedPadding;
  return conv(
    { filter: names.filter, kernelPx, numInputs, numOutputs },
    { stride, padding, depthwise, activation, norm: variant.norm(names.norm, numOutputs) },
  );
}

function blocksOf(variant: Variant, numStem: number): Block[] {
  const blocks: Block[] = [];
  let numInputs = numStem;
  for (const [expansion, numChannels, repeats, firstStride] of stages) {
    for (let i = 0; i < repeats; i++) {
      const block = blocks.length;
      const stride = i === 0 ? firstStride : 1;
      const numOutputs = roundChannels(numChannels * variant.width);
      const numHidden = numInputs * expansion;
      const expands = expansion > 1 || variant.expandsFirst;
      const wide = { numInputs: numHidden, numOutputs: numHidden };
      blocks.push({
        expand: expands ? unitOf(variant, { block, unit: 'expand' }, { kernelPx: 1, numInputs, numOutputs: numHidden }) : null,
        depthwise: unitOf(variant, { block, unit: 'depthwise' }, { ...wide, kernelPx: 3, stride, depthwise: true }),
        project: unitOf(variant, { block, unit: 'project' }, { kernelPx: 1, numInputs: numHidden, numOutputs, activation: 'none' }),
        residual: stride === 1 && numInputs === numOutputs,
      });
      numInputs = numOutputs;
    }
  }
  return blocks;
}

function applyBlock(pass: ForwardPass, x: tf.Tensor4D, block: Block): tf.Tensor4D {
  const wide = block.expand === null ? x : pass.conv(x, block.expand);
  const y = pass.conv(pass.conv(wide, block.depthwise), block.project);
  return block.residual ? tf.add(x, y) : y;
}

function mobilenetV2(variant: Variant): Network {
  const numStem = roundChannels(32 * variant.width);
  const numLast = roundChannels(320 * variant.width);
  const numFeatures = roundChannels(1280 * Math.max(1, variant.width));
  const stem = unitOf(variant, 'stem', { kernelPx: 3, numInputs: 3, numOutputs: numStem, stride: 2 });
  const blocks = blocksOf(variant, numStem);
  const head = unitOf(variant, 'head', { kernelPx: 1, numInputs: numLast, numOutputs: numFeatures });
  const layersOf = ({ expand, depthwise, project }: Block): ConvLayer[] => [...(expand === null ? [] : [expand]), depthwise, project];
  const endsStage = (index: number): boolean => blocks[index + 1]?.depthwise.stride === 2;
  return defineNetwork({
    arch: variant.arch,
    numFeatures,
    ...variant.colours,
    layers: [stem, ...blocks.flatMap(layersOf), head],
    stages: blocks
      .filter((_, index) => endsStage(index))
      .map(({ project }, index) => ({ numChannels: project.numOutputs, reduction: 2 ** (index + 1) })),
    reduction: 32,
    body: (pass, images) => {
      const x = blocks.reduce(
        (map, block, index) => {
          const next = applyBlock(pass, map, block);
          return endsStage(index) ? pass.stage(next) : next;
        },
        pass.conv(images, stem),
      );
      return pass.conv(x, head);
    },
  });
}

/** MobileNetV2 1.0 as in the ONNX model zoo (Gluon): ReLU, and a 32 -> 32 expansion in block 0; 1280 features. */
export const mobilenetV2Gluon = (): Network => mobilenetV2(gluon);

/** MobileNetV2 1.0 with torchvision's names and ReLU6; 1280 features. */
export const mobilenetV2Torchvision = (): Network => mobilenetV2(torchvision);

/** That network once more, its parameters in the same order but named as timm names them: for reading files. */
export const mobilenetV2Timm = (): Network => mobilenetV2(timm);

/** MobileNetV2 0.35 as Teachable Machine and Keras have it: padded below and to the right only; 1280 features. */
export const mobilenetV2Teachable = (): Network => mobilenetV2(teachable);
