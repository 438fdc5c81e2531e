import { fork } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, mkdtemp, open, readdir, rm, stat, symlink, truncate, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { decodeSquare } from '../../electron/images/decode.ts';
import { readImage } from '../../electron/images/identify.ts';
import type { ReadImage } from '../../electron/images/identify.ts';
import { PixelCache } from '../../electron/images/pixel-cache.ts';
import type { CacheItem, PixelCacheOptions } from '../../electron/images/pixel-cache.ts';
import { picture } from './odd-files.ts';

const px = 16;
const recordBytes = px * px * 3;
const entryBytes = 48;
/** So that tests see what is on the disk. */
const onDiskOnly = { memoryBytes: 0, minFreeBytes: 0 };

let dir: string;
let cacheDir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'acclimate-cache-'));
  cacheDir = join(dir, 'cache');
});
afterEach(() => rm(dir, { recursive: true }));

async function writeImages(numImages: number): Promise<CacheItem[]> {
  const items: CacheItem[] = [];
  for (let i = 0; i < numImages; i++) {
    const path = join(dir, `${i}.png`);
    await writeFile(path, await picture(i, 24, 20).png().toBuffer());
    items.push({ path, hash: (await readImage(path)).contentHash });
  }
  return items;
}

/** A cache that counts the images it decodes. */
function openCounting(options: Partial<PixelCacheOptions> = {}): { cache: PixelCache; decoded: string[] } {
  const decoded: string[] = [];
  const read: ReadImage = (path, readOptions) => {
    decoded.push(path);
    return readImage(path, readOptions);
  };
  return { cache: PixelCache.open(cacheDir, { maxBytes: 1e9, ...onDiskOnly, read, ...options }), decoded };
}

/** Reads all items and checks every pixel against a fresh decode. */
async function expectRight(cache: PixelCache, items: readonly CacheItem[], size = px): Promise<void> {
  const { pixels, problems } = await cache.readBatch(items, size);
  expect(problems).toEqual([]);
  for (const [i, { path }] of items.entries()) {
    const bytes = size * size * 3;
    expect(pixels.subarray(i * bytes, (i + 1) * bytes), path).toEqual(await decodeSquare(path, size));
  }
}

