import { describe, expect, test } from 'vitest';
import { SpatialIndex } from '../../../renderer/views/explore/spatial-index.ts';
import { boxBetween, isInside, pointsInBox, pointsInPolygon } from '../../../renderer/views/explore/region.ts';
import { randomPoints } from './points.ts';

const { x, y } = randomPoints(3000);
const index = new SpatialIndex(x, y);
const all = Array.from(x.keys());
const sorted = (found: Iterable<number>): number[] => [...found].sort((a, b) => a - b);

describe('spatial index', () => {
  test('holds every point once', () => {
    expect(sorted(index.order)).toEqual(all);
  });

  test('finds the nearest as looking at all does', () => {
    for (const [px, py] of [
      [0, 0],
      [0.7, -0.4],
      [-0.9, 0.9],
      [5, 5],
    ] as const) {
      const distance = (i: number): number => Math.hypot((x[i] ?? 0) - px, (y[i] ?? 0) - py);
      const best = all.reduce((a, b) => (distance(b) < distance(a) ? b : a));
      expect(index.nearest(px, py, 0.2)).toBe(distance(best) <= 0.2 ? best : -1);
    }
  });

  test('passes over points that are skipped', () => {
    const first = index.nearest(0, 0, 1);
    expect(index.nearest(0, 0, 1, (i) => i === first)).not.toBe(first);
  });

  test('a box holds what is inside it', () => {
    const box = boxBetween({ x: 0.4, y: 0.5 }, { x: -0.2, y: -0.3 });
    const expected = all.filter((i) => x[i]! >= box.minX && x[i]! <= box.maxX && y[i]! >= box.minY && y[i]! <= box.maxY);
    expect(sorted(pointsInBox(index, box))).toEqual(expected);
  });

  test('a crowded place counts as denser than the mean', () => {
    const mean = 3000 / ((index.bounds.maxX - index.bounds.minX) * (index.bounds.maxY - index.bounds.minY));
    expect(index.typicalDensity()).toBeGreaterThan(mean);
  });

  test('points on one spot, and none at all', () => {
    const same = new SpatialIndex(new Float32Array(50).fill(0.3), new Float32Array(50).fill(0.3));
    expect(same.nearest(0.3, 0.3, 0.1)).toBeGreaterThanOrEqual(0);
    expect(new SpatialIndex(new Float32Array(), new Float32Array()).nearest(0, 0, 1)).toBe(-1);
  });
});

describe('lasso', () => {
  const shapes = {
    triangle: [
      { x: -0.5, y: -0.5 },
      { x: 0.5, y: -0.4 },
      { x: 0, y: 0.7 },
    ],
    spiral: Array.from({ length: 60 }, (_, i) => ({ x: 0.02 * i * Math.cos(i / 4), y: 0.015 * i * Math.sin(i / 4) })),
    'larger than the map': [
      { x: -3, y: -3 },
      { x: 3, y: -3 },
      { x: 3, y: 3 },
      { x: -3, y: 3 },
    ],
    sliver: [
      { x: -1, y: 0.001 },
      { x: 1, y: 0.001 },
      { x: 1, y: 0.004 },
      { x: -1, y: 0.004 },
    ],
  };
  test.each(Object.entries(shapes))('%s: as testing every point does', (_, polygon) => {
    const expected = all.filter((i) => isInside(polygon, x[i]!, y[i]!));
    expect(sorted(pointsInPolygon(index, polygon))).toEqual(expected);
  });

  test('two corners enclose nothing', () => {
    expect(pointsInPolygon(index, shapes.triangle.slice(0, 2))).toHaveLength(0);
  });
});
