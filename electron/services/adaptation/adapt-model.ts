/** Adapting a base model to the project's images. */
import { basename } from 'node:path';
import type { AugmentationChoice } from '../../contract/augmentation.ts';
import { adapt } from '../../learn/adapt.ts';
import type { AdaptResult } from '../../learn/adapt.ts';
import { augmentationFor } from '../../learn/augmentation-presets.ts';
import { embed } from '../../learn/embed.ts';
import { methodOf, type AdaptMethod, type TeacherFeatures } from '../../learn/methods.ts';
import type { FeatureKey } from '../classifiers/labelled-features.ts';
import type { CurvePoint } from '../../learn/checkpoint.ts';
import type { HealthRecord } from '../../learn/health.ts';
import type { LabelledImages } from '../../learn/health-monitor.ts';
import type { StopReason, TrainingCourse } from '../../learn/training-run.ts';
import { AppError } from '../../contract/errors.ts';
import { saveBase } from '../../nn/base-model.ts';
import { createRandom } from '../../tensor/random.ts';
import type { RunContext } from '../../contract/progress.ts';
import type { PixelSource } from '../../learn/pixel-source.ts';
import { outsideImages, outsideKey } from '../intake/outside-folder.ts';
import { imagesKey } from '../intake/images-key.ts';
import { storedPx } from '../intake/import-folder.ts';
import { labelsAtHand } from './labels-at-hand.ts';
import { loadModel } from './models.ts';
import { projectPixels } from '../intake/project-pixels.ts';
import { testImages } from '../intake/test-split.ts';
import { checkpointing } from './training-checkpoints.ts';
import type { Workspace } from '../workspace.ts';

export interface AdaptRequest {
  readonly baseId: number;
  readonly method: AdaptMethod;
  /** Minutes of training, or a number of steps; a step budget gives the same result on every run. */
  readonly budget: { readonly minutes: number } | { readonly steps: number };
  readonly px: number;
  readonly batch: number;
  readonly seed: number;
  /** Train the normalisation layers alone (HPT-BN). */
  readonly normOnly: boolean;
  /** How views are altered; null for what the method does by itself. */
  readonly augmentation: AugmentationChoice | null;
  /** The network that methods of knowledge transfer learn from, and the size it looks at images at; null for the others. */
  readonly teacher: FeatureKey | null;
  /** A folder to learn from in place of the project's images: a source stage, whose model is a base for the next; null for the project's own. */
  readonly folder: string | null;
  /** Of the images, how many to learn from at most, drawn at random by the seed; null for all. */
  readonly maxImages: number | null;
  /** Whether a training for some minutes ends by itself once nothing moves any more. */
  readonly stopAtPlateau: boolean;
}

export const adaptDefaults = {
  method: 'byol',
  px: 96,
  batch: 64,
  seed: 0,
  normOnly: false,
  augmentation: null,
  teacher: null,
  folder: null,
  maxImages: null,
  stopAtPlateau: true,
} as const;

export interface AdaptReport {
  readonly modelId: number;
  readonly method: AdaptMethod;
  readonly numImages: number;
  readonly numSteps: number;
  readonly seconds: number;
  readonly imagesPerSecond: number;
  readonly curves: readonly CurvePoint[];
  readonly health: readonly HealthRecord[];
  /** Whether a person ended it before its budget was used up. */
  readonly isFinishedEarly: boolean;
  readonly stopped: StopReason;
  /** The networks set aside on the way, and which of them this is. */
  readonly kept: AdaptResult['kept'];
}

/** How a person watches and ends an adaptation. */
export interface AdaptWatch {
  /** Aborted to end it now and keep what was learnt. */
  readonly finish?: AbortSignal;
  readonly onTraining?: (course: TrainingCourse) => void;
}

/** What was started from, and by what: `resnet18 + byol on leaves (norm only)`. */
function stageName(base: string, { method, folder, normOnly }: AdaptRequest): string {
  return `${base} + ${method}${folder === null ? '' : ` on ${basename(folder)}`}${normOnly ? ' (norm only)' : ''}`;
}

/** Images watched for collapse. */
const numProbe = 256;

/** With fewer there is next to nothing to learn from, and batch statistics mean little. */
const fewestImages = 16;

/** What a request learns from: a text that changes with the images, and the images once the job runs. */
interface LearningImages {
  readonly key: string;
  /** As squares of `px`. */
  readonly open: (ctx: RunContext, px: number) => Promise<PixelSource> | PixelSource;
  /** What is known of them; null where they carry no labels. */
  readonly labelled: LabelledImages | null;
}

