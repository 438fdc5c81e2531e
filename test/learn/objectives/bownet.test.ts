import { describe, expect, it } from 'vitest';
import { bagsOf, bownet, bownetOf, numWordsFor } from '../../../electron/learn/objectives/bownet.ts';
import { createWordReader, wordStage } from '../../../electron/learn/objectives/visual-words.ts';
import { networkFor } from '../../../electron/nn/registry.ts';
import { createEagerExecutor } from '../../../electron/tensor/eager.ts';
import { createRandom } from '../../../electron/tensor/random.ts';
import { tf } from '../../../electron/tensor/tf.ts';
import { expectGradient, lossOn, network } from '../objective-harness.ts';
import { quiet, textures } from '../textures.ts';

const someWords = Float32Array.of(0, 1, 1, 4, 2, 2, 2, 2, 0, 3, 4, 4);
const sizes = { numFeatures: network.numFeatures, numWords: 5, words: someWords, numPlaces: 4 };

const setup = (numImages: number, executor = createEagerExecutor('cpu')) => ({
  network,
  parameters: network.init(1),
  source: textures(numImages, 20, 3).source,
  px: 16,
  batch: 4,
  executor,
  seed: 2,
  ctx: quiet(),
});

describe('bownet', () => {
  it('has the gradient that finite differences show', async () => {
    await expectGradient(bownet(sizes));
  });

  it('is the cross-entropy with the shares of the words, over cosines and a scale', async () => {
    const objective = bownet({ ...sizes, numFeatures: 3 });
    const heads = objective.init(1);
    const features = [
      [1, -2, 0.5],
      [0.3, 0, 2],
    ];
    const rows = { words: { dtype: 'float32', shape: [2, 4], data: someWords.slice(0, 8) } } as const;
    const { loss } = await lossOn(objective, { rows, heads, batch: 2, forward: () => ({ features: tf.tensor2d(features) }) });
    const weights = heads['words/weights']!.data;
    const bags = [
      [0.25, 0.5, 0, 0, 0.25],
      [0, 0, 1, 0, 0],
    ];
    const expected = features.map((row, b) => {
      const logits = [0, 1, 2, 3, 4].map((k) => {
        const word = [0, 1, 2].map((j) => weights[j * 5 + k]!);
        return (10 * row.reduce((sum, value, j) => sum + value * word[j]!, 0)) / (Math.hypot(...row) * Math.hypot(...word));
      });
      const total = Math.log(logits.reduce((sum, value) => sum + Math.exp(value), 0));
      return bags[b]!.reduce((sum, share, k) => sum - share * (logits[k]! - total), 0);
    });
    expect(loss).toBeCloseTo((expected[0]! + expected[1]!) / 2, 4);
    expect(bagsOf(tf.tensor2d(someWords.slice(0, 8), [2, 4]), 5).arraySync()).toEqual(bags);
  });

  it('is at chance where every image is said to have the words of all', () => {
    const shares = [2, 2, 4, 1, 3].map((count) => count / 12);
    expect(bownet(sizes).chanceLoss).toBeCloseTo(-shares.reduce((sum, share) => sum + share * Math.log(share), 0), 6);
  });

  it('has the words that the starting network sees in whole images: the nearest of the centroids', async () => {
    const given = setup(6);
    const stage = wordStage(network, 16);
    expect(network.stages[stage]!.reduction).toBe(4);
    const reader = await createWordReader(given, stage);
    const items = Int32Array.of(4, 0, 1, 5, 2);
    expect([reader.numPlaces, reader.dim]).toEqual([16, 32]);
    const vectors = await reader.sample(items, 16, createRandom(1));
    const centroids = vectors.slice(0, 7 * 32);
    const words = await reader.words(items, centroids);
    expect(words).toHaveLength(5 * 16);
    const whole = await reader.sample(items, 16, { ...createRandom(1), permutation: (n) => Int32Array.from({ length: n }, (_, i) => i) });
    for (let at = 0; at < words.length; at++) {
      const distances = Array.from({ length: 7 }, (_, k) =>
        Math.hypot(...Array.from({ length: 32 }, (__, j) => whole[at * 32 + j]! - centroids[k * 32 + j]!)),
      );
      expect(distances[words[at]!]).toBeCloseTo(Math.min(...distances), 4);
    }
    await reader.dispose();
  });

  it('is the same for the same setup, with a row of words for every item in their order', async () => {
    const items = Int32Array.of(7, 3, 0, 5, 1, 2, 4, 6, 8, 9);
    const first = await bownetOf({ ...setup(10), items, numWords: 6 });
    const again = await bownetOf({ ...setup(10), items, numWords: 6 });
    expect(again.rows!.words!.values).toEqual(first.rows!.words!.values);
    expect(first.rows!.words!.width).toBe(16);
    expect(first.parts.words!.weights!.shape).toEqual([48, 6]);
    const reversed = await bownetOf({ ...setup(10), items: items.slice().reverse(), numWords: 6 });
    expect(reversed.rows!.words!.values).toHaveLength(160);
    expect(Math.max(...first.rows!.words!.values)).toBeLessThan(6);
    expect(first.chanceLoss).toBeGreaterThan(0.5);
    expect(first.chanceLoss).toBeLessThanOrEqual(Math.log(6) + 1e-6);
  });

  it('has half as many words as images at most, of maps that tell places apart', () => {
    expect([3, 100, 4096, 100_000].map(numWordsFor)).toEqual([2, 50, 2048, 2048]);
    const reductionAt = (arch: string, px: number): number => {
      const seer = networkFor(arch);
      return seer.stages[wordStage(seer, px)]!.reduction;
    };
    expect([64, 96, 128].map((px) => reductionAt('mobilenet_v2_gluon', px))).toEqual([16, 16, 32]);
    expect(reductionAt('resnet50v2s3', 96)).toBe(16);
  });
});
