import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DecodePool } from '../../electron/images/decode-pool.ts';
import { readImage } from '../../electron/images/identify.ts';
import { ImageError } from '../../electron/images/problem.ts';

let dir: string;
const names = Array.from({ length: 12 }, (_, i) => `${i}.png`);

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'acclimate-pool-'));
  for (const [i, name] of names.entries()) {
    await sharp({ create: { width: 40 + i, height: 50, channels: 3, background: { r: 20 * i, g: 100, b: 7 } } }).toFile(join(dir, name));
  }
  writeFileSync(join(dir, 'broken.png'), 'no image');
});
afterAll(() => rmSync(dir, { recursive: true }));

describe('DecodePool', () => {
  it('reads what readImage reads, many at a time, and tells what is wrong with a file', async () => {
    const pool = new DecodePool(2);
    try {
      const broken = pool.read(join(dir, 'broken.png'), { squarePx: 32 }).catch((reason: unknown) => reason);
      const answers = await Promise.all(names.map((name) => pool.read(join(dir, name), { squarePx: 32 })));
      for (const [i, name] of names.entries()) expect(answers[i]).toEqual(await readImage(join(dir, name), { squarePx: 32 }));
      const error: unknown = await broken;
      expect(error).toBeInstanceOf(ImageError);
      expect((error as ImageError).problem.path).toBe(join(dir, 'broken.png'));
    } finally {
      await pool.close();
    }
  });

  it('fails what is under way when it is closed', async () => {
    const pool = new DecodePool(1);
    const reading = Promise.allSettled(names.map((name) => pool.read(join(dir, name), { squarePx: 32 })));
    await pool.close();
    expect((await reading).some(({ status }) => status === 'rejected')).toBe(true);
  });

  it('goes on decoding while the main thread is blocked', async () => {
    const pool = new DecodePool(1);
    try {
      await pool.read(join(dir, '0.png'), { squarePx: 32 });
      const reading = Promise.all(names.map((name) => pool.read(join(dir, name), { squarePx: 32 })));
      let settled = false;
      void reading.then(() => (settled = true));
      // Blocks without turning the event loop; the answers then wait in the queue and arrive in one turn.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2000);
      await new Promise((resolve) => setImmediate(resolve));
      await new Promise((resolve) => setImmediate(resolve));
      expect(settled).toBe(true);
    } finally {
      await pool.close();
    }
  });
});
