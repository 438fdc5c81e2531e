/** Images to show something by. */
import type { ImageColumns } from '../../../electron/contract/domain.ts';

const divisor = (a: number, b: number): number => (b === 0 ? a : divisor(b, a % b));

/** Every position once, far from the one before; another draw starts elsewhere. */
function* scattered(length: number, draw: number): Generator<number> {
  let stride = Math.max(1, Math.round(0.618 * length));
  while (divisor(stride, length) > 1) stride += 1;
  const start = draw * 7919 + 3571;
  for (let i = 0; i < length; i++) yield (start + i * stride) % length;
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
