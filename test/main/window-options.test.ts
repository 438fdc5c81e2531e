import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { restoredState } from '../../electron/main/window-options.ts';
import type { Bounds } from '../../electron/main/window-options.ts';

const first: Bounds = { x: 0, y: 25, width: 1920, height: 1055 };
const second: Bounds = { x: 1920, y: 0, width: 2560, height: 1440 };
const middle = { bounds: { x: 240, y: 103, width: 1440, height: 900 }, isMaximized: false };

describe('the window', () => {
  test('appears in the middle of the first screen at first', () => {
    expect(restoredState(null, [first, second])).toEqual(middle);
    expect(restoredState(null, [{ x: 0, y: 0, width: 1280, height: 720 }]).bounds).toEqual({ x: 0, y: 0, width: 1280, height: 720 });
    expect(restoredState(null, []).bounds).toMatchObject({ width: 1440, height: 900 });
  });

  test('returns to where it was, on any screen', () => {
    for (const x of [100, 2000]) {
      const state = { bounds: { x, y: 100, width: 1200, height: 800 }, isMaximized: true };
      expect(restoredState(state, [first, second])).toEqual(state);
    }
  });

  test.each([
    ['right of all screens', { x: 4480, y: 100, width: 1200, height: 800 }],
    ['left of them but for a sliver', { x: -1150, y: 100, width: 1200, height: 800 }],
    ['with its title bar above them', { x: 100, y: -200, width: 1200, height: 800 }],
    ['below them', { x: 100, y: 1075, width: 1200, height: 800 }],
  ])('does not return %s', (_, bounds) => {
    expect(restoredState({ bounds, isMaximized: false }, [first])).toEqual(middle);
  });

  test('that was on a screen which is gone comes to the first one', () => {
    const state = { bounds: { x: 2000, y: 100, width: 1200, height: 800 }, isMaximized: false };
    expect(restoredState(state, [first])).toEqual(middle);
  });

  test('is no larger than its screen and no smaller than it can be used', () => {
    const large = { bounds: { x: 0, y: 25, width: 9000, height: 9000 }, isMaximized: false };
    expect(restoredState(large, [first]).bounds).toMatchObject({ width: 1920, height: 1055 });
    const small = { bounds: { x: 200, y: 125, width: 200, height: 10 }, isMaximized: false };
    expect(restoredState(small, [first]).bounds).toMatchObject({ width: 960, height: 640 });
  });

  test('whatever was in the file, can be grasped', () => {
    const part = fc.oneof(fc.integer({ min: -10_000, max: 10_000 }), fc.double(), fc.string(), fc.constant(undefined));
    const bounds = fc.oneof(fc.record({ x: part, y: part, width: part, height: part }), fc.constant(null), fc.anything());
    fc.assert(
      fc.property(fc.oneof(fc.record({ bounds, isMaximized: fc.oneof(fc.boolean(), fc.string()) }), fc.anything()), (saved) => {
        const { x, y, width } = restoredState(saved, [first, second]).bounds;
        const isOn = (area: Bounds): boolean => y >= area.y && y < area.y + area.height && x < area.x + area.width && x + width > area.x;
        return isOn(first) || isOn(second);
      }),
      { seed: 1 },
    );
  });
});
