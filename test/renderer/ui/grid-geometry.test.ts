import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  cellAt,
  cellPosition,
  cellsIn,
  gridGeometry,
  listGeometry,
  scrollToShow,
  slotCells,
  visibleRange,
} from '../../../renderer/ui/grid-geometry.ts';

const grid = gridGeometry({ count: 100_000, width: 1000, minCellWidth: 150, extraHeight: 24, gap: 8, padding: 16 });

test('cells fill the row', () => {
  expect(grid.columns).toBe(6);
  expect(grid.cellWidth).toBe(154);
  expect(grid.cellHeight).toBe(178);
  expect(grid.rows).toBe(16_667);
  expect(gridGeometry({ count: 5, width: 0, minCellWidth: 150 }).columns).toBe(1);
  expect(gridGeometry({ count: 0, width: 500, minCellWidth: 150 }).height).toBe(0);
  expect(listGeometry(10, 500, 28).height).toBe(280);
});

test('a cell is found where it lies, and nothing in the gaps', () => {
  const { left, top } = cellPosition(grid, 13);
  expect(cellAt(grid, left, top)).toBe(13);
  expect(cellAt(grid, left + 153, top + 177)).toBe(13);
  expect(cellAt(grid, left + 155, top)).toBe(-1);
  expect(cellAt(grid, 5, 5)).toBe(-1);
  expect(cellAt(grid, left, grid.height + 10)).toBe(-1);
});

const options = fc.record({
  count: fc.integer({ min: 1, max: 100_000 }),
  width: fc.integer({ min: 50, max: 3000 }),
  minCellWidth: fc.integer({ min: 16, max: 400 }),
  extraHeight: fc.integer({ min: 0, max: 40 }),
  gap: fc.integer({ min: 0, max: 20 }),
  padding: fc.integer({ min: 0, max: 40 }),
});
const share = fc.double({ min: 0, max: 1, noNaN: true });

test('what the window touches is in range, and fits the slots that the scroller keeps', () => {
  fc.assert(
    fc.property(options, share, fc.integer({ min: 1, max: 2000 }), fc.integer({ min: 0, max: 3 }), (given, at, viewHeight, overscan) => {
      const cells = gridGeometry(given);
      const scrollTop = at * Math.max(0, cells.height - viewHeight);
      const { from, to } = visibleRange(cells, scrollTop, viewHeight, overscan);
      const touched = cellsIn(cells, { left: 0, top: scrollTop, right: given.width, bottom: scrollTop + viewHeight - 0.01 });
      for (const index of touched) {
        expect(index).toBeGreaterThanOrEqual(from);
        expect(index).toBeLessThan(to);
      }
      const numSlots = Math.min(given.count, cells.columns * (Math.ceil(viewHeight / (cells.cellHeight + cells.gap)) + 1 + 2 * overscan));
      const shown = [...slotCells({ from, to }, numSlots)].filter((index) => index >= 0).sort((a, b) => a - b);
      expect(shown).toEqual(Array.from({ length: to - from }, (_, i) => from + i));
    }),
    { seed: 7 },
  );
});

test('scrolling by a row changes one row of slots', () => {
  const before = slotCells({ from: 60, to: 120 }, 72);
  const after = slotCells({ from: 66, to: 126 }, 72);
  expect([...after].filter((index, slot) => index !== before[slot] && index >= 0)).toHaveLength(6);
});

test('scrolling shows the whole cell, and moves nothing where it is shown already', () => {
  fc.assert(
    fc.property(options, share, share, fc.integer({ min: 600, max: 2000 }), (given, at, which, viewHeight) => {
      const cells = gridGeometry({ ...given, width: Math.min(given.width, 500) });
      const end = Math.max(0, cells.height - viewHeight);
      const index = Math.min(given.count - 1, Math.floor(which * given.count));
      const scrollTop = scrollToShow(cells, index, at * end, viewHeight);
      const { top } = cellPosition(cells, index);
      expect(top).toBeGreaterThanOrEqual(scrollTop);
      if (cells.cellHeight <= viewHeight) expect(top + cells.cellHeight).toBeLessThanOrEqual(scrollTop + viewHeight + 1e-6);
      expect(scrollToShow(cells, index, scrollTop, viewHeight)).toBeCloseTo(scrollTop, 6);
    }),
    { seed: 7 },
  );
});
