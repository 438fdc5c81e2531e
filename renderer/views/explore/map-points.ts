/** Finding images among a map's points, and one map's points in another. */
import type { MapView } from '../../../electron/contract/domain.ts';

/** A function from an image's id to its position in `ids`, or -1. */
export function positionsById(ids: Int32Array): (id: number) => number {
  let max = 0;
  for (const id of ids) if (id > max) max = id;
  // Ids run on from 1 in practice; a table is many times faster than a Map then.
  if (max <= 8 * ids.length + 100_000) {
    const table = new Int32Array(max + 1).fill(-1);
    ids.forEach((id, i) => (table[id] = i));
    return (id) => table[id] ?? -1;
  }
  const map = new Map<number, number>();
  ids.forEach((id, i) => map.set(id, i));
  return (id) => map.get(id) ?? -1;
}

/** Positions of a map's points, interleaved [N, 2]. */
export function interleaved(map: Pick<MapView, 'x' | 'y'>): Float32Array {
  const positions = new Float32Array(2 * map.x.length);
  for (let i = 0; i < map.x.length; i++) {
    positions[2 * i] = map.x[i] ?? 0;
    positions[2 * i + 1] = map.y[i] ?? 0;
  }
  return positions;
}

/** Where the points of `to` were in `from`, interleaved [N, 2]; images that were not there start where they end. */
export function originsIn(from: Pick<MapView, 'ids' | 'x' | 'y'>, to: Pick<MapView, 'ids' | 'x' | 'y'>): Float32Array {
  const find = positionsById(from.ids);
  const positions = interleaved(to);
  for (let i = 0; i < to.ids.length; i++) {
    const at = find(to.ids[i] ?? 0);
    if (at < 0) continue;
    positions[2 * i] = from.x[at] ?? 0;
    positions[2 * i + 1] = from.y[at] ?? 0;
  }
  return positions;
}

/** Positions in the project's columns of a map's images, -1 where one is gone. */
export function columnPositions(mapIds: Int32Array, columnIds: Int32Array): Int32Array {
  const find = positionsById(columnIds);
  return mapIds.map((id) => find(id));
}
