import { describe, expect, test } from 'vitest';
import { SpatialIndex } from '../../../renderer/views/explore/spatial-index.ts';
import { chooseThumbnails } from '../../../renderer/views/explore/thumbnails.ts';
import { randomPoints } from './points.ts';

const { x, y } = randomPoints(2000, 7);
const index = new SpatialIndex(x, y);
const bounds = { minX: -0.5, minY: -0.5, maxX: 0.5, maxY: 0.5 };
const wish = { bounds, side: 0.05, maxCount: 1000, kept: new Set<number>(), maxCrowd: 1000 };

describe('pictures on the map', () => {
  test('never touch', () => {
    const chosen = chooseThumbnails(index, wish);
    expect(chosen.length).toBeGreaterThan(50);
    for (const a of chosen)
      for (const b of chosen)
        if (a !== b) expect(Math.max(Math.abs(x[a]! - x[b]!), Math.abs(y[a]! - y[b]!))).toBeGreaterThanOrEqual(wish.side);
  });

  test('stay the same ones while the map moves, as long as they are in view', () => {
    const before = chooseThumbnails(index, wish);
    const moved = { minX: -0.463, minY: -0.481, maxX: 0.537, maxY: 0.519 };
    const after = new Set(chooseThumbnails(index, { ...wish, bounds: moved, kept: new Set(before) }));
    const inView = before.filter((i) => x[i]! >= moved.minX && x[i]! <= moved.maxX && y[i]! >= moved.minY && y[i]! <= moved.maxY);
    expect(inView.length).toBeGreaterThan(40);
    for (const i of inView) expect(after.has(i)).toBe(true);
  });

  test('leave crowded places to dots, keep to the limit, and pass over what is skipped', () => {
    expect(chooseThumbnails(index, { ...wish, maxCrowd: 0 })).toEqual([]);
    expect(chooseThumbnails(index, { ...wish, maxCount: 5 })).toHaveLength(5);
    const [first] = chooseThumbnails(index, wish);
    expect(chooseThumbnails(index, { ...wish, isSkipped: (i) => i === first })).not.toContain(first);
  });
});
