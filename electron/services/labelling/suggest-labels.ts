/** Which images to label next. */
import { resolve, sep } from 'node:path';
import { AppError } from '../../contract/errors.ts';
import type { FeatureKey } from '../classifiers/labelled-features.ts';
import { testImages } from '../intake/test-split.ts';
import { newestMap, readClusters } from '../mapping/maps.ts';
import type { Workspace } from '../workspace.ts';
import { chooseImages, reasons } from './choose-images.ts';
import type { Strategy } from './choose-images.ts';

export interface SuggestRequest {
  readonly modelId: number;
  /** Size the images were embedded at. */
  readonly px: number;
  readonly budget: number;
  readonly strategy: Strategy;
  readonly seed: number;
  /** Only images in this folder: its path, or its path below a folder of the project. */
  readonly folder?: string;
  /** Only images of this cluster of the newest map. */
  readonly clusterId?: number;
}

export interface SuggestReport {
  readonly strategy: Strategy;
  readonly imageIds: readonly number[];
  readonly paths: readonly string[];
  /** Why each, in words. */
  readonly reasons: readonly string[];
  /** Left out of the choice: copies of other images, and images unlike any other. */
  readonly numCopies: number;
  readonly numOutliers: number;
}

/** Suggests images to label among those not labelled and not kept apart for testing, and keeps the suggestions. */
export async function suggestLabels(workspace: Workspace, request: SuggestRequest): Promise<SuggestReport> {
  const { project } = workspace;
  const executor = await workspace.executor();
  return await workspace.job({ kind: 'suggest', params: request }, async (ctx) => {
    const pool = readPool(workspace, request, new Set(testImages(workspace)));
    const { imageIds } = pool;
    const images = project.images.getMany(imageIds);
    const inScope = scopeTest(workspace, request);
    const choice = await chooseImages(
      {
        ...request,
        ...pool,
        ...labelsAmong(workspace, imageIds),
        hashes: images.map((image) => image.contentHash),
        outside: Int32Array.from(imageIds.keys()).filter((i) => images[i] === undefined || !inScope(images[i])),
      },
      executor,
      ctx,
    );
    const { indices, scores } = choice.suggestions;
    const chosen = Array.from(indices, (i, at) => ({
      image: images[i],
      score: scores[at] ?? 0,
      reason: reasons[choice.ways[at] ?? 'random'],
    }));
    project.suggestions.add({
      strategy: request.strategy,
      modelId: request.modelId,
      params: request,
      suggestions: chosen.map(({ image, reason, score }) => ({ imageId: image?.id ?? 0, reason, score })),
    });
    return {
      strategy: request.strategy,
      imageIds: chosen.map(({ image }) => image?.id ?? 0),
      paths: chosen.map(({ image }) => image?.relativePath ?? ''),
      reasons: chosen.map(({ reason }) => reason),
      numCopies: choice.numCopies,
      numOutliers: choice.numOutliers,
    };
  });
}

/** Features [N, D] of the usable images that are not kept apart. */
function readPool(
  { project }: Workspace,
  key: FeatureKey,
  held: ReadonlySet<number>,
): { imageIds: number[]; features: Float32Array; numImages: number; numDims: number } {
  const all = project.embeddings.readAll({ modelId: key.modelId, px: key.px });
  if (all.imageIds.length === 0) throw new AppError('conflict', 'The images have no features yet. Embed them first.');
  const usable = new Set(project.images.usable());
  const rows = Array.from(all.imageIds.keys()).filter((i) => usable.has(all.imageIds[i] ?? 0) && !held.has(all.imageIds[i] ?? 0));
  const features = new Float32Array(rows.length * all.dim);
  rows.forEach((i, at) => features.set(all.vectors.subarray(i * all.dim, (i + 1) * all.dim), at * all.dim));
  return { imageIds: rows.map((i) => all.imageIds[i] ?? 0), features, numImages: rows.length, numDims: all.dim };
}

/** Which of these images have labels, and which, as positions. */
function labelsAmong(
  { project }: Workspace,
  imageIds: readonly number[],
): { labelled: Int32Array; labels: Int32Array; numClasses: number } {
  const all = project.labels.all();
  const classOf = new Map(Array.from(all.imageIds, (id, i) => [id, all.classIds[i] ?? 0] as const));
  const classes = project.classes.list();
  const places = new Map(classes.map(({ id }, place) => [id, place] as const));
  const labelled = Int32Array.from(imageIds.keys()).filter((i) => classOf.has(imageIds[i] ?? 0));
  const labels = labelled.map((i) => places.get(classOf.get(imageIds[i] ?? 0) ?? 0) ?? 0);
  return { labelled, labels, numClasses: classes.length };
}

/** Throws `not-found` for a folder without images of the project, and `conflict` for a cluster where there is no map. */
function scopeTest(
  workspace: Workspace,
  { folder, clusterId }: SuggestRequest,
): (image: { readonly id: number; readonly sourceId: number; readonly relativePath: string }) => boolean {
  const members = clusterId === undefined ? null : clusterMembers(workspace, clusterId);
  const isBelow = folder === undefined ? null : folderTest(workspace, folder);
  return ({ id, sourceId, relativePath }) => (members?.has(id) ?? true) && (isBelow?.(sourceId, relativePath) ?? true);
}

function clusterMembers(workspace: Workspace, clusterId: number): ReadonlySet<number> {
  const map = newestMap(workspace);
  const found = map === null ? null : readClusters(workspace, map);
  if (found === null) throw new AppError('conflict', 'There is no map yet, so there are no clusters. Compute the map in the window first.');
  const ids = found.imageIds.filter((_, i) => found.clusterIds[i] === clusterId);
  if (ids.length === 0) {
    throw new AppError('not-found', `The newest map has no cluster ${clusterId}; its clusters are 0 to ${found.clusters.length - 1}.`);
  }
  return new Set(ids);
}

function folderTest({ project }: Workspace, folder: string): (sourceId: number, relativePath: string) => boolean {
  const path = resolve(folder);
  const below = folder
    .split(sep)
    .join('/')
    .replace(/^(\.\/)+/, '')
    .replace(/\/+$/, '');
  const roots = new Map(project.sources.list().map(({ id, rootPath }) => [id, rootPath] as const));
  const test = (sourceId: number, relativePath: string): boolean => {
    const root = roots.get(sourceId) ?? '';
    return relativePath.startsWith(`${below}/`) || `${root}${sep}${relativePath.split('/').join(sep)}`.startsWith(`${path}${sep}`);
  };
  const all = project.images.getMany(project.images.usable());
  if (!all.some(({ sourceId, relativePath }) => test(sourceId, relativePath))) {
    throw new AppError('not-found', `The project has no images in ${folder}. Give a folder of the project, or its path below one.`);
  }
  return test;
}