async function learningImages(workspace: Workspace, { folder, seed }: AdaptRequest): Promise<LearningImages> {
  if (folder !== null) {
    return {
      key: await outsideKey(folder, workspace.signal),
      open: async (ctx, px) => {
        const { source, numUnreadable } = await outsideImages(workspace, folder, px, ctx);
        if (numUnreadable > 0) workspace.warn(`${numUnreadable} files of ${folder} cannot be read and are left out.`);
        requireEnough(source.numImages, folder);
        return source;
      },
      labelled: null,
    };
  }
  const held = new Set(testImages(workspace));
  const imageIds = workspace.project.images.usable().filter((id) => !held.has(id));
  requireEnough(imageIds.length, 'the project');
  return {
    key: imagesKey(workspace, imageIds),
    open: (_, px) => projectPixels(workspace, imageIds, px),
    labelled: labelsAtHand(workspace, imageIds, seed),
  };
}

/** What the teacher makes of the images, [numImages, dim], at its own size. */
async function teacherFeatures(
  workspace: Workspace,
  { modelId, px }: FeatureKey,
  images: LearningImages,
  ctx: RunContext,
): Promise<TeacherFeatures> {
  const { network, parameters, record } = loadModel(workspace, modelId);
  const source = await images.open(ctx, px);
  const onProgress: RunContext['onProgress'] = (progress) => ctx.onProgress({ ...progress, phase: `Computing features of ${record.name}` });
  const features = await embed({
    network,
    parameters,
    source,
    executor: await workspace.executor(),
    ctx: { signal: ctx.signal, onProgress },
  });
  return { dim: network.numFeatures, features };
}

function requireEnough(numImages: number, where: string): void {
  if (numImages < fewestImages) {
    throw new AppError('conflict', `Adapting needs at least ${fewestImages} readable images; ${where} has ${numImages}.`);
  }
}

/**
 * Trains the base model on every usable image that is not kept apart for testing, or on those of another folder, and keeps the result as its
 * child. A command that has succeeded before with its whole budget returns its result; one that was interrupted goes on from its
 * checkpoint. Throws `AppError` 'unstable' where training collapses.
 */
export async function adaptModel(workspace: Workspace, request: AdaptRequest, watch: AdaptWatch = {}): Promise<AdaptReport> {
  const { project } = workspace;
  const images = await learningImages(workspace, request);
  const params = { ...request, images: images.key };
  const earlier = workspace.finished('adapt', params) as AdaptReport | undefined;
  if (earlier !== undefined && !earlier.isFinishedEarly && project.models.list().some((model) => model.id === earlier.modelId))
    return earlier;
  const executor = await workspace.executor();
  return await workspace.job({ kind: 'adapt', params }, async (ctx) => {
    const { network, parameters, record } = loadModel(workspace, request.baseId);
    const source = await images.open(ctx, Math.max(storedPx, request.px));
    const order = createRandom(request.seed).permutation(source.numImages);
    const chosen = order.slice(0, request.maxImages ?? order.length);
    const teacher = request.teacher === null ? null : await teacherFeatures(workspace, request.teacher, images, ctx);
    const result = await adapt({
      network,
      parameters,
      method: request.method,
      px: request.px,
      batch: request.batch,
      seed: request.seed,
      normOnly: request.normOnly,
      ...(request.augmentation && {
        settings: { augmentation: augmentationFor(request.augmentation, methodOf(request.method).settings.augmentation) },
      }),
      budget: request.budget,
      executor,
      source,
      images: chosen.toSorted(),
      teacher,
      probe: chosen.slice(0, numProbe),
      ...(images.labelled && { labelled: images.labelled }),
      stopAtPlateau: request.stopAtPlateau && 'minutes' in request.budget,
      clock: () => performance.now(),
      ctx,
      ...watch,
      ...checkpointing(workspace, ctx),
    });
    const seconds = result.elapsedMs / 1e3;
    const report = {
      method: request.method,
      numImages: chosen.length,
      numSteps: result.numSteps,
      seconds,
      imagesPerSecond: (result.numSteps * Math.min(request.batch, chosen.length)) / seconds,
      curves: result.curves,
      health: result.health,
      isFinishedEarly: result.stopped === 'finish',
      stopped: result.stopped,
      kept: result.kept,
    };
    const model = project.models.add({
      name: stageName(record.name, request),
      arch: record.arch,
      kind: 'adapted',
      parentId: record.id,
      method: request.method,
      px: request.px,
      settings: request,
      metrics: report,
      outputs: null,
      weights: saveBase(network, result.parameters),
    });
    return { modelId: model.id, ...report };
  });
}
