/** Images to show something by. */
import type { ImageColumns } from '../../../electron/contract/domain.ts';

/** A step through the images that visits them in an order without pattern, other for each draw. */
function* scattered(length: number, draw: number): Generator<number> {
  let at = (draw * 7919 + 3571) % Math.max(1, length);
  for (let i = 0; i < 4 * length; i++) {
    yield at;
    at = (at * 48_271 + 11 + draw * 101 + i) % length;
  }
}

/** Up to `count` usable images, from as many clusters as possible; another `draw`, other images. */
export function exampleImages(columns: ImageColumns, count: number, draw: number): number[] {
  const { ids, status, isExcluded, clusterIds } = columns;
  const found = new Set<number>();
  const clusters = new Set<number>();
  const spare = new Set<number>();
  for (const at of scattered(ids.length, draw)) {
    if (found.size >= count) break;
    const id = ids[at];
    if (id === undefined || status[at] !== 0 || isExcluded[at] === 1) continue;
    const cluster = clusterIds[at] ?? -1;
    if (cluster >= 0 && clusters.has(cluster)) {
      if (spare.size < count) spare.add(id);
      continue;
    }
    clusters.add(cluster);
    if (cluster < 0) clusters.delete(cluster);
    found.add(id);
    // With fewer clusters than images wanted, looking on for another would go through them all.
    if (spare.size >= count) break;
  }
  for (const id of spare) if (found.size < count) found.add(id);
  return [...found];
}
