import { describe, expect, it } from 'vitest';
import { cycleClusters, orderClusters } from '../../electron/explore/cluster-cycle.ts';
import type { PoolCluster } from '../../electron/explore/cluster-cycle.ts';
import { kmeans } from '../../electron/explore/kmeans.ts';
import { createPool } from '../../electron/explore/selection.ts';
import { quietContext } from './mixtures.ts';

const request = { numImages: 12, labelled: Int32Array.of(4, 9, 10), excluded: Int32Array.of(0, 9), seed: 1 };
/** Row r of the pool is image r + 1. Image 8 is alone; 1 to 4 and 5 to 7 lie together, as do 9, 10 and 11. */
const places = Float32Array.of(10, 10, 10, 10, 20, 20, 20, 30, 40, 40, 40);

async function order() {
  const pool = createPool({ ...request, budget: 8 });
  const clustering = await kmeans(places, { numImages: 11, numDims: 1 }, { numClusters: 4, seed: 1 }, null, quietContext());
  return { pool, clusters: orderClusters(pool, clustering) };
}

describe('cycleClusters', () => {
  it('orders clusters by fewest labels, then by size, and knows what is left in them', async () => {
    const { pool, clusters } = await order();
    const described = clusters.map(({ size, numLabelled, candidates }) => [
      size,
      numLabelled,
      [...candidates].map((row) => pool.members[row]),
    ]);
    expect(described).toEqual([
      [3, 0, [5, 6, 7]],
      [1, 0, [8]],
      [4, 1, [1, 2, 3]],
      [3, 2, [11]],
    ]);
  });

  it('goes round, takes the best of what remains, and turns to ineligible clusters last', async () => {
    const { pool, clusters } = await order();
    // The last candidate is the best.
    const scoreOf = ({ candidates }: PoolCluster): Float32Array => Float32Array.from(candidates, (row) => row);
    const { indices } = await cycleClusters(pool, clusters, ({ size }) => size > 1, scoreOf, quietContext());
    expect([...indices]).toEqual([7, 3, 11, 6, 2, 5, 1, 8]);
  });

  it('stops at the number wanted', async () => {
    const { pool, clusters } = await order();
    const scoreOf = ({ candidates }: PoolCluster): Float32Array => new Float32Array(candidates.length);
    const { indices } = await cycleClusters({ ...pool, numWanted: 5 }, clusters, () => true, scoreOf, quietContext());
    expect([...indices]).toEqual([5, 8, 1, 11, 6]);
  });
});
