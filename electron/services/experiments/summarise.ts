/** The rows of an experiment's table: means over seeds and draws, and the difference to the network as it comes, in pairs. */
import type { Cell, CellBudget } from './grid.ts';
import { rowKey } from './grid.ts';
import type { CellResult } from './measure-cell.ts';

export interface Spread {
  readonly mean: number;
  /** Standard deviation over draws and seeds; 0 for a single figure. */
  readonly deviation: number;
  readonly count: number;
}

/** A difference of means over pairs, with its 95 % interval by Student's t; null ends for a single pair. */
export interface PairedGain {
  readonly mean: number;
  readonly low: number | null;
  readonly high: number | null;
}

export interface SummaryRow {
  readonly cell: Cell;
  readonly px: number;
  readonly numLabels: number;
  readonly numSeeds: number;
  readonly failures: readonly string[];
  readonly accuracy: Spread | null;
  /** Against the unadapted network of the same base at its best size, draw by draw; null for the unadapted ones. */
  readonly gain: PairedGain | null;
  readonly numPresentations: number;
  readonly seconds: number;
}

/** The 97.5 % points of Student's t distribution for 1 to 30 degrees of freedom; beyond, the normal one is close. */
const tPoints = [
  12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145, 2.131, 2.12, 2.11, 2.101, 2.093, 2.086,
  2.08, 2.074, 2.069, 2.064, 2.06, 2.056, 2.052, 2.048, 2.045, 2.042,
];

export function spreadOf(values: readonly number[]): Spread {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, deviation: values.length < 2 ? 0 : Math.sqrt(squares / (values.length - 1)), count: values.length };
}

/**
 * The mean of differences with its interval. Draws of one adaptation are not independent repeats of adapting: with several seeds each seed's mean
 * difference is one observation, with one seed each draw is, and the interval then speaks of that one adaptation alone.
 */
export function pairedGain(differencesBySeed: readonly (readonly number[])[]): PairedGain {
  const bySeed = differencesBySeed.map((values) => spreadOf(values).mean);
  const observations = bySeed.length > 1 ? bySeed : (differencesBySeed[0] ?? []);
  const { mean, deviation, count } = spreadOf(observations);
  if (count < 2) return { mean, low: null, high: null };
  const half = ((tPoints[count - 2] ?? 1.96) * deviation) / Math.sqrt(count);
  return { mean, low: mean - half, high: mean + half };
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);

/** One row for every way of getting features, size and number of labels. */
export function summarise(results: readonly CellResult[]): SummaryRow[] {
  const groups = Map.groupBy(results, ({ cell }) => rowKey(cell));
  return [...groups.values()].flatMap((group): SummaryRow[] => {
    const [first] = group;
    if (first === undefined) return [];
    const done = group.filter(({ failure }) => failure === null);
    const shared = {
      cell: first.cell,
      numSeeds: group.length,
      failures: group.flatMap(({ failure }) => failure ?? []),
      numPresentations: mean(done.map(({ numPresentations }) => numPresentations)),
      seconds: mean(done.map(({ seconds }) => seconds)),
    };
    const measured = done[0]?.scores ?? [];
    if (measured.length === 0) return [{ ...shared, px: 0, numLabels: 0, accuracy: null, gain: null }];
    return measured.map(({ px, numLabels }) => {
      const bySeed = done.map(({ scores }) => accuraciesOf(scores, px, numLabels));
      const reference = first.cell.method === null ? null : unadaptedAt(results, first.cell.base, numLabels);
      return {
        ...shared,
        px,
        numLabels,
        accuracy: spreadOf(bySeed.flat()),
        gain: reference === null ? null : pairedGain(bySeed.map((values) => values.map((value, draw) => value - (reference[draw] ?? 0)))),
      };
    });
  });
}

function accuraciesOf(scores: CellResult['scores'], px: number, numLabels: number): readonly number[] {
  return scores.find((score) => score.px === px && score.numLabels === numLabels)?.accuracies ?? [];
}

/** The unadapted network's accuracies at the size where their mean is highest: comparing at any other would flatter adapting. */
function unadaptedAt(results: readonly CellResult[], base: string, numLabels: number): readonly number[] | null {
  const scores = results.find(({ cell }) => cell.method === null && cell.base === base)?.scores ?? [];
  const fitting = scores.filter((score) => score.numLabels === numLabels).toSorted((a, b) => mean(b.accuracies) - mean(a.accuracies));
  return fitting[0]?.accuracies ?? null;
}

/** `3 min`, `400 steps`. */
export function budgetName(budget: CellBudget | null): string {
  if (budget === null) return 'none';
  return 'minutes' in budget ? `${budget.minutes} min` : `${budget.steps} steps`;
}
