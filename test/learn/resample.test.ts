import '@tensorflow/tfjs-backend-cpu';
import { beforeAll, describe, expect, it } from 'vitest';
import { resample, resampleWeights, resizeWhole } from '../../electron/learn/resample.ts';
import { createRandom } from '../../electron/tensor/random.ts';
import { tf } from '../../electron/tensor/tf.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

interface Box {
  start: [number, number];
  step: [number, number];
  support: [number, number];
  transposed: number;
}

const side = 11;
const random = createRandom(3);
const pixels = Float32Array.from({ length: 2 * side * side * 3 }, () => random.next());

/** Straight from the definition: every target pixel is the weighted mean of the source pixels under two triangles. */
function plainView(image: Float32Array, box: Box, targetPx: number): number[] {
  const at = (y: number, x: number, c: number): number => {
    let total = 0;
    let weight = 0;
    for (let j = 0; j < side; j++) {
      for (let i = 0; i < side; i++) {
        const wy = Math.max(0, 1 - Math.abs(j + 0.5 - (box.start[0] + (y + 0.5) * box.step[0])) / box.support[0]);
        const wx = Math.max(0, 1 - Math.abs(i + 0.5 - (box.start[1] + (x + 0.5) * box.step[1])) / box.support[1]);
        total += wy * wx * image[(j * side + i) * 3 + c]!;
        weight += wy * wx;
      }
    }
    return total / weight;
  };
  const result: number[] = [];
  for (let y = 0; y < targetPx; y++) {
    for (let x = 0; x < targetPx; x++) for (let c = 0; c < 3; c++) result.push(box.transposed ? at(x, y, c) : at(y, x, c));
  }
  return result;
}

function run(boxes: Box[], numViews: number, targetPx: number): Float32Array {
  return tf.tidy(() =>
    resample(
      tf.tensor4d(pixels, [2, side, side, 3]),
      {
        start: tf.tensor2d(boxes.map((box) => box.start)),
        step: tf.tensor2d(boxes.map((box) => box.step)),
        support: tf.tensor2d(boxes.map((box) => box.support)),
      },
      { numViews, targetPx, transposed: tf.tensor1d(boxes.map((box) => box.transposed)) },
    ).dataSync<'float32'>(),
  );
}

const image = (b: number): Float32Array => pixels.subarray(b * side * side * 3, (b + 1) * side * side * 3);
const worst = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Math.max(...Array.from(a, (value, i) => Math.abs(value - b[i]!)), a.length === b.length ? 0 : Infinity);

describe('resample', () => {
  it('agrees with the definition for two views of two images: shrinking, growing, flipped, transposed, softened', () => {
    const boxes: Box[] = [
      { start: [1, 2], step: [1.6, 1.2], support: [1.6, 1.2], transposed: 0 },
      { start: [9.5, 0.25], step: [-0.7, 0.9], support: [1, 1], transposed: 1 },
      { start: [0, 11], step: [2.2, -2.2], support: [2.2, 2.2], transposed: 1 },
      { start: [3, 3], step: [0.4, 0.5], support: [2.5, 2.5], transposed: 0 },
    ];
    const targetPx = 5;
    const views = run(boxes, 2, targetPx);
    const expected = boxes.flatMap((box, row) => plainView(image(Math.floor(row / 2)), box, targetPx));
    expect(worst(views, expected)).toBeLessThan(1e-5);
  });

  it('returns the image itself for its whole box at its own size', () => {
    const whole: Box = { start: [0, 0], step: [1, 1], support: [1, 1], transposed: 0 };
    expect(worst(run([whole, whole], 1, side), pixels)).toBeLessThan(1e-6);
  });

  it('mirrors exactly with a negative step', () => {
    const mirrored: Box = { start: [0, side], step: [1, -1], support: [1, 1], transposed: 0 };
    const expected = tf.tidy(() => tf.reverse(tf.tensor4d(pixels, [2, side, side, 3]), 2).dataSync());
    expect(worst(run([mirrored, mirrored], 1, side), expected)).toBeLessThan(1e-6);
  });

  it('has rows of weights that add up to one, also at the border', () => {
    const weights = tf.tidy(() => {
      const geometry = { start: tf.tensor2d([[0, 7]]), step: tf.tensor2d([[0.3, 0.5]]), support: tf.tensor2d([[1, 3]]) };
      return [0, 1].map((axis) => tf.sum(resampleWeights(geometry, axis as 0 | 1, 8, side), 2).dataSync());
    });
    expect(
      worst(
        weights.flatMap((sums) => [...sums]),
        new Array<number>(16).fill(1),
      ),
    ).toBeLessThan(1e-6);
  });
});

describe('resizeWhole', () => {
  it('keeps the mean colour when it shrinks, and scales 0..255 to 0..1', () => {
    const [before, after] = tf.tidy(() => {
      const bytes = tf.tensor4d(
        Int32Array.from({ length: 12 * 12 * 3 }, (_, i) => (i * 37) % 256),
        [1, 12, 12, 3],
        'int32',
      );
      return [tf.mean(tf.div(bytes, 255)).dataSync()[0]!, tf.mean(resizeWhole(bytes, 4)).dataSync()[0]!];
    });
    expect(after).toBeGreaterThan(0.9 * before);
    expect(after).toBeLessThan(1.1 * before);
  });
});
