import { describe, expect, it } from 'vitest';
import { luma } from '../../../electron/learn/augment.ts';
import { colourise, greyAndAb } from '../../../electron/learn/objectives/colourise.ts';
import { decoderForward } from '../../../electron/learn/objectives/decoder.ts';
import { denoise } from '../../../electron/learn/objectives/denoise.ts';
import { inpaint } from '../../../electron/learn/objectives/inpaint.ts';
import type { Objective } from '../../../electron/learn/objectives/objective.ts';
import { drawRegions, regionMask } from '../../../electron/learn/objectives/regions.ts';
import { greyAndBlurred, restore } from '../../../electron/learn/objectives/restore.ts';
import type { HostTensors } from '../../../electron/tensor/program.ts';
import { createRandom } from '../../../electron/tensor/random.ts';
import { tf } from '../../../electron/tensor/tf.ts';
import { expectGradient, lossOn, network, tensorsOf } from '../objective-harness.ts';

const { stages, mean } = network;
const side = 16;
const make: [string, (headNorm: 'batch' | 'layer') => Objective][] = [
  ['colourise', (headNorm) => colourise({ stages, headNorm })],
  ['restore', (headNorm) => restore({ stages, headNorm, finestSkip: 4 })],
  ['inpaint', (headNorm) => inpaint({ stages, headNorm, mean })],
  ['denoise', (headNorm) => denoise({ stages, headNorm })],
];

describe.each(make)('%s', (_, of) => {
  it.each(['batch', 'layer'] as const)('has the gradient that finite differences show (%s norm)', (headNorm) =>
    expectGradient(of(headNorm)),
  );
});

/** What the objective shows the network, the loss, and what its decoder makes of maps that are always the same. */
async function look(objective: Objective, images: Float32Array, numOutputs: number, finestSkip: number) {
  await tf.setBackend('cpu');
  const draws = objective.draws?.draw(createRandom(9), 2, side) ?? {};
  const heads = objective.init(3);
  const random = createRandom(6);
  const maps = stages.map(({ numChannels, reduction }) => {
    const size = side / reduction;
    return tf.tensor4d(
      Float32Array.from({ length: 2 * size * size * numChannels }, () => random.normal()),
      [2, size, size, numChannels],
    );
  });
  const seen: Float32Array[] = [];
  const { loss } = await lossOn(objective, {
    images: tf.tensor4d(images, [2, side, side, 3]),
    draws,
    heads,
    forward: (shown) => {
      seen.push(shown.dataSync() as Float32Array);
      return { features: tf.zeros([shown.shape[0], 4]), maps };
    },
  });
  const made = decoderForward('decoder', tensorsOf(heads), maps, {
    stages,
    headNorm: 'layer',
    numOutputs,
    finestSkip,
    px: side,
  }).dataSync();
  return { loss, shown: seen[0]!, views: seen[1]!, made, draws };
}

const pictures = (): Float32Array => {
  const random = createRandom(12);
  return Float32Array.from({ length: 2 * side * side * 3 }, () => random.next());
};

/** Whether each pixel of a batch of 2 lies within a rectangle, written out. */
function coverage(draws: HostTensors): boolean[] {
  const [top, bottom, left, right] = ['top', 'bottom', 'left', 'right'].map((name) => draws[name]!.data);
  const count = top!.length / 2;
  return Array.from({ length: 2 * side * side }, (_, at) => {
    const [x, y] = [((at % side) + 0.5) / side, ((Math.floor(at / side) % side) + 0.5) / side];
    const rectangles = Array.from({ length: count }, (__, i) => Math.floor(at / side / side) * count + i);
    return rectangles.some((i) => y >= top![i]! && y < bottom![i]! && x >= left![i]! && x < right![i]!);
  });
}

describe('regions', () => {
  it('lie whole within the view, with sides as asked for, and cover what they say', async () => {
    await tf.setBackend('cpu');
    const rules = { count: 3, side: [0.2, 0.45] } as const;
    const draws = drawRegions(createRandom(1), rules, 2);
    for (const [from, to] of [
      ['top', 'bottom'],
      ['left', 'right'],
    ] as const) {
      draws[from]!.data.forEach((start, i) => {
        const end = draws[to]!.data[i]!;
        expect(start).toBeGreaterThanOrEqual(0);
        expect(end).toBeLessThanOrEqual(1 + 1e-6);
        expect(end - start).toBeGreaterThan(0.2 - 1e-6);
        expect(end - start).toBeLessThan(0.45 + 1e-6);
      });
    }
    expect([...regionMask(tensorsOf(draws), side).dataSync()]).toEqual(coverage(draws).map(Number));
  });
});

