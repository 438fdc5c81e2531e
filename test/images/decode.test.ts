import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeFull, decodeSquare } from '../../electron/images/decode.ts';
import type { RgbImage } from '../../electron/images/geometry.ts';
import { readImage } from '../../electron/images/identify.ts';
import { ImageError } from '../../electron/images/problem.ts';
import { makeTiff } from './make-tiff.ts';
import { bombPng, ODD_SIZE, picture, ramp, writeOddFiles } from './odd-files.ts';

let dir: string;
const at = (name: string): string => join(dir, name);
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'acclimate-decode-'));
  await writeOddFiles(dir);
});
afterAll(() => rm(dir, { recursive: true }));

function pixel(image: RgbImage, x: number, y: number): number[] {
  return [...image.data.subarray((y * image.width + x) * 3, (y * image.width + x) * 3 + 3)];
}

/** The means of the four quarters' inner parts. */
function quartersOf(image: RgbImage): number[][] {
  const { width, height } = image;
  return [0.25, 0.75].flatMap((y) => [0.25, 0.75].map((x) => pixel(image, Math.floor(x * width), Math.floor(y * height))));
}

const [red, green, blue, white] = [
  [255, 0, 0],
  [0, 255, 0],
  [0, 0, 255],
  [255, 255, 255],
];

function expectColours(found: number[][], expected: (number[] | undefined)[], tolerance: number): void {
  const worst = Math.max(...found.flatMap((colour, i) => colour.map((value, c) => Math.abs(value - expected[i]![c]!))));
  expect(worst, JSON.stringify(found)).toBeLessThanOrEqual(tolerance);
}

describe('decodeFull', () => {
  it.each([
    ['palette.png', 0],
    ['png-named.jpg', 0],
    ['animated.gif', 0],
    ['animated.webp', 0],
    ['pages.tif', 0],
    ['progressive.jpg', 6],
    ['broken-exif.jpg', 6],
  ])('decodes %s to its first frame in RGB', async (name, tolerance) => {
    const image = await decodeFull(at(name));
    expect(image).toMatchObject(ODD_SIZE);
    expect(image.data.length).toBe(ODD_SIZE.width * ODD_SIZE.height * 3);
    expectColours(quartersOf(image), [red, green, blue, white], tolerance);
  });

  it('brings all eight EXIF orientations upright', async () => {
    // Where the stored upper left, upper right, lower left and lower right end up (EXIF 2.3, tag 274).
    const upright: Record<number, (number[] | undefined)[]> = {
      1: [red, green, blue, white],
      2: [green, red, white, blue],
      3: [white, blue, green, red],
      4: [blue, white, red, green],
      5: [red, blue, green, white],
      6: [blue, red, white, green],
      7: [white, green, blue, red],
      8: [green, white, red, blue],
    };
    for (const [orientation, colours] of Object.entries(upright)) {
      const name = at(`oriented-${orientation}.jpg`);
      const full = await decodeFull(name);
      const isTurned = Number(orientation) >= 5;
      expect([full.width, full.height]).toEqual(isTurned ? [ODD_SIZE.height, ODD_SIZE.width] : [ODD_SIZE.width, ODD_SIZE.height]);
      expectColours(quartersOf(full), colours, 6);
      for (const px of [32, 100]) {
        expectColours(quartersOf({ width: px, height: px, data: await decodeSquare(name, px) }), colours, 12);
      }
    }
  });

  it('converts CMYK by a profile', async () => {
    const [r, , b, w] = quartersOf(await decodeFull(at('cmyk.jpg')));
    expect(r![0]! - Math.max(r![1]!, r![2]!)).toBeGreaterThan(100);
    expect(b![2]! - Math.max(b![0]!, b![1]!)).toBeGreaterThan(30);
    expect(Math.min(...w!)).toBeGreaterThan(240);
    // Pure cyan, magenta, yellow and black ink, as columns of one pixel; what press profiles show them as.
    const samples = Uint8Array.from({ length: 4 * 4 * 4 }, (_, i) => (Math.floor(i / 4) % 4 === i % 4 ? 255 : 0));
    await writeFile(at('inks.tif'), makeTiff({ width: 4, height: 4, bits: 8, sampleFormat: 1, channels: 4, photometric: 5, samples }));
    const inks = await decodeFull(at('inks.tif'));
    const press = [
      [0, 174, 239],
      [236, 0, 140],
      [255, 242, 0],
      [35, 31, 32],
    ];
    expectColours(
      press.map((_, x) => pixel(inks, x, 0)),
      press,
      40,
    );
  });

  it('makes three equal channels of grey', async () => {
    const { data } = await decodeFull(at('grey.jpg'));
    expect(data.length).toBe(ODD_SIZE.width * ODD_SIZE.height * 3);
    expect(data.every((value, i) => value === data[i - (i % 3)])).toBe(true);
  });

  it.each(['grey16.png', 'grey16.tif', '12-bits-in-16.tif', 'float.tif'])('keeps the contrast of %s', async (name) => {
    const image = await decodeFull(at(name));
    for (let x = 0; x < ODD_SIZE.width; x++) {
      const ideal = (x / (ODD_SIZE.width - 1)) * 255;
      expect(Math.abs(pixel(image, x, 10)[0]! - ideal)).toBeLessThanOrEqual(1.01);
    }
  });

  it('lays transparency over white, and leaves channels out that are not transparency', async () => {
    expect(pixel(await decodeFull(at('transparent.png')), 5, 5)).toEqual(white);
    expect(pixel(await decodeFull(at('near-infrared.tif')), 5, 5)).toEqual([200, 100, 50]);
    const half = { create: { width: 4, height: 4, channels: 4 as const, background: { r: 200, g: 0, b: 0, alpha: 0.5 } } };
    await writeFile(at('half.png'), await sharp(half).png().toBuffer());
    expectColours([pixel(await decodeFull(at('half.png')), 0, 0)], [[228, 128, 128]], 1);
  });

  it('keeps the balance of 16-bit colours and lays their transparency over white', async () => {
    const size = { width: 8, height: 8 };
    const samples = Uint16Array.from({ length: 8 * 8 * 4 }, (_, i) => [4095, 2048, 0, i < 128 ? 65535 : 0][i % 4]!);
    await writeFile(
      at('rgba16.tif'),
      makeTiff({ ...size, bits: 16, sampleFormat: 1, channels: 4, photometric: 2, samples, extraSamples: 2 }),
    );
    const image = await decodeFull(at('rgba16.tif'));
    expectColours([pixel(image, 0, 0), pixel(image, 0, 7)], [[255, 128, 0], white], 1);
  });

  it('does not let a hot pixel or a flat image spoil the range', async () => {
    const { width, height } = ODD_SIZE;
    const hot = ramp(4095);
    // Fewer than 0.01 % of a larger image: repeat the ramp ten times.
    const samples = new Uint16Array(width * height * 10);
    for (let i = 0; i < 10; i++) samples.set(hot, i * hot.length);
    samples[12345] = 65535;
    const tiff = { width, bits: 16, sampleFormat: 1, channels: 1, photometric: 1 } as const;
    await writeFile(at('hot.tif'), makeTiff({ ...tiff, height: height * 10, samples }));
    expect(pixel(await decodeFull(at('hot.tif')), width - 1, 3)[0]).toBe(255);
    await writeFile(at('flat.tif'), makeTiff({ ...tiff, height, samples: new Uint16Array(width * height).fill(0x8000) }));
    expect(pixel(await decodeFull(at('flat.tif')), 3, 3)).toEqual([128, 128, 128]);
  });
});

