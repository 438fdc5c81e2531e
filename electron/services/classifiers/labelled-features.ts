/** Features and labels as the learning functions take them. */
import { AppError } from '../../contract/errors.ts';
import { testImages } from '../intake/test-split.ts';
import type { Workspace } from '../workspace.ts';

/** Which features: those of a model for images of one size. */
export interface FeatureKey {
  readonly modelId: number;
  readonly px: number;
}

/** The labels to learn from: of usable images that are not kept apart. */
export function trainingLabels(workspace: Workspace): { imageIds: Int32Array; classIds: Int32Array } {
  const { project } = workspace;
  const held = new Set(testImages(workspace));
  const usable = new Set(project.images.usable());
  const all = project.labels.all();
  const rows = Array.from(all.imageIds.keys()).filter((i) => usable.has(all.imageIds[i] ?? 0) && !held.has(all.imageIds[i] ?? 0));
  if (rows.length === 0) throw new AppError('conflict', 'There are no labels to learn from yet. Label some images first.');
  return { imageIds: Int32Array.from(rows, (i) => all.imageIds[i] ?? 0), classIds: Int32Array.from(rows, (i) => all.classIds[i] ?? 0) };
}

/** [N, D] at these images, in this order. Throws `not-found` where some have no features. */
export function labelledFeatures(workspace: Workspace, key: FeatureKey, imageIds: Int32Array): Float32Array {
  return workspace.project.embeddings.read(key, imageIds).vectors;
}

/** [N, D] of every image that is not kept apart: what features are standardised on. */
export function poolFeatures(workspace: Workspace, key: FeatureKey): Float32Array {
  const held = new Set(testImages(workspace));
  const { imageIds, vectors, dim } = workspace.project.embeddings.readAll(key);
  const rows = Array.from(imageIds.keys()).filter((i) => !held.has(imageIds[i] ?? 0));
  const pool = new Float32Array(rows.length * dim);
  rows.forEach((i, at) => pool.set(vectors.subarray(i * dim, (i + 1) * dim), at * dim));
  return pool;
}
