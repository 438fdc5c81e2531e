/** Which images each step sees. */
import { streamRandom, streams } from './random-streams.ts';

export interface BatchOrder {
  /** The positions, below `numItems`, of the batch of `step` (from 0), [batch]. */
  at(step: number): Int32Array;
}

/**
 * Every epoch visits each of `numItems` once in a freshly shuffled order; a batch may straddle two epochs. A pure function of
 * seed and step, so a run resumes anywhere.
 */
export function batchOrder(numItems: number, batch: number, seed: number): BatchOrder {
  const permutations = new Map<number, Int32Array>();
  const epochOrder = (epoch: number): Int32Array => {
    const known = permutations.get(epoch);
    if (known !== undefined) return known;
    for (const old of permutations.keys()) if (old < epoch - 1) permutations.delete(old);
    const order = streamRandom(seed, streams.order, epoch).permutation(numItems);
    permutations.set(epoch, order);
    return order;
  };
  return {
    at: (step) =>
      Int32Array.from({ length: batch }, (_, i) => {
        const position = step * batch + i;
        return epochOrder(Math.floor(position / numItems))[position % numItems] as number;
      }),
  };
}

/** Batches of which the first `numFirst` places go over the first `numFirstItems` items, the rest over all `numItems`. */
export function mixedOrder(sizes: { numFirstItems: number; numFirst: number; numItems: number; batch: number }, seed: number): BatchOrder {
  const { numFirstItems, numFirst, numItems, batch } = sizes;
  const first = batchOrder(numFirstItems, numFirst, seed);
  const rest = batchOrder(numItems, batch - numFirst, seed + 1);
  return { at: (step) => Int32Array.from([...first.at(step), ...rest.at(step)]) };
}
