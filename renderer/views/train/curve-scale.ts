/** Where a learning curve's points lie on a drawing of given size. */
import type { LabelAdviceView } from '../../../electron/contract/domain.ts';

type Forecast = NonNullable<LabelAdviceView['forecast']>;

export interface CurveScale {
  readonly x: (numLabels: number) => number;
  readonly y: (accuracy: number) => number;
  /** Shares to draw lines at, rising. */
  readonly levels: readonly number[];
}

export const margin = { left: 44, right: 12, top: 8, bottom: 22 } as const;

const steps = [0.01, 0.02, 0.05, 0.1, 0.2, 0.25, 0.5];
const maxLevels = 6;

/** Scales that hold the whole curve with its band, accuracy between round levels. */
export function curveScale({ curve, measured }: Forecast, width: number, height: number): CurveScale {
  const values = [...curve.flatMap(({ low, high }) => [low, high]), ...measured.map(({ accuracy }) => accuracy)];
  const [least, most] = [Math.max(0, Math.min(...values)), Math.min(1, Math.max(...values))];
  const step = steps.find((each) => (most - least) / each <= maxLevels) ?? 0.5;
  const [from, to] = [Math.floor(least / step + 1e-9), Math.max(Math.floor(least / step + 1e-9) + 1, Math.ceil(most / step - 1e-9))];
  const levels = Array.from({ length: to - from + 1 }, (_, i) => (from + i) * step);
  const [first, last] = [from * step, to * step];
  const end = Math.max(1, ...curve.map(({ numLabels }) => numLabels));
  const [innerWidth, innerHeight] = [width - margin.left - margin.right, height - margin.top - margin.bottom];
  return {
    x: (numLabels) => margin.left + (innerWidth * numLabels) / end,
    y: (accuracy) => margin.top + innerHeight * (1 - (accuracy - first) / (last - first)),
    levels,
  };
}

/** The band as the points of a polygon: along its upper edge and back along the lower. */
export function bandPoints({ curve }: Forecast, { x, y }: CurveScale): string {
  const upper = curve.map(({ numLabels, high }) => `${x(numLabels).toFixed(1)},${y(high).toFixed(1)}`);
  const lower = curve.map(({ numLabels, low }) => `${x(numLabels).toFixed(1)},${y(low).toFixed(1)}`);
  return [...upper, ...lower.reverse()].join(' ');
}
