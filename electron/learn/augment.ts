/** Random views of images: numbers are drawn on the host, pixels are made in the graph, so a batch crosses as uint8 once. */
import type { HostTensors, InputSpec, Tensors } from '../tensor/program.ts';
import type { Random } from '../tensor/random.ts';
import { tf } from '../tensor/tf.ts';
import { entry, float32 } from './host-tensor.ts';
import { resample } from './resample.ts';

type Range = readonly [number, number];

export interface AugmentationSettings {
  /** Share of the square's area that a crop keeps. */
  readonly cropArea: Range;
  /** Width over height of a crop. */
  readonly cropRatio: Range;
  /** Probabilities of mirroring left to right, top to bottom, and of swapping x and y (the three together give all eight orientations). */
  readonly flipX: number;
  readonly flipY: number;
  readonly transpose: number;
  /** Probability that light and colour change at all, as below. */
  readonly colourShare: number;
  /** Each factor is uniform on [1 - s, 1 + s]. */
  readonly brightness: number;
  readonly contrast: number;
  readonly saturation: number;
  /** Largest turn of the hue either way, as a share of the full circle. */
  readonly hue: number;
  /** Probability of losing all colour. */
  readonly grey: number;
  /** Probability of softening, and the range of its standard deviation in target pixels. */
  readonly blur: number;
  readonly blurSigmaPx: Range;
}

const standard: AugmentationSettings = {
  cropArea: [0.2, 1],
  cropRatio: [3 / 4, 4 / 3],
  flipX: 0.5,
  flipY: 0.5,
  transpose: 0.5,
  colourShare: 1,
  brightness: 0.2,
  contrast: 0.2,
  saturation: 0.2,
  hue: 0,
  grey: 0.2,
  blur: 0,
  blurSigmaPx: [0.5, 1.5],
};

const gentle: AugmentationSettings = {
  ...standard,
  cropArea: [0.5, 1],
  flipY: 0,
  transpose: 0,
  brightness: 0.1,
  contrast: 0.1,
  saturation: 0.1,
  grey: 0,
};

/**
 * `standard` suits images without an up: cells, surfaces, aerial views. `diet` crops a little less. `gentle` keeps the
 * orientation, the colour and most of the picture. `light` is for training on labels.
 */
export const augmentationPresets = {
  standard,
  diet: { ...standard, cropArea: [0.25, 1] },
  gentle,
  light: { ...standard, cropArea: [0.6, 1], brightness: 0.1, contrast: 0.1, saturation: 0.1, grey: 0 },
} as const satisfies Record<string, AugmentationSettings>;

/** What `augment` takes beside the images: the inputs to declare for `count` = B * V views. */
export function augmentationInputs(settings: AugmentationSettings, count: number): Record<string, InputSpec> {
  const pair: InputSpec = { dtype: 'float32', shape: [count, 2] };
  return {
    start: pair,
    step: pair,
    support: pair,
    ...(settings.transpose > 0 && { transposed: { dtype: 'float32', shape: [count] } satisfies InputSpec }),
    colour: { dtype: 'float32', shape: [count, 3, 3] },
    contrast: { dtype: 'float32', shape: [count] },
  };
}

/**
 * Draws `count` views (row b * V + v is view v of image b) of squares of `sourcePx`, to be made `targetPx` large: the tensors
 * that `augmentationInputs` names. A softened view only gets a wider triangle: half width s has variance s^2 / 6.
 */
