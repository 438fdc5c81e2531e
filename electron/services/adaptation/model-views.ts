/** Models as a person sees them. */
import { z } from 'zod';
import type { ModelView, TrainingView } from '../../contract/domain.ts';
import type { ModelRecord } from '../../project/models.ts';
import { isAdaptMethod, methods } from '../../learn/methods.ts';
import { healthViews, keptNote, keptViews } from './training-view.ts';
import { storedVerdict } from './stored-verdict.ts';
import type { Workspace } from '../workspace.ts';

const curvePoint = z.object({ step: z.number(), elapsedMs: z.number(), values: z.record(z.string(), z.number().nullable()) });
/** JSON has no NaN: a figure that was none comes back as null. */
const figure = z
  .number()
  .nullable()
  .transform((value) => value ?? NaN);
const healthRecord = z.object({
  step: z.number(),
  elapsedMs: z.number(),
  spread: figure,
  rankMe: figure,
  agreement: figure,
  alphaReq: z.number().nullable().optional(),
  clusterStability: z.number().optional(),
  steadiness: z.number().optional(),
  labelAccuracy: z.number().nullable().optional(),
  outputSpread: z.number().nullable().optional(),
  alarms: z.array(z.enum(['spread', 'rank', 'not-numbers', 'outputs', 'chance-loss'])).optional(),
});
const keptPoint = z.object({
  step: z.number(),
  progress: z.number(),
  accuracy: z.number().nullable(),
  brierScore: z.number().nullable(),
  hasAlarm: z.boolean(),
});

/** What an adaptation keeps of itself. */
const adaptReport = z.object({
  numImages: z.number(),
  numSteps: z.number(),
  seconds: z.number(),
  imagesPerSecond: z.number(),
  curves: z.array(curvePoint),
  health: z.array(healthRecord),
  kept: z
    .object({ points: z.array(keptPoint), chosen: z.number() })
    .nullable()
    .default(null),
});

const adaptSettings = z.object({ normOnly: z.boolean() });
const classifierSettings = z.object({ numLabels: z.number(), finetuneSteps: z.number() });
const baseSettings = z.object({ license: z.string().nullable(), source: z.string().nullable() });

const count = (value: number, one: string, many = `${one}s`): string => `${value.toLocaleString('en')} ${value === 1 ? one : many}`;

function adaptedSummary(model: ModelRecord, parent: string | null): string {
  const report = adaptReport.safeParse(model.metrics);
  const method = isAdaptMethod(model.method) ? methods[model.method].title : model.method;
  const from = parent === null ? '' : ` from ${parent}`;
  if (!report.success) return `Adapted with ${method}${from} at ${model.px} px.`;
  const { numImages, seconds } = report.data;
  const time = seconds < 90 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 60)} min`;
  const settings = adaptSettings.safeParse(model.settings);
  const part = settings.success && settings.data.normOnly ? ', normalisation layers only' : '';
  return `Learnt from ${count(numImages, 'image')} for ${time} with ${method} at ${model.px} px${part}${from}.`;
}

function classifierSummary(model: ModelRecord): string {
  const settings = classifierSettings.safeParse(model.settings);
  const classes = count(model.outputs?.length ?? 0, 'class', 'classes');
  if (!settings.success) return `Tells ${classes} apart at ${model.px} px.`;
  const { numLabels, finetuneSteps } = settings.data;
  const how = finetuneSteps > 0 ? `, fine-tuned for ${count(finetuneSteps, 'step')}` : '';
  return `Tells ${classes} apart after ${count(numLabels, 'label')}, at ${model.px} px${how}.`;
}

function baseSummary(model: ModelRecord): string {
  if (model.method === 'scratch') return `An untrained ${model.arch}: it knows nothing yet.`;
  const settings = baseSettings.safeParse(model.settings);
  const origin = settings.success && settings.data.source !== null ? ` from ${settings.data.source}` : '';
  return `Pretrained ${model.arch}${origin}.`;
}

/** One sentence for people. */
export function summaryOf(model: ModelRecord, parent: string | null): string {
  switch (model.kind) {
    case 'base':
      return baseSummary(model);
    case 'adapted':
      return adaptedSummary(model, parent);
    case 'classifier':
      return classifierSummary(model);
    default:
      return model.kind satisfies never;
  }
}

/** Every model, the oldest first. */
export function modelViews({ project }: Workspace): ModelView[] {
  const models = project.models.list();
  const names = new Map(models.map((model) => [model.id, model.name]));
  return models.map((model) => ({
    id: model.id,
    name: model.name,
    arch: model.arch,
    kind: model.kind,
    parentId: model.parentId,
    method: model.method,
    px: model.px,
    createdAt: model.createdAt,
    summary: summaryOf(model, model.parentId === null ? null : (names.get(model.parentId) ?? null)),
  }));
}

/** How a model was adapted; null for one that was not. Throws `not-found`. */
export function trainingOf({ project }: Workspace, id: number): TrainingView | null {
  const model = project.models.get(id);
  const report = adaptReport.safeParse(model.metrics);
  if (model.kind !== 'adapted' || !report.success) return null;
  const { curves, health, imagesPerSecond, kept } = report.data;
  return {
    jobId: null,
    modelId: id,
    method: model.method,
    // JSON has no NaN: a figure that was none is left out.
    curves: curves.map(({ values, ...rest }) => ({
      ...rest,
      values: Object.fromEntries(Object.entries(values).flatMap(([name, value]) => (value === null ? [] : [[name, value]]))),
    })),
    health: healthViews(health),
    imagesPerSecond,
    kept: keptViews(kept),
    keptNote: keptNote(kept),
    verdict: storedVerdict(model),
  };
}
