/** Which points a lasso encloses. */
import type { Bounds, Point } from './camera.ts';
import type { SpatialIndex } from './spatial-index.ts';

/** Whether a place is inside a polygon, by the even-odd rule; the polygon closes itself. */
export function isInside(polygon: readonly Point[], x: number, y: number): boolean {
  let inside = false;
  let before = polygon.at(-1);
  for (const corner of polygon) {
    if (before !== undefined && corner.y > y !== before.y > y) {
      if (x < ((before.x - corner.x) * (y - corner.y)) / (before.y - corner.y) + corner.x) inside = !inside;
    }
    before = corner;
  }
  return inside;
}

/** Cells of the index that an edge of the polygon passes through, so that their points must be looked at one by one. */
function edgeCells(index: SpatialIndex, polygon: readonly Point[]): Uint8Array {
  const touched = new Uint8Array(index.columns * index.rows);
  let before = polygon.at(-1);
  for (const corner of polygon) {
    if (before === undefined) continue;
    // Columns the edge crosses in each row of cells; a little wider than exact, which only costs tests.
    const low = Math.min(before.y, corner.y);
    const high = Math.max(before.y, corner.y);
    for (let row = index.rowOf(low); row <= index.rowOf(high); row++) {
      const top = index.bounds.minY + row * index.cellSize;
      const from = clippedX(before, corner, top - 1e-6);
      const to = clippedX(before, corner, top + index.cellSize + 1e-6);
      const first = index.columnOf(Math.min(from, to) - 1e-6);
      const last = index.columnOf(Math.max(from, to) + 1e-6);
      touched.fill(1, row * index.columns + first, row * index.columns + last + 1);
    }
    before = corner;
  }
  return touched;
}

/** Where the edge is at height y, kept between its ends. */
function clippedX(a: Point, b: Point, y: number): number {
  if (a.y === b.y) return y <= a.y ? a.x : b.x;
  const share = Math.max(0, Math.min(1, (y - a.y) / (b.y - a.y)));
  return a.x + share * (b.x - a.x);
}

/** Points inside a polygon in the map's units, ascending in their cells. Cells that no edge touches are decided by their centre alone. */
export function pointsInPolygon(index: SpatialIndex, polygon: readonly Point[]): Int32Array {
  if (polygon.length < 3) return new Int32Array();
  const touched = edgeCells(index, polygon);
  const found = new Int32Array(index.x.length);
  let numFound = 0;
  const xs = polygon.map(({ x }) => x);
  const ys = polygon.map(({ y }) => y);
  const lastRow = index.rowOf(Math.max(...ys));
  const lastColumn = index.columnOf(Math.max(...xs));
  const firstColumn = index.columnOf(Math.min(...xs));
  for (let row = index.rowOf(Math.min(...ys)); row <= lastRow; row++) {
    for (let column = firstColumn; column <= lastColumn; column++) {
      const cell = row * index.columns + column;
      const from = index.starts[cell] ?? 0;
      const to = index.starts[cell + 1] ?? 0;
      if (from === to) continue;
      const isEdge = touched[cell] === 1;
      const centreX = index.bounds.minX + (column + 0.5) * index.cellSize;
      const centreY = index.bounds.minY + (row + 0.5) * index.cellSize;
      if (!isEdge && !isInside(polygon, centreX, centreY)) continue;
      for (let at = from; at < to; at++) {
        const i = index.order[at] ?? 0;
        if (!isEdge || isInside(polygon, index.x[i] ?? 0, index.y[i] ?? 0)) found[numFound++] = i;
      }
    }
  }
  return found.slice(0, numFound);
}

/** Points inside a box in the map's units. */
export function pointsInBox(index: SpatialIndex, box: Bounds): Int32Array {
  const found: number[] = [];
  index.within(box, (i) => found.push(i));
  return Int32Array.from(found);
}

/** The box between two corners, whichever they are. */
export function boxBetween(a: Point, b: Point): Bounds {
  return { minX: Math.min(a.x, b.x), maxX: Math.max(a.x, b.x), minY: Math.min(a.y, b.y), maxY: Math.max(a.y, b.y) };
}
