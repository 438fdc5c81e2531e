import { beforeEach, describe, expect, test } from 'vitest';
import { Gestures } from '../../../renderer/views/explore/gestures.ts';
import type { DragMode } from '../../../renderer/views/explore/explore.svelte.ts';

let log: string[] = [];
let mode: DragMode = 'pan';
const gestures = new Gestures({
  mode: () => mode,
  pan: (dx, dy) => log.push(`pan ${dx} ${dy}`),
  zoom: (factor) => log.push(`zoom ${factor.toFixed(2)}`),
  hover: () => undefined,
  click: (_, add) => log.push(`click ${add}`),
  shape: () => undefined,
  enclose: (shape, add) => log.push(`${shape.kind} ${add}`),
  dragging: () => undefined,
});

function drag(points: readonly (readonly [number, number])[], { add = false, button = 0, id = 1 } = {}): void {
  points.forEach(([x, y], i) => {
    if (i === 0) gestures.down({ id, at: { x, y }, button, add });
    else gestures.move({ id, at: { x, y } });
  });
  const [x, y] = points.at(-1)!;
  gestures.up({ id, at: { x, y }, button, add });
}

beforeEach(() => {
  log = [];
  mode = 'pan';
  gestures.isSpaceDown = false;
});

describe('gestures', () => {
  test('a click may tremble', () => {
    drag(
      [
        [5, 5],
        [7, 6],
      ],
      { add: true },
    );
    expect(log).toEqual(['click true']);
  });
  test('dragging moves the map, or draws', () => {
    drag([
      [0, 0],
      [10, 5],
    ]);
    mode = 'box';
    drag([
      [0, 0],
      [10, 5],
    ]);
    mode = 'lasso';
    drag(
      [
        [0, 0],
        [10, 5],
        [20, 30],
      ],
      { add: true },
    );
    expect(log).toEqual(['pan 10 5', 'box false', 'lasso true']);
  });
  test('space and the middle button move the map in any mode', () => {
    mode = 'lasso';
    gestures.isSpaceDown = true;
    drag([
      [0, 0],
      [10, 0],
    ]);
    gestures.isSpaceDown = false;
    drag(
      [
        [0, 0],
        [0, 10],
      ],
      { button: 1 },
    );
    expect(log).toEqual(['pan 10 0', 'pan 0 10']);
  });
  test('two fingers zoom, and lifting them selects nothing', () => {
    mode = 'box';
    gestures.down({ id: 1, at: { x: 0, y: 0 }, button: 0, add: false });
    gestures.down({ id: 2, at: { x: 100, y: 0 }, button: 0, add: false });
    gestures.move({ id: 2, at: { x: 200, y: 0 } });
    gestures.up({ id: 1, at: { x: 0, y: 0 }, button: 0, add: false });
    gestures.up({ id: 2, at: { x: 200, y: 0 }, button: 0, add: false });
    expect(log).toEqual(['pan 50 0', 'zoom 2.00']);
  });
});
