/** Where the keyboard's cursor goes in a grid that fills its rows from the left. */

export type CursorMove = 'left' | 'right' | 'up' | 'down' | 'pageUp' | 'pageDown' | 'first' | 'last';

export interface GridShape {
  readonly count: number;
  readonly columns: number;
  /** Whole rows in view. */
  readonly pageRows: number;
}

/** The index after a move, -1 in an empty grid. A cursor that is nowhere (-1) appears at the first image, or at the last for 'last'. */
export function moveCursor(index: number, move: CursorMove, { count, columns, pageRows }: GridShape): number {
  if (count === 0) return -1;
  const last = count - 1;
  if (move === 'last') return last;
  if (move === 'first' || index < 0) return 0;
  const at = Math.min(index, last);
  const rows = (n: number): number => n * columns;
  // By rows, one stays in the column, and at the edge where there is no further row.
  const byRows = (n: number): number => {
    const next = at + rows(n);
    if (next >= 0 && next <= last) return next;
    if (n < 0) return at % columns;
    const inLastRow = last - (last % columns) + (at % columns);
    return inLastRow <= last ? inLastRow : Math.floor(at / columns) === Math.floor(last / columns) ? at : last;
  };
  switch (move) {
    case 'left':
      return Math.max(0, at - 1);
    case 'right':
      return Math.min(last, at + 1);
    case 'up':
      return byRows(-1);
    case 'down':
      return byRows(1);
    case 'pageUp':
      return byRows(-Math.max(1, pageRows));
    case 'pageDown':
      return byRows(Math.max(1, pageRows));
    default:
      return move satisfies never;
  }
}

/** Where to go on from `position` when what was there may have left the list: the neighbour that moved up counts as the next. */
export function stepFrom(position: number, isStillThere: boolean, step: 1 | -1, count: number): number {
  if (count === 0) return -1;
  const next = isStillThere || step < 0 ? position + step : position;
  return Math.max(0, Math.min(count - 1, next));
}
