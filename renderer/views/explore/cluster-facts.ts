/** How clusters stand with the labels as they are now, and the orders in which they are shown. */
import type { ClusterView, ImageColumns, MapView } from '../../../electron/contract/domain.ts';

export const clusterOrders = ['size', 'unlabelled', 'mixed', 'loose'] as const;
export type ClusterOrder = (typeof clusterOrders)[number];

/** Clusters with labels, their number and purity counted afresh from the columns: labels change faster than maps are computed. One pass. */
export function withLabels(
  map: Pick<MapView, 'clusters' | 'clusterIds'>,
  columns: Pick<ImageColumns, 'classIds'>,
  columnAt: Int32Array,
): ClusterView[] {
  const counts = new Map<number, Map<number, number>>();
  for (let i = 0; i < map.clusterIds.length; i++) {
    const classId = columns.classIds[columnAt[i] ?? -1] ?? 0;
    if (classId === 0) continue;
    const clusterId = map.clusterIds[i] ?? -1;
    let own = counts.get(clusterId);
    if (own === undefined) counts.set(clusterId, (own = new Map<number, number>()));
    own.set(classId, (own.get(classId) ?? 0) + 1);
  }
  return map.clusters.map((cluster) => {
    const labels = [...(counts.get(cluster.id) ?? [])]
      .map(([classId, count]) => ({ classId, count }))
      .sort((a, b) => b.count - a.count || a.classId - b.classId);
    const numLabelled = labels.reduce((sum, { count }) => sum + count, 0);
    const purity = numLabelled === 0 ? null : (labels[0]?.count ?? 0) / numLabelled;
    return { ...cluster, labels, numLabelled, purity };
  });
}

/** Clusters in an order; equal ones by size, then by number. */
export function sortedClusters(clusters: readonly ClusterView[], order: ClusterOrder): ClusterView[] {
  const rank = (cluster: ClusterView): number => {
    switch (order) {
      case 'size':
        return -cluster.size;
      case 'unlabelled':
        return cluster.numLabelled / Math.max(1, cluster.size);
      // Without labels nothing is known to be mixed.
      case 'mixed':
        return cluster.purity ?? 2;
      case 'loose':
        return -cluster.looseness;
      default:
        return order satisfies never;
    }
  };
  return [...clusters].sort((a, b) => rank(a) - rank(b) || b.size - a.size || a.id - b.id);
}

/** Positions of a cluster's points. */
export function membersOf(map: Pick<MapView, 'clusterIds'>, clusterId: number): number[] {
  const members: number[] = [];
  for (let i = 0; i < map.clusterIds.length; i++) if (map.clusterIds[i] === clusterId) members.push(i);
  return members;
}

/**
 * Image ids of a cluster from its middle outward: first those that `nearest` (ids by distance to the most central image) names, then the rest by
 * their distance on the map.
 */
export function outward(
  map: Pick<MapView, 'ids' | 'x' | 'y'>,
  members: readonly number[],
  centreId: number,
  nearest: Int32Array,
): number[] {
  const rank = new Map<number, number>([[centreId, -1]]);
  nearest.forEach((id, i) => {
    if (!rank.has(id)) rank.set(id, i);
  });
  const centre = members.find((i) => map.ids[i] === centreId);
  const away = (i: number): number =>
    centre === undefined ? i : Math.hypot((map.x[i] ?? 0) - (map.x[centre] ?? 0), (map.y[i] ?? 0) - (map.y[centre] ?? 0));
  const rankOf = (i: number): number => rank.get(map.ids[i] ?? 0) ?? nearest.length;
  return [...members].sort((a, b) => rankOf(a) - rankOf(b) || away(a) - away(b)).map((i) => map.ids[i] ?? 0);
}
