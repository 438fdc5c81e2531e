/** Selecting by dragging a rectangle: its geometry, how fast it scrolls past an edge, and what becomes selected. */

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Rect {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** px a pointer moves before a press is a drag. */
export const dragThreshold = 4;

/** The rectangle between two corners, whichever they are. */
export function rectBetween(a: Point, b: Point): Rect {
  return { left: Math.min(a.x, b.x), top: Math.min(a.y, b.y), right: Math.max(a.x, b.x), bottom: Math.max(a.y, b.y) };
}

export function isDrag(from: Point, to: Point): boolean {
  return Math.hypot(to.x - from.x, to.y - from.y) >= dragThreshold;
}

const edge = 16;
const maxSpeed = 28;

/** px to scroll in this frame while the pointer is near or past the top or bottom of a view; faster the further out. */
export function scrollSpeed(y: number, top: number, bottom: number): number {
  const above = top + edge - y;
  const below = y - (bottom - edge);
  if (above > 0) return -Math.min(maxSpeed, Math.ceil((above / edge) * 5));
  if (below > 0) return Math.min(maxSpeed, Math.ceil((below / edge) * 5));
  return 0;
}

/** How a drag joins what was selected before: in its place, beside it, or turning over what it touches. */
export type DragMode = 'replace' | 'add' | 'toggle';

export function dragMode(event: { readonly shiftKey: boolean; readonly ctrlKey: boolean; readonly metaKey: boolean }): DragMode {
  if (event.ctrlKey || event.metaKey) return 'toggle';
  return event.shiftKey ? 'add' : 'replace';
}

/** What is selected while a rectangle touches some images. */
export function selectionAfter(before: ReadonlySet<number>, touched: readonly number[], mode: DragMode): Set<number> {
  if (mode === 'replace') return new Set(touched);
  const next = new Set(before);
  for (const id of touched) {
    if (mode === 'toggle' && before.has(id)) next.delete(id);
    else next.add(id);
  }
  return next;
}
