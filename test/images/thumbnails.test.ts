import { copyFileSync, existsSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { decodeFull } from '../../electron/images/decode.ts';
import { PictureCache } from '../../electron/images/picture-cache.ts';
import { PicturePool } from '../../electron/images/picture-pool.ts';
import { ImageError } from '../../electron/images/problem.ts';
import { readSamples, renderPicture } from '../../electron/images/render-picture.ts';
import { Thumbnails } from '../../electron/images/thumbnails.ts';
import type { PictureSource } from '../../electron/images/thumbnails.ts';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { makeTiff } from './make-tiff.ts';
import { ODD_SIZE, picture, quarters, ramp } from './odd-files.ts';

let dir: string;
const at = (name: string): string => join(dir, name);
const thumb = { side: 256, crop: false };

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'acclimate-thumbnails-'));
  const { width, height } = ODD_SIZE;
  await picture(1, 700, 300).jpeg().toFile(at('wide.jpg'));
  await quarters().withMetadata({ orientation: 6 }).jpeg({ quality: 95 }).toFile(at('turned.jpg'));
  await quarters().toColourspace('cmyk').jpeg({ quality: 95 }).toFile(at('cmyk.jpg'));
  await sharp({ create: { width, height, channels: 4, background: { r: 0, g: 0, b: 0, alpha: 0 } } })
    .png()
    .toFile(at('transparent.png'));
  await sharp(ramp(4095), { raw: { width, height, channels: 1 } })
    .toColourspace('grey16')
    .tiff({ compression: 'deflate' })
    .toFile(at('grey16.tif'));
  writeFileSync(at('broken.png'), 'no image');
});
afterAll(() => rmSync(dir, { recursive: true }));

async function pixelsOf(bytes: Uint8Array): Promise<{ width: number; height: number; data: Buffer }> {
  const { data, info } = await sharp(bytes).raw().toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, data };
}

function largestDifference(a: Uint8Array, b: Uint8Array): number {
  return a.reduce((worst, value, i) => Math.max(worst, Math.abs(value - b[i]!)), 0);
}

/** Differences of a few levels are what JPEG does to hard edges. */
function meanDifference(a: Uint8Array, b: Uint8Array): number {
  return a.reduce((sum, value, i) => sum + Math.abs(value - b[i]!), 0) / a.length;
}

describe('renderPicture', () => {
  it.each(['turned.jpg', 'cmyk.jpg', 'transparent.png', 'grey16.tif'])('shows %s as the decoder sees it', async (name) => {
    const shown = await pixelsOf((await renderPicture(at(name), thumb)).bytes);
    const decoded = await decodeFull(at(name));
    expect([shown.width, shown.height]).toEqual([decoded.width, decoded.height]);
    expect(meanDifference(shown.data, decoded.data)).toBeLessThan(3);
  });

  it('shows what is there in a grey image with hot pixels, and leaves full size as networks see it', async () => {
    const { width, height } = ODD_SIZE;
    const samples = Uint16Array.from({ length: width * height }, (_, i) => (i % 800 === 0 ? 65535 : 1000 + (i % width)));
    writeFileSync(at('hot.tif'), makeTiff({ width, height, bits: 16, sampleFormat: 1, channels: 1, photometric: 1, samples }));
    const meanOf = async (side: number): Promise<number> => {
      const { data } = await pixelsOf((await renderPicture(at('hot.tif'), { side, crop: false })).bytes);
      return data.reduce((sum, value) => sum + value, 0) / data.length;
    };
    expect(await meanOf(256)).toBeGreaterThan(100);
    expect(await meanOf(2048)).toBeLessThan(10);
  });

  it('fits into the side without enlarging, and cuts tiles out of the centre', async () => {
    expect(await pixelsOf((await renderPicture(at('wide.jpg'), thumb)).bytes)).toMatchObject({ width: 256, height: 110 });
    expect(await pixelsOf((await renderPicture(at('wide.jpg'), { side: 64, crop: true })).bytes)).toMatchObject({ width: 64, height: 64 });
    expect(await pixelsOf((await renderPicture(at('grey16.tif'), thumb)).bytes)).toMatchObject(ODD_SIZE);
  });
});

describe('readSamples', () => {
  it('keeps all 16 bits of a grey image', async () => {
    const samples = await readSamples(at('grey16.tif'), 2048);
    expect(samples).toMatchObject({ ...ODD_SIZE, channels: 1, bitsPerSample: 16, fullWidth: ODD_SIZE.width });
    expect(samples.data).toEqual(ramp(4095));
  });

  it('keeps 8 bits of grey as one channel and colour as three, upright', async () => {
    await sharp(Buffer.from([0, 50, 100, 150, 200, 250]), { raw: { width: 3, height: 2, channels: 1 } })
      .toColourspace('b-w')
      .png()
      .toFile(at('grey8.png'));
    const grey = await readSamples(at('grey8.png'), 2048);
    expect([grey.channels, grey.bitsPerSample, Array.from(grey.data)]).toEqual([1, 8, [0, 50, 100, 150, 200, 250]]);
    const turned = await readSamples(at('turned.jpg'), 2048);
    expect([turned.width, turned.height, turned.channels]).toEqual([ODD_SIZE.height, ODD_SIZE.width, 3]);
    expect(largestDifference(turned.data as Uint8Array, (await decodeFull(at('turned.jpg'))).data)).toBe(0);
  });

  it('averages over blocks, also the short ones at the edges', async () => {
    const samples = Uint16Array.from({ length: 15 }, (_, i) => i * 4000);
    writeFileSync(at('small.tif'), makeTiff({ width: 5, height: 3, bits: 16, sampleFormat: 1, channels: 1, photometric: 1, samples }));
    const reduced = await readSamples(at('small.tif'), 3);
    expect([reduced.width, reduced.height, reduced.fullWidth, reduced.fullHeight]).toEqual([3, 2, 5, 3]);
    const mean = (...places: number[]): number => Math.round(places.reduce((sum, i) => sum + samples[i]!, 0) / places.length);
    const expected = [mean(0, 1, 5, 6), mean(2, 3, 7, 8), mean(4, 9), mean(10, 11), mean(12, 13), samples[14]!];
    expect(Array.from(reduced.data)).toEqual(expected);
  });
});

