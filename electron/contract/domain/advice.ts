/** Whether labelling is done, and labels that should be looked at. */
import type { IntervalView } from '../domain.ts';

export interface ClassNeedView {
  readonly classId: number;
  readonly name: string;
  readonly colour: string;
  readonly numLabels: number;
  /** Of its images those recognised without their label; null where none could be tried. */
  readonly recall: number | null;
  /** The part of all that one more label is worth, 0 to 1. */
  readonly share: number;
}

/** Whether more labels are worth it. */
export interface LabelAdviceView {
  /** The classifier whose features it is by. */
  readonly modelId: number;
  readonly createdAt: number;
  /** Whether labels have changed since. */
  readonly isStale: boolean;
  readonly numLabels: number;
  readonly verdict: 'too-early' | 'go-on' | 'stop';
  /** In a few words. */
  readonly headline: string;
  /** The reason, with its figures. */
  readonly words: string;
  /** Null where there are too few labels for a curve. */
  readonly forecast: {
    readonly measured: readonly { readonly numLabels: number; readonly accuracy: number }[];
    readonly curve: readonly ({ readonly numLabels: number } & IntervalView)[];
    readonly horizon: number;
    readonly now: IntervalView;
    readonly next: IntervalView;
    readonly gain: IntervalView;
  } | null;
  /** Kappa between the predictions of each classifier and the one before it, newest last. */
  readonly steadiness: readonly number[];
  /** The classes by how much a label of theirs is worth, the most first. */
  readonly needs: readonly ClassNeedView[];
}
