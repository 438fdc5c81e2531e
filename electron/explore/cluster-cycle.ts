/** Choosing images cluster by cluster: the part that TypiClust and its simplest alternative share. */
import type { RunContext } from '../contract/progress.ts';
import type { Clustering } from './lloyd.ts';
import { toSuggestions } from './selection.ts';
import type { Pool, Suggestions } from './selection.ts';

/** A cluster of a pool. Rows are positions in `pool.members`. */
export interface PoolCluster {
  readonly id: number;
  /** All its images, labelled ones included. */
  readonly size: number;
  readonly numLabelled: number;
  /** The images not yet chosen, by rising index; shrinks as they are. */
  candidates: Int32Array;
}

/** The clusters of `pool`, those with the fewest labels first, then the largest, then by id. Empty ones are left out. */
export function orderClusters(pool: Pool, { numClusters, assignments }: Clustering): PoolCluster[] {
  const rows = Array.from({ length: numClusters }, (): number[] => []);
  assignments.forEach((cluster, row) => rows[cluster]?.push(row));
  return rows
    .map((members, id) => {
      const candidates = Int32Array.from(members.filter((row) => pool.isLabelled[row] === 0));
      return { id, size: members.length, numLabelled: members.length - candidates.length, candidates };
    })
    .filter(({ size }) => size > 0)
    .sort((a, b) => a.numLabelled - b.numLabelled || b.size - a.size || a.id - b.id);
}

/**
 * Goes round `clusters` in order and takes from each the candidate with the highest score, ties by index, until `pool.numWanted` are
 * chosen. Clusters for which `isEligible` is false wait until the others have nothing left. `scoreOf` is asked again at each visit,
 * with the candidates that remain. Throws the signal's reason when cancelled.
 */
export async function cycleClusters(
  pool: Pool,
  clusters: readonly PoolCluster[],
  isEligible: (cluster: PoolCluster) => boolean,
  scoreOf: (cluster: PoolCluster) => Promise<Float32Array> | Float32Array,
  ctx: RunContext,
): Promise<Suggestions> {
  const picks: { index: number; cluster: number; score: number }[] = [];
  for (const tier of [clusters.filter(isEligible), clusters.filter((cluster) => !isEligible(cluster))]) {
    let waiting = tier;
    while (picks.length < pool.numWanted && waiting.length > 0) {
      waiting = waiting.filter(({ candidates }) => candidates.length > 0);
      for (const cluster of waiting.slice(0, pool.numWanted - picks.length)) {
        ctx.signal.throwIfAborted();
        const scores = await scoreOf(cluster);
        const best = scores.reduce((top, score, i) => (score > (scores[top] as number) ? i : top), 0);
        const row = cluster.candidates[best] as number;
        picks.push({ index: pool.members[row] as number, cluster: cluster.id, score: scores[best] as number });
        cluster.candidates = cluster.candidates.filter((candidate) => candidate !== row);
        ctx.onProgress({ phase: 'Choosing images', done: picks.length, total: pool.numWanted });
      }
    }
  }
  return toSuggestions(picks);
}
