import '@tensorflow/tfjs-backend-cpu';
import { beforeAll, describe, expect, it } from 'vitest';
import { decoderForward, decoderInit, decoderSpecs, enlarge, spreadPixels } from '../../../electron/learn/objectives/decoder.ts';
import { archs, networkFor } from '../../../electron/nn/registry.ts';
import type { Tensors } from '../../../electron/tensor/program.ts';
import { createRandom } from '../../../electron/tensor/random.ts';
import { trace } from '../../../electron/tensor/trace/backend.ts';
import { reachableSteps } from '../../../electron/tensor/trace/graph.ts';
import { tf } from '../../../electron/tensor/tf.ts';

const specsOf = (parameters: Readonly<Record<string, { readonly shape: readonly number[] }>>, prefix = '') =>
  Object.fromEntries(Object.entries(parameters).map(([name, { shape }]) => [prefix + name, { dtype: 'float32', shape } as const]));

beforeAll(async () => {
  await tf.setBackend('cpu');
});

describe('the decoder', () => {
  it.each(archs.flatMap((arch) => [64, 96].map((px) => [arch, px] as const)))('makes images of the maps of %s at %d px', (arch, px) => {
    const seer = networkFor(arch);
    const { parameters, stages } = seer;
    const options = { stages, headNorm: 'batch', numOutputs: 2, finestSkip: 8 } as const;
    const heads = specsOf(decoderSpecs(options), 'decoder/');
    const { outputs } = trace(
      { ...specsOf(parameters), ...heads, images: { dtype: 'float32', shape: [3, px, px, 3] } },
      ({ images, ...tensors }) => {
        const { maps } = seer.forward(tensors, images as tf.Tensor4D, { training: true });
        return { made: decoderForward('decoder', tensors, maps, { ...options, px }) };
      },
    );
    expect(outputs.made!.shape).toEqual([3, px, px, 2]);
    // All that is declared is used.
    const used = new Set(
      reachableSteps([outputs.made!]).flatMap(({ inputs }) =>
        inputs.flatMap(({ source }) => (source.kind === 'input' ? [source.name] : [])),
      ),
    );
    expect(Object.keys(heads).filter((name) => !used.has(name))).toEqual([]);
  });

  it('hands fine maps across only where told to', () => {
    const { stages } = networkFor('mobilenet_v2_gluon');
    const skips = (finestSkip: number): number =>
      Object.keys(decoderSpecs({ stages, headNorm: 'batch', numOutputs: 3, finestSkip })).filter((name) => name.endsWith('.skip')).length;
    expect([4, 8, 16, 32, 64].map(skips)).toEqual([4, 3, 2, 1, 1]);
  });

  it.each(['batch', 'layer'] as const)('starts at its bias, whatever it is shown (%s norm)', (headNorm) => {
    const { stages } = networkFor('tiny');
    const options = { stages, headNorm, numOutputs: 3, finestSkip: 4 } as const;
    const heads: Tensors = Object.fromEntries(
      Object.entries(decoderInit('decoder', options, createRandom(2), 0.5)).map(([name, { data, shape }]) => [
        name,
        tf.tensor(data, [...shape]),
      ]),
    );
    const maps = stages.map(({ numChannels, reduction }) =>
      tf.randomNormal<tf.Rank.R4>([2, 32 / reduction, 32 / reduction, numChannels], 0, 3, 'float32', 4),
    );
    const values = decoderForward('decoder', heads, maps, { ...options, px: 32 });
    expect(values.shape).toEqual([2, 32, 32, 3]);
    const distances = tf.abs(tf.sub(values, 0.5));
    expect(tf.mean(distances).dataSync()[0]).toBeLessThan(0.25);
    expect(tf.mean(distances).dataSync()[0]).toBeGreaterThan(0);
  });
});

describe('spreadPixels', () => {
  it('makes every pixel a square, row by row', () => {
    const x = tf.tensor4d(
      Array.from({ length: 2 * 2 * 8 }, (_, i) => i),
      [1, 2, 2, 8],
    );
    const spread = spreadPixels(x, 2);
    expect(spread.shape).toEqual([1, 4, 4, 2]);
    for (let y = 0; y < 4; y++) {
      for (let i = 0; i < 4; i++) {
        for (let c = 0; c < 2; c++) {
          const from = (Math.floor(y / 2) * 2 + Math.floor(i / 2)) * 8 + ((y % 2) * 2 + (i % 2)) * 2 + c;
          expect(spread.dataSync()[(y * 4 + i) * 2 + c]).toBe(from);
        }
      }
    }
  });
});

describe('enlarge', () => {
  it('is bilinear between pixel centres, as tfjs has it, to any size', () => {
    const x = tf.randomNormal<tf.Rank.R4>([2, 5, 7, 3], 0, 1, 'float32', 3);
    for (const [height, width] of [
      [10, 14],
      [11, 13],
      [5, 9],
    ] as const) {
      const expected = tf.image.resizeBilinear(x, [height, width], false, true).dataSync();
      const found = enlarge(x, height, width);
      expect(found.shape).toEqual([2, height, width, 3]);
      found.dataSync().forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 4));
    }
    expect(enlarge(x, 5, 7)).toBe(x);
  });
});