describe('what is shown and what is wanted', () => {
  it('of in-painting: holes of the mean colour, and only their pixels count', async () => {
    const images = pictures();
    const { loss, shown, views, made, draws } = await look(inpaint({ stages, headNorm: 'layer', mean }), images, 3, 8);
    const isHole = coverage(draws);
    let [sum, count] = [0, 0];
    images.forEach((value, at) => {
      const hole = isHole[Math.floor(at / 3)]!;
      expect(shown[at]).toBeCloseTo(hole ? mean[at % 3]! : value, 5);
      if (!hole) return;
      sum += Math.abs(made[at]! - value);
      count += 1;
    });
    expect(count).toBeGreaterThan(100);
    expect(loss).toBeCloseTo(sum / count, 4);
    // The running statistics are of the views as they are.
    expect(views).toEqual(images);
  });

  it('of restoring: regions grey and soft, and every pixel counts', async () => {
    const images = pictures();
    const { loss, shown, made, draws } = await look(restore({ stages, headNorm: 'layer', finestSkip: 4 }), images, 3, 4);
    const sigma = [...draws.sigma!.data].map((share) => share * side);
    const soft = greyAndBlurred(tf.tensor4d(images, [2, side, side, 3]), tf.tensor1d(sigma)).dataSync();
    const isSpoilt = coverage(draws);
    images.forEach((value, at) => expect(shown[at]).toBeCloseTo(isSpoilt[Math.floor(at / 3)]! ? soft[at]! : value, 5));
    const expected = images.reduce((sum, value, at) => sum + Math.abs(made[at]! - value) / images.length, 0);
    expect(loss).toBeCloseTo(expected, 4);
  });

  it('of denoising: noise within [0, 1], and the clean view is wanted', async () => {
    const images = pictures();
    const { loss, shown, made, draws } = await look(denoise({ stages, headNorm: 'layer' }), images, 3, 8);
    images.forEach((value, at) => {
      const noisy = value + draws.noise!.data[at]! * draws.strength!.data[at < images.length / 2 ? 0 : 1]!;
      expect(shown[at]).toBeCloseTo(Math.min(1, Math.max(0, noisy)), 5);
    });
    const expected = images.reduce((sum, value, at) => sum + Math.abs(made[at]! - value) / images.length, 0);
    expect(loss).toBeCloseTo(expected, 4);
  });

  it('of colourising: no colour is shown, and a and b are wanted', async () => {
    const images = pictures();
    const { loss, shown, made } = await look(colourise({ stages, headNorm: 'layer' }), images, 2, 8);
    for (let at = 0; at < shown.length; at += 3) {
      expect(shown[at + 1]).toBe(shown[at]);
      expect(shown[at + 2]).toBe(shown[at]);
    }
    const wanted = Array.from(greyAndAb(tf.tensor4d(images, [2, side, side, 3])).ab.dataSync());
    const expected = wanted.reduce((sum, value, at) => sum + Math.abs(made[at]! - value / 50) / wanted.length, 0);
    expect(loss).toBeCloseTo(expected, 4);
  });
});

describe('greyAndAb', () => {
  // L, a and b as colour tables have them.
  it.each([
    ['red', [1, 0, 0], [53.24, 80.09, 67.2]],
    ['green', [0, 1, 0], [87.74, -86.18, 83.18]],
    ['blue', [0, 0, 1], [32.3, 79.19, -107.86]],
    ['white', [1, 1, 1], [100, 0, 0]],
    ['black', [0, 0, 0], [0, 0, 0]],
    ['a dark grey', [0.03, 0.03, 0.03], [2.1, 0, 0]],
  ] as const)('of %s', async (_, rgb, [lightness, a, b]) => {
    await tf.setBackend('cpu');
    const { grey, ab } = greyAndAb(tf.tensor4d([...rgb], [1, 1, 1, 3]));
    expect(Math.abs(ab.dataSync()[0]! - a)).toBeLessThan(0.1);
    expect(Math.abs(ab.dataSync()[1]! - b)).toBeLessThan(0.1);
    // L of the grey, whose Y is its linear value.
    const level = grey.dataSync()[0]!;
    const y = level <= 0.04045 ? level / 12.92 : ((level + 0.055) / 1.055) ** 2.4;
    const f = y > (6 / 29) ** 3 ? Math.cbrt(y) : y / (3 * (6 / 29) ** 2) + 4 / 29;
    expect(Math.abs(116 * f - 16 - lightness)).toBeLessThan(0.1);
  });
});

describe('greyAndBlurred', () => {
  it('keeps what is even, and spreads a point as a Gaussian', async () => {
    await tf.setBackend('cpu');
    const even = greyAndBlurred(tf.fill([1, side, side, 3], 0.4), tf.tensor1d([2])).dataSync();
    for (const value of even) expect(value).toBeCloseTo(0.4, 5);
    const point = new Float32Array(side * side * 3);
    point[(8 * side + 8) * 3 + 1] = 1;
    const spread = greyAndBlurred(tf.tensor4d(point, [1, side, side, 3]), tf.tensor1d([1])).dataSync();
    const at = (y: number, x: number): number => spread[(y * side + x) * 3]!;
    expect(at(8, 8)).toBeCloseTo(luma[1] / (2 * Math.PI), 3);
    expect(at(9, 8) / at(8, 8)).toBeCloseTo(Math.exp(-0.5), 4);
    expect(at(9, 9) / at(8, 8)).toBeCloseTo(Math.exp(-1), 4);
    expect(at(7, 8)).toBeCloseTo(at(9, 8), 6);
  });
});
