/** From simulated users to the figures of a strategy. */
import type { Strategy } from '../../electron/services/labelling/choose-images.ts';
import { pairedGain, spreadOf } from '../../electron/services/experiments/summarise.ts';
import { rounded } from './figures.ts';

/** One seed of one strategy. */
export interface SimulatedUser {
  readonly strategy: Strategy;
  readonly seed: number;
  /** By rising number of labels. */
  readonly scores: readonly {
    readonly numLabels: number;
    readonly numClassesSeen: number;
    /** On the test images. */
    readonly accuracy: number;
    readonly macroF1: number;
  }[];
}

export interface SelectionFigures {
  readonly labels: number;
  /** Means over the seeds. */
  readonly accuracy: number;
  readonly macro_f1: number;
  readonly classes_seen: number;
  /** Accuracy minus that of the random draw of the same seed, with its 95 % interval by Student's t; null for the random draw and without one. */
  readonly gain: { readonly mean: number; readonly low: number | null; readonly high: number | null } | null;
}

export interface SelectionRow {
  readonly strategy: Strategy;
  readonly figures: readonly SelectionFigures[];
}

/** A row for every strategy. The intervals are over draws and clusterings on one division of one set, and speak of no other. */
export function selectionRows(users: readonly SimulatedUser[], strategies: readonly Strategy[], counts: readonly number[]): SelectionRow[] {
  const scoreOf = ({ scores }: SimulatedUser, count: number): SimulatedUser['scores'][number] | undefined =>
    scores.find(({ numLabels }) => numLabels === count);
  const random = new Map(users.filter(({ strategy }) => strategy === 'random').map((user) => [user.seed, user]));
  return strategies.map((strategy) => {
    const own = users.filter((user) => user.strategy === strategy);
    const figures = counts.map((count): SelectionFigures => {
      const scores = own.flatMap((user) => scoreOf(user, count) ?? []);
      const meanOf = (of: (score: SimulatedUser['scores'][number]) => number): number => rounded(spreadOf(scores.map(of)).mean, 4);
      const differences = own.flatMap((user) => {
        const control = random.get(user.seed);
        const [a, b] = [scoreOf(user, count), control === undefined ? undefined : scoreOf(control, count)];
        return a === undefined || b === undefined ? [] : [a.accuracy - b.accuracy];
      });
      const gain = strategy === 'random' || differences.length === 0 ? null : pairedGain([differences]);
      const end = (value: number | null): number | null => (value === null ? null : rounded(value, 4));
      return {
        labels: count,
        accuracy: meanOf((score) => score.accuracy),
        macro_f1: meanOf((score) => score.macroF1),
        classes_seen: meanOf((score) => score.numClassesSeen),
        gain: gain && { mean: rounded(gain.mean, 4), low: end(gain.low), high: end(gain.high) },
      };
    });
    return { strategy, figures };
  });
}
