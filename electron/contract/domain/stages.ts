/** Learning from other folders before the project's own images. */

/** A network that has learnt from another folder. */
export interface SourceStageView {
  readonly modelId: number;
  readonly name: string;
  readonly folder: string;
}

/** One of the folders that were compared. */
export interface SourceScoreView {
  /** Null for going without another folder. */
  readonly folder: string | null;
  readonly modelId: number;
  /** On the project's labels, cross-validated; null where there were too few. */
  readonly accuracy: number | null;
  /** Of the project's images, how often the nearest other view is one of the same image. */
  readonly consistency: number;
  readonly isChosen: boolean;
}

export interface SourceChoiceView {
  readonly scores: readonly SourceScoreView[];
  /** What decided. */
  readonly basis: 'labels' | 'views';
  readonly numLabels: number;
  readonly createdAt: number;
}

export interface SourcesView {
  /** The oldest first. */
  readonly stages: readonly SourceStageView[];
  /** The newest comparison whose networks are all there, or null. */
  readonly choice: SourceChoiceView | null;
  /** The network to go on from with the project's own images; null where no other folder was learnt from since, or where that did harm. */
  readonly nextId: number | null;
}
