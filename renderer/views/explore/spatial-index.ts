/** Points sorted into equal square cells, so that what is near a place or inside a shape is found without looking at all of them. */
import type { Bounds } from './camera.ts';
import { boundsOf } from './camera.ts';

export class SpatialIndex {
  readonly x: Float32Array;
  readonly y: Float32Array;
  readonly cellSize: number;
  readonly columns: number;
  readonly rows: number;
  readonly bounds: Bounds;
  /** Members of cell c are order[starts[c] .. starts[c + 1]]. */
  readonly starts: Int32Array;
  readonly order: Int32Array;

  /** Points [N]; about `perCell` of them to a cell on average. */
  constructor(x: Float32Array, y: Float32Array, perCell = 4) {
    this.x = x;
    this.y = y;
    this.bounds = boundsOf(x, y) ?? { minX: -1, minY: -1, maxX: 1, maxY: 1 };
    const width = Math.max(1e-6, this.bounds.maxX - this.bounds.minX);
    const height = Math.max(1e-6, this.bounds.maxY - this.bounds.minY);
    const numCells = Math.max(1, Math.min(250_000, x.length / perCell));
    // Along a line, one side must not run away.
    this.cellSize = Math.max(Math.sqrt((width * height) / numCells), Math.max(width, height) / 2048);
    this.columns = Math.floor(width / this.cellSize) + 1;
    this.rows = Math.floor(height / this.cellSize) + 1;
    this.starts = new Int32Array(this.columns * this.rows + 1);
    this.order = new Int32Array(x.length);
    this.#fill();
  }

  #fill(): void {
    const cells = new Int32Array(this.x.length);
    for (let i = 0; i < cells.length; i++) {
      const cell = this.rowOf(this.y[i] ?? 0) * this.columns + this.columnOf(this.x[i] ?? 0);
      cells[i] = cell;
      this.starts[cell + 1] = (this.starts[cell + 1] ?? 0) + 1;
    }
    for (let c = 1; c < this.starts.length; c++) this.starts[c] = (this.starts[c] ?? 0) + (this.starts[c - 1] ?? 0);
    const next = this.starts.slice();
    for (let i = 0; i < cells.length; i++) {
      const cell = cells[i] ?? 0;
      const at = next[cell] ?? 0;
      this.order[at] = i;
      next[cell] = at + 1;
    }
  }

  columnOf(x: number): number {
    return Math.max(0, Math.min(this.columns - 1, Math.floor((x - this.bounds.minX) / this.cellSize)));
  }

  rowOf(y: number): number {
    return Math.max(0, Math.min(this.rows - 1, Math.floor((y - this.bounds.minY) / this.cellSize)));
  }

  /** The point nearest to a place, no farther than `radius`; -1 where there is none. Points that `isSkipped` are passed over. */
  nearest(x: number, y: number, radius: number, isSkipped?: (i: number) => boolean): number {
    let found = -1;
    let best = radius * radius;
    this.#visit({ minX: x - radius, maxX: x + radius, minY: y - radius, maxY: y + radius }, (i) => {
      const dx = (this.x[i] ?? 0) - x;
      const dy = (this.y[i] ?? 0) - y;
      const distance = dx * dx + dy * dy;
      if (distance <= best && isSkipped?.(i) !== true) {
        best = distance;
        found = i;
      }
    });
    return found;
  }

  /** Calls `visit` for every point in the box. */
  within(box: Bounds, visit: (i: number) => void): void {
    this.#visit(box, (i) => {
      const x = this.x[i] ?? 0;
      const y = this.y[i] ?? 0;
      if (x >= box.minX && x <= box.maxX && y >= box.minY && y <= box.maxY) visit(i);
    });
  }

  /**
   * Points per square unit where points are: the mean over points of the density of their cell. Tells how crowded the crowded parts are, not
   * how empty the empty ones.
   */
  typicalDensity(): number {
    let sum = 0;
    for (let c = 0; c + 1 < this.starts.length; c++) {
      const count = (this.starts[c + 1] ?? 0) - (this.starts[c] ?? 0);
      sum += count * count;
    }
    return this.x.length === 0 ? 0 : sum / this.x.length / (this.cellSize * this.cellSize);
  }

  #visit(box: Bounds, visit: (i: number) => void): void {
    const { bounds } = this;
    if (box.maxX < bounds.minX || box.minX > bounds.maxX || box.maxY < bounds.minY || box.minY > bounds.maxY) return;
    const lastColumn = this.columnOf(box.maxX);
    const lastRow = this.rowOf(box.maxY);
    for (let row = this.rowOf(box.minY); row <= lastRow; row++) {
      for (let column = this.columnOf(box.minX); column <= lastColumn; column++) {
        const cell = row * this.columns + column;
        const end = this.starts[cell + 1] ?? 0;
        for (let at = this.starts[cell] ?? 0; at < end; at++) visit(this.order[at] ?? 0);
      }
    }
  }
}
