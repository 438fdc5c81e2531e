/** What calls answer with: the things a person sees. Many values at once are columns (typed arrays of equal length), never lists of objects. */
import type { AugmentationPreset, AugmentationToggle } from './augmentation.ts';
import type { ErrorCode } from './errors.ts';
import type { CheckBasis } from './domain/results.ts';

export type * from './domain/advice.ts';
export type * from './domain/images.ts';
export type * from './domain/labels.ts';
export type * from './domain/results.ts';
export type * from './domain/stages.ts';
export type * from './domain/students.ts';

/** An estimate with its 95 % interval. */
export interface IntervalView {
  readonly estimate: number;
  readonly low: number;
  readonly high: number;
}

export interface AppView {
  readonly version: string;
  readonly platform: string;
  readonly numCores: number;
  /** Where projects without a better place, samples and base models are kept. */
  readonly dataDir: string;
  /** Folders can only be chosen below this one; null where there is no limit. */
  readonly root: string | null;
}

export interface RecentView {
  readonly path: string;
  readonly name: string;
  readonly openedAt: number;
  readonly exists: boolean;
  readonly numImages: number;
}

export interface FolderEntry {
  readonly name: string;
  readonly path: string;
  readonly kind: 'folder' | 'project' | 'weights' | 'labels';
}

export interface FolderView {
  readonly path: string;
  /** Null at the top, or at the root that must not be left. */
  readonly parent: string | null;
  readonly entries: readonly FolderEntry[];
  /** Image files right in this folder. */
  readonly numImages: number;
}

export interface SourceView {
  readonly id: number;
  readonly path: string;
  readonly isPresent: boolean;
  readonly numImages: number;
}

export interface ClassView {
  readonly id: number;
  readonly name: string;
  /** '#rrggbb' */
  readonly colour: string;
  /** The key that assigns the class, or null. */
  readonly key: string | null;
  readonly numLabels: number;
}

export type ModelKind = 'base' | 'adapted' | 'classifier';

export interface ModelView {
  readonly id: number;
  readonly name: string;
  readonly arch: string;
  readonly kind: ModelKind;
  readonly parentId: number | null;
  readonly method: string;
  readonly px: number;
  readonly createdAt: number;
  /** One sentence for people: images and minutes of an adaptation, labels and figures of a classifier. */
  readonly summary: string;
}

/** What undo and redo would do next, in the journal's words, or null. */
export interface HistoryView {
  readonly undo: string | null;
  readonly redo: string | null;
}

/** Features that exist: of a model, for images of one size. */
export interface FeatureKeyView {
  readonly modelId: number;
  readonly px: number;
}

export interface MapKeyView extends FeatureKeyView {
  readonly numImages: number;
  readonly createdAt: number;
  /** Whether images have come or gone since. */
  readonly isStale: boolean;
}

/** The whole project at a glance; cheap to compute and sent whole. */
export interface ProjectView {
  readonly path: string;
  readonly name: string;
  /** Changes whenever another project is opened or images change: part of the address of every picture, which may then be cached for good. */
  readonly imagesVersion: string;
  readonly sources: readonly SourceView[];
  readonly counts: {
    readonly ok: number;
    readonly unreadable: number;
    readonly missing: number;
    readonly excluded: number;
    /** Labelled images to learn from, and labelled images kept apart for testing. */
    readonly labelled: number;
    readonly labelledForTest: number;
    /** Images kept apart for testing, labelled or not. */
    readonly test: number;
  };
  readonly classes: readonly ClassView[];
  readonly models: readonly ModelView[];
  readonly maps: readonly MapKeyView[];
  readonly history: HistoryView;
  /** The newest classifier's check, or null: accuracy and on what it was measured. */
  readonly check: {
    readonly modelId: number;
    readonly accuracy: IntervalView;
    readonly basis: CheckBasis;
    readonly isStale: boolean;
    /** Labels the classifier was trained on. */
    readonly numLabels: number;
  } | null;
  /** Where the newest package was written, or null. */
  readonly exportedTo: string | null;
}

export type JobKind =
  'sample' | 'import' | 'adapt' | 'choose-source' | 'map' | 'train' | 'student' | 'export' | 'export-labels' | 'download';

export type JobStatusView = 'queued' | 'running' | 'succeeded' | 'failed' | 'cancelled' | 'interrupted';

