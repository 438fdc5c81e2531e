/** What came of a training: the check of a classifier and its package. */
import type { IntervalView } from '../domain.ts';

/**
 * On images kept apart; by cross-validation where nearly every image has a label; or by cross-validation on labels of images that somebody chose, which
 * says nothing of the others.
 */
export type CheckBasis = 'held-out' | 'cross-validated' | 'chosen';

/** One bar of the reliability diagram. */
export interface ReliabilityBinView {
  readonly from: number;
  readonly to: number;
  readonly numImages: number;
  readonly confidence: number;
  readonly accuracy: IntervalView;
}

export interface ReliabilityView {
  readonly bins: readonly ReliabilityBinView[];
  /** Expected calibration error, and what it would be by chance of as many images of a perfectly calibrated classifier. */
  readonly error: number;
  readonly errorByChance: number;
  /** What the logits were divided by; null where that was not done. */
  readonly temperature: number | null;
}

/** A least probability to answer at, and what was seen of it. */
export interface AbstainRule {
  /** The least probability of the predicted class that is answered. */
  readonly minProbability: number;
  /** Share of the measured images that it answers. */
  readonly coverage: number;
  /** Share of wrong ones among those answered. */
  readonly risk: number;
  /** What the risk stays below with the confidence asked for; above the risk asked for where that cannot be promised. */
  readonly riskBound: number;
  readonly numAnswered: number;
  readonly numMeasured: number;
}

/** From which probability on an answer is given, and the rest counts as none of the classes. */
export interface AbstainView {
  /** Share of the answers that may be wrong; null for answering always. */
  readonly maxRisk: number | null;
  /** Null where no threshold keeps to it, or none is wanted. */
  readonly rule:
    | (AbstainRule & {
        /** Whether the risk is promised (in 95 of 100 cases), or was only seen to be so small. */
        readonly isPromised: boolean;
      })
    | null;
  readonly words: string;
}

/** Whether averaging over altered views helps a classifier, pair by pair on the same held-out images. */
export interface ViewsView {
  readonly plainAccuracy: number;
  readonly numImages: number;
  readonly verdicts: readonly {
    readonly name: string;
    readonly accuracy: number;
    readonly accuracyDifference: IntervalView;
    readonly logLossDifference: IntervalView;
    readonly outcome: 'helps' | 'harms' | 'no difference shown';
  }[];
}

/** How to read an image's group off its path. */
export type GroupRule =
  /** The first `depth` folders. */
  | { readonly by: 'folder'; readonly depth: number }
  /** The first `fields` parts of the name, as `nameFields` splits it. */
  | { readonly by: 'name'; readonly fields: number }
  /** The part of the name at this place alone. */
  | { readonly by: 'field'; readonly field: number }
  /** What a regular expression finds in the path: its first group in brackets, or all it matches. */
  | { readonly by: 'pattern'; readonly pattern: string };

/** Like images on both sides of a measurement, or under two classes. */
export interface LeakView {
  readonly kind: 'copies-of-two-classes' | 'copies-across' | 'group-across' | 'group-in-folds';
  readonly title: string;
  readonly text: string;
  readonly imageIds: readonly number[];
  /** Whether the figures shown are free of it already. */
  readonly isMet: boolean;
  /** The grouping that would end it. */
  readonly rule: GroupRule | null;
}

/** Ways of keeping images together that belong together. */
export interface GroupingsView {
  /** Null for copies alone. */
  readonly inUse: GroupRule | null;
  readonly words: string;
  readonly candidates: readonly {
    readonly rule: GroupRule;
    readonly words: string;
    readonly isProposed: boolean;
  }[];
}

export interface ClassScoreView {
  readonly precision: number | null;
  readonly recall: number | null;
  readonly f1: number | null;
  readonly support: number;
  readonly intervals: { readonly precision: IntervalView | null; readonly recall: IntervalView | null; readonly f1: IntervalView | null };
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
  readonly balancedAccuracy: IntervalView;
  readonly logLoss: IntervalView;
  readonly auc: IntervalView | null;
  /** On the few images kept apart that have a label, where they are too few to go by. */
  readonly audit: { readonly numImages: number; readonly accuracy: IntervalView } | null;
  readonly reliability: ReliabilityView;
  readonly abstain: AbstainView;
  readonly leaks: readonly LeakView[];
  /** Judged where the mirror image was asked for; null elsewhere. */
  readonly views: ViewsView | null;
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
