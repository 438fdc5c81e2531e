/** Where intervals of shares lie on a bar. */
import type { IntervalView } from '../../../electron/contract/domain.ts';

export interface Scale {
  readonly low: number;
  readonly high: number;
}

/** A scale in steps of a tenth that holds all intervals, at most from 0 to 1. */
export function scaleOf(intervals: readonly IntervalView[]): Scale {
  if (intervals.length === 0) return { low: 0, high: 1 };
  const low = Math.min(...intervals.map((each) => each.low));
  const high = Math.max(...intervals.map((each) => each.high));
  const down = Math.max(0, Math.min(9, Math.floor(low * 10 + 1e-9)));
  const up = Math.min(10, Math.max(down + 1, Math.ceil(high * 10 - 1e-9)));
  return { low: down / 10, high: up / 10 };
}

/** A value's place on the scale, in percent. */
export function placeOn({ low, high }: Scale, value: number): number {
  return (100 * (Math.min(high, Math.max(low, value)) - low)) / (high - low);
}
