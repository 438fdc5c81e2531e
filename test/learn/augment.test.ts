import '@tensorflow/tfjs-backend-cpu';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  augment,
  augmentationInputs,
  augmentationPresets,
  drawAugmentation,
  type AugmentationSettings,
} from '../../electron/learn/augment.ts';
import { createRandom } from '../../electron/tensor/random.ts';
import type { HostTensors } from '../../electron/tensor/program.ts';
import { tf } from '../../electron/tensor/tf.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const side = 8;
const noise = createRandom(5);
const bytes = Int32Array.from({ length: side * side * 3 }, () => 64 + noise.int(128));
const none: AugmentationSettings = {
  cropArea: [1, 1],
  cropRatio: [1, 1],
  flipX: 0,
  flipY: 0,
  transpose: 0,
  colourShare: 1,
  brightness: 0,
  contrast: 0,
  saturation: 0,
  hue: 0,
  grey: 0,
  blur: 0,
  blurSigmaPx: [1, 1],
};
const sizes = { sourcePx: side, targetPx: side };

function view(settings: AugmentationSettings, seed = 1): { pixels: Float32Array; draws: HostTensors } {
  const draws = drawAugmentation(createRandom(seed), 1, settings, sizes);
  const pixels = tf.tidy(() => {
    const tensors = Object.fromEntries(Object.entries(draws).map(([name, { data, shape }]) => [name, tf.tensor(data, [...shape])]));
    return augment(tf.tensor4d(bytes, [1, side, side, 3], 'int32'), tensors, { numViews: 1, targetPx: side }).dataSync<'float32'>();
  });
  return { pixels, draws };
}

const luma = (pixels: ArrayLike<number>, at: number): number => 0.299 * pixels[at]! + 0.587 * pixels[at + 1]! + 0.114 * pixels[at + 2]!;
const worst = (a: ArrayLike<number>, b: ArrayLike<number>): number => Math.max(...Array.from(a, (value, i) => Math.abs(value - b[i]!)));
const plain = Float32Array.from(bytes, (value) => value / 255);

describe('augment', () => {
  it('leaves the image alone when everything is off', () => {
    expect(worst(view(none).pixels, plain)).toBeLessThan(1e-6);
  });

  it('agrees with plain arithmetic for brightness, saturation and contrast', () => {
    const settings = { ...none, brightness: 0.2, contrast: 0.3, saturation: 0.4 };
    const { pixels, draws } = view(settings);
    const random = createRandom(1);
    for (let i = 0; i < 8; i++) random.next(); // area, ratio, two flips, blur, two corners, transposition
    const brightness = 1 + 0.2 * (2 * random.next() - 1);
    const saturation = 1 + 0.4 * (2 * random.next() - 1);
    const contrast = draws.contrast!.data[0]!;
    expect(contrast).not.toBe(1);
    const coloured = plain.map((value, i) => brightness * (saturation * value + (1 - saturation) * luma(plain, i - (i % 3))));
    let mean = 0;
    for (let at = 0; at < coloured.length; at += 3) mean += luma(coloured, at) / (side * side);
    const expected = coloured.map((value) => Math.min(1, Math.max(0, mean + contrast * (value - mean))));
    expect(worst(pixels, expected)).toBeLessThan(1e-5);
  });

  it('makes grey by the luma', () => {
    const { pixels } = view({ ...none, grey: 1 });
    for (let at = 0; at < pixels.length; at += 3) {
      expect(pixels[at]).toBeCloseTo(luma(plain, at), 5);
      expect(pixels[at + 1]).toBeCloseTo(pixels[at]!, 5);
    }
  });

  it('turns the hue about grey: a third of the circle swaps the channels round, greys stay', () => {
    const { colour } = drawAugmentation({ ...createRandom(1), next: () => 1 - 1e-12 }, 1, { ...none, hue: 1 / 3 }, sizes);
    const matrix = [...colour!.data];
    expect(worst(matrix, [0, 1, 0, 0, 0, 1, 1, 0, 0])).toBeLessThan(1e-5);
  });

  it('softens by a wider triangle of the variance asked for', () => {
    const { draws } = view({ ...none, blur: 1, blurSigmaPx: [1.5, 1.5] });
    const support = draws.support!.data[0]!;
    expect((support * support) / 6).toBeCloseTo(1 / 6 + 1.5 ** 2, 4);
  });
});

describe('drawAugmentation', () => {
  it('repeats with the seed and differs without', () => {
    const draw = (seed: number): HostTensors => drawAugmentation(createRandom(seed), 6, augmentationPresets.standard, sizes);
    expect(draw(1)).toEqual(draw(1));
    expect(draw(1)).not.toEqual(draw(2));
  });

  it('keeps every box inside the square and crops the area asked for', () => {
    const count = 400;
    const { start, step } = drawAugmentation(createRandom(2), count, augmentationPresets.standard, { sourcePx: 160, targetPx: 96 });
    let flipped = 0;
    for (let i = 0; i < 2 * count; i++) {
      const from = start!.data[i]!;
      const to = from + 96 * step!.data[i]!;
      expect(Math.min(from, to)).toBeGreaterThanOrEqual(-1e-3);
      expect(Math.max(from, to)).toBeLessThanOrEqual(160.001);
      if (to < from) flipped += 1;
    }
    expect(flipped / (2 * count)).toBeCloseTo(0.5, 1);
    const shares = Array.from({ length: count }, (_, i) => Math.abs(step!.data[2 * i]! * step!.data[2 * i + 1]!) * (96 / 160) ** 2);
    expect(Math.min(...shares)).toBeGreaterThan(0.15);
    expect(Math.min(...shares)).toBeLessThan(0.25);
    expect(Math.max(...shares)).toBeGreaterThan(0.9);
  });

  it('declares exactly the inputs it draws', () => {
    for (const settings of Object.values(augmentationPresets)) {
      const inputs = augmentationInputs(settings, 4);
      const drawn = drawAugmentation(createRandom(1), 4, settings, sizes);
      expect(Object.fromEntries(Object.entries(drawn).map(([name, { shape }]) => [name, shape]))).toEqual(
        Object.fromEntries(Object.entries(inputs).map(([name, { shape }]) => [name, shape])),
      );
    }
  });
});