describe('PixelCache', () => {
  it('decodes each image once and finds it again after reopening', async () => {
    const items = await writeImages(5);
    const first = openCounting();
    await expectRight(first.cache, [...items, items[2]!, items[2]!]);
    expect(first.decoded.length).toBe(5);
    await expectRight(first.cache, [items[4]!, items[0]!]);
    expect(first.decoded.length).toBe(5);
    first.cache.close();
    const second = openCounting();
    await expectRight(second.cache, items);
    expect(second.decoded).toEqual([]);
    expect(second.cache.has(items[0]!.hash, px)).toBe(true);
    expect(second.cache.has(items[0]!.hash, px + 1)).toBe(false);
    second.cache.close();
  });

  it('fills an array that is given, and refuses one of another size', async () => {
    const items = await writeImages(2);
    const { cache } = openCounting();
    const into = new Uint8Array(2 * recordBytes);
    expect((await cache.readBatch(items, px, into)).pixels).toBe(into);
    expect(into.subarray(recordBytes)).toEqual(await decodeSquare(items[1]!.path, px));
    await expect(cache.readBatch(items, px, new Uint8Array(5))).rejects.toThrow('5 bytes for [2,16,16,3]');
    cache.close();
  });

  it('reports bad, missing and changed images by index and leaves their pixels zero', async () => {
    const items = await writeImages(3);
    await unlink(items[0]!.path);
    await writeFile(items[1]!.path, await picture(77, 24, 20).png().toBuffer());
    const { cache } = openCounting();
    const { pixels, problems } = await cache.readBatch(items, px, new Uint8Array(3 * recordBytes).fill(9));
    expect(problems.map(({ index, problem }) => [index, problem.code])).toEqual([
      [0, 'vanished'],
      [1, 'changed'],
    ]);
    expect(pixels.subarray(0, 2 * recordBytes).every((value) => value === 0)).toBe(true);
    expect(pixels.subarray(2 * recordBytes)).toEqual(await decodeSquare(items[2]!.path, px));
    expect(cache.has(items[1]!.hash, px)).toBe(false);
    cache.close();
  });

  it('keeps squares in memory up to a limit, the last used longest', async () => {
    const items = await writeImages(3);
    const { cache, decoded } = openCounting({ maxBytes: 0, memoryBytes: 2 * recordBytes });
    await cache.readBatch([items[0]!, items[1]!], px);
    await cache.readBatch([items[0]!], px);
    await cache.readBatch([items[2]!], px);
    await expectRight(cache, [items[0]!, items[2]!]);
    expect(decoded.length).toBe(3);
    await expectRight(cache, [items[1]!]);
    expect(decoded.length).toBe(4);
    cache.close();
  });

  it('stays within its bytes and gives up the least recently used', async () => {
    const items = await writeImages(6);
    const maxBytes = 4 * (recordBytes + entryBytes);
    const { cache, decoded } = openCounting({ maxBytes, numParallel: 1 });
    await cache.readBatch(items.slice(0, 4), px);
    await cache.readBatch([items[0]!], px);
    await cache.readBatch(items.slice(4), px);
    expect(items.map(({ hash }) => cache.has(hash, px))).toEqual([true, false, false, true, true, true]);
    decoded.length = 0;
    await expectRight(cache, [items[0]!, items[3]!, items[4]!, items[5]!]);
    expect(decoded).toEqual([]);
    cache.close();
    expect((await stat(join(cacheDir, `squares-${px}.pixels`))).size).toBe(4 * recordBytes);

    // The order of use survives, and so does the bound.
    const again = openCounting({ maxBytes });
    await again.cache.readBatch([items[1]!], px);
    expect(items.map(({ hash }) => again.cache.has(hash, px))).toEqual([false, true, false, true, true, true]);
    again.cache.close();
  });

  it('drops sizes no longer used before giving up squares of the one in use', async () => {
    const items = await writeImages(4);
    const maxBytes = 5 * (recordBytes + entryBytes);
    const first = openCounting({ maxBytes });
    await first.cache.readBatch(items, px);
    first.cache.close();
    const second = openCounting({ maxBytes });
    await second.cache.readBatch(items, 12);
    second.cache.close();
    expect((await readdir(cacheDir)).sort()).toEqual(['squares-12.index', 'squares-12.pixels']);
    await expectRight(openCounting({ maxBytes }).cache, items, 12);
  });

  it('decodes again what is torn, altered or missing on the disk, and never returns it', async () => {
    const items = await writeImages(6);
    const first = openCounting({ numParallel: 1 });
    await first.cache.readBatch(items, px);
    first.cache.close();
    const [pixels, index] = [join(cacheDir, `squares-${px}.pixels`), join(cacheDir, `squares-${px}.index`)];
    const flip = async (path: string, position: number): Promise<void> => {
      const file = await open(path, 'r+');
      await file.write(Buffer.from([0xa5, 0x5a]), 0, 2, position);
      await file.close();
    };
    await flip(pixels, recordBytes + 100); // a byte of record 1
    await flip(index, 16 + 2 * entryBytes + 3); // the hash of entry 2
    await truncate(pixels, 5 * recordBytes + 10); // record 5 is torn
    await appendFile(index, Buffer.alloc(20, 7)); // a torn entry
    const second = openCounting();
    await expectRight(second.cache, items);
    expect(second.decoded.sort()).toEqual([1, 2, 5].map((i) => items[i]!.path));
    second.cache.close();
    const third = openCounting();
    await expectRight(third.cache, items);
    expect(third.decoded).toEqual([]);
    third.cache.close();
  });

  it('survives being killed while it writes', async () => {
    const items = await writeImages(30);
    const program = join(dir, 'fill.ts');
    const source = fileURLToPath(new URL('../../electron/images/pixel-cache.ts', import.meta.url));
    await writeFile(
      program,
      `import { PixelCache } from ${JSON.stringify(source)};
       const cache = PixelCache.open(${JSON.stringify(cacheDir)}, { maxBytes: 1e9, minFreeBytes: 0 });
       const items = ${JSON.stringify(items)};
       for (let size = 16; ; size++) {
         await cache.readBatch(items, 16 + (size % 4));
         process.send?.(size);
       }`,
    );
    const child = fork(program, { stdio: 'ignore' });
    await once(child, 'message');
    child.kill('SIGKILL');
    await once(child, 'exit');
    const { cache, decoded } = openCounting();
    await expectRight(cache, items);
    expect(decoded).toEqual([]);
    for (const size of [17, 18, 19]) await expectRight(cache, items, size);
    cache.close();
  });

  it('lets two caches share a folder without wrong pixels', async () => {
    const items = await writeImages(8);
    const maxBytes = 3 * (recordBytes + entryBytes);
    const [a, b] = [openCounting({ maxBytes }), openCounting({ maxBytes })];
    for (let round = 0; round < 3; round++) {
      await expectRight(a.cache, items);
      await expectRight(b.cache, [...items].reverse());
    }
    a.cache.close();
    b.cache.close();
    await expectRight(openCounting({ maxBytes }).cache, items);
  });

  it('may be deleted while it is open', async () => {
    const items = await writeImages(3);
    const warnings: string[] = [];
    const { cache } = openCounting({ onWarning: (message) => void warnings.push(message) });
    await cache.readBatch(items.slice(0, 2), px);
    await rm(cacheDir, { recursive: true });
    await expectRight(cache, items);
    await expectRight(cache, items, 12);
    expect(warnings).toEqual([]);
    cache.close();
  });

  it('carries on in memory where the folder cannot be used, and says so once', async () => {
    const items = await writeImages(3);
    await writeFile(cacheDir, 'a file where the folder should be');
    const warnings: string[] = [];
    const { cache, decoded } = openCounting({ memoryBytes: 1e6, onWarning: (message) => void warnings.push(message) });
    await expectRight(cache, items);
    await expectRight(cache, items);
    await expectRight(cache, items, 12);
    expect(decoded.length).toBe(6);
    expect(warnings.length).toBe(1);
    expect(warnings[0]).toContain('Everything works');
    cache.close();
  });

  it('keeps clear of a nearly full disk', async () => {
    const items = await writeImages(2);
    const warnings: string[] = [];
    const { cache } = openCounting({ minFreeBytes: Number.MAX_SAFE_INTEGER, onWarning: (message) => void warnings.push(message) });
    await expectRight(cache, items);
    await expectRight(cache, items);
    expect(warnings.length).toBe(1);
    expect(warnings[0]).toContain('nearly full');
    expect(cache.has(items[0]!.hash, px)).toBe(false);
    cache.close();
  });

  it.skipIf(process.platform !== 'linux')('treats a full disk as an end to writing, not to reading', async () => {
    const items = await writeImages(3);
    const warnings: string[] = [];
    const first = openCounting();
    await first.cache.readBatch(items.slice(0, 1), px);
    await first.cache.readBatch(items.slice(0, 1), 12);
    first.cache.close();
    // The pixels of the other size are now the device that is always full.
    await unlink(join(cacheDir, 'squares-12.pixels'));
    await symlink('/dev/full', join(cacheDir, 'squares-12.pixels'));
    const { cache, decoded } = openCounting({ onWarning: (message) => void warnings.push(message) });
    await expectRight(cache, items, 12);
    await expectRight(cache, items.slice(0, 1));
    expect(decoded.length).toBe(3);
    expect(warnings).toEqual([expect.stringContaining('the disk is full')]);
    cache.close();
  });

  it('refuses what cannot be a key or a square', () => {
    const { cache } = openCounting();
    expect(() => cache.put('abc', px, new Uint8Array(recordBytes))).toThrow('SHA-256');
    expect(() => cache.put('0'.repeat(64), px, new Uint8Array(5))).toThrow('5 bytes for [16,16,3]');
    cache.close();
  });
});
