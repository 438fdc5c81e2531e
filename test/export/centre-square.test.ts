import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as ort from 'onnxruntime-node';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { centreSquare } from '../../electron/export/centre-square.ts';
import { decodeSquare } from '../../electron/images/decode.ts';
import { squareGeometry } from '../../electron/images/geometry.ts';
import { compileProgram } from '../../electron/tensor/compile.ts';
import { textured } from './synthetic-images.ts';

/** A model of the preprocessing alone. */
async function openSquares(px: number): Promise<ort.InferenceSession> {
  const model = compileProgram(
    {
      name: 'squares',
      state: {},
      inputs: { images: { dtype: 'uint8', shape: [null, px, px, 3] } },
      run: (_, { images }) => ({ state: {}, outputs: { squares: images! } }),
    },
    0,
    { prelude: centreSquare(px) },
  );
  return await ort.InferenceSession.create(model.bytes);
}

async function squaresOf(session: ort.InferenceSession, data: Uint8Array, shape: readonly number[]): Promise<ort.Tensor> {
  return (await session.run({ images: new ort.Tensor('uint8', data, shape) })).squares!;
}

let dir = '';
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'acclimate-square-'));
});
afterAll(() => rm(dir, { recursive: true }));

describe('the square in the model', () => {
  const px = 48;

  async function differences(width: number, height: number): Promise<{ max: number; mean: number }> {
    const data = textured(width, height, width * 31 + height);
    const path = join(dir, `${width}x${height}.png`);
    await sharp(data, { raw: { width, height, channels: 3 } })
      .png()
      .toFile(path);
    const app = await decodeSquare(path, px);
    const session = await openSquares(px);
    const { data: model, dims } = await squaresOf(session, data, [1, height, width, 3]);
    expect(dims).toEqual([1, px, px, 3]);
    const levels = Array.from(app, (value, i) => Math.abs(value - Number(model[i])));
    return { max: Math.max(...levels), mean: levels.reduce((sum, d) => sum + d, 0) / levels.length };
  }

  it.each([
    [48, 48],
    [48, 131],
    [1, 1],
    [3, 50],
  ])("of %i x %i is exactly the app's", async (width, height) => {
    expect(await differences(width, height)).toEqual({ max: 0, mean: 0 });
  });

  it.each([
    [40, 31],
    [17, 47],
    [49, 48],
    [75, 101],
    [101, 75],
    [97, 1021],
    [1021, 97],
    [163, 120],
  ])("of %i x %i is the app's but for rounding", async (width, height) => {
    const { max, mean } = await differences(width, height);
    expect(max).toBeLessThanOrEqual(1);
    expect(mean).toBeLessThan(0.3);
  });

  // The app reduces these in two steps, the first a box average.
  it.each([
    [331, 240],
    [700, 531],
  ])("of %i x %i is near the app's", async (width, height) => {
    const { max, mean } = await differences(width, height);
    expect(max).toBeLessThanOrEqual(12);
    expect(mean).toBeLessThan(2);
  });

  it('lies where the app cuts it out, at every size', async () => {
    const small = 7;
    const session = await openSquares(small);
    for (let size = 7; size <= 60; size++) {
      // Of a row of seven pixels as wide as they come out, only geometry decides what is left.
      const geometry = squareGeometry(size, small, small);
      const data = new Uint8Array(size * small * 3);
      for (let i = 0; i < data.length; i++) data[i] = Math.floor(i / 3) % size;
      const { data: model } = await squaresOf(session, data, [1, small, size, 3]);
      expect(Array.from({ length: small }, (_, x) => Number(model[x * 3]))).toEqual(
        Array.from({ length: small }, (_, x) => geometry.left + x),
      );
    }
  });

  it('takes a batch', async () => {
    const session = await openSquares(8);
    const two = [textured(20, 13, 1), textured(20, 13, 2)];
    const together = await squaresOf(session, Uint8Array.from(two.flatMap((image) => [...image])), [2, 13, 20, 3]);
    const alone = await Promise.all(two.map((image) => squaresOf(session, image, [1, 13, 20, 3])));
    expect([...(together.data as Uint8Array)]).toEqual(alone.flatMap(({ data }) => [...(data as Uint8Array)]));
  });
});
