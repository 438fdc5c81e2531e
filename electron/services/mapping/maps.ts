/**
 * Maps as they are kept: for the features of one model and size, analyses over the same images, written one after the other so that a run cut
 * off goes on. The positions come last; a map without them is not finished.
 */
import { z } from 'zod';
import type { Analysis, AnalysisColumns, AnalysisKey } from '../../project/analyses.ts';
import type { Host } from '../host.ts';
import type { FeatureKey } from '../classifiers/labelled-features.ts';
import type { Workspace } from '../workspace.ts';

export type MapPart = 'neighbours' | 'distances' | 'compact' | 'duplicates' | 'outliers' | 'clusters' | 'positions';

/** A finished map. */
export interface MapRecord extends FeatureKey {
  readonly numImages: number;
  readonly createdAt: number;
  /** Whether images have come or changed since; those that are gone or excluded only leave a gap. */
  readonly isStale: boolean;
}

const paramsSchema = z.object({ px: z.number().int().positive() });
const summarySchema = z.looseObject({ images: z.string(), numImages: z.number() });

const clusterSchema = z.object({ id: z.number(), size: z.number(), medoids: z.array(z.number()), looseness: z.number() });
export type ClusterFacts = z.infer<typeof clusterSchema>;

const duplicatesSchema = z.looseObject({ groups: z.array(z.array(z.number())) });
const outliersSchema = z.looseObject({ threshold: z.number(), median: z.number() });

export function partKey(part: MapPart, { modelId, px }: FeatureKey): AnalysisKey {
  return { kind: `map.${part}`, modelId, params: { px } };
}

/** Finished maps, newest last. */
export function listMaps(host: Host): readonly MapRecord[] {
  return host.memo('maps.list', ['maps', 'models', 'images', 'sources'], () => {
    const { analyses, embeddings } = host.workspace().project;
    return analyses.list('map.positions').flatMap((analysis) => {
      const map = toMap(analysis);
      return map === null ? [] : [{ ...map, isStale: embeddings.missing(map).length > 0 }];
    });
  });
}

function toMap({ modelId, params, summary, createdAt }: Analysis): Omit<MapRecord, 'isStale'> | null {
  const px = paramsSchema.safeParse(params);
  const facts = summarySchema.safeParse(summary);
  if (modelId === null || !px.success || !facts.success) return null;
  return { modelId, px: px.data.px, numImages: facts.data.numImages, createdAt };
}

/** Which features the newest finished map is of, or null. */
export function newestMap({ project }: Workspace): FeatureKey | null {
  const newest = project.analyses.list('map.positions').at(-1);
  return newest === undefined ? null : toMap(newest);
}

/** One part of a map, or null. */
export function findPart({ project }: Workspace, part: MapPart, key: FeatureKey): Analysis | null {
  return project.analyses.find(partKey(part, key));
}

/** The values of one part, or null. */
export function readPart(workspace: Workspace, part: MapPart, key: FeatureKey): AnalysisColumns | null {
  const found = findPart(workspace, part, key);
  return found === null ? null : workspace.project.analyses.columns(found.id);
}

/** Clusters by falling size, and the one of every image; null without a map. */
export function readClusters(
  workspace: Workspace,
  key: FeatureKey,
): { readonly imageIds: Int32Array; readonly clusterIds: Int32Array; readonly clusters: readonly ClusterFacts[] } | null {
  const found = findPart(workspace, 'clusters', key);
  const columns = found === null ? null : workspace.project.analyses.columns(found.id);
  const summary = z.looseObject({ clusters: z.array(clusterSchema) }).safeParse(found?.summary);
  if (columns === null || !(columns.values instanceof Int32Array) || !summary.success) return null;
  return { imageIds: columns.imageIds, clusterIds: columns.values, clusters: summary.data.clusters };
}

/** Positions [N, 2]; null without a map. */
export function readPositions(workspace: Workspace, key: FeatureKey): { imageIds: Int32Array; positions: Float32Array } | null {
  const columns = readPart(workspace, 'positions', key);
  if (columns === null || !(columns.values instanceof Float32Array)) return null;
  return { imageIds: columns.imageIds, positions: columns.values };
}

/** The newest finished map of the first of these models that has one, or null. */
export function newestPositionsOf(
  workspace: Workspace,
  modelIds: readonly number[],
): { imageIds: Int32Array; positions: Float32Array } | null {
  const maps = workspace.project.analyses.list('map.positions').flatMap((analysis) => toMap(analysis) ?? []);
  for (const id of modelIds) {
    const found = maps.findLast(({ modelId }) => modelId === id);
    if (found !== undefined) return readPositions(workspace, found);
  }
  return null;
}

/** Features reduced to a few dimensions that keep distances, [N, dim]; null without a map. */
export function readCompact(workspace: Workspace, key: FeatureKey): { imageIds: Int32Array; vectors: Float32Array; dim: number } | null {
  const columns = readPart(workspace, 'compact', key);
  if (columns === null || !(columns.values instanceof Float32Array) || columns.imageIds.length === 0) return null;
  return { imageIds: columns.imageIds, vectors: columns.values, dim: columns.values.length / columns.imageIds.length };
}

/** The nearest neighbours of every image as image ids [N, k]; null without a map. */
export function readNeighbourIds(workspace: Workspace, key: FeatureKey): { imageIds: Int32Array; ids: Int32Array; k: number } | null {
  const columns = readPart(workspace, 'neighbours', key);
  if (columns === null || !(columns.values instanceof Int32Array) || columns.imageIds.length === 0) return null;
  return { imageIds: columns.imageIds, ids: columns.values, k: columns.values.length / columns.imageIds.length };
}

/** Groups of images that are nearly the same, as image ids. */
export function readDuplicates(workspace: Workspace, key: FeatureKey): readonly (readonly number[])[] {
  const parsed = duplicatesSchema.safeParse(findPart(workspace, 'duplicates', key)?.summary);
  return parsed.success ? parsed.data.groups : [];
}

/** Mean distance of every image to its neighbours, what is usual, and from where on an image is unlike all others; null without a map. */
export function readOutliers(
  workspace: Workspace,
  key: FeatureKey,
): { imageIds: Int32Array; scores: Float32Array; threshold: number; median: number } | null {
  const found = findPart(workspace, 'outliers', key);
  const columns = found === null ? null : workspace.project.analyses.columns(found.id);
  const summary = outliersSchema.safeParse(found?.summary);
  if (columns === null || !(columns.values instanceof Float32Array) || !summary.success) return null;
  return { imageIds: columns.imageIds, scores: columns.values, threshold: summary.data.threshold, median: summary.data.median };
}
