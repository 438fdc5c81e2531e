/** What came of a training: the check of a classifier and its package. */
import type { IntervalView } from '../domain.ts';

export type CheckBasis = 'held-out' | 'cross-validated';

export interface ClassScoreView {
  readonly precision: number | null;
  readonly recall: number | null;
  readonly f1: number | null;
  readonly support: number;
}

export interface CheckView {
  readonly modelId: number;
  readonly modelName: string;
  readonly createdAt: number;
  /** Whether labels have changed since. */
  readonly isStale: boolean;
  /** On images kept apart, or by cross-validation on the labels at hand where too few of those are labelled. */
  readonly basis: CheckBasis;
  /** What that means, in words, and what would make it better. */
  readonly basisNote: string;
  readonly numImages: number;
  readonly numLabels: number;
  readonly classes: readonly { readonly id: number; readonly name: string; readonly colour: string }[];
  readonly accuracy: IntervalView;
  readonly macroF1: IntervalView;
  readonly balancedAccuracy: number;
  readonly logLoss: number;
  readonly auc: number | null;
  /** `confusion[t][p]`: images of class t predicted as class p, in the order of `classes`. */
  readonly confusion: readonly (readonly number[])[];
  readonly perClass: readonly ClassScoreView[];
  /** Every image measured on; truth and prediction as positions in `classes`. */
  readonly cases: {
    readonly imageIds: Int32Array;
    readonly truth: Int32Array;
    readonly predicted: Int32Array;
    readonly confidence: Float32Array;
  };
  /** Probes on unadapted and adapted features, trained and tested on the same images. */
  readonly arms: readonly { readonly name: string; readonly px: number; readonly accuracy: IntervalView }[];
  /** Accuracy gained by adapting; null without both arms. */
  readonly gain: IntervalView | null;
  readonly verdict: string | null;
}

export interface ExportPlan {
  readonly modelId: number;
  readonly modelName: string;
  readonly outDir: string;
  readonly numBytes: number;
  readonly px: number;
  readonly classes: readonly string[];
}

export interface ExportView {
  readonly outDir: string;
  readonly modelId: number;
  readonly files: readonly { readonly name: string; readonly numBytes: number }[];
  /** Of the app's predictions, how many the written file agrees with, and how far it was off at most. */
  readonly numCompared: number;
  readonly numAgreeing: number;
  readonly maxDifference: number;
  readonly imagesPerSecond: number | null;
  readonly snippets: readonly { readonly language: string; readonly fileName: string; readonly code: string }[];
}
