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

/** A label that should be looked at again. */
export interface ReviewItem {
  readonly imageId: number;
  /** The class it has. */
  readonly classId: number;
  /** What it more probably is; null where nothing is known. */
  readonly likelyId: number | null;
  /** Probably wrong, one of those that hurt the classifier most, or a copy of its image has another label. */
  readonly reasons: readonly ('mislabelled' | 'harmful' | 'conflict')[];
  /** From 0, where the classifier is sure of another class, to 1, where of this one; null where it is not suspected. */
  readonly margin: number | null;
  /** Nats that the mean held-out loss would fall by without it. */
  readonly harm: number | null;
  /** Copies of the image with other labels. */
  readonly copies: readonly number[];
}

export interface LabelReviewView {
  readonly createdAt: number;
  /** Whether labels have changed since. */
  readonly isStale: boolean;
  /** Labels that were judged. */
  readonly numLabels: number;
  /** Items that were changed or found right since. */
  readonly numDone: number;
  readonly items: readonly ReviewItem[];
}
