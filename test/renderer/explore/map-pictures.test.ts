import { expect, test } from 'vitest';
import type { PointRenderer } from '../../../renderer/lib/webgl/frame.ts';
import { MapPictures } from '../../../renderer/views/explore/map-pictures.ts';
import { SpatialIndex } from '../../../renderer/views/explore/spatial-index.ts';

const x = Float32Array.of(-0.5, 0, 0.5);
const y = new Float32Array(3);
const points = {
  ids: Int32Array.of(11, 12, 13),
  index: new SpatialIndex(x, y),
  flags: new Uint8Array(3),
  colorOf: () => [0, 0, 0] as const,
};
const view = { bounds: { minX: -1, minY: -1, maxX: 1, maxY: 1 }, scale: 100, tilePx: 20, share: 1, isMorphing: false };

/** A renderer that only remembers which pictures it was given. */
function keeper(): { renderer: PointRenderer; kept: number[] } {
  const kept: number[] = [];
  const renderer = { numSlots: 16, setTile: (slot: number) => kept.push(slot) } as unknown as PointRenderer;
  return { renderer, kept };
}

function pictures(asked: string[]): MapPictures {
  return new MapPictures({
    urlOf: (id) => String(id),
    onLoad: () => undefined,
    isMotionReduced: () => true,
    load: (url) => {
      asked.push(url);
      return Promise.resolve({ close: () => undefined } as ImageBitmap);
    },
  });
}

test('pictures come once they are there, and are what is under the pointer', async () => {
  const asked: string[] = [];
  const shown = pictures(asked);
  shown.attach(keeper().renderer);
  expect(shown.tiles(points, view, 0)).toEqual([]);
  await Promise.resolve();
  await Promise.resolve();
  expect(shown.tiles(points, view, 1).map(({ point }) => point)).toEqual(expect.arrayContaining([0, 1, 2]));
  expect(shown.at({ x: 0.05, y: 0 }, points.index, 0.1)).toBe(1);
  expect(asked.toSorted()).toEqual(['11', '12', '13']);
});

test('a renderer that takes the place of one whose context was lost gets every picture again', async () => {
  const asked: string[] = [];
  const shown = pictures(asked);
  shown.attach(keeper().renderer);
  shown.tiles(points, view, 0);
  await Promise.resolve();
  await Promise.resolve();
  const { renderer, kept } = keeper();
  shown.attach(renderer);
  expect(shown.tiles(points, view, 1)).toEqual([]);
  await Promise.resolve();
  await Promise.resolve();
  expect(kept).toHaveLength(3);
  expect(shown.tiles(points, view, 2)).toHaveLength(3);
});
