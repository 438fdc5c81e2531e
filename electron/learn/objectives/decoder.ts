/** From feature maps back to an image: the upward half of a U-Net (Ronneberger et al. 2015, arXiv 1505.04597), small, since it is thrown away. */
import { batchNormAct } from '../../nn/batch-norm.ts';
import { normAct } from '../../nn/layers.ts';
import type { ParameterSpec, StageSpec } from '../../nn/network.ts';
import type { HostTensors, Tensors } from '../../tensor/program.ts';
import type { Random } from '../../tensor/random.ts';
import { tf } from '../../tensor/tf.ts';
import { entry, float32 } from '../host-tensor.ts';
import type { HeadNorm } from './mlp.ts';

export interface DecoderOptions {
  /** The network's; the coarsest is where the decoder begins. */
  readonly stages: readonly StageSpec[];
  readonly headNorm: HeadNorm;
  /** Channels of the image to make. */
  readonly numOutputs: number;
  /**
   * The finest map that is handed across, as image pixels per pixel of it. What comes across finer maps needs nothing of the deeper ones, and those are what
   * the features are taken of; no map is handed across when this is above all but the coarsest.
   */
  readonly finestSkip: number;
}

/** The most channels of a map on the way up. */
const maxWidth = 64;
/** How fine a map is convolved; from there to whole pixels it is rearrangement alone. */
const finestMap = 4;

interface Level {
  readonly name: string;
  /** Channels of the network's map, 0 where it is not handed across. */
  readonly numSkip: number;
  readonly numIn: number;
  readonly width: number;
  readonly reduction: number;
  /** Which of the network's maps. */
  readonly stage: number;
}

/** Coarse to fine; of each map what the level above makes of it. */
function levelsOf({ stages, finestSkip }: DecoderOptions): Level[] {
  const levels: Level[] = [];
  for (let stage = stages.length - 1; stage >= 0; stage--) {
    const { numChannels, reduction } = stages[stage] as StageSpec;
    const above = levels.at(-1);
    if (above !== undefined && reduction < finestMap) break;
    levels.push({
      name: `level${levels.length}`,
      numSkip: above === undefined || reduction >= finestSkip ? numChannels : 0,
      numIn: above?.width ?? 0,
      width: Math.min(maxWidth, Math.max(16, numChannels)),
      reduction,
      stage,
    });
  }
  return levels;
}

/** Image pixels per pixel of the decoder's last map. */
function outputReduction(levels: readonly Level[]): number {
  return levels.at(-1)?.reduction ?? 1;
}

/**
 * Per level: `skip`, a 1x1 convolution of the network's map, `mix`, a 3x3 one of what comes from below (absent at the start), and a norm; `output` makes all pixels
 * that a pixel of the last map stands for.
 */
export function decoderSpecs(options: DecoderOptions): Record<string, ParameterSpec> {
  const levels = levelsOf(options);
  const specs: Record<string, ParameterSpec> = {};
  for (const { name, numSkip, numIn, width } of levels) {
    if (numSkip > 0) specs[`${name}.skip`] = { shape: [1, 1, numSkip, width], kind: 'weight' };
    if (numIn > 0) specs[`${name}.mix`] = { shape: [3, 3, numIn, width], kind: 'weight' };
    specs[`${name}.scale`] = { shape: [width], kind: 'norm' };
    specs[`${name}.shift`] = { shape: [width], kind: 'norm' };
  }
  const numPixels = outputReduction(levels) ** 2 * options.numOutputs;
  specs.output = { shape: [1, 1, levels.at(-1)?.width ?? 1, numPixels], kind: 'weight' };
  specs.bias = { shape: [numPixels], kind: 'bias' };
  return specs;
}

/** He-normal weights, unit scales, zero shifts; the output starts near its bias, at `start`. Names get `part/` in front. */
export function decoderInit(part: string, options: DecoderOptions, random: Random, start: number): HostTensors {
  return Object.fromEntries(
    Object.entries(decoderSpecs(options)).map(([name, { shape, kind }]) => {
      const data = new Float32Array(shape.reduce((product, size) => product * size, 1));
      const fanIn = shape.slice(0, -1).reduce((product, size) => product * size, 1);
      const deviation = name === 'output' ? 0.1 / Math.sqrt(fanIn) : Math.sqrt(2 / fanIn);
      if (kind === 'weight') for (let i = 0; i < data.length; i++) data[i] = deviation * random.normal();
      else data.fill(kind === 'bias' ? start : name.endsWith('scale') ? 1 : 0);
      return [`${part}/${name}`, float32(shape, data)];
    }),
  );
}