/** A job as the app shows it; `interrupted` and `cancelled` ones can be resumed. Counts are absolute. */
export interface JobView {
  readonly id: number;
  readonly kind: JobKind;
  /** For instance 'Adapt mobilenetv2 with BYOL, 10 min'. */
  readonly title: string;
  readonly status: JobStatusView;
  /** In words, for instance 'Computing features at 160 px'. */
  readonly phase: string;
  readonly done: number;
  readonly total: number | null;
  readonly unit: 'images' | 'seconds' | 'steps' | 'bytes';
  /** Of the whole phase; null while unknown. */
  readonly remainingMs: number | null;
  readonly error: { readonly code: ErrorCode; readonly message: string } | null;
  /** One sentence of what came of it; null unless succeeded. */
  readonly outcome: string | null;
  /** Whether `jobs.finish` can end it early and keep what was learnt. */
  readonly canFinish: boolean;
  readonly createdAt: number;
  readonly startedAt: number | null;
  readonly finishedAt: number | null;
}

export interface CurvePointView {
  readonly step: number;
  readonly elapsedMs: number;
  /** `loss`, metrics of the objective, and `rateFactor`. */
  readonly values: Readonly<Record<string, number>>;
}

export interface HealthView {
  readonly step: number;
  readonly elapsedMs: number;
  /** 0 healthy to 1 collapsed. */
  readonly collapse: number;
  /** Mean standard deviation of a dimension of the normalised features, times the root of their number: 1 is perfect spread. */
  readonly spread: number;
  readonly rankMe: number;
  /** Share of nearest neighbours in common with the start. */
  readonly agreement: number;
  /** Slope of the spectrum of the features' covariance (alpha-ReQ); null where there is none. */
  readonly alphaReq: number | null;
  /** Adjusted Rand index of clusters from several starts: 1 where all agree; null in trainings from before it was measured, as are the next two. */
  readonly clusterStability: number | null;
  /** Share of nearest neighbours in common with the check before. */
  readonly steadiness: number | null;
  /** Share of labelled images whose nearest labelled others are of their class; null without labels. */
  readonly labelAccuracy: number | null;
  readonly alarms: readonly HealthAlarmView[];
}

/**
 * What speaks against a training: spread or rank of the features lost, features that are no numbers, outputs nearly the same for all images, a loss no
 * better than guessing.
 */
export type HealthAlarmView = 'spread' | 'rank' | 'not-numbers' | 'outputs' | 'chance-loss';

/** A network that was set aside on the way, and how well a probe did on it. */
export interface KeptPointView {
  readonly step: number;
  /** Share of the time. */
  readonly progress: number;
  /** Cross-validated on the labels there were; null with too few. */
  readonly accuracy: number | null;
  readonly isChosen: boolean;
}

/** What is known of whether an adaptation helped. */
export interface AdaptVerdictView {
  /** `unproven` where there are too few labels to tell. */
  readonly outcome: 'better' | 'no-difference' | 'worse' | 'unproven';
  /** In a few words. */
  readonly headline: string;
  /** The figures, in one or two sentences. */
  readonly words: string;
  /** Accuracy gained by adapting, with a paired 95 % interval, each network at its best size; null where unproven. */
  readonly difference: IntervalView | null;
  readonly adapted: { readonly px: number; readonly accuracy: IntervalView } | null;
  readonly unadapted: { readonly px: number; readonly accuracy: IntervalView } | null;
  /** Which network is used from here on. */
  readonly uses: 'adapted' | 'unadapted';
  readonly numLabels: number;
}

/** A training as it is watched, or as it went. */
export interface TrainingView {
  /** Null for a finished one read from its model. */
  readonly jobId: number | null;
  readonly modelId: number | null;
  readonly method: string;
  readonly curves: readonly CurvePointView[];
  readonly health: readonly HealthView[];
  readonly imagesPerSecond: number | null;
  /** The networks set aside on the way; empty while it runs. */
  readonly kept: readonly KeptPointView[];
  /** Which of them is the result and why, in words; null while it runs. */
  readonly keptNote: string | null;
  /** Null while it runs, and where none was given. */
  readonly verdict: AdaptVerdictView | null;
}

