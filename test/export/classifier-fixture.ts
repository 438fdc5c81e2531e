/** A small classifier over synthetic images, with the app's own predictions, as an export gets them. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import type { Classifier } from '../../electron/export/classifier-model.ts';
import type { ModelCard } from '../../electron/export/model-card.ts';
import type { ExportSample } from '../../electron/export/verify.ts';
import { decodeFull, decodeSquare } from '../../electron/images/decode.ts';
import { embed, predict } from '../../electron/learn/embed.ts';
import type { PixelSource } from '../../electron/learn/pixel-source.ts';
import { tiny } from '../../electron/nn/tiny.ts';
import { createCompiledExecutor } from '../../electron/tensor/compiled.ts';
import { createRandom } from '../../electron/tensor/random.ts';
import { textured } from './synthetic-images.ts';

export const px = 32;
export const numImages = 66;

export const idleContext = { signal: new AbortController().signal, onProgress: () => undefined };

/** Names that quoting, escaping and line ends can go wrong on. */
export const awkwardNames = ['plain', 'it\'s "quoted", twice', 'two\nlines | and \\ `ticks` <b>', 'Größe 花 ✓'];

export interface Fixture {
  readonly classifier: Classifier;
  readonly samples: readonly ExportSample[];
  readonly card: ModelCard;
}

/** Writes the images as .ppm (raw RGB) and .png to `dir`, and predicts them from what `decodeSquare` makes of the .png files. */
export async function makeFixture(dir: string, { flip }: { readonly flip: boolean }): Promise<Fixture> {
  const sizes = createRandom(5);
  const names: string[] = [];
  for (let i = 0; i < numImages; i++) {
    const [width, height] = [20 + sizes.int(90), 20 + sizes.int(90)];
    const data = textured(width, height, i + 1);
    const name = `image ${String(i).padStart(2, '0')}`;
    names.push(name);
    await writeFile(join(dir, `${name}.ppm`), Buffer.concat([Buffer.from(`P6\n# a comment\n${width} ${height}\n255\n`), data]));
    await sharp(data, { raw: { width, height, channels: 3 } })
      .png()
      .toFile(join(dir, `${name}.png`));
  }
  const png = (i: number): string => join(dir, `${names[i]!}.png`);
  const squares = await Promise.all(names.map((_, i) => decodeSquare(png(i), px)));
  const source: PixelSource = {
    numImages,
    px,
    read: (indices) => Promise.resolve(new Uint8Array(Buffer.concat([...indices].map((i) => squares[i]!)))),
  };
  const network = tiny();
  const parameters = network.init(3);
  const options = { network, parameters, source, executor: await createCompiledExecutor(), batch: 16, ctx: idleContext };
  const { numFeatures } = network;
  const features = await embed(options);
  const column = (k: number): number[] => Array.from({ length: numImages }, (_, i) => features[i * numFeatures + k]!);
  const mean = Float32Array.from({ length: numFeatures }, (_, k) => column(k).reduce((sum, x) => sum + x, 0) / numImages);
  const std = Float32Array.from(mean, (m, k) => Math.sqrt(column(k).reduce((sum, x) => sum + (x - m) ** 2, 1e-12) / numImages));
  const random = createRandom(8);
  const numClasses = awkwardNames.length;
  const weights = Float32Array.from({ length: numFeatures * numClasses }, () => random.next() - 0.5);
  const head = { numFeatures, numClasses, weights, bias: new Float32Array(numClasses), mean, std };
  const probabilities = await predict({ ...options, head, flip });
  return {
    classifier: {
      network,
      parameters,
      head,
      px,
      flip,
      minProbability: 0.5,
      classes: awkwardNames.map((name, k) => ({ name, numLabels: 5 + 10 * k })),
    },
    samples: names.map((name, i) => ({
      name: `${name}.png`,
      probabilities: probabilities.slice(i * numClasses, (i + 1) * numClasses),
      readSquare: () => Promise.resolve(squares[i]!),
      readFull: () => decodeFull(png(i)),
    })),
    card: {
      title: 'Stripes & *colours*',
      createdAt: '2026-01-02T03:04:05.000Z',
      appVersion: '0.1.0',
      data: { numImages, numLabelled: 40, sources: [{ name: '/home/someone/secret/stripes', numImages }] },
      method: ['A linear classifier on the features of an untrained network.'],
      lineage: [{ stage: 'base', detail: 'tiny, random weights' }],
      evaluation: {
        measuredOn: 'Images set aside at random.',
        numImages: 20,
        metrics: [{ name: 'accuracy', value: 0.9, interval: [0.7, 0.97] }],
        perClass: awkwardNames.map(() => ({ precision: 1, recall: 0.5, f1: 2 / 3, support: 5 })),
      },
      verdict: 'Adapting was not done.',
      limits: ['Synthetic images only.'],
    },
  };
}