/** Feature maps [B, h, w, C], shallow to deep, -> [B, P, P, numOutputs]. */
export function decoderForward(
  part: string,
  heads: Tensors,
  maps: readonly tf.Tensor4D[],
  options: DecoderOptions & { readonly px: number },
): tf.Tensor4D {
  const of = (name: string): tf.Tensor => entry(heads, `${part}/${name}`);
  const levels = levelsOf(options);
  let x: tf.Tensor4D | null = null;
  for (const { name, numSkip, stage } of levels) {
    const map = maps[stage] as tf.Tensor4D;
    const parts: tf.Tensor4D[] = [];
    if (numSkip > 0) parts.push(tf.conv2d(map, of(`${name}.skip`) as tf.Tensor4D, 1, 'same'));
    if (x !== null) parts.push(tf.conv2d(enlarge(x, map.shape[1], map.shape[2]), of(`${name}.mix`) as tf.Tensor4D, 1, 'same'));
    const sum = parts.length === 1 ? (parts[0] as tf.Tensor4D) : tf.add<tf.Tensor4D>(parts[0] as tf.Tensor4D, parts[1] as tf.Tensor4D);
    x = normRelu(sum, of(`${name}.scale`) as tf.Tensor1D, of(`${name}.shift`) as tf.Tensor1D, options.headNorm);
  }
  const pixels = tf.add<tf.Tensor4D>(tf.conv2d(x as tf.Tensor4D, of('output') as tf.Tensor4D, 1, 'same'), of('bias'));
  return enlarge(spreadPixels(pixels, outputReduction(levels)), options.px, options.px);
}

/** Over batch and place for each channel, or over each image by itself. */
function normRelu(x: tf.Tensor4D, scale: tf.Tensor1D, shift: tf.Tensor1D, headNorm: HeadNorm): tf.Tensor4D {
  if (headNorm === 'batch') return batchNormAct(x, scale, shift, 1e-5, 'relu');
  return normAct(x, { norm: { kind: 'group', scale, shift, numGroups: 1, epsilon: 1e-5 }, activation: 'relu', training: true }).output;
}

/** [B, h, w, r * r * C] -> [B, r * h, r * w, C]: every pixel becomes a square of r by r (Shi et al. 2016, arXiv 1609.05158). */
export function spreadPixels(x: tf.Tensor4D, r: number): tf.Tensor4D {
  const [batch, height, width, channels] = x.shape;
  const numOut = channels / r ** 2;
  const apart = tf.transpose(tf.reshape(x, [batch, height, width, r, r * numOut]), [0, 1, 3, 2, 4]);
  return tf.reshape(apart, [batch, r * height, r * width, numOut]);
}

/** Bilinear, to any size: [B, h, w, C] -> [B, height, width, C], as a product with a constant matrix per axis. */
export function enlarge(x: tf.Tensor4D, height: number, width: number): tf.Tensor4D {
  const [batch, h, w, channels] = x.shape;
  let result = x;
  if (h !== height) {
    const planes = tf.transpose(result, [0, 2, 3, 1]);
    const tall = tf.matMul(tf.reshape(planes, [batch * w * channels, h]), interpolation(h, height), false, true);
    result = tf.transpose(tf.reshape(tall, [batch, w, channels, height]), [0, 3, 1, 2]);
  }
  if (w !== width) {
    const planes = tf.transpose(result, [0, 1, 3, 2]);
    const wide = tf.matMul(tf.reshape(planes, [batch * height * channels, w]), interpolation(w, width), false, true);
    result = tf.transpose(tf.reshape(wide, [batch, height, channels, width]), [0, 1, 3, 2]);
  }
  return result;
}

/** [to, from]: each row the weights of linear interpolation between pixel centres, held at the edges. */
function interpolation(from: number, to: number): tf.Tensor2D {
  const weights = new Float32Array(to * from);
  for (let i = 0; i < to; i++) {
    const centre = Math.min(from - 1, Math.max(0, ((i + 0.5) * from) / to - 0.5));
    const low = Math.min(from - 1, Math.floor(centre));
    const high = Math.min(from - 1, low + 1);
    weights[i * from + low] = (weights[i * from + low] ?? 0) + 1 - (centre - low);
    weights[i * from + high] = (weights[i * from + high] ?? 0) + (centre - low);
  }
  return tf.tensor2d(weights, [to, from]);
}
