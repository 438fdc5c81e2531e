/** The check of a classifier as a person reads it, from what was kept when it was made. */
import { z } from 'zod';
import type { CheckView, ClassScoreView, ProjectView } from '../../contract/domain.ts';
import { AppError } from '../../contract/errors.ts';
import type { Evaluation } from '../../project/evaluations.ts';
import type { ModelRecord } from '../../project/models.ts';
import { reliability } from '../../learn/calibration.ts';
import { abstainView, confidenceOf, correctOf } from './abstain-rule.ts';
import { minTestImages, numTestLabelsLacking } from './check-classifier.ts';
import { readViews } from './judge-views.ts';
import { findLeaks } from './leaks.ts';
import { labelsKey } from '../labelling/labels-key.ts';
import { testImages } from '../intake/test-split.ts';
import type { Workspace } from '../workspace.ts';

const interval = z.object({ estimate: z.number(), low: z.number(), high: z.number() });

const maybe = interval.nullable();

/** What early versions kept had no intervals; such a check is made again by training again. */
const metricsSchema = z.object({
  numTest: z.number(),
  accuracy: interval,
  sampling: z.object({
    basis: z.enum(['held-out', 'cross-validated', 'chosen']),
    numLeftOut: z.number(),
    isWeighted: z.boolean(),
    uncovered: z.number(),
    isGrouped: z.boolean(),
  }),
  intervals: z.object({
    macroF1: interval,
    balancedAccuracy: interval,
    logLoss: interval,
    auc: maybe,
    perClass: z.array(z.object({ precision: maybe, recall: maybe, f1: maybe })),
  }),
  audit: z.object({ numImages: z.number(), accuracy: interval }).nullable(),
  confusion: z.array(z.array(z.number())),
  arms: z.array(z.object({ name: z.string(), px: z.number(), accuracy: interval })),
  gain: maybe,
});

export type StoredMetrics = z.infer<typeof metricsSchema>;

const casesSchema = z.object({
  imageIds: z.array(z.number()),
  truth: z.array(z.number()),
  predicted: z.array(z.number()),
  confidence: z.array(z.number()).optional(),
  labels: z.string().optional(),
});

const settingsSchema = z.object({
  numLabels: z.number(),
  finetuneSteps: z.number(),
  temperature: z.number().optional(),
  verdict: z.string().nullable(),
});

/** For a class that was removed after the training. */
const goneColour = '#808080';

/** What is kept of a measurement. */
export interface StoredCheck {
  readonly model: ModelRecord;
  readonly evaluation: Evaluation;
  readonly metrics: StoredMetrics;
  readonly cases: z.infer<typeof casesSchema>;
  readonly isStale: boolean;
}

/** The measurement of the labels at hand where there is one, else the newest. */
export function storedCheck(workspace: Workspace, model: ModelRecord): StoredCheck | null {
  const now = labelsKey(workspace);
  const found = workspace.project.evaluations.list(model.id).flatMap((evaluation): StoredCheck[] => {
    const metrics = metricsSchema.safeParse(evaluation.metrics);
    const cases = casesSchema.safeParse(evaluation.cases);
    if (!metrics.success || !cases.success) return [];
    return [{ model, evaluation, metrics: metrics.data, cases: cases.data, isStale: cases.data.labels !== now }];
  });
  return found.find(({ isStale }) => !isStale) ?? found[0] ?? null;
}

/** The key of the labels that a classifier's newest measurement is of; undefined without one. */
export function checkedOf(workspace: Workspace, modelId: number): string | undefined {
  return storedCheck(workspace, workspace.project.models.get(modelId))?.cases.labels;
}

function newestClassifier({ project }: Workspace): ModelRecord | null {
  return project.models.list().findLast(({ kind }) => kind === 'classifier') ?? null;
}

/** The check of this classifier, or of the newest; null where there is none. Throws `not-found`, and `conflict` for a model that is no classifier. */
export function readCheck(workspace: Workspace, modelId?: number): CheckView | null {
  const model = modelId === undefined ? newestClassifier(workspace) : workspace.project.models.get(modelId);
  if (model === null) return null;
  if (model.outputs === null) throw new AppError('conflict', `${model.name} is not a classifier. Choose one.`);
  const stored = storedCheck(workspace, model);
  if (stored === null) return null;
  const { evaluation, metrics, cases, isStale } = stored;
  const settings = settingsSchema.parse(model.settings);
  const { intervals, sampling } = metrics;
  const classes = new Map(workspace.project.classes.list().map((each) => [each.id, each]));
  return {
    modelId: model.id,
    modelName: model.name,
    createdAt: evaluation.createdAt,
    isStale,
    basis: sampling.basis,
    basisNote: basisNote(workspace, stored, settings.finetuneSteps > 0),
    numImages: metrics.numTest,
    numLabels: settings.numLabels,
    classes: model.outputs.map(({ classId, name }) => {
      const known = classes.get(classId);
      return { id: classId, name: known?.name ?? name, colour: known?.colour ?? goneColour };
    }),
    accuracy: metrics.accuracy,
    macroF1: intervals.macroF1,
    balancedAccuracy: intervals.balancedAccuracy,
    logLoss: intervals.logLoss,
    auc: intervals.auc,
    audit: metrics.audit,
    ...checkParts(workspace, stored),
    views: readViews(workspace, model.id),
    confusion: metrics.confusion,
    perClass: classScores(metrics),
    cases: {
      imageIds: Int32Array.from(cases.imageIds),
      truth: Int32Array.from(cases.truth),
      predicted: Int32Array.from(cases.predicted),
      confidence: Float32Array.from(cases.predicted, (_, i) => cases.confidence?.[i] ?? NaN),
    },
    arms: metrics.arms,
    gain: metrics.gain,
    verdict: settings.verdict,
  };
}