describe('PicturePool', () => {
  it('serves the newest first and gives the oldest up', async () => {
    const pool = new PicturePool({ numThreads: 1, maxWaiting: 3 });
    onTestFinished(() => pool.close());
    const order: number[] = [];
    // Two begin at once, three wait; of those the first is given up for the sixth.
    const asked = Array.from({ length: 6 }, (_, i) =>
      pool.render(at('wide.jpg'), thumb).then(
        () => order.push(i),
        (error: unknown) => (error as Error).name,
      ),
    );
    expect(await asked[2]).toBe('AbortError');
    await Promise.all(asked);
    expect(order).toHaveLength(5);
    expect(order.indexOf(3)).toBeGreaterThan(Math.min(order.indexOf(4), order.indexOf(5)));
  });

  it('gives up what is aborted while it waits', async () => {
    const pool = new PicturePool({ numThreads: 1 });
    onTestFinished(() => pool.close());
    const controller = new AbortController();
    const first = [pool.render(at('wide.jpg'), thumb), pool.render(at('wide.jpg'), thumb)];
    const waiting = pool.render(at('wide.jpg'), thumb, controller.signal);
    controller.abort();
    await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
    await Promise.all(first);
  });

  it('tells what is wrong with a file', async () => {
    const pool = new PicturePool({ numThreads: 1 });
    onTestFinished(() => pool.close());
    await expect(pool.render(at('broken.png'), thumb)).rejects.toBeInstanceOf(ImageError);
    await expect(pool.samples(at('gone.png'), 10)).rejects.toMatchObject({ code: 'not-found', problem: { code: 'vanished' } });
  });
});

describe('Thumbnails', () => {
  function sourceOf(path: string, contentHash: string): PictureSource {
    const { size, mtimeMs } = statSync(path);
    return { path, contentHash, sizeBytes: size, modifiedMs: Math.floor(mtimeMs) };
  }

  function thumbnails(cachePath: string, maxBytes?: number): Thumbnails {
    return new Thumbnails({ numThreads: 1, cachePath, ...(maxBytes !== undefined && { maxBytes }) });
  }

  it('keeps what it made, also for the next start, and serves it when the file is gone', async () => {
    const path = at('kept.jpg');
    copyFileSync(at('wide.jpg'), path);
    const source = sourceOf(path, 'kept');
    const first = thumbnails(at('a.sqlite'));
    const made = await first.get(source, 'thumb');
    await first.close();
    rmSync(path);
    const second = thumbnails(at('a.sqlite'));
    onTestFinished(() => second.close());
    expect(Buffer.compare(await second.get(source, 'thumb'), made)).toBe(0);
    await expect(second.get(source, 'tile')).rejects.toBeInstanceOf(ImageError);
  });

  it('does not keep the picture of a file that has changed since', async () => {
    const path = at('changing.jpg');
    copyFileSync(at('wide.jpg'), path);
    const source = sourceOf(path, 'changing');
    utimesSync(path, 1_000_000, 1_000_000);
    const made = thumbnails(at('b.sqlite'));
    onTestFinished(() => made.close());
    await made.get(source, 'thumb');
    rmSync(path);
    await expect(made.get(source, 'thumb')).rejects.toBeInstanceOf(ImageError);
  });

  it('shares what is being made', async () => {
    const made = thumbnails(at('c.sqlite'));
    onTestFinished(() => made.close());
    const source = sourceOf(at('wide.jpg'), 'shared');
    const controller = new AbortController();
    const [a, b] = [made.get(source, 'view'), made.get(source, 'view', controller.signal)];
    controller.abort();
    expect(await a).toBe(await b);
  });
});

describe('PictureCache', () => {
  it('removes the longest unused when it is full', () => {
    const cache = new PictureCache(at('full.sqlite'), { maxBytes: 100_000 });
    onTestFinished(() => cache.close());
    for (let i = 0; i < 30; i++) cache.put(`hash ${i}`, 'thumb', new Uint8Array(10_000).fill(i));
    cache.flush();
    const kept = Array.from({ length: 30 }, (_, i) => i).filter((i) => cache.get(`hash ${i}`, 'thumb') !== undefined);
    expect(kept.length).toBeLessThanOrEqual(10);
    expect(kept).toContain(29);
    expect(cache.get('hash 29', 'thumb')?.[0]).toBe(29);
  });

  it('begins anew where the file is no cache', () => {
    writeFileSync(at('rubbish.sqlite'), 'this is no database'.repeat(1000));
    const cache = new PictureCache(at('rubbish.sqlite'), { maxBytes: 1e6 });
    onTestFinished(() => cache.close());
    cache.put('hash', 'tile', Uint8Array.of(1, 2));
    cache.flush();
    expect(Array.from(cache.get('hash', 'tile') ?? [])).toEqual([1, 2]);
  });

  it('keeps nothing where the disk refuses, and does not fail', () => {
    writeFileSync(at('file'), '');
    const cache = new PictureCache(join(at('file'), 'below.sqlite'), { maxBytes: 1e6 });
    cache.put('hash', 'tile', Uint8Array.of(1));
    cache.flush();
    expect(cache.get('hash', 'tile')).toBeUndefined();
    expect(existsSync(join(at('file'), 'below.sqlite'))).toBe(false);
  });
});
