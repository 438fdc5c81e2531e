/** Every call the window can make: the schema of what it takes, and the type of what it answers. */
import { z } from 'zod';
import { augmentationChoice } from './augmentation.ts';
import type {
  AdaptPlan,
  AppView,
  AssignOutcome,
  BaseView,
  CatalogueBaseView,
  CheckView,
  ClassView,
  DuplicateGroup,
  ExportPlan,
  ExportView,
  FolderView,
  GroupingsView,
  ImageColumns,
  ImageSamples,
  ImageView,
  JobView,
  LabelAdviceView,
  LabelImportView,
  LabelOutcome,
  LabelQueue,
  LabelReviewView,
  MapView,
  ModelView,
  NeighbourView,
  OutlierView,
  PictureStrip,
  ProjectView,
  RecentView,
  SourcesView,
  StudentPlan,
  StudentView,
  TrainingView,
} from './domain.ts';
import { labelFormats, predictionFormats } from './label-formats.ts';

const id = z
  .number()
  .int()
  .positive()
  .max(2 ** 31 - 1);
const path = z.string().min(1).max(4096);
/** At most every image of a large project. */
const ids = z.array(id).max(1_000_000);
const px = z.number().int().min(16).max(1024);
const colour = z.string().regex(/^#[0-9a-f]{6}$/i);
const classKey = z.string().min(1).max(8);
const baseRef = z.string().min(1).max(4096);
const seed = z
  .number()
  .int()
  .min(0)
  .max(2 ** 31 - 1);
const none = z.object({});

/** The ways of handing on what a network sees, the better one first. */
export const transferMethods = ['distil', 'pseudo-labels'] as const;

export const sortFields = ['added', 'name', 'confidence', 'class', 'cluster', 'size'] as const;

/** Which images; what is left out does not matter. */
const filter = z.object({
  text: z.string().max(1024).optional(),
  sourceId: id.optional(),
  status: z.enum(['ok', 'unreadable', 'missing']).optional(),
  isExcluded: z.boolean().optional(),
  isLabelled: z.boolean().optional(),
  isTest: z.boolean().optional(),
  classId: id.optional(),
  predictedId: id.optional(),
  /** Label and prediction differ. */
  isDisagreeing: z.boolean().optional(),
  minConfidence: z.number().min(0).max(1).optional(),
  maxConfidence: z.number().min(0).max(1).optional(),
  clusterId: z.number().int().min(0).optional(),
  /** Only these, for instance a lasso's. */
  ids: ids.optional(),
});

export type ImageFilterInput = z.infer<typeof filter>;

const budget = z.union([
  z.object({ minutes: z.number().positive().max(10_000) }),
  z.object({ steps: z.number().int().positive().max(10_000_000) }),
]);

export const callSchemas = {
  'app.view': none,
  'app.recents': none,
  'app.forgetRecent': z.object({ path }),
  /** For choosing where the browser cannot: null is the start. */
  'folders.list': z.object({ path: path.nullable() }),

  /** Opens the project of a folder of images, making one beside it (or in the data folder where that is not possible) and importing. */
  'project.openFolder': z.object({ path }),
  'project.open': z.object({ path }),
  /** Makes the sample images and opens a project on them. */
  'project.openSample': none,
  'project.close': none,
  'project.view': none,
  'project.addFolder': z.object({ path }),
  'project.removeSource': z.object({ id }),
  'project.relocateSource': z.object({ id, path }),
  /** Looks at all folders again. */
  'project.rescan': none,

  'images.query': z.object({
    filter,
    sort: z.object({ by: z.enum(sortFields), descending: z.boolean() }).optional(),
  }),
  'images.rows': z.object({ ids: z.array(id).max(1000) }),
  'images.columns': none,
  'images.samples': z.object({ id }),
  'images.similar': z.object({ id, count: z.number().int().min(1).max(1000), unlabelledOnly: z.boolean().optional() }),
  'images.exclude': z.object({ ids, isExcluded: z.boolean() }),

  'classes.add': z.object({ name: z.string().max(200), colour: colour.optional(), key: classKey.nullable().optional() }),
  'classes.update': z.object({ id, name: z.string().max(200).optional(), colour: colour.optional(), key: classKey.nullable().optional() }),
  'classes.remove': z.object({ id }),
  'classes.merge': z.object({ fromId: id, intoId: id }),
  'classes.reorder': z.object({ ids: z.array(id).max(10_000) }),

  /** Of several images, those kept apart for testing that have no label yet are left out. */
  'labels.assign': z.object({ ids, classId: id, isSuggestion: z.boolean().optional() }),
  'labels.clear': z.object({ ids }),
  'labels.undo': none,
  'labels.redo': none,
  /** What to label next. */
  'labels.queue': z.object({
    count: z.number().int().min(1).max(500),
    strategy: z.enum(['auto', 'typical', 'probcover', 'margin', 'badge', 'dropquery', 'random']).optional(),
    clusterId: z.number().int().min(0).optional(),
    sourceId: id.optional(),
    /** Images skipped in this sitting. */
    skippedIds: z.array(id).max(100_000).optional(),
  }),
  /** A file of labels; without `format` it is told by what the text holds. */
  'labels.importFile': z.object({
    name: z.string().max(4096),
    text: z.string().max(64 * 2 ** 20),
    format: z.enum(labelFormats).optional(),
  }),
  'labels.importFolders': none,
  /** Every label as one file. */
  'labels.exportFile': z.object({ format: z.enum(labelFormats) }),
  /** Copies labelled images into one folder per class: a job. */
  'labels.exportFolders': z.object({ outDir: path }),

  'bases.list': none,
  /** Checks a weights file and lists it from now on. */
  'bases.add': z.object({ path }),
  /** Base models that can be downloaded, and which of them are here. */
  'bases.catalogue': none,
  /** Downloads one of them: a job. The only call that reaches for the network. */
  'bases.download': z.object({ name: z.string().min(1).max(200) }),
  'adapt.plan': z.object({ baseRef: baseRef.optional(), method: z.string().optional(), px: px.optional() }),
  /** Times a few real steps on this machine; the next plan knows. */
  'adapt.measure': z.object({ baseRef, method: z.string(), px }),
  /** Views as a method alters them, or as chosen. */
  'adapt.preview': z.object({
    ids: z.array(id).min(1).max(12),
    numViews: z.number().int().min(1).max(8),
    px,
    seed,
    method: z.string().optional(),
    augmentation: augmentationChoice.nullable().optional(),
  }),
  'adapt.start': z.object({
    baseRef,
    method: z.string(),
    budget,
    px,
    normOnly: z.boolean(),
    seed,
    /** Null for what the method does by itself. */
    augmentation: augmentationChoice.nullable().optional(),
    /** Whether it ends by itself once nothing moves any more. */
    stopAtPlateau: z.boolean().optional(),
    /** A folder to learn from in place of the project's images; null for the project's own. */
    folder: path.nullable().optional(),
  }),
  /** Which of these folders, if any, is worth learning from before the project's images: a job. */
  'sources.choose': z.object({
    baseRef,
    folders: z.array(path).min(1).max(20),
    method: z.string(),
    /** For each folder. */
    budget,
    px,
    normOnly: z.boolean(),
    seed,
    augmentation: augmentationChoice.nullable().optional(),
  }),
  'sources.read': none,
  /** The one running, or null. */
  'adapt.live': none,
  'adapt.neighbours': z.object({
    ids: z.array(id).min(1).max(12),
    k: z.number().int().min(1).max(24),
    modelIds: z.array(id).min(1).max(4),
  }),
  'models.list': none,
  /** How a model was adapted; null for one that was not. */
  'models.training': z.object({ id }),
  'models.rename': z.object({ id, name: z.string().min(1).max(200) }),
  'models.remove': z.object({ id }),

  /** Features, clusters, positions, duplicates, outliers and suggestions for the images: a job. */
  'map.start': z.object({ baseRef, px: px.optional(), numClusters: z.number().int().min(2).max(500).optional() }),
  'map.read': z.object({ modelId: id, px }),
  'explore.duplicates': none,
  'explore.outliers': none,

  /** Compares features, trains, checks and predicts every image: a job. */
  'train.start': z.object({
    finetune: z.boolean(),
    flip: z.boolean(),
    /** Expect classes as often as they come among the images kept apart; not unless told. */
    priors: z.boolean().optional(),
    seed,
    /** While fine-tuning, a method that learns from all images beside the labels, and what its loss counts beside theirs; null for none. */
    alongside: z
      .object({ method: z.string(), weight: z.number().positive().max(100) })
      .nullable()
      .optional(),
  }),
  'check.read': z.object({ modelId: id.optional() }),
  /** The share of the answers that may be wrong: what is less sure counts as none of the classes. Null for answering always. */
  'check.setRisk': z.object({ maxRisk: z.number().positive().max(0.5).nullable() }),
  /** What can be done to keep like images on one side of every measurement. */
  'groups.read': none,
  /** With `keepApart`, images are divided anew, so that whole groups are kept apart. The next training uses it. */
  'groups.use': z.object({
    rule: z
      .discriminatedUnion('by', [
        z.object({ by: z.literal('folder'), depth: z.number().int().positive() }),
        z.object({ by: z.literal('name'), fields: z.number().int().positive() }),
        z.object({ by: z.literal('field'), field: z.number().int().nonnegative() }),
        z.object({ by: z.literal('pattern'), pattern: z.string().min(1).max(200) }),
      ])
      .nullable(),
    keepApart: z.boolean(),
  }),
  /** What the last training told of whether more labels are worth it; null before. */
  'advice.read': none,
  /** Labels that should be looked at again, as the last training found them; null before. */
  'review.read': none,
  /** Images whose label was looked at and is right. */
  'review.confirmed': none,
  /** Marks labels as right, or takes the marks away. */
  'review.confirm': z.object({ ids, isRight: z.boolean() }),

  /** For the newest classifier, or this one. */
  'student.plan': z.object({ modelId: id.optional() }),
  /** A small network learns from a classifier, and becomes the newest one: a job. */
  'student.start': z.object({ teacherId: id, baseRef, method: z.enum(transferMethods), budget, px, seed }),
  /** The newest student beside its teacher, or null. */
  'student.read': none,

  'export.plan': z.object({ modelId: id.optional() }),
  'export.start': z.object({ modelId: id, outDir: path }),
  /** The newest package, with snippets; null where there is none. */
  'export.read': none,
  'predictions.exportFile': z.object({ format: z.enum(predictionFormats), modelId: id.optional() }),

  'jobs.list': none,
  /** Lets a training end now and keeps what was learnt. */
  'jobs.finish': z.object({ id }),
  /** Stops at a checkpoint; `jobs.resume` goes on from there. */
  'jobs.pause': z.object({ id }),
  'jobs.cancel': z.object({ id }),
  'jobs.resume': z.object({ id }),
  /** Forgets a finished, cancelled or interrupted job. */
  'jobs.dismiss': z.object({ id }),
} as const;

export type CallName = keyof typeof callSchemas;
export type CallInput<Name extends CallName> = z.input<(typeof callSchemas)[Name]>;

export interface CallResults {
  'app.view': AppView;
  'app.recents': readonly RecentView[];
  'app.forgetRecent': readonly RecentView[];
  'folders.list': FolderView;
  'project.openFolder': ProjectView;
  'project.open': ProjectView;
  'project.openSample': ProjectView;
  'project.close': null;
  'project.view': ProjectView | null;
  'project.addFolder': JobView;
  'project.removeSource': ProjectView;
  'project.relocateSource': ProjectView;
  'project.rescan': JobView;
  'images.query': { readonly ids: Int32Array };
  'images.rows': readonly ImageView[];
  'images.columns': ImageColumns;
  'images.samples': ImageSamples;
  'images.similar': { readonly ids: Int32Array; readonly distances: Float32Array };
  'images.exclude': { readonly numChanged: number };
  'classes.add': ClassView;
  'classes.update': ClassView;
  'classes.remove': LabelOutcome;
  'classes.merge': LabelOutcome;
  'classes.reorder': readonly ClassView[];
  'labels.assign': AssignOutcome;
  'labels.clear': LabelOutcome;
  'labels.undo': LabelOutcome;
  'labels.redo': LabelOutcome;
  'labels.queue': LabelQueue;
  'labels.importFile': LabelImportView;
  'labels.importFolders': LabelImportView;
  'labels.exportFile': { readonly fileName: string; readonly text: string };
  'labels.exportFolders': JobView;
  'bases.list': readonly BaseView[];
  'bases.add': BaseView;
  'bases.catalogue': readonly CatalogueBaseView[];
  'bases.download': JobView;
  'adapt.plan': AdaptPlan;
  'adapt.measure': AdaptPlan;
  'adapt.preview': { readonly originals: PictureStrip; readonly views: PictureStrip };
  'adapt.start': JobView;
  'sources.choose': JobView;
  'sources.read': SourcesView;
  'adapt.live': TrainingView | null;
  'adapt.neighbours': readonly NeighbourView[];
  'models.list': readonly ModelView[];
  'models.training': TrainingView | null;
  'models.rename': ModelView;
  'models.remove': readonly ModelView[];
  'map.start': JobView;
  'map.read': MapView;
  'explore.duplicates': readonly DuplicateGroup[];
  'explore.outliers': readonly OutlierView[];
  'train.start': JobView;
  'check.read': CheckView | null;
  'check.setRisk': CheckView | null;
  'groups.read': GroupingsView;
  'groups.use': GroupingsView;
  'advice.read': LabelAdviceView | null;
  'review.read': LabelReviewView | null;
  'review.confirmed': { readonly ids: Int32Array };
  'review.confirm': { readonly ids: Int32Array };
  'student.plan': StudentPlan | null;
  'student.start': JobView;
  'student.read': StudentView | null;
  'export.plan': ExportPlan | null;
  'export.start': JobView;
  'export.read': ExportView | null;
  'predictions.exportFile': { readonly fileName: string; readonly text: string };
  'jobs.list': readonly JobView[];
  'jobs.finish': JobView;
  'jobs.pause': JobView;
  'jobs.cancel': JobView;
  'jobs.resume': JobView;
  'jobs.dismiss': null;
}

/** The app as its window sees it. Every call rejects with an `AppError`, or an 'AbortError' where it was cancelled. */
export interface Api {
  call<Name extends CallName>(name: Name, input: CallInput<Name>): Promise<CallResults[Name]>;
}

/** One handler a call; one that is missing does not compile. */
export type Handlers = {
  readonly [Name in CallName]: (input: z.output<(typeof callSchemas)[Name]>) => Promise<CallResults[Name]> | CallResults[Name];
};

/** Whether a text from outside names a call; own keys only, so that 'constructor' does not. */
export function isCallName(name: unknown): name is CallName {
  return typeof name === 'string' && Object.hasOwn(callSchemas, name);
}
