/** What pointers on the map mean: move, zoom, pinch, click, lasso, box. */
import type { Point } from './camera.ts';
import type { DragMode } from './explore.svelte.ts';

/** px a pointer may move and still click. */
const clickSlackPx = 4;
/** px between corners of a lasso. */
const lassoStepPx = 4;

export type Shape =
  { readonly kind: 'lasso'; readonly points: readonly Point[] } | { readonly kind: 'box'; readonly from: Point; readonly to: Point };

export interface GestureHandlers {
  mode(): DragMode;
  pan(dx: number, dy: number): void;
  zoom(factor: number, at: Point): void;
  hover(at: Point | null): void;
  click(at: Point, add: boolean): void;
  /** While a shape is drawn; null when it ends. */
  shape(shape: Shape | null): void;
  enclose(shape: Shape, add: boolean): void;
  dragging(isDragging: boolean): void;
}

/** What of a pointer or mouse event matters; places are px from the upper left of the map. */
export interface Press {
  readonly id: number;
  readonly at: Point;
  readonly button: number;
  readonly add: boolean;
}

type Drag = { readonly kind: 'pan' | DragMode; readonly start: Point; hasMoved: boolean; readonly isLeft: boolean };

export class Gestures {
  readonly #handlers: GestureHandlers;
  readonly #pointers = new Map<number, Point>();
  #drag: Drag | null = null;
  #corners: Point[] = [];
  /** While the space bar is down, dragging moves the map. */
  isSpaceDown = false;

  constructor(handlers: GestureHandlers) {
    this.#handlers = handlers;
  }

  down({ id, at, button, add }: Press): void {
    this.#pointers.set(id, at);
    if (this.#pointers.size > 1) {
      // A second finger: whatever the first one drew was not meant.
      this.#end();
      return;
    }
    const mode = this.#handlers.mode();
    const isPanning = this.isSpaceDown || button === 1;
    // Shift selects in any mode: a lasso while dragging moves the map.
    const kind = isPanning ? 'pan' : mode === 'pan' && add ? 'lasso' : mode;
    this.#drag = { kind, start: at, hasMoved: false, isLeft: button === 0 && !isPanning };
    this.#corners = [at];
    this.#handlers.hover(null);
  }

  move({ id, at }: Pick<Press, 'id' | 'at'>): void {
    const before = this.#pointers.get(id);
    if (before === undefined) return this.#handlers.hover(at);
    if (this.#pointers.size === 2) return this.#pinch(id, before, at);
    this.#pointers.set(id, at);
    const drag = this.#drag;
    if (drag === null) return;
    if (!drag.hasMoved) {
      if (Math.hypot(at.x - drag.start.x, at.y - drag.start.y) < clickSlackPx) return;
      drag.hasMoved = true;
      this.#handlers.dragging(true);
    }
    if (drag.kind === 'pan') this.#handlers.pan(at.x - before.x, at.y - before.y);
    else this.#draw(drag, at);
  }

  #draw(drag: Drag, at: Point): void {
    if (drag.kind === 'box') return this.#handlers.shape({ kind: 'box', from: drag.start, to: at });
    const last = this.#corners.at(-1);
    if (last === undefined || Math.hypot(at.x - last.x, at.y - last.y) >= lassoStepPx) this.#corners.push(at);
    this.#handlers.shape({ kind: 'lasso', points: [...this.#corners] });
  }

  #pinch(id: number, before: Point, at: Point): void {
    const other = [...this.#pointers].find(([otherId]) => otherId !== id)?.[1];
    this.#pointers.set(id, at);
    if (other === undefined) return;
    const middle = (p: Point): Point => ({ x: (p.x + other.x) / 2, y: (p.y + other.y) / 2 });
    const apart = (p: Point): number => Math.max(8, Math.hypot(p.x - other.x, p.y - other.y));
    this.#handlers.pan(middle(at).x - middle(before).x, middle(at).y - middle(before).y);
    this.#handlers.zoom(apart(at) / apart(before), middle(at));
  }

  up({ id, at, add }: Press): void {
    const isLast = this.#pointers.delete(id) && this.#pointers.size === 0;
    const drag = this.#drag;
    const corners = this.#corners;
    this.#end();
    if (!isLast || drag === null) return;
    if (!drag.hasMoved) {
      if (drag.isLeft) this.#handlers.click(at, add);
      return;
    }
    if (drag.kind === 'box') this.#handlers.enclose({ kind: 'box', from: drag.start, to: at }, add);
    else if (drag.kind === 'lasso' && corners.length > 2) this.#handlers.enclose({ kind: 'lasso', points: corners }, add);
  }

  /** Whether something was being drawn, which is given up. */
  cancel(): boolean {
    const wasDrawing = this.#drag !== null && this.#drag.kind !== 'pan' && this.#drag.hasMoved;
    this.#end();
    return wasDrawing;
  }

  lost(id: number): void {
    this.#pointers.delete(id);
    this.#end();
  }

  wheel(at: Point, deltaY: number, isPinch: boolean): void {
    this.#handlers.hover(null);
    this.#handlers.zoom(Math.exp(-deltaY * (isPinch ? 0.01 : 0.0016)), at);
  }

  #end(): void {
    if (this.#drag?.hasMoved === true) this.#handlers.dragging(false);
    this.#drag = null;
    this.#corners = [];
    this.#handlers.shape(null);
  }
}
