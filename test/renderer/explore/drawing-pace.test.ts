import { expect, test } from 'vitest';
import { DrawingPace } from '../../../renderer/views/explore/drawing-pace.ts';

function after(pace: DrawingPace, waits: readonly number[]): number {
  for (const wait of waits) pace.note(wait);
  return pace.stride;
}
const times = (count: number, wait: number): number[] => new Array<number>(count).fill(wait);

test('all points are drawn while frames come in time, and one late frame is none of its business', () => {
  const pace = new DrawingPace();
  expect(after(pace, [...times(50, 16), 80, ...times(50, 16), 80, 16])).toBe(1);
});

test('late frames thin the points out, as far as to every sixteenth', () => {
  const pace = new DrawingPace();
  expect(after(pace, [60, 60])).toBe(4);
  expect(after(pace, [60, 60])).toBe(16);
  expect(after(pace, times(20, 60))).toBe(16);
});

test('after a while in time more points are tried, later each time', () => {
  const pace = new DrawingPace();
  after(pace, [60, 60]);
  expect(after(pace, times(299, 16))).toBe(4);
  expect(after(pace, [16])).toBe(1);
  after(pace, [60, 60]);
  expect(after(pace, times(599, 16))).toBe(4);
  expect(after(pace, [16])).toBe(1);
});
