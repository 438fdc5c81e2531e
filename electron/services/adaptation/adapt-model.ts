/** Adapting a base model to the project's images. */
import { adapt } from '../../learn/adapt.ts';
import type { AdaptMethod } from '../../learn/methods.ts';
import type { CurvePoint } from '../../learn/checkpoint.ts';
import type { HealthRecord } from '../../learn/health.ts';
import type { TrainingCourse } from '../../learn/training-run.ts';
import { AppError } from '../../contract/errors.ts';
import { saveBase } from '../../nn/base-model.ts';
import { createRandom } from '../../tensor/random.ts';
import { imagesKey } from '../intake/images-key.ts';
import { storedPx } from '../intake/import-folder.ts';
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
}

export const adaptDefaults = { method: 'byol', px: 96, batch: 64, seed: 0, normOnly: false } as const;

export interface AdaptReport {
  readonly modelId: number;
  readonly method: AdaptMethod;
  readonly numImages: number;
  readonly numSteps: number;
  readonly seconds: number;
  readonly imagesPerSecond: number;
  readonly curves: readonly CurvePoint[];
  readonly health: readonly HealthRecord[];
  /** Whether it was ended before its budget was used up. */
  readonly isFinishedEarly: boolean;
}

/** How a person watches and ends an adaptation. */
export interface AdaptWatch {
  /** Aborted to end it now and keep what was learnt. */
  readonly finish?: AbortSignal;
  readonly onTraining?: (course: TrainingCourse) => void;
}

/** Images watched for collapse. */
const numProbe = 256;

/**
 * Trains the base model on every usable image that is not kept apart for testing, and keeps the result as its child. A command
 * that has succeeded before with its whole budget returns its result; one that was interrupted goes on from its checkpoint. Throws `AppError`
 * 'unstable' where training collapses.
 */
export async function adaptModel(workspace: Workspace, request: AdaptRequest, watch: AdaptWatch = {}): Promise<AdaptReport> {
  const { project } = workspace;
  const held = new Set(testImages(workspace));
  const imageIds = project.images.usable().filter((id) => !held.has(id));
  if (imageIds.length < 16)
    throw new AppError('conflict', `Adapting needs at least 16 readable images; the project has ${imageIds.length}.`);
  const params = { ...request, images: imagesKey(workspace, imageIds) };
  const earlier = workspace.finished('adapt', params) as AdaptReport | undefined;
  if (earlier !== undefined && !earlier.isFinishedEarly && project.models.list().some((model) => model.id === earlier.modelId))
    return earlier;
  const executor = await workspace.executor();
  return await workspace.job({ kind: 'adapt', params }, async (ctx) => {
    const { network, parameters, record } = loadModel(workspace, request.baseId);
    const order = createRandom(request.seed).permutation(imageIds.length);
    const result = await adapt({
      network,
      parameters,
      method: request.method,
      px: request.px,
      batch: request.batch,
      seed: request.seed,
      normOnly: request.normOnly,
      budget: request.budget,
      executor,
      source: projectPixels(workspace, imageIds, Math.max(storedPx, request.px)),
      probe: order.slice(0, numProbe),
      clock: () => performance.now(),
      ctx,
      ...watch,
      ...checkpointing(workspace, ctx),
    });
    const seconds = result.elapsedMs / 1e3;
    const report = {
      method: request.method,
      numImages: imageIds.length,
      numSteps: result.numSteps,
      seconds,
      imagesPerSecond: (result.numSteps * Math.min(request.batch, imageIds.length)) / seconds,
      curves: result.curves,
      health: result.health,
      isFinishedEarly: result.stopped === 'finish',
    };
    const model = project.models.add({
      name: `${record.name} + ${request.method}${request.normOnly ? ' (norm only)' : ''}`,
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
