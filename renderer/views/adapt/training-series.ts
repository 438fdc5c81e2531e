/** Trainings as curves over time, several of them on one axis. */
import type { TrainingView } from '../../../electron/contract/domain.ts';

export const figures = ['loss', 'spread', 'rank', 'agreement', 'stability', 'alpha', 'labels'] as const;
export type Figure = (typeof figures)[number];

/** Shown only where they were measured: without labels, or in trainings of before, they were not. */
export const optionalFigures: ReadonlySet<Figure> = new Set(['stability', 'alpha', 'labels']);

export interface Run {
  readonly name: string;
  readonly training: TrainingView;
}

export interface Points {
  /** Minutes since the start, increasing. */
  readonly x: readonly number[];
  readonly y: readonly number[];
}

const minutes = (ms: number): number => ms / 60e3;

/** One figure of a training. */
export function pointsOf({ curves, health }: TrainingView, figure: Figure): Points {
  if (figure === 'loss')
    return { x: curves.map(({ elapsedMs }) => minutes(elapsedMs)), y: curves.map(({ values }) => values['loss'] ?? NaN) };
  const pick = {
    spread: 'spread',
    rank: 'rankMe',
    agreement: 'agreement',
    stability: 'clusterStability',
    alpha: 'alphaReq',
    labels: 'labelAccuracy',
  } as const;
  return { x: health.map(({ elapsedMs }) => minutes(elapsedMs)), y: health.map((each) => each[pick[figure]] ?? NaN) };
}

/** The value at `x` on the line through the points; NaN outside them. */
function valueAt({ x: xs, y: ys }: Points, x: number): number {
  const next = xs.findIndex((each) => each >= x);
  if (next < 0) return NaN;
  const after = xs[next] ?? NaN;
  if (after === x) return ys[next] ?? NaN;
  if (next === 0) return NaN;
  const before = xs[next - 1] ?? NaN;
  const share = (x - before) / (after - before);
  return (1 - share) * (ys[next - 1] ?? NaN) + share * (ys[next] ?? NaN);
}

/** Lines over one common axis: each is known at all times of all while it lasts, so that none has gaps. */
export function overlay(lines: readonly Points[]): { readonly x: readonly number[]; readonly values: readonly (readonly number[])[] } {
  const only = lines[0];
  if (lines.length === 1 && only !== undefined) return { x: only.x, values: [only.y] };
  const x = [...new Set(lines.flatMap((line) => line.x))].sort((a, b) => a - b);
  return { x, values: lines.map((line) => x.map((each) => valueAt(line, each))) };
}

/** The figures worth a plot: of the optional ones those that some training has. */
export function shownFigures(trainings: readonly TrainingView[]): Figure[] {
  return figures.filter(
    (figure) =>
      !optionalFigures.has(figure) || trainings.some((training) => pointsOf(training, figure).y.some((value) => !Number.isNaN(value))),
  );
}