/** Something to start from. */
export interface BaseView {
  /** What `adapt.start`, `map.start` and `bases.use` take: a file's path, 'scratch:<architecture>' or 'model:<id>'. */
  readonly ref: string;
  readonly name: string;
  readonly arch: string;
  readonly origin: 'file' | 'project' | 'scratch';
  readonly sizeBytes: number | null;
  readonly license: string | null;
  readonly source: string | null;
  /** What was made of a file that is not just the network's own, such as whose names it has; null where there is nothing to say. */
  readonly note: string | null;
}

/** A base model that can be downloaded, or has been. */
export interface CatalogueBaseView {
  readonly name: string;
  readonly title: string;
  readonly arch: string;
  readonly description: string;
  readonly license: string;
  /** The page that describes it. */
  readonly source: string;
  readonly address: string;
  readonly sizeBytes: number;
  /** False where the size is known in whole megabytes only. */
  readonly isExactSize: boolean;
  /** What the file has or must have; null where that is only known after the download. */
  readonly sha256: string | null;
  /** Whether the checksum was known before any download. */
  readonly isExpected: boolean;
  readonly state: 'absent' | 'partial' | 'present';
  /** Of an unfinished download. */
  readonly numBytesThere: number;
  /** The newest job of this project that downloads it, or null. */
  readonly jobId: number | null;
  /** Where the file lies, or where to put it by hand. */
  readonly path: string;
}

export interface AdaptMethodView {
  readonly name: string;
  /** What kind of exercise it is: views are compared, classes of its own making told apart, or a made-up task solved. */
  readonly family: 'views' | 'classes' | 'pretext';
  /** Whether it is among those to try first. */
  readonly isFirstChoice: boolean;
  /** Whether its loss can be added to that of the labels while fine-tuning. */
  readonly canStandBesideLabels: boolean;
  readonly title: string;
  /** What it does and when to take it, in plain words. */
  readonly description: string;
}

/** What the app would do, why, and how fast this machine is. */
export interface AdaptPlan {
  readonly baseRef: string;
  readonly method: string;
  readonly minutes: number;
  readonly px: number;
  readonly normOnly: boolean;
  /** One sentence. */
  readonly reason: string;
  readonly methods: readonly AdaptMethodView[];
  /** For each kind of images: what is altered unless told otherwise, and what the method cannot have altered. */
  readonly augmentations: readonly {
    readonly preset: AugmentationPreset;
    readonly toggles: Readonly<Record<AugmentationToggle, boolean>>;
    readonly impossible: readonly AugmentationToggle[];
  }[];
  /** Measured here for this base, method and size; null until measured. */
  readonly imagesPerSecond: number | null;
  readonly numImages: number;
}

/** Square RGB pictures, one after the other: `pixels` is [count, px, px, 3]. */
export interface PictureStrip {
  readonly px: number;
  readonly count: number;
  readonly pixels: Uint8Array;
}

/** Neighbours of some images under one model: `ids` is [images, k]. */
export interface NeighbourView {
  readonly modelId: number;
  readonly px: number;
  readonly name: string;
  readonly k: number;
  readonly ids: Int32Array;
}

export interface ClusterView {
  readonly id: number;
  readonly size: number;
  /** The most central first, at most nine. */
  readonly medoids: readonly number[];
  /** How many of its images carry each class, most frequent first. */
  readonly labels: readonly { readonly classId: number; readonly count: number }[];
  readonly numLabelled: number;
  /** Share of the most frequent class among its labels; null without labels. */
  readonly purity: number | null;
  /** Mean distance to the centre relative to the mean over all clusters: above 1 is looser. */
  readonly looseness: number;
}

export interface MapView extends FeatureKeyView {
  readonly modelName: string;
  readonly ids: Int32Array;
  /** Positions in [-1, 1]. */
  readonly x: Float32Array;
  readonly y: Float32Array;
  readonly clusterIds: Int32Array;
  readonly clusters: readonly ClusterView[];
}

export interface DuplicateGroup {
  /** The one to keep first. */
  readonly imageIds: readonly number[];
  readonly isExact: boolean;
  /** Whether its images carry different labels. */
  readonly isConflicting: boolean;
}

export interface OutlierView {
  readonly imageId: number;
  /** Mean distance to its neighbours relative to what is usual here. */
  readonly score: number;
}
