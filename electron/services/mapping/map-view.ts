/** A map as the window shows it, with the present labels of its clusters. */
import type { ClusterView, DuplicateGroup, MapView, OutlierView } from '../../contract/domain.ts';
import { AppError } from '../../contract/errors.ts';
import type { Host } from '../host.ts';
import { baseColumns, classColumn, noClass, rowOf, rowsOf } from '../catalog/image-catalog.ts';
import type { FeatureKey } from '../classifiers/labelled-features.ts';
import { newestMap, readClusters, readOutliers, readPositions } from './maps.ts';
import type { ClusterFacts } from './maps.ts';
import { copyGroups } from '../catalog/near-copies.ts';

const maxOutliers = 500;

/** Positions and clusters of the images that are still in the project. Throws `not-found` where there is no such map. */
export function mapView(host: Host, { modelId, px }: FeatureKey): MapView {
  const workspace = host.workspace();
  const { name } = workspace.project.models.get(modelId);
  const stored = host.memo(`maps.view.${modelId}.${px}`, ['maps', 'models', 'sources'], () => {
    const positions = readPositions(workspace, { modelId, px });
    const clusters = readClusters(workspace, { modelId, px });
    return positions === null || clusters === null ? null : { ...positions, ...clusters, clusteredIds: clusters.imageIds };
  });
  if (stored === null) throw new AppError('not-found', `There is no map of ${name} at ${px} px. Compute it first.`);
  const known = baseColumns(host).ids;
  const rows = rowsOf(known, stored.imageIds);
  const kept = Int32Array.from(rows.keys()).filter((i) => rows[i] !== -1);
  const clusterRows = rowsOf(stored.clusteredIds, stored.imageIds);
  return {
    modelId,
    px,
    modelName: name,
    ids: kept.map((i) => stored.imageIds[i] as number),
    x: Float32Array.from(kept, (i) => stored.positions[i * 2] as number),
    y: Float32Array.from(kept, (i) => stored.positions[i * 2 + 1] as number),
    clusterIds: kept.map((i) => stored.clusterIds[clusterRows[i] as number] ?? -1),
    clusters: clusterViews(host, stored),
  };
}

/** Sizes and labels as they are now: images may have been removed since. */
function clusterViews(
  host: Host,
  { clusteredIds, clusterIds, clusters }: { clusteredIds: Int32Array; clusterIds: Int32Array; clusters: readonly ClusterFacts[] },
): ClusterView[] {
  const classIds = classColumn(host);
  const { ids } = baseColumns(host);
  const counts = clusters.map(() => new Map<number, number>());
  const sizes = new Int32Array(clusters.length);
  rowsOf(ids, clusteredIds).forEach((row, i) => {
    const cluster = clusterIds[i] as number;
    if (row < 0) return;
    sizes[cluster] = (sizes[cluster] ?? 0) + 1;
    const classId = classIds[row] as number;
    const labels = counts[cluster];
    if (classId !== noClass) labels?.set(classId, (labels.get(classId) ?? 0) + 1);
  });
  return clusters.map(({ id, medoids, looseness }, i) => {
    const labels = Array.from(counts[i] ?? [], ([classId, count]) => ({ classId, count }));
    labels.sort((a, b) => b.count - a.count || a.classId - b.classId);
    const numLabelled = labels.reduce((sum, { count }) => sum + count, 0);
    const purity = numLabelled === 0 ? null : (labels[0]?.count ?? 0) / numLabelled;
    return { id, size: sizes[i] ?? 0, medoids: medoids.filter((image) => rowOf(ids, image) >= 0), labels, numLabelled, purity, looseness };
  });
}

/** Whether an image is readable, present and not left out. */
function usableTest(host: Host): (id: number) => boolean {
  const { ids, status, isExcluded } = baseColumns(host);
  return (id) => {
    const row = rowOf(ids, id);
    return row >= 0 && status[row] === 0 && isExcluded[row] === 0;
  };
}

/** Near-copies that are still usable: labelled images first, then the largest; groups with conflicting labels first. */
export function duplicateViews(host: Host): DuplicateGroup[] {
  const isUsable = usableTest(host);
  const { ids } = baseColumns(host);
  const classIds = classColumn(host);
  const groups = copyGroups(host)
    .map((group) => group.filter(isUsable))
    .filter((group) => group.length > 1);
  const records = new Map(
    host
      .workspace()
      .project.images.getMany(groups.flat())
      .map((image) => [image.id, image] as const),
  );
  const views = groups.map((group): DuplicateGroup => {
    const labelOf = (id: number): number => classIds[rowOf(ids, id)] ?? noClass;
    const pixelsOf = (id: number): number => (records.get(id)?.width ?? 0) * (records.get(id)?.height ?? 0);
    const labels = new Set(group.map(labelOf).filter((classId) => classId !== noClass));
    const hashes = new Set(group.map((id) => records.get(id)?.contentHash));
    const imageIds = group.toSorted(
      (a, b) => Number(labelOf(b) !== noClass) - Number(labelOf(a) !== noClass) || pixelsOf(b) - pixelsOf(a) || a - b,
    );
    return { imageIds, isExact: hashes.size === 1, isConflicting: labels.size > 1 };
  });
  return views.sort((a, b) => Number(b.isConflicting) - Number(a.isConflicting) || Number(b.isExact) - Number(a.isExact));
}

/** Images unlike all others by the newest map, strangest first. */
export function outlierViews(host: Host): OutlierView[] {
  const map = newestMap(host.workspace());
  const found = map === null ? null : readOutliers(host.workspace(), map);
  if (found === null) return [];
  const isUsable = usableTest(host);
  const { imageIds, scores, threshold, median } = found;
  return Array.from(imageIds, (imageId, i) => ({ imageId, distance: scores[i] as number }))
    .filter(({ imageId, distance }) => distance > threshold && isUsable(imageId))
    .sort((a, b) => b.distance - a.distance || a.imageId - b.imageId)
    .slice(0, maxOutliers)
    .map(({ imageId, distance }) => ({ imageId, score: median > 0 ? distance / median : 1 }));
}
