/**
 * Randomness as a function of (seed, stream, index). A step's draws depend on nothing that happened before it, so a
 * checkpoint needs no generator state and a resumed run repeats the same steps.
 */
import { createRandom, type Random } from '../tensor/random.ts';

/** What the numbers are for. Streams of one seed are independent. */
export const streams = { order: 1, augmentation: 2, heads: 3 } as const;

/** The generator of one stream at one index, for example a step or an epoch. */
export function streamRandom(seed: number, stream: number, index: number): Random {
  let hash = Math.imul(seed | 0, 0x9e3779b1) ^ Math.imul(stream + 1, 0x85ebca77);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d) ^ Math.imul(index + 1, 0xc2b2ae3d);
  hash = Math.imul(hash ^ (hash >>> 13), 0x297a2d39);
  return createRandom(hash ^ (hash >>> 16));
}
