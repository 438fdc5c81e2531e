import { describe, expect, it } from 'vitest';
import { float32 } from '../../../electron/learn/host-tensor.ts';
import { mlpForward } from '../../../electron/learn/objectives/mlp.ts';
import { obow, vocabularySize } from '../../../electron/learn/objectives/obow.ts';
import type { HostTensors } from '../../../electron/tensor/program.ts';
import { createRandom } from '../../../electron/tensor/random.ts';
import { tf } from '../../../electron/tensor/tf.ts';
import { batch, expectGradient, inputsFor, network, runOnce, stepOf, tensorsOf } from '../objective-harness.ts';

const random = createRandom(12);
const normals = (count: number): number[] => Array.from({ length: count }, () => random.normal());
const dot = (a: readonly number[], b: readonly number[]): number => a.reduce((sum, value, i) => sum + value * b[i]!, 0);
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const unit = (row: number[]): number[] => row.map((value) => value / Math.sqrt(dot(row, row) + 1e-12));
const softmax = (row: number[]): number[] => {
  const powers = row.map((value) => Math.exp(value - Math.max(...row)));
  return powers.map((power) => power / sum(powers));
};
const rowsOf = (data: ArrayLike<number>, width: number): number[][] =>
  Array.from({ length: data.length / width }, (_, row) => Array.from({ length: width }, (__, j) => data[row * width + j]!));

/** Maps of 5 x 5 cells with three channels, and of 2 x 2 with four. */
const sides = [5, 2] as const;
const channels = [3, 4] as const;
const shape = { numFeatures: 6, stages: channels.map((numChannels, i) => ({ numChannels, reduction: 8 * (i + 1) })) };
const [numImages, numCrops, numWords] = [2, 3, 8];
const kappa = 0.7;
const inverseDelta = 2;

/** One step written out: what the images' maps and the crops' features are is given. */
function step(momentum: number) {
  const objective = obow({ network: shape, headNorm: 'layer', batch: numImages, numWords, numHidden: 7, numCrops, kappa, inverseDelta });
  const heads = objective.init(1);
  const buffers: HostTensors = { ...objective.buffers!(2), distances: float32([2], Float32Array.of(1.5, 2.5)) };
  const maps = sides.map((side, level) => normals(numImages * side * side * channels[level]!));
  const features = rowsOf(normals(numImages * numCrops * 6), 6);
  const spots = [
    [0.99, 0.3],
    [0.4, 0.6],
  ];
  const result = tf.tidy(() => {
    const images = tf.zeros<tf.Rank.R4>([numImages, 1, 1, 3]);
    const locals = tf.zeros<tf.Rank.R4>([numImages * numCrops, 1, 1, 3]);
    const forward = (views: tf.Tensor4D) => ({
      features: tf.tensor2d(views === locals ? features : rowsOf(new Float32Array(numImages * 6), 6)),
      maps: [
        tf.zeros<tf.Rank.R4>([1, 1, 1, 1]),
        ...maps.map((data, l) => tf.tensor4d(data, [numImages, sides[l]!, sides[l]!, channels[l]!])),
      ],
      statistics: {},
    });
    const branch = { heads: tensorsOf(heads), forward };
    const scalars = { distanceMomentum: tf.scalar(momentum), unfilled: tf.scalar(0) };
    const context = { images, locals, draws: { spots: tf.tensor2d(spots) }, scalars, buffers: tensorsOf(buffers), rows: {} };
    const { targets, buffers: next } = objective.prepareTargets!({ ...context, target: branch });
    return {
      loss: objective.loss({ ...context, online: branch, classes: null, targets }).loss.dataSync()[0]!,
      next: Object.fromEntries(Object.entries(next!).map(([name, tensor]) => [name, [...tensor.dataSync()]])),
    };
  });
  return { ...result, heads, buffers, maps, features };
}

/** The vectors of an image at the given cells, [cells][channels]. */
const cells = (map: number[], level: number, image: number, places: readonly (readonly [number, number])[]): number[][] =>
  places.map(([y, x]) => {
    const at = ((image * sides[level]! + y) * sides[level]! + x) * channels[level]!;
    return map.slice(at, at + channels[level]!);
  });
const square = (from: number, to: number): [number, number][] =>
  Array.from({ length: (to - from) ** 2 }, (_, i) => [from + Math.floor(i / (to - from)), from + (i % (to - from))]);
const places = [square(1, 4), square(0, 2)];

