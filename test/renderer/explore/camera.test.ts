import { describe, expect, test } from 'vitest';
import { between, boundsOf, fitted, panned, robustBounds, toMap, toScreen, zoomedAt } from '../../../renderer/views/explore/camera.ts';

const size = { width: 800, height: 600 };
const camera = { x: 0.2, y: -0.1, scale: 300 };

describe('camera', () => {
  test('screen and map are each other’s inverse, with y upward on the map', () => {
    const at = toScreen(camera, size, 0.5, 0.4);
    const back = toMap(camera, size, at.x, at.y);
    expect(back.x).toBeCloseTo(0.5);
    expect(back.y).toBeCloseTo(0.4);
    expect(toScreen(camera, size, 0.5, 0.9).y).toBeLessThan(at.y);
  });

  test('what was under the pointer follows it', () => {
    const before = toMap(camera, size, 100, 100);
    const after = toMap(panned(camera, 30, -20), size, 130, 80);
    expect(after.x).toBeCloseTo(before.x);
    expect(after.y).toBeCloseTo(before.y);
  });

  test('zooming keeps the place under the pointer, and stops at its limits', () => {
    const at = { x: 650, y: 120 };
    const before = toMap(camera, size, at.x, at.y);
    const zoomed = zoomedAt(camera, size, at, 3, { min: 10, max: 700 });
    expect(zoomed.scale).toBe(700);
    const after = toMap(zoomed, size, at.x, at.y);
    expect(after.x).toBeCloseTo(before.x);
    expect(after.y).toBeCloseTo(before.y);
  });

  test('fitting shows the whole box inside the padding', () => {
    const bounds = { minX: -1, minY: 0, maxX: 1, maxY: 0.5 };
    const fit = fitted(bounds, size, 50);
    const corner = toScreen(fit, size, -1, 0.5);
    expect(corner.x).toBeCloseTo(50);
    expect(corner.y).toBeGreaterThanOrEqual(50);
  });

  test('bounds of none are null', () => {
    expect(boundsOf(new Float32Array(), new Float32Array())).toBeNull();
    expect(boundsOf(Float32Array.of(1, 2, 3), Float32Array.of(4, 5, 6), [0, 2])).toEqual({ minX: 1, maxX: 3, minY: 4, maxY: 6 });
  });

  test('a flight starts and ends where it should, and a zoom around a point keeps it still', () => {
    const at = { x: 700, y: 500 };
    const to = zoomedAt(camera, size, at, 8, { min: 1, max: 1e6 });
    expect(between(camera, to, 0)).toEqual(camera);
    expect(between(camera, to, 1).x).toBeCloseTo(to.x);
    const fixed = toMap(camera, size, at.x, at.y);
    const midway = toMap(between(camera, to, 0.5), size, at.x, at.y);
    expect(midway.x).toBeCloseTo(fixed.x);
    expect(midway.y).toBeCloseTo(fixed.y);
  });
});

describe('what is in view first', () => {
  const ramp = Float32Array.from({ length: 400 }, (_, i) => i / 400);

  test('leaves out a few points far away, and all others keep their room', () => {
    const x = Float32Array.from(ramp, (value, i) => (i < 3 ? 40 : value));
    const bounds = robustBounds(x, ramp);
    expect(bounds?.maxX).toBeLessThan(1.2);
    expect(bounds?.minX).toBeGreaterThanOrEqual(0);
    expect(bounds).toMatchObject({ minY: ramp[0], maxY: ramp[399] });
  });

  test('shows a whole group however far it lies, and everything where nothing is far', () => {
    const x = Float32Array.from(ramp, (value, i) => (i < 40 ? 40 : value));
    expect(robustBounds(x, ramp)?.maxX).toBe(40);
    expect(robustBounds(ramp, ramp)).toEqual(boundsOf(ramp, ramp));
    expect(robustBounds(new Float32Array(), new Float32Array())).toBeNull();
    expect(robustBounds(Float32Array.of(3, 3), Float32Array.of(1, 2))).toEqual({ minX: 3, maxX: 3, minY: 1, maxY: 2 });
  });
});
