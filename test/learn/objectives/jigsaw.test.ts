import { describe, expect, it } from 'vitest';
import { distantPermutations, hammingDistance } from '../../../electron/learn/objectives/permutations.ts';
import {
  drawPuzzles,
  jigsaw,
  numPermutationsFor,
  numTiles,
  puzzleTiles,
  standardiseTiles,
  tilePxOf,
} from '../../../electron/learn/objectives/jigsaw.ts';
import { archs, networkFor } from '../../../electron/nn/registry.ts';
import { createRandom } from '../../../electron/tensor/random.ts';
import { trace } from '../../../electron/tensor/trace/backend.ts';
import { tf } from '../../../electron/tensor/tf.ts';
import { expectGradient, lossOn, network, plainCrossEntropy, plainMlp, tensorsOf } from '../objective-harness.ts';

const options = {
  numFeatures: network.numFeatures,
  headNorm: 'batch',
  mean: network.mean,
  std: network.std,
  reduction: 8,
  numHidden: 12,
} as const;

describe('distantPermutations', () => {
  it.each([
    [100, 6],
    [701, 5],
  ])('has %d that differ at %d places or more, always the same', (count, least) => {
    const permutations = distantPermutations(count, 9);
    expect(permutations).toHaveLength(count);
    for (const permutation of permutations) expect([...permutation].sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
    let smallest = 9;
    permutations.forEach((a, i) => permutations.slice(0, i).forEach((b) => (smallest = Math.min(smallest, hammingDistance(a, b)))));
    // Two foreign tiles hide two places; what is left must still say which it is.
    expect(smallest).toBe(least);
    expect(distantPermutations(count, 9)).toEqual(permutations);
  });

  it('is the whole group where all are asked for, and says when there are not enough', () => {
    expect(new Set(distantPermutations(24, 4).map((p) => p.join())).size).toBe(24);
    expect(() => distantPermutations(7, 3)).toThrow('no 7 permutations');
  });
});

describe('the tiles of a puzzle', () => {
  const rules = { permutations: distantPermutations(20, 9), maxForeign: 0, greyShare: 0 };
  const px = 48;
  /** Red tells the row of cells, green the column, blue the image. */
  const pictures = (count: number): tf.Tensor4D =>
    tf.tensor4d(
      Float32Array.from({ length: count * px * px * 3 }, (_, at) => {
        const [x, y] = [Math.floor(at / 3) % px, Math.floor(at / 3 / px) % px];
        return [Math.floor((3 * y) / px), Math.floor((3 * x) / px), Math.floor(at / 3 / px / px)][at % 3]! / 10;
      }),
      [count, px, px, 3],
    );
  /** Mean colour of each tile, times 10. */
  const coloursOf = (tiles: tf.Tensor4D): number[][] =>
    (tf.mean(tiles, [1, 2]).arraySync() as number[][]).map((row) => row.map((value) => Math.round(10 * value)));

  it('lie in the order that the arrangement says, whole within their cells', async () => {
    await tf.setBackend('cpu');
    const draws = drawPuzzles(createRandom(3), 3, px, rules);
    const tiles = puzzleTiles(pictures(3), tensorsOf(draws), 16);
    expect(tiles.shape).toEqual([27, 16, 16, 3]);
    const expected = [0, 1, 2].flatMap((image) =>
      [...rules.permutations[draws.arrangement!.data[image]!]!].map((place) => [Math.floor(place / 3), place % 3, image]),
    );
    expect(coloursOf(tiles)).toEqual(expected);
  });

  it('are shifted within their cells by as much as they are smaller, differently each', () => {
    const { start, arrangement } = drawPuzzles(createRandom(3), 200, px, rules);
    const shifts = Array.from(start!.data, (value, at) => {
      const [tile, axis] = [Math.floor(at / 2), at % 2];
      const place = rules.permutations[arrangement!.data[Math.floor(tile / 9)]!]![tile % 9]!;
      return value - 16 * (axis === 0 ? Math.floor(place / 3) : place % 3);
    });
    expect(Math.min(...shifts)).toBeGreaterThanOrEqual(-1e-5);
    expect(Math.max(...shifts)).toBeLessThanOrEqual(16 * (1 - 64 / 85) + 1e-5);
    expect(Math.max(...shifts) - Math.min(...shifts)).toBeGreaterThan(3.5);
  });

  it('are up to two of the next image, and grey in the share asked for', async () => {
    await tf.setBackend('cpu');
    const draws = drawPuzzles(createRandom(5), 600, px, { ...rules, maxForeign: 2, greyShare: 0.7 });
    const counts = [0, 0, 0, 0];
    for (let b = 0; b < 600; b++) {
      const foreign = draws.foreign!.data.slice(b * numTiles, (b + 1) * numTiles) as Float32Array;
      counts[foreign.reduce((sum, value) => sum + value, 0)]!++;
    }
    expect(counts[3]).toBe(0);
    for (const count of counts.slice(0, 3)) expect(Math.abs(count / 600 - 1 / 3)).toBeLessThan(0.07);
    expect(Math.abs((draws.grey!.data as Float32Array).reduce((sum, value) => sum + value / 600, 0) - 0.7)).toBeLessThan(0.06);
    const few = drawPuzzles(createRandom(8), 3, px, { ...rules, maxForeign: 2, greyShare: 0 });
    const images = coloursOf(puzzleTiles(pictures(3), tensorsOf(few), 16)).map(([, , image]) => image);
    expect([...(few.foreign!.data as Float32Array)].reduce((a, b) => a + b)).toBeGreaterThan(0);
    few.foreign!.data.forEach((value, at) => {
      expect(images[at]).toBe((Math.floor(at / numTiles) + (value === 1 ? 1 : 0)) % 3);
    });
    const drained = puzzleTiles(pictures(3), { ...tensorsOf(few), grey: tf.tensor1d([1, 1, 1]) }, 16);
    for (const [red, green, blue] of tf.mean(drained, [1, 2]).arraySync() as number[][]) {
      expect(red).toBeCloseTo(green!, 5);
      expect(red).toBeCloseTo(blue!, 5);
    }
  });

  it('each have mean 0 and deviation 1, but for those of one colour', async () => {
    await tf.setBackend('cpu');
    const random = createRandom(2);
    const noisy = tf.tensor4d(
      Float32Array.from({ length: 2 * 8 * 8 * 3 }, (_, i) => (i < 192 ? 0.3 : random.next())),
      [2, 8, 8, 3],
    );
    const values = standardiseTiles(noisy);
    const { mean, variance } = tf.moments(values, [1, 2]);
    for (const value of mean.dataSync()) expect(value).toBeCloseTo(0, 4);
    const variances = variance.arraySync() as number[][];
    for (const value of variances[0]!) expect(value).toBeLessThan(0.01);
    for (const value of variances[1]!) expect(value).toBeCloseTo(1, 2);
  });
});

describe('jigsaw', () => {
  it.each([0, 2])('has the gradient that finite differences show (up to %d foreign tiles)', async (maxForeign) => {
    await expectGradient(jigsaw({ ...options, numPermutations: 6, maxForeign }), { px: 48 });
  });

  it('starts at chance, ln(permutations), which it says', async () => {
    const objective = jigsaw({ ...options, numFeatures: 5, headNorm: 'layer', numPermutations: 100, maxForeign: 2 });
    expect(objective.chanceLoss).toBeCloseTo(Math.log(100), 6);
    const random = createRandom(1);
    const { loss } = await lossOn(objective, {
      images: tf.zeros([8, 48, 48, 3]),
      draws: objective.draws!.draw(createRandom(1), 8, 48),
      forward: () => ({
        features: tf.tensor2d(
          Float32Array.from({ length: 72 * 5 }, () => random.normal()),
          [72, 5],
        ),
      }),
    });
    expect(Math.abs(loss - Math.log(100))).toBeLessThan(0.3);
  });

  it('is the cross-entropy of a head over all nine tiles, each through the shared layer', async () => {
    const objective = jigsaw({ ...options, numFeatures: 4, headNorm: 'layer', numPermutations: 6, maxForeign: 0 });
    const draws = objective.draws!.draw(createRandom(1), 2, 48);
    const heads = objective.init(1);
    const features = Array.from({ length: 18 }, (_, i) => [i % 9, Math.floor(i / 9), (i * i) % 5, 1]);
    const images = tf.zeros<tf.Rank.R4>([2, 48, 48, 3]);
    const { loss } = await lossOn(objective, { images, draws, heads, forward: () => ({ features: tf.tensor2d(features) }) });
    const losses = [0, 1].map((image) => {
      const seen = features.slice(9 * image, 9 * image + 9).flatMap((row) => plainMlp('tile', heads, row).map((x) => Math.max(0, x)));
      return plainCrossEntropy(plainMlp('head', heads, seen), draws.arrangement!.data[image]!);
    });
    expect(loss).toBeCloseTo((losses[0]! + losses[1]!) / 2, 4);
  });

  it.each(archs)('has tiles that %s can look at', (arch) => {
    const seer = networkFor(arch);
    const specs = Object.fromEntries(
      Object.entries(seer.parameters).map(([name, { shape }]) => [name, { dtype: 'float32', shape } as const]),
    );
    const tilePx = tilePxOf(48, seer.stages.at(-1)!.reduction);
    const inputs = { ...specs, tiles: { dtype: 'float32', shape: [18, tilePx, tilePx, 3] } } as const;
    const { outputs } = trace(inputs, ({ tiles, ...parameters }) => ({
      features: seer.forward(parameters, tiles as tf.Tensor4D, { training: true }).features,
    }));
    expect(outputs.features!.shape).toEqual([18, seer.numFeatures]);
  });

  it('has fewer arrangements and smaller tiles for fewer and smaller images', () => {
    expect([48, 64, 96, 128, 224].map((side) => tilePxOf(side, 16))).toEqual([16, 24, 32, 40, 72]);
    expect(tilePxOf(48, 32)).toBe(32);
    expect([10, 4999, 5000].map(numPermutationsFor)).toEqual([100, 100, 701]);
  });
});
