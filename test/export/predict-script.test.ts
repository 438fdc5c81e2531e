import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import type { Sharp } from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeFull } from '../../electron/images/decode.ts';
import { textured } from './synthetic-images.ts';

interface Script {
  readImage(path: string): Promise<{ width: number; height: number; data: Uint8Array }>;
}

let script: Script;
let dir = '';
beforeAll(async () => {
  script = (await import(new URL('../../electron/export/snippets/predict.mjs', import.meta.url).href)) as Script;
  dir = await mkdtemp(join(tmpdir(), 'acclimate-script-'));
});
afterAll(() => rm(dir, { recursive: true }));

const [width, height] = [23, 17];
const pixels = textured(width, height, 4);
const colour = (): Sharp => sharp(pixels, { raw: { width, height, channels: 3 } });
const withAlpha = (): Sharp =>
  colour().joinChannel(Buffer.from(pixels.subarray(0, width * height)), { raw: { width, height, channels: 1 } });

/** Samples of 12 bits. */
function deep(channels: 1 | 3): Sharp {
  const samples = Uint16Array.from({ length: width * height * channels }, (_, i) => 300 + (pixels[i] ?? 0) * 13);
  return sharp(samples, { raw: { width, height, channels } }).toColourspace(channels === 1 ? 'grey16' : 'rgb16');
}

const files: Readonly<Record<string, () => Sharp>> = {
  'colour.png': () => colour().png(),
  'turned.jpg': () => colour().withMetadata({ orientation: 6 }).jpeg(),
  'transparent.png': () => withAlpha().png(),
  'transparent.webp': () => withAlpha().webp({ lossless: true }),
  'palette.png': () => colour().png({ palette: true }),
  'grey.jpg': () => colour().greyscale().jpeg(),
  'inks.jpg': () => colour().toColourspace('cmyk').jpeg(),
  'profile.jpg': () => colour().withIccProfile('p3').jpeg(),
  'deep-grey.png': () => deep(1).png(),
  'deep-colour.png': () => deep(3).png(),
  'deep-grey.tif': () => deep(1).tiff(),
};

describe('the script for Node', () => {
  it.each(Object.keys(files))('decodes %s as the app does', async (name) => {
    const path = join(dir, name);
    await files[name]!().toFile(path);
    const [app, own] = [await decodeFull(path), await script.readImage(path)];
    expect([own.width, own.height]).toEqual([app.width, app.height]);
    expect(Math.max(...app.data.map((value, i) => Math.abs(value - own.data[i]!)))).toBeLessThanOrEqual(1);
  });

  it('reads raw RGB from .npy files, and refuses other arrays', async () => {
    const array = (type: string, shape: string): Buffer => {
      const header = `{'descr': '${type}', 'fortran_order': False, 'shape': ${shape}, }`.padEnd(117) + '\n';
      return Buffer.concat([Buffer.from([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, header.length, 0]), Buffer.from(header), pixels]);
    };
    const path = join(dir, 'array.npy');
    await writeFile(path, array('|u1', `(${height}, ${width}, 3)`));
    expect(await script.readImage(path)).toEqual({ width, height, data: pixels });
    await writeFile(path, array('<f4', `(${height}, ${width}, 3)`));
    await expect(script.readImage(path)).rejects.toThrow(/not an array of uint8/);
    await writeFile(path, array('|u1', `(${height + 1}, ${width}, 3)`));
    await expect(script.readImage(path)).rejects.toThrow(/cut short/);
  });
});
