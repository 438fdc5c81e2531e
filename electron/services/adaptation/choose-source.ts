/** Which folder is worth learning from before the project's own images (HPT's source stage). */
import { AppError } from '../../contract/errors.ts';
import { methodOf } from '../../learn/methods.ts';
import { compareFeatures } from '../../learn/verdict.ts';
import { viewConsistency } from '../../learn/view-consistency.ts';
import { labelledFeatures, poolFeatures } from '../classifiers/labelled-features.ts';
import { storedPx } from '../intake/import-folder.ts';
import { projectPixels } from '../intake/project-pixels.ts';
import { embedImages } from '../mapping/embed-images.ts';
import type { Workspace } from '../workspace.ts';
import { adaptModel } from './adapt-model.ts';
import type { AdaptRequest, AdaptWatch } from './adapt-model.ts';
import { judgingLabels, somePool } from './judge-adaptation.ts';
import type { JudgingLabels } from './judge-adaptation.ts';
import { loadModel } from './models.ts';

export interface SourceRequest extends Omit<AdaptRequest, 'folder' | 'teacher'> {
  /** The folders to choose among. */
  readonly folders: readonly string[];
  /** The size to compute features at where there are labels. */
  readonly testPx: number;
}

export interface SourceScore {
  /** Null for going without a source stage. */
  readonly folder: string | null;
  /** The network after that stage; the base itself without one. */
  readonly modelId: number;
  /** Cross-validated on the project's labels; null where there are too few. */
  readonly accuracy: number | null;
  /** How well its features find an image's other view: see `viewConsistency`. */
  readonly consistency: number;
}

export interface SourceReport {
  readonly scores: readonly SourceScore[];
  /** Position among the scores. */
  readonly chosen: number;
  readonly basis: 'labels' | 'views';
  readonly numLabels: number;
}

/** How a person watches a comparison. */
export interface SourceWatch extends Pick<AdaptWatch, 'onTraining'> {
  /** Told whenever a network has learnt from a folder. */
  readonly onStage?: (modelId: number) => void;
}

/** What speaks against one folder and not against the others: it is gone, holds too few images, or the features collapse on it. */
const folderFaults: ReadonlySet<AppError['code']> = new Set(['not-found', 'invalid-input', 'conflict', 'unstable']);

/** Images of the project by which networks are compared without labels. */
const maxImages = 256;

/**
 * Adapts the base to every folder for the same budget and compares what came of it on the project's own images, not going anywhere being one of the
 * choices: by cross-validated probes where there are labels enough, else by view consistency. Every network stays in the project. Throws what
 * `adaptModel` throws for the last folder where none can be learnt from; others that cannot are left out with a warning. `invalid-input` without a folder.
 */
export async function chooseSource(workspace: Workspace, request: SourceRequest, watch: SourceWatch = {}): Promise<SourceReport> {
  const { onStage, ...training } = watch;
  const { folders, testPx, ...rest } = request;
  if (folders.length === 0) throw new AppError('invalid-input', 'Give at least one folder to learn from.');
  const stages: { readonly folder: string | null; readonly modelId: number }[] = [{ folder: null, modelId: request.baseId }];
  let reason: unknown = null;
  for (const folder of folders) {
    try {
      const { modelId } = await adaptModel(workspace, { ...rest, folder, teacher: null }, training);
      stages.push({ folder, modelId });
      onStage?.(modelId);
    } catch (error) {
      if (!(error instanceof AppError) || !folderFaults.has(error.code)) throw error;
      reason = error;
      workspace.warn(`${folder} is left out of the comparison: ${error.message}`);
    }
  }
  if (stages.length === 1) throw reason;
  const labels = judgingLabels(workspace);
  const accuracies = labels === null ? null : await accuraciesOf(workspace, stages, labels, testPx);
  const scores: SourceScore[] = [];
  for (const [index, stage] of stages.entries()) {
    scores.push({ ...stage, accuracy: accuracies?.[index] ?? null, consistency: await consistencyOf(workspace, stage.modelId, request) });
  }
  const isByLabels = accuracies !== null;
  const worth = ({ accuracy, consistency }: SourceScore): number => (isByLabels ? (accuracy ?? 0) : consistency);
  // Of equals the first: going nowhere costs nothing.
  const chosen = scores.reduce((best, score, index) => (worth(score) > worth(scores[best] as SourceScore) ? index : best), 0);
  return { scores, chosen, basis: isByLabels ? 'labels' : 'views', numLabels: labels?.imageIds.length ?? 0 };
}

async function accuraciesOf(
  workspace: Workspace,
  stages: readonly { readonly folder: string | null; readonly modelId: number }[],
  { imageIds, labels, numClasses }: JudgingLabels,
  px: number,
): Promise<number[]> {
  const wanted = new Set([...imageIds, ...somePool(workspace)]);
  for (const { modelId } of stages) await embedImages(workspace, modelId, px, wanted);
  const candidates = stages.map(({ folder, modelId }) => ({
    name: folder ?? 'none',
    adapted: folder !== null,
    features: labelledFeatures(workspace, { modelId, px }, imageIds),
    reference: poolFeatures(workspace, { modelId, px }),
  }));
  const comparison = await compareFeatures({ candidates, labels, numClasses, seed: 0 });
  return comparison.candidates.map(({ metrics }) => metrics.accuracy);
}

async function consistencyOf(workspace: Workspace, modelId: number, { method, px, seed }: SourceRequest): Promise<number> {
  const { network, parameters } = loadModel(workspace, modelId);
  const imageIds = somePool(workspace).slice(0, maxImages);
  const executor = await workspace.executor();
  return await workspace.job({ kind: 'consistency', params: { modelId, px, seed, method } }, (ctx) =>
    viewConsistency({
      network,
      parameters,
      source: projectPixels(workspace, imageIds, Math.max(storedPx, px)),
      images: Int32Array.from(imageIds.keys()),
      px,
      augmentation: methodOf(method).settings.augmentation,
      executor,
      seed,
      ctx,
    }),
  );
}
