/** Labelling: what to label next, what a change did, and labels from outside. */
import type { ClassView, HistoryView } from '../domain.ts';
import type { LabelFormat } from '../label-formats.ts';

export interface QueueItem {
  readonly imageId: number;
  /** Why this one, in words. */
  readonly reason: string;
  /** Kept apart for testing: drawn at random, so that the check is honest. */
  readonly isTest: boolean;
  readonly suggestion: { readonly classId: number; readonly confidence: number } | null;
}

export interface LabelQueue {
  readonly strategy: string;
  /** In words: how the images were chosen. */
  readonly explanation: string;
  readonly items: readonly QueueItem[];
}

/** What a change of labels did. */
export interface LabelOutcome {
  /** Null where nothing changed. */
  readonly change: LabelChangeView | null;
  readonly classes: readonly ClassView[];
  readonly history: HistoryView;
}

export interface AssignOutcome extends LabelOutcome {
  /** Images kept apart for testing that were left out, since many images were labelled at once. */
  readonly numLeftOut: number;
}

export interface LabelChangeView {
  /** What was done, for instance 'assign' or 'undo'. */
  readonly action: string;
  readonly imageIds: Int32Array;
  /** Their classes now; 0 for none. */
  readonly classIds: Int32Array;
  /** Whether whole classes were removed or merged or labels came from outside, or that was taken back: nobody labelled just these images. */
  readonly isOfClasses: boolean;
}

export interface LabelImportView {
  readonly numLabelled: number;
  readonly numForTesting: number;
  readonly classes: readonly { readonly name: string; readonly numLabels: number }[];
  readonly unmatched: readonly string[];
  readonly numUnmatched: number;
  /** What the file says beside labels of images, with the reason. */
  readonly leftOut: readonly string[];
  readonly numLeftOut: number;
  /** Folders of the file that were taken for folders of the project. */
  readonly moved: readonly { readonly from: string; readonly to: string }[];
  /** What the file turned out to be; null for folders. */
  readonly format: LabelFormat | null;
}
