/** A generated image set: kinds differ in texture, images of a kind in colour, phase, light and noise. */
import type { PixelSource } from '../../electron/learn/pixel-source.ts';
import { createRandom } from '../../electron/tensor/random.ts';

export interface Textures {
  readonly source: PixelSource;
  readonly kinds: Int32Array;
}

const brightness: ((x: number, y: number) => number)[] = [
  (x) => Math.sin(0.8 * x),
  (x, y) => Math.sin(0.9 * x) * Math.sin(0.9 * y),
  (x, y) => Math.sin(0.35 * (x + y)),
  (x, y) => Math.sin(0.5 * Math.hypot(x - 16, y - 16)),
  (x, y) => Math.sign(Math.sin(0.45 * x)) * Math.sign(Math.sin(0.45 * y)),
];

export const numKinds = brightness.length;

/** `numImages` squares of `px`, kinds in turn. */
export function textures(numImages: number, px: number, seed: number): Textures {
  const random = createRandom(seed);
  const size = px * px * 3;
  const pixels = new Uint8Array(numImages * size);
  const kinds = Int32Array.from({ length: numImages }, (_, i) => i % numKinds);
  for (let n = 0; n < numImages; n++) {
    const [dx, dy, zoom] = [random.int(20), random.int(20), 0.8 + 0.4 * random.next()];
    const middle = 70 + 115 * random.next();
    const contrast = 15 + 55 * random.next();
    const tint = [0, 1, 2].map(() => 80 * (random.next() - 0.5));
    const noise = 5 + 35 * random.next();
    for (let at = 0; at < px * px; at++) {
      const wave = brightness[kinds[n]!]!(zoom * ((at % px) + dx), zoom * (Math.floor(at / px) + dy));
      for (let c = 0; c < 3; c++) {
        const value = middle + tint[c]! + contrast * wave + noise * (random.next() - 0.5);
        pixels[n * size + at * 3 + c] = Math.max(0, Math.min(255, value));
      }
    }
  }
  const read = (indices: Int32Array): Promise<Uint8Array> => {
    const result = new Uint8Array(indices.length * size);
    indices.forEach((index, i) => result.set(pixels.subarray(index * size, (index + 1) * size), i * size));
    return Promise.resolve(result);
  };
  return { source: { numImages, px, read }, kinds };
}

/** Share of images, each left out in turn, whose nearest other by cosine is of the same kind. */
export function neighbourAccuracy(features: Float32Array, kinds: Int32Array): number {
  const dim = features.length / kinds.length;
  const row = (i: number): Float32Array => features.subarray(i * dim, (i + 1) * dim);
  const cosine = (a: Float32Array, b: Float32Array): number => {
    let [ab, aa, bb] = [0, 0, 0];
    for (let j = 0; j < dim; j++) {
      ab += a[j]! * b[j]!;
      aa += a[j]! ** 2;
      bb += b[j]! ** 2;
    }
    return ab / Math.sqrt(aa * bb);
  };
  let right = 0;
  kinds.forEach((kind, i) => {
    let best = -Infinity;
    let found = -1;
    kinds.forEach((other, j) => {
      const similarity = i === j ? -Infinity : cosine(row(i), row(j));
      if (similarity > best) [best, found] = [similarity, other];
    });
    if (found === kind) right += 1;
  });
  return right / kinds.length;
}

/** A context that is never cancelled and reports to nobody. */
export function quiet(): { signal: AbortSignal; onProgress: () => void } {
  return { signal: new AbortController().signal, onProgress: () => undefined };
}

/** A clock that ticks `tickMs` at every look. */
export function tickingClock(tickMs: number): () => number {
  let now = 0;
  return () => (now += tickMs);
}
