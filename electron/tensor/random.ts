/** Seeded random numbers, so that every run can be repeated. */

/** A generator: `next()` is uniform on [0, 1). */
export interface Random {
  next(): number;
  /** Uniform integer on [0, n). */
  int(n: number): number;
  /** Standard normal. */
  normal(): number;
  /** A random permutation of 0..n-1. */
  permutation(n: number): Int32Array;
  /** The internal state, for checkpoints. */
  state(): number[];
}

function splitmix32(seed: number): () => number {
  let s = seed | 0;
  return () => {
    s = (s + 0x9e3779b9) | 0;
    let z = s;
    z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
    z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
    return (z ^ (z >>> 16)) >>> 0;
  };
}

/** xoshiro128** (Blackman and Vigna 2021), seeded by splitmix32 or from a saved state of four 32-bit words. */
export function createRandom(seed: number | readonly number[]): Random {
  const mix = splitmix32(typeof seed === 'number' ? seed : 0);
  let [a, b, c, d] = typeof seed === 'number' ? [mix(), mix(), mix(), mix()] : [seed[0] ?? 1, seed[1] ?? 2, seed[2] ?? 3, seed[3] ?? 4];
  const word = (): number => {
    const x = Math.imul(b, 5);
    const result = Math.imul((x << 7) | (x >>> 25), 9) >>> 0;
    const t = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= t;
    d = (d << 11) | (d >>> 21);
    return result;
  };
  const next = (): number => (word() * 2 ** 21 + (word() >>> 11)) / 2 ** 53;
  const int = (n: number): number => Math.floor(next() * n);
  return {
    next,
    int,
    normal: () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()),
    permutation: (n) => {
      const order = Int32Array.from({ length: n }, (_, i) => i);
      for (let i = n - 1; i > 0; i--) {
        const j = int(i + 1);
        const held = order[i] as number;
        order[i] = order[j] as number;
        order[j] = held;
      }
      return order;
    },
    state: () => [a >>> 0, b >>> 0, c >>> 0, d >>> 0],
  };
}