describe('obow', () => {
  it('has the gradient that finite differences show, in every group of parameters', async () => {
    await expectGradient(obow({ network, headNorm: 'batch', batch, numWords: 8, numHidden: 12, numCrops: 2 }), { px: 32 });
    await expectGradient(obow({ network, headNorm: 'layer', batch, numWords: 4, numHidden: 12, numCrops: 2 }), { px: 40 });
  });

  it('predicts the words of the whole image from each of its crops', async () => {
    await tf.setBackend('cpu');
    const { loss, next, heads, buffers, maps, features } = step(0.75);
    const expected = maps.map((map, level) => {
      const words = rowsOf(buffers[`words${level}`]!.data, channels[level]!);
      const squared = [0, 1].map((image) =>
        cells(map, level, image, places[level]!).map((cell) => words.map((word) => sum(cell.map((value, j) => (value - word[j]!) ** 2)))),
      );
      const nearest = squared.flat().map((row) => Math.min(...row));
      const distance = 0.75 * [1.5, 2.5][level]! + (0.25 * sum(nearest)) / nearest.length;
      expect(next.distances![level]).toBeCloseTo(distance, 4);
      const generated = tf.tidy(() => {
        const unitWords = tf.tensor2d(words.map(unit));
        return mlpForward(`generator/${level}`, tensorsOf(heads), unitWords, 'layer').arraySync().map(unit);
      });
      const losses = features.map((row, crop) => {
        const codes = squared[Math.floor(crop / numCrops)]!.map((cell) => softmax(cell.map((value) => (-inverseDelta * value) / distance)));
        const largest = words.map((_, k) => Math.max(...codes.map((code) => code[k]!)));
        const seen = softmax(generated.map((weights) => kappa * dot(unit(row), weights)));
        return -sum(largest.map((value, k) => (value / sum(largest)) * Math.log(seen[k]!)));
      });
      return sum(losses) / losses.length;
    });
    expect(loss).toBeCloseTo(sum(expected) / 2, 4);
  });

  it('replaces its oldest words by one vector of every image, averaged where the map has room', async () => {
    await tf.setBackend('cpu');
    const { next, buffers, maps } = step(0);
    // Of 3 x 3 averages, the last place and the fourth; of 2 x 2 cells, the second and the third.
    const average = (image: number, y: number, x: number): number[] => {
      const around = cells(
        maps[0]!,
        0,
        image,
        square(0, 3).map(([dy, dx]): [number, number] => [y + dy, x + dx]),
      );
      return [0, 1, 2].map((j) => sum(around.map((row) => row[j]!)) / 9);
    };
    const fresh = [
      [average(0, 2, 2), average(1, 1, 0)].flat(),
      [...cells(maps[1]!, 1, 0, [[0, 1]]), ...cells(maps[1]!, 1, 1, [[1, 0]])].flat(),
    ];
    fresh.forEach((values, level) => {
      const before = [...buffers[`words${level}`]!.data];
      const wanted = [...values, ...before.slice(0, (numWords - numImages) * channels[level]!)];
      expect(next[`words${level}`]).toHaveLength(wanted.length);
      next[`words${level}`]!.forEach((value, i) => expect(value).toBeCloseTo(wanted[i]!, 4));
    });
  });

  it('carries its words from step to step, and begins the mean distance with the first', async () => {
    const one = stepOf(obow({ network, headNorm: 'batch', batch, numWords: 8, numHidden: 12, numCrops: 2 }), { px: 32 });
    const { state } = await runOnce(one, await inputsFor(one, 'none', 1));
    const [before, after] = [one.program.state['buffer.words1']!.data, state['buffer.words1']!.data];
    const numNew = batch * network.numFeatures;
    expect([...after.subarray(numNew)]).toEqual([...before.subarray(0, numNew)]);
    expect(state['buffer.distances']!.data.every((value) => value > 0)).toBe(true);
    expect(one.program.state['buffer.distances']!.data.every((value) => value === 0)).toBe(true);
  });

  it('finds one word for all images where the teacher sees no difference', async () => {
    await tf.setBackend('cpu');
    const objective = obow({ network: shape, headNorm: 'layer', batch: numImages, numWords, numHidden: 7, numCrops });
    const spread = tf.tidy(() => {
      const images = tf.zeros<tf.Rank.R4>([numImages, 1, 1, 3]);
      const forward = (views: tf.Tensor4D) => ({
        features: tf.ones<tf.Rank.R2>([views.shape[0], 6]),
        maps: sides.map((side, l) => tf.ones<tf.Rank.R4>([numImages, side, side, channels[l]!])),
        statistics: {},
      });
      const branch = { heads: tensorsOf(objective.init(1)), forward };
      const scalars = { distanceMomentum: tf.scalar(0), unfilled: tf.scalar(0) };
      const draws = { spots: tf.zeros([numImages, 2]) };
      const context = { images, locals: null, draws, scalars, buffers: tensorsOf(objective.buffers!(2)), rows: {} };
      const { targets } = objective.prepareTargets!({ ...context, target: branch });
      return objective.loss({ ...context, online: branch, classes: null, targets }).metrics.outputSpread!.dataSync()[0]!;
    });
    expect(spread).toBeLessThan(1e-3);
    const unfilled = [0, 2, 4, 9].map((step) => objective.schedule!(0, step).scalars!.unfilled);
    expect(unfilled).toEqual([1, 0.5, 0, 0]);
  });
});

it('the vocabulary is at most half of the images, in whole batches', () => {
  expect([60, 128, 300, 1_000, 1_999, 2_048, 50_000].map((count) => vocabularySize(count, 64))).toEqual([
    64, 64, 128, 448, 960, 1_024, 1_024,
  ]);
});
