/** The check of a classifier as a person reads it, from what was kept when it was made. */
import { z } from 'zod';
import type { CheckBasis, CheckView, ClassScoreView, ProjectView } from '../../contract/domain.ts';
import { AppError } from '../../contract/errors.ts';
import type { Evaluation } from '../../project/evaluations.ts';
import type { ModelRecord } from '../../project/models.ts';
import { crossValidatedSplit, minTestImages, numTestLabelsLacking } from './check-classifier.ts';
import { labelsKey } from '../labelling/labels-key.ts';
import { testImages } from '../intake/test-split.ts';
import type { Workspace } from '../workspace.ts';

const interval = z.object({ estimate: z.number(), low: z.number(), high: z.number() });

const metricsSchema = z.object({
  numTest: z.number(),
  accuracy: interval,
  macroF1: interval,
  metrics: z.object({ balancedAccuracy: z.number(), logLoss: z.number(), auc: z.number().nullable() }),
  confusion: z.array(z.array(z.number())),
  arms: z.array(z.object({ name: z.string(), px: z.number(), accuracy: interval })),
  gain: interval.nullable(),
});

const casesSchema = z.object({
  imageIds: z.array(z.number()),
  truth: z.array(z.number()),
  predicted: z.array(z.number()),
  confidence: z.array(z.number()).optional(),
  labels: z.string().optional(),
});

const settingsSchema = z.object({ numLabels: z.number(), finetuneSteps: z.number(), verdict: z.string().nullable() });

/** For a class that was removed after the training. */
const goneColour = '#808080';

interface StoredCheck {
  readonly model: ModelRecord;
  readonly evaluation: Evaluation;
  readonly metrics: z.infer<typeof metricsSchema>;
  readonly cases: z.infer<typeof casesSchema>;
  readonly isStale: boolean;
}

/** The measurement of the labels at hand where there is one, else the newest. */
function storedCheck(workspace: Workspace, model: ModelRecord): StoredCheck | null {
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

function basisOf({ split }: Evaluation): CheckBasis {
  return split === crossValidatedSplit ? 'cross-validated' : 'held-out';
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
  const classes = new Map(workspace.project.classes.list().map((each) => [each.id, each]));
  return {
    modelId: model.id,
    modelName: model.name,
    createdAt: evaluation.createdAt,
    isStale,
    basis: basisOf(evaluation),
    basisNote: basisNote(workspace, stored, settings.finetuneSteps > 0),
    numImages: metrics.numTest,
    numLabels: settings.numLabels,
    classes: model.outputs.map(({ classId, name }) => {
      const known = classes.get(classId);
      return { id: classId, name: known?.name ?? name, colour: known?.colour ?? goneColour };
    }),
    accuracy: metrics.accuracy,
    macroF1: metrics.macroF1,
    balancedAccuracy: metrics.metrics.balancedAccuracy,
    logLoss: metrics.metrics.logLoss,
    auc: metrics.metrics.auc,
    confusion: metrics.confusion,
    perClass: classScores(metrics.confusion),
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

/** The newest classifier's check in short, or null. */
export function latestCheckSummary(workspace: Workspace): ProjectView['check'] {
  const model = newestClassifier(workspace);
  const stored = model === null ? null : storedCheck(workspace, model);
  if (model === null || stored === null) return null;
  const { evaluation, metrics, isStale } = stored;
  const { numLabels } = settingsSchema.parse(model.settings);
  return { modelId: model.id, accuracy: metrics.accuracy, basis: basisOf(evaluation), isStale, numLabels };
}

/** From the confusion matrix; null where there is nothing to divide by. */
function classScores(confusion: readonly (readonly number[])[]): ClassScoreView[] {
  return confusion.map((row, c) => {
    const hits = row[c] ?? 0;
    const support = row.reduce((sum, count) => sum + count, 0);
    const numPredicted = confusion.reduce((sum, other) => sum + (other[c] ?? 0), 0);
    return {
      precision: numPredicted === 0 ? null : hits / numPredicted,
      recall: support === 0 ? null : hits / support,
      f1: numPredicted + support === 0 ? null : (2 * hits) / (numPredicted + support),
      support,
    };
  });
}

const images = (count: number): string => `${count.toLocaleString('en')} ${count === 1 ? 'image' : 'images'}`;

function basisNote(workspace: Workspace, { model, evaluation, metrics }: StoredCheck, isFinetuned: boolean): string {
  if (basisOf(evaluation) === 'held-out') {
    return (
      `Measured on ${images(metrics.numTest)} kept apart from the start: not adapted on, not chosen for what they show, not trained on. ` +
      'This is how it should do on further images of the same kind.'
    );
  }
  return [
    `Estimated by cross-validation on ${images(metrics.numTest)} with a label: each was predicted without its own label being learnt from.`,
    ...(isFinetuned ? ['It tells of the classifier before fine-tuning, which may be better or worse.'] : []),
    'Images chosen for labelling are no random sample, so others may come out better or worse.',
    howToImprove(workspace, model),
  ].join(' ');
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
