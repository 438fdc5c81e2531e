/** Where the cells of a fixed-cell grid lie, in px of its content. One column makes it a list. */
export interface GridGeometry {
  readonly count: number;
  readonly columns: number;
  readonly rows: number;
  readonly cellWidth: number;
  readonly cellHeight: number;
  readonly gap: number;
  readonly padding: number;
  /** Of the whole content. */
  readonly height: number;
}

/** Half-open range of cell indices. */
export interface CellRange {
  readonly from: number;
  readonly to: number;
}

interface GridOptions {
  count: number;
  /** Of the area to fill. */
  width: number;
  /** The least width of a cell: as many fit as can, and grow to fill the row. */
  minCellWidth: number;
  /** What a cell's height adds to its width. */
  extraHeight?: number;
  gap?: number;
  padding?: number;
}

/** Square cells (plus `extraHeight`) of at least `minCellWidth` that fill the width. */
export function gridGeometry({ count, width, minCellWidth, extraHeight = 0, gap = 0, padding = 0 }: GridOptions): GridGeometry {
  const inner = Math.max(1, width - 2 * padding);
  const columns = Math.max(1, Math.floor((inner + gap) / (minCellWidth + gap)));
  const cellWidth = Math.floor((inner - gap * (columns - 1)) / columns);
  return geometry({ count, columns, cellWidth, cellHeight: cellWidth + extraHeight, gap, padding });
}

/** Rows of one height. */
export function listGeometry(count: number, width: number, rowHeight: number): GridGeometry {
  return geometry({ count, columns: 1, cellWidth: width, cellHeight: rowHeight, gap: 0, padding: 0 });
}

function geometry(cells: Omit<GridGeometry, 'rows' | 'height'>): GridGeometry {
  const rows = Math.ceil(cells.count / cells.columns);
  const height = rows === 0 ? 0 : rows * cells.cellHeight + (rows - 1) * cells.gap + 2 * cells.padding;
  return { ...cells, rows, height };
}

/** Left and top of a cell. */
export function cellPosition({ columns, cellWidth, cellHeight, gap, padding }: GridGeometry, index: number): { left: number; top: number } {
  const row = Math.floor(index / columns);
  return { left: padding + (index - row * columns) * (cellWidth + gap), top: padding + row * (cellHeight + gap) };
}

/** The cells of all rows that a window of the content touches, and `overscan` rows around it. */
export function visibleRange(grid: GridGeometry, scrollTop: number, viewHeight: number, overscan = 0): CellRange {
  const pitch = grid.cellHeight + grid.gap;
  const first = Math.max(0, Math.floor((scrollTop - grid.padding + grid.gap) / pitch) - overscan);
  const last = Math.min(grid.rows, Math.ceil((scrollTop + viewHeight - grid.padding) / pitch) + overscan);
  return { from: Math.min(grid.count, first * grid.columns), to: Math.min(grid.count, Math.max(first, last) * grid.columns) };
}

/** The cell at a point of the content; -1 in the gaps and past the end. */
export function cellAt(grid: GridGeometry, x: number, y: number): number {
  const column = Math.floor((x - grid.padding) / (grid.cellWidth + grid.gap));
  const row = Math.floor((y - grid.padding) / (grid.cellHeight + grid.gap));
  if (column < 0 || column >= grid.columns || row < 0) return -1;
  const index = row * grid.columns + column;
  const { left, top } = cellPosition(grid, index);
  return index < grid.count && x < left + grid.cellWidth && y < top + grid.cellHeight ? index : -1;
}

/** The cells that a rectangle of the content touches, in order: for selecting by drag. */
export function cellsIn(grid: GridGeometry, rect: { left: number; top: number; right: number; bottom: number }): number[] {
  const pitchX = grid.cellWidth + grid.gap;
  const pitchY = grid.cellHeight + grid.gap;
  const firstColumn = Math.max(0, Math.floor((rect.left - grid.padding + grid.gap) / pitchX));
  const lastColumn = Math.min(grid.columns - 1, Math.floor((rect.right - grid.padding) / pitchX));
  const firstRow = Math.max(0, Math.floor((rect.top - grid.padding + grid.gap) / pitchY));
  const lastRow = Math.min(grid.rows - 1, Math.floor((rect.bottom - grid.padding) / pitchY));
  const cells: number[] = [];
  for (let row = firstRow; row <= lastRow; row++)
    for (let column = firstColumn; column <= lastColumn; column++) {
      const index = row * grid.columns + column;
      if (index < grid.count) cells.push(index);
    }
  return cells;
}

/** The scroll position that shows a cell: the nearest that does, or with the cell at the start or in the middle. */
export function scrollToShow(
  grid: GridGeometry,
  index: number,
  scrollTop: number,
  viewHeight: number,
  align: 'nearest' | 'start' | 'center' = 'nearest',
): number {
  const { top } = cellPosition(grid, index);
  const bottom = top + grid.cellHeight;
  const margin = Math.max(grid.gap, grid.padding);
  let next = scrollTop;
  if (align === 'start') next = top - margin;
  else if (align === 'center') next = (top + bottom - viewHeight) / 2;
  else if (top - margin < scrollTop) next = top - margin;
  else if (bottom + margin > scrollTop + viewHeight) next = bottom + margin - viewHeight;
  return Math.max(0, Math.min(next, grid.height - viewHeight));
}

/**
 * Which cell each of `numSlots` elements shows: cell i always sits in slot i mod numSlots, so that scrolling by a row changes a row's worth
 * of elements and moves none in the document. -1: nothing.
 */
export function slotCells({ from, to }: CellRange, numSlots: number): Int32Array {
  const cells = new Int32Array(numSlots).fill(-1);
  for (let index = from; index < to; index++) cells[index % numSlots] = index;
  return cells;
}
