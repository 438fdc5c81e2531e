/** Which images are drawn as pictures: as many as fit without touching, and the same ones as long as they stay in view. */
import type { Bounds } from './camera.ts';
import type { SpatialIndex } from './spatial-index.ts';

export interface ThumbnailWish {
  /** The part of the map in view. */
  readonly bounds: Bounds;
  /** Side of a picture and its margin, in the map's units. */
  readonly side: number;
  readonly maxCount: number;
  /** Points drawn as pictures so far: they stay if they can. */
  readonly kept: ReadonlySet<number>;
  /** Where more points than this share a picture's place, dots tell more. */
  readonly maxCrowd: number;
  readonly isSkipped?: (i: number) => boolean;
}

/** A fixed order among points in which no neighbour is like the next (Knuth's multiplicative hash). */
function priority(i: number): number {
  return Math.imul(i + 1, 0x9e3779b1) >>> 0;
}

/** Points to draw as pictures, those kept first. */
export function chooseThumbnails(index: SpatialIndex, wish: ThumbnailWish): number[] {
  const { bounds, side } = wish;
  const columns = Math.ceil((bounds.maxX - bounds.minX) / side) + 2;
  // Cells lie on a raster of the map, not of the screen: moving the view does not change what shares a cell.
  const firstColumn = Math.floor(bounds.minX / side);
  const firstRow = Math.floor(bounds.minY / side);
  const cellOf = (i: number): number =>
    (Math.floor((index.y[i] ?? 0) / side) - firstRow) * columns + Math.floor((index.x[i] ?? 0) / side) - firstColumn;

  const best = new Map<number, number>();
  const crowd = new Map<number, number>();
  const kept: number[] = [];
  index.within(bounds, (i) => {
    const cell = cellOf(i);
    crowd.set(cell, (crowd.get(cell) ?? 0) + 1);
    if (wish.isSkipped?.(i) === true) return;
    if (wish.kept.has(i)) kept.push(i);
    const other = best.get(cell);
    if (other === undefined || priority(i) < priority(other)) best.set(cell, i);
  });
  const candidates = [...kept.sort((a, b) => priority(a) - priority(b)), ...[...best.values()].sort((a, b) => priority(a) - priority(b))];

  const taken = new Map<number, number[]>();
  const chosen: number[] = [];
  for (const i of candidates) {
    if (chosen.length >= wish.maxCount) break;
    const cell = cellOf(i);
    if ((crowd.get(cell) ?? 0) > wish.maxCrowd || collides(index, taken, cell, columns, i, side)) continue;
    taken.set(cell, [...(taken.get(cell) ?? []), i]);
    chosen.push(i);
  }
  return chosen;
}

function collides(
  index: SpatialIndex,
  taken: ReadonlyMap<number, readonly number[]>,
  cell: number,
  columns: number,
  i: number,
  side: number,
): boolean {
  const x = index.x[i] ?? 0;
  const y = index.y[i] ?? 0;
  for (let row = -1; row <= 1; row++) {
    for (let column = -1; column <= 1; column++) {
      for (const other of taken.get(cell + row * columns + column) ?? []) {
        if (Math.abs((index.x[other] ?? 0) - x) < side && Math.abs((index.y[other] ?? 0) - y) < side) return true;
      }
    }
  }
  return false;
}