/** How sure a classifier may be trusted to be, when it answers, and what could flatter its figures. Throws `conflict` where it was not measured. */
export function readCheckParts(workspace: Workspace, modelId: number): Pick<CheckView, 'reliability' | 'abstain' | 'leaks'> {
  const stored = storedCheck(workspace, workspace.project.models.get(modelId));
  if (stored === null) throw new AppError('conflict', 'This classifier was not measured yet. Train again.');
  return checkParts(workspace, stored);
}

function checkParts(workspace: Workspace, stored: StoredCheck): Pick<CheckView, 'reliability' | 'abstain' | 'leaks'> {
  const { finetuneSteps, temperature = null } = settingsSchema.parse(stored.model.settings);
  return {
    reliability: {
      ...reliability(confidenceOf(stored.cases), correctOf(stored.cases)),
      temperature: finetuneSteps > 0 ? null : temperature,
    },
    abstain: abstainView(workspace, stored),
    leaks: findLeaks(workspace),
  };
}

/** The newest classifier's check in short, or null. */
export function latestCheckSummary(workspace: Workspace): ProjectView['check'] {
  const model = newestClassifier(workspace);
  const stored = model === null ? null : storedCheck(workspace, model);
  if (model === null || stored === null) return null;
  const { metrics, isStale } = stored;
  const { numLabels } = settingsSchema.parse(model.settings);
  return { modelId: model.id, accuracy: metrics.accuracy, basis: metrics.sampling.basis, isStale, numLabels };
}

/** From the confusion matrix; null where there is nothing to divide by. */
function classScores({ confusion, intervals }: StoredMetrics): ClassScoreView[] {
  return confusion.map((row, c) => {
    const hits = row[c] ?? 0;
    const support = row.reduce((sum, count) => sum + count, 0);
    const numPredicted = confusion.reduce((sum, other) => sum + (other[c] ?? 0), 0);
    return {
      precision: numPredicted === 0 ? null : hits / numPredicted,
      recall: support === 0 ? null : hits / support,
      f1: numPredicted + support === 0 ? null : (2 * hits) / (numPredicted + support),
      support,
      intervals: intervals.perClass[c] ?? { precision: null, recall: null, f1: null },
    };
  });
}

const images = (count: number): string => `${count.toLocaleString('en')} ${count === 1 ? 'image' : 'images'}`;
const percent = (share: number): string => `${Math.round(100 * share)} %`;

function basisNote(workspace: Workspace, { model, metrics }: StoredCheck, isFinetuned: boolean): string {
  const { numTest, sampling } = metrics;
  const { basis, isGrouped } = sampling;
  switch (basis) {
    case 'held-out':
      return [
        `Measured on ${images(numTest)} kept apart from the start: not adapted on, not chosen for what they show, not trained on.`,
        'This is how it should do on further images of the same kind.',
        ...samplingNotes(sampling),
      ].join(' ');
    case 'cross-validated':
      return [
        `Estimated by cross-validation on ${images(numTest)}, nearly all there are: each was predicted without its own label being learnt from.`,
        ...(isGrouped ? ['Copies and images of one group were predicted together.'] : []),
        ...(isFinetuned ? ['It tells of the classifier before fine-tuning, which may be better or worse.'] : []),
        howToImprove(workspace, model),
      ].join(' ');
    case 'chosen':
      return [
        `This is not the accuracy: it is the share of right ones among the ${images(numTest)} you chose to label, each predicted without its own label being learnt from.`,
        'Chosen images are no random sample. Typical ones are easier than the rest, and the share among all images may be lower by 20 points or more.',
        ...(isFinetuned ? ['It tells of the classifier before fine-tuning, which may be better or worse.'] : []),
        howToImprove(workspace, model),
      ].join(' ');
    default:
      return basis satisfies never;
  }
}

/** What has to be said of how the images came to be measured, a sentence each. */
export function samplingNotes({ isWeighted, uncovered, numLeftOut, isGrouped }: StoredMetrics['sampling']): string[] {
  return [
    ...(isWeighted
      ? [
          `Some clusters have more labels than chance would give them, so each image counts for its cluster's size${uncovered > 0.005 ? `; clusters with ${percent(uncovered)} of all images have none` : ''}.`,
        ]
      : []),
    ...(numLeftOut > 0
      ? [
          `${images(numLeftOut)} with copies, or others of their group, among those learnt from ${numLeftOut === 1 ? 'is' : 'are'} left out.`,
        ]
      : []),
    ...(isGrouped ? ['Images of one group count as fewer, so the interval is wider.'] : []),
  ];
}

function howToImprove(workspace: Workspace, model: ModelRecord): string {
  const numKept = testImages(workspace).length;
  if (numKept < minTestImages) {
    return `For an honest number at least ${minTestImages} images must be kept apart; this project keeps ${numKept}. Add more images.`;
  }
  const numLacking = numTestLabelsLacking(workspace, model.outputs ?? []);
  if (numLacking === 0) return 'Enough of the images kept apart are labelled now: train again for an honest number.';
  return `Label about ${numLacking} more of the ${numKept.toLocaleString('en')} images kept apart, then train again, for an honest number.`;
}
