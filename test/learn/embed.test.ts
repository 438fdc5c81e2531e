import { describe, expect, it } from 'vitest';
import { embed, predict, type EmbedOptions } from '../../electron/learn/embed.ts';
import { tiny } from '../../electron/nn/tiny.ts';
import { createCompiledExecutor } from '../../electron/tensor/compiled.ts';
import { createEagerExecutor } from '../../electron/tensor/eager.ts';
import { createRandom } from '../../electron/tensor/random.ts';
import { quiet, textures } from './textures.ts';

const network = tiny();
const parameters = network.init(1);
const { source } = textures(11, 24, 1);
const width = network.numFeatures;
const eager = createEagerExecutor('cpu');
const base: EmbedOptions = { network, parameters, source, executor: eager, batch: 4, ctx: quiet() };
const worst = (a: Float32Array, b: Float32Array): number =>
  Math.max(a.length === b.length ? 0 : Infinity, ...a.map((value, i) => Math.abs(value - b[i]!)));

const random = createRandom(3);
const head = {
  numFeatures: width,
  numClasses: 3,
  weights: Float32Array.from({ length: width * 3 }, () => random.normal()),
  bias: Float32Array.of(0.5, 0, -0.5),
  mean: Float32Array.from({ length: width }, () => random.next()),
  std: Float32Array.from({ length: width }, () => 0.5 + random.next()),
};

describe('embed', () => {
  it('gives the same rows whatever the batch size and the executor, also for a short last batch', async () => {
    const one = await embed({ ...base, batch: 1 });
    expect(one.length).toBe(11 * width);
    expect(worst(await embed(base), one)).toBeLessThan(1e-5);
    const compiled = await createCompiledExecutor({ provider: 'cpu' });
    expect(worst(await embed({ ...base, executor: compiled }), one)).toBeLessThan(1e-4);
    expect(worst(await embed({ ...base, executor: compiled, flip: true }), await embed({ ...base, flip: true }))).toBeLessThan(1e-4);
  });

  it('averages with the mirror image when asked', async () => {
    const mirrored = {
      ...source,
      read: async (indices: Int32Array): Promise<Uint8Array> => {
        const pixels = await source.read(indices);
        return pixels.map((_, i) => {
          const x = Math.floor(i / 3) % 24;
          return pixels[i + 3 * (23 - 2 * x)]!;
        });
      },
    };
    const plain = await embed(base);
    const other = await embed({ ...base, source: mirrored });
    expect(worst(plain, other)).toBeGreaterThan(1e-3);
    const mean = plain.map((value, i) => (value + other[i]!) / 2);
    expect(worst(await embed({ ...base, flip: true }), mean)).toBeLessThan(1e-5);
  });

  it('goes on from where it was, over the images asked for', async () => {
    const images = Int32Array.of(7, 3, 9, 1, 0);
    const whole = await embed({ ...base, images });
    const starts: number[] = [];
    const rest = await embed({ ...base, images, batch: 2, start: 2, onBatch: (start) => void starts.push(start) });
    expect(starts).toEqual([2, 4]);
    expect(worst(rest.subarray(2 * width), whole.subarray(2 * width))).toBeLessThan(1e-5);
    expect(worst(rest.subarray(0, 2 * width), new Float32Array(2 * width))).toBe(0);
  });

  it('stops when cancelled, after the batch at hand', async () => {
    const controller = new AbortController();
    const done: number[] = [];
    const ctx = { signal: controller.signal, onProgress: (progress: { done: number }) => void done.push(progress.done) };
    const onBatch = (start: number): void => {
      if (start >= 4) controller.abort(new Error('enough'));
    };
    const cancelled = embed({ ...base, ctx, onBatch });
    await expect(cancelled).rejects.toThrow('enough');
    expect(done).toEqual([4, 8]);
  });
});

describe('predict', () => {
  it('is the softmax of the head on standardised features', async () => {
    const features = await embed(base);
    const probabilities = await predict({ ...base, head });
    const logits = [0, 1, 2].map((c) => {
      let sum = head.bias[c]!;
      for (let j = 0; j < width; j++) sum += ((features[j]! - head.mean[j]!) / head.std[j]!) * head.weights[j * 3 + c]!;
      return sum;
    });
    const total = logits.reduce((sum, value) => sum + Math.exp(value), 0);
    logits.forEach((value, c) => expect(probabilities[c]).toBeCloseTo(Math.exp(value) / total, 4));
  });

  it('averages probabilities with the mirror image', async () => {
    const flipped = await predict({ ...base, head, flip: true });
    expect(worst(flipped, await predict({ ...base, head }))).toBeGreaterThan(1e-4);
    for (let at = 0; at < flipped.length; at += 3) expect(flipped[at]! + flipped[at + 1]! + flipped[at + 2]!).toBeCloseTo(1, 5);
  });
});
