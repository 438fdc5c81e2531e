/** What a classifier says of every image. */
import type { RunContext } from '../../contract/progress.ts';
import { predict } from '../../learn/embed.ts';
import { predictProbe } from '../../learn/probe.ts';
import type { ProbeModel } from '../../learn/probe.ts';
import { loadClassifier } from '../adaptation/models.ts';
import type { FeatureKey } from './labelled-features.ts';
import { projectPixels } from '../intake/project-pixels.ts';
import type { ClassifierSettings } from './train-classifier.ts';
import type { Workspace } from '../workspace.ts';

/** Images between two looks at whether to stop. */
const numAtOnce = 4096;

/** The usable images that the classifier has not predicted yet. */
export function unpredictedImages({ project }: Workspace, modelId: number): Int32Array {
  const known = new Set(project.predictions.readAll(modelId).imageIds);
  return project.images.usable().filter((id) => !known.has(id));
}

/** Predicts every usable image that is not predicted yet; what is done is kept batch by batch. Returns how many were predicted now. */
export async function predictAll(workspace: Workspace, modelId: number, ctx: RunContext): Promise<number> {
  const { project } = workspace;
  const missing = unpredictedImages(workspace, modelId);
  if (missing.length === 0) return 0;
  const { network, parameters, head, record } = loadClassifier(workspace, modelId);
  const { flip, finetuneSteps, strength } = record.settings as ClassifierSettings;
  const { parentId, px } = record;
  // A probe on features that are there needs no network.
  if (finetuneSteps === 0 && !flip && parentId !== null && project.embeddings.missing({ modelId: parentId, px }).length === 0) {
    const probe: ProbeModel = { ...head, classes: Array.from({ length: head.numClasses }, (_, c) => c), strength };
    return predictFeatures(workspace, { modelId, probe, key: { modelId: parentId, px }, imageIds: missing }, ctx);
  }
  const source = projectPixels(workspace, missing, px);
  const width = head.numClasses;
  await predict({
    network,
    parameters,
    head,
    source,
    executor: await workspace.executor(),
    ctx,
    flip,
    onBatch: (start, rows) => {
      const readable = Array.from({ length: rows.length / width }, (_, i) => i).filter((i) => !source.unreadable.has(start + i));
      const kept = new Float32Array(readable.length * width);
      readable.forEach((i, at) => kept.set(rows.subarray(i * width, (i + 1) * width), at * width));
      project.predictions.write(
        modelId,
        readable.map((i) => missing[start + i] ?? 0),
        kept,
      );
    },
  });
  return missing.length - source.unreadable.size;
}

interface FeaturePredictions {
  readonly modelId: number;
  readonly probe: ProbeModel;
  readonly key: FeatureKey;
  readonly imageIds: Int32Array;
}

function predictFeatures({ project }: Workspace, { modelId, probe, key, imageIds }: FeaturePredictions, ctx: RunContext): number {
  for (let at = 0; at < imageIds.length; at += numAtOnce) {
    ctx.signal.throwIfAborted();
    const ids = imageIds.slice(at, at + numAtOnce);
    project.predictions.write(modelId, ids, predictProbe(probe, project.embeddings.read(key, ids).vectors));
    ctx.onProgress({ phase: 'predict', done: at + ids.length, total: imageIds.length });
  }
  return imageIds.length;
}