/** The triangle filter by its definition, on one line of samples. */
function triangle(line: ArrayLike<number>, numOut: number): number[] {
  const factor = line.length / numOut;
  const radius = Math.max(1, factor);
  return Array.from({ length: numOut }, (_, i) => {
    const centre = (i + 0.5) * factor;
    let [sum, weights] = [0, 0];
    for (let k = 0; k < line.length; k++) {
      const weight = Math.max(0, 1 - Math.abs(k + 0.5 - centre) / radius);
      sum += weight * line[k]!;
      weights += weight;
    }
    return sum / weights;
  });
}

/** The geometry `decodeSquare` promises, in floating point, of a full decode. */
function referenceSquare(full: RgbImage, px: number): number[] {
  const { width, height, data } = full;
  const shorter = Math.min(width, height);
  const [w, h] = [Math.round((width * px) / shorter), Math.round((height * px) / shorter)];
  const [left, top] = [Math.floor((w - px) / 2), Math.floor((h - px) / 2)];
  const out = new Array<number>(px * px * 3);
  for (let c = 0; c < 3; c++) {
    const rows = Array.from({ length: height }, (_, y) =>
      triangle(
        Array.from({ length: width }, (__, x) => data[(y * width + x) * 3 + c]!),
        w,
      ),
    );
    for (let x = 0; x < px; x++) {
      const column = triangle(
        rows.map((row) => row[left + x]!),
        h,
      );
      for (let y = 0; y < px; y++) out[(y * px + x) * 3 + c] = column[top + y]!;
    }
  }
  return out;
}

function meanDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += Math.abs(a[i]! - b[i]!);
  return sum / a.length;
}