export function drawAugmentation(
  random: Random,
  count: number,
  settings: AugmentationSettings,
  sizes: { readonly sourcePx: number; readonly targetPx: number },
): HostTensors {
  const { sourcePx, targetPx } = sizes;
  const start = new Float32Array(count * 2);
  const step = new Float32Array(count * 2);
  const support = new Float32Array(count * 2);
  const transposed = new Float32Array(count);
  const colour = new Float32Array(count * 9);
  const contrast = new Float32Array(count);
  for (let row = 0; row < count; row++) {
    const area = uniform(random, settings.cropArea);
    const ratio = Math.exp(uniform(random, [Math.log(settings.cropRatio[0]), Math.log(settings.cropRatio[1])]));
    const shares = [Math.min(1, Math.sqrt(area / ratio)), Math.min(1, Math.sqrt(area * ratio))];
    const flips = [random.next() < settings.flipY, random.next() < settings.flipX];
    const sigma = random.next() < settings.blur ? uniform(random, settings.blurSigmaPx) : 0;
    shares.forEach((share, axis) => {
      const extent = share * sourcePx;
      const corner = random.next() * (sourcePx - extent);
      const scale = extent / targetPx;
      const at = row * 2 + axis;
      start[at] = flips[axis] ? corner + extent : corner;
      step[at] = flips[axis] ? -scale : scale;
      support[at] = Math.hypot(Math.max(1, scale), Math.sqrt(6) * sigma * scale);
    });
    transposed[row] = random.next() < settings.transpose ? 1 : 0;
    const isJittered = settings.colourShare >= 1 || random.next() < settings.colourShare;
    colour.set(drawColour(random, isJittered ? settings : { ...settings, brightness: 0, saturation: 0, hue: 0 }), row * 9);
    contrast[row] = jitter(random, isJittered ? settings.contrast : 0);
  }
  return {
    start: float32([count, 2], start),
    step: float32([count, 2], step),
    support: float32([count, 2], support),
    ...(settings.transpose > 0 && { transposed: float32([count], transposed) }),
    colour: float32([count, 3, 3], colour),
    contrast: float32([count], contrast),
  };
}

/** Luma of ITU-R BT.601, as torchvision and Pillow use it. */
export const luma = [0.299, 0.587, 0.114] as const;

/**
 * The views of a batch. images: int32 [B, S, S, 3] of 0..255; `draws` as from `drawAugmentation` for B * V rows. Returns float
 * [B * V, P, P, 3] in [0, 1]. Colour first (brightness, saturation, hue and grey are one matrix), then contrast about the
 * view's mean luma, clipped once at the end.
 */
export function augment(
  images: tf.Tensor4D,
  draws: Tensors,
  options: { readonly numViews: number; readonly targetPx: number },
): tf.Tensor4D {
  const { numViews, targetPx } = options;
  const count = images.shape[0] * numViews;
  const geometry = { start: entry(draws, 'start'), step: entry(draws, 'step'), support: entry(draws, 'support') };
  const scaled = tf.div<tf.Tensor4D>(tf.cast(images, 'float32'), 255);
  const views = resample(scaled, geometry, { numViews, targetPx, transposed: draws.transposed ?? null });
  const pixels = tf.matMul(tf.reshape(views, [count, targetPx * targetPx, 3]), entry(draws, 'colour'));
  const meanLuma = tf.sum(tf.mul(tf.mean(pixels, 1, true), tf.tensor([...luma], [1, 1, 3])), 2, true);
  const factor = tf.reshape(entry(draws, 'contrast'), [count, 1, 1]);
  const contrasted = tf.add(tf.mul(pixels, factor), tf.mul(meanLuma, tf.sub(1, factor)));
  return tf.reshape(tf.clipByValue(contrasted, 0, 1), [count, targetPx, targetPx, 3]);
}

const uniform = (random: Random, [low, high]: Range): number => low + (high - low) * random.next();
const jitter = (random: Random, strength: number): number => 1 + strength * (2 * random.next() - 1);

/** A matrix M [3, 3] for row vectors, pixel' = pixel M: hue, then saturation or grey, then brightness. */
function drawColour(random: Random, settings: AugmentationSettings): number[] {
  const brightness = jitter(random, settings.brightness);
  const drawnSaturation = jitter(random, settings.saturation);
  const angle = 2 * Math.PI * settings.hue * (2 * random.next() - 1);
  const saturation = random.next() < settings.grey ? 0 : drawnSaturation;
  const turn = hueRotation(angle);
  const matrix: number[] = [];
  for (let i = 0; i < 3; i++) {
    const turned = [turn(i, 0), turn(i, 1), turn(i, 2)] as const;
    const grey = turned[0] * luma[0] + turned[1] * luma[1] + turned[2] * luma[2];
    for (const value of turned) matrix.push(brightness * (saturation * value + (1 - saturation) * grey));
  }
  return matrix;
}

/** A turn by `angle` about the grey axis (1, 1, 1) / sqrt(3), by Rodrigues' formula. */
function hueRotation(angle: number): (row: number, column: number) => number {
  const cos = Math.cos(angle);
  const along = (1 - cos) / 3;
  const across = Math.sin(angle) / Math.sqrt(3);
  return (row, column) => {
    if (row === column) return cos + along;
    return (column - row + 3) % 3 === 1 ? along + across : along - across;
  };
}