describe('decodeSquare', () => {
  it('agrees with the triangle filter and centre crop it documents, on any size', async () => {
    const sizes = fc.record({
      width: fc.integer({ min: 1, max: 150 }),
      height: fc.integer({ min: 1, max: 150 }),
      px: fc.integer({ min: 6, max: 48 }),
    });
    await fc.assert(
      fc.asyncProperty(sizes, fc.nat(), async ({ width, height, px }, seed) => {
        await writeFile(at('any-size.png'), await picture(seed, width, height).blur(1).png().toBuffer());
        const square = await decodeSquare(at('any-size.png'), px);
        const ideal = referenceSquare(await decodeFull(at('any-size.png')), px);
        expect(square.length).toBe(px * px * 3);
        expect(meanDifference(square, ideal), `${width} x ${height} to ${px}`).toBeLessThan(1.5);
      }),
      { seed: 11, numRuns: 40 },
    );
  });

  it('agrees with the same on a JPEG shrunk while loading', async () => {
    await writeFile(at('large.jpg'), await picture(5, 700, 500).blur(3).jpeg({ quality: 95 }).toBuffer());
    const square = await decodeSquare(at('large.jpg'), 48);
    expect(meanDifference(square, referenceSquare(await decodeFull(at('large.jpg')), 48))).toBeLessThan(2);
  });

  it('leaves an image alone that is square and of that size', async () => {
    await writeFile(at('exact.png'), await picture(6, 40, 40).png().toBuffer());
    expect(await decodeSquare(at('exact.png'), 40)).toEqual((await decodeFull(at('exact.png'))).data);
  });

  it('copes with extreme shapes', async () => {
    for (const name of ['one-pixel.png', 'one-column.png', 'one-row.png']) {
      expect((await decodeSquare(at(name), 64)).length).toBe(64 * 64 * 3);
    }
    expect([...(await decodeSquare(at('one-pixel.png'), 2))]).toEqual([30, 144, 255, 30, 144, 255, 30, 144, 255, 30, 144, 255]);
  });

  it('notices missing rows below the square', async () => {
    await expect(decodeSquare(at('truncated-below-the-square.jpg'), 32)).rejects.toMatchObject({ problem: { code: 'truncated' } });
  });

  it('refuses a side that is no size', async () => {
    await expect(decodeSquare(at('good.jpg'), 0)).rejects.toMatchObject({ code: 'invalid-input' });
    await expect(decodeSquare(at('good.jpg'), 3.5)).rejects.toMatchObject({ code: 'invalid-input' });
  });
});

describe('readImage', () => {
  it('hashes the bytes and reads the header without decoding unless asked', async () => {
    const facts = await readImage(at('grey16.png'));
    expect(facts).toMatchObject({ format: 'png', ...ODD_SIZE, channels: 1, bitsPerSample: 16, numPages: 1 });
    expect(facts.contentHash).toMatch(/^[0-9a-f]{64}$/);
    expect(facts.square).toBeUndefined();
    expect((await readImage(at('grey16.png'), { squarePx: 24 })).square).toEqual(await decodeSquare(at('grey16.png'), 24));
  });

  it('keeps to the limits given', async () => {
    await expect(readImage(at('good.jpg'), { maxPixels: 9599 })).rejects.toMatchObject({ problem: { code: 'too-large' } });
    await expect(readImage(at('good.jpg'), { maxPixels: 9600 })).resolves.toMatchObject(ODD_SIZE);
    await expect(readImage(at('good.jpg'), { maxFileBytes: 500 })).rejects.toMatchObject({ problem: { code: 'too-large' } });
    await writeFile(at('bomb.png'), bombPng(30_000, 30_000));
    await expect(readImage(at('bomb.png'))).rejects.toThrow('30000 x 30000 pixels (900 megapixels); at most 268');
  });

  it('explains folders, pipes and files that are gone', async () => {
    for (const [name, code] of [
      ['folder-named.jpg', 'not-a-file'],
      ['nowhere.jpg', 'vanished'],
      ['good.jpg/below.jpg', 'vanished'],
      ['empty.jpg', 'empty'],
      ...(process.platform === 'win32' ? [] : [['named-pipe.jpg', 'not-a-file']]),
    ]) {
      const error: unknown = await readImage(at(name!)).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(ImageError);
      expect((error as ImageError).problem).toMatchObject({ path: at(name!), code });
    }
  });

  it('takes any bytes after an image signature without crashing', async () => {
    const signatures = [
      '\xff\xd8\xff\xe0',
      '\x89PNG\r\n\x1a\n',
      'RIFF\xff\0\0\0WEBP',
      'GIF89a',
      'II*\0',
      'MM\0*',
      'II+\0',
      '\0\0\0\x20ftypavif',
    ];
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...signatures), fc.uint8Array({ maxLength: 300 }), async (signature, rest) => {
        await writeFile(at('fuzz.bin'), Buffer.concat([Buffer.from(signature, 'latin1'), rest]));
        const error: unknown = await readImage(at('fuzz.bin'), { squarePx: 8 }).catch((reason: unknown) => reason);
        if (error instanceof Error) expect(error).toBeInstanceOf(ImageError);
      }),
      { seed: 3, numRuns: 150 },
    );
  });
});
