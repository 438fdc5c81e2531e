/**
 * From images to a map: features, neighbours, copies and outliers, clusters, positions, and what to label first. Every part is kept as soon as
 * it is there, so that a run that was cut off goes on with the next.
 */
import type { RunContext } from '../../contract/progress.ts';
import { AppError } from '../../contract/errors.ts';
import { groupDuplicates, redundantCopies } from '../../explore/duplicates.ts';
import { searchUnitRows } from '../../explore/neighbours.ts';
import type { Neighbours } from '../../explore/neighbours.ts';
import { gatherRows, l2Normalise } from '../../explore/normalise.ts';
import { findOutliers } from '../../explore/outliers.ts';
import { principalCoordinates } from '../../explore/principal.ts';
import { createProducts } from '../../explore/products.ts';
import { projectNeighbours } from '../../explore/projection.ts';
import { suggestTypical } from '../../explore/typiclust.ts';
import type { Executor } from '../../tensor/program.ts';
import { embedImages } from './embed-images.ts';
import { imagesKey } from '../intake/images-key.ts';
import type { FeatureKey } from '../classifiers/labelled-features.ts';
import { makeClusters } from './map-clusters.ts';
import {
  findPart,
  newestPositionsOf,
  partKey,
  readClusters,
  readCompact,
  readDuplicates,
  readOutliers,
  readPart,
  readPositions,
} from './maps.ts';
import type { MapPart } from './maps.ts';
import { testImages } from '../intake/test-split.ts';
import type { Workspace } from '../workspace.ts';

export interface MapRequest extends FeatureKey {
  /** As many as suit the number of images where null. */
  readonly numClusters: number | null;
  readonly seed: number;
}

export interface MapReport {
  readonly numImages: number;
  readonly numClusters: number;
  readonly numDuplicateGroups: number;
  readonly numOutliers: number;
  readonly numSuggested: number;
}

/** As many as any list of neighbours shows; the layout uses fewer. */
const numNeighbours = 24;
const neighbourBlockRows = 1024;
/** Keeps most of what distances tell at a twentieth of the memory. */
const numCompact = 64;
const maxSuggested = 500;
const numBatchesKept = 5;

/** One run: the images with features, and what the parts share. */
interface Run {
  readonly workspace: Workspace;
  readonly request: MapRequest;
  readonly executor: Executor;
  readonly ctx: RunContext;
  readonly imageIds: Int32Array;
  /** Changes with the images: parts of other images are made anew. */
  readonly images: string;
}

/** Makes what is missing of the map of a model's features. Throws `conflict` where no image can be used; the signal's reason when cancelled. */
export async function buildMap(workspace: Workspace, request: MapRequest, ctx: RunContext): Promise<MapReport> {
  const { project } = workspace;
  await embedImages(workspace, request.modelId, request.px);
  const executor = await workspace.executor();
  const { imageIds, vectors, dim } = project.embeddings.readAll(request);
  const shape = { numImages: imageIds.length, numDims: dim };
  if (imageIds.length === 0) throw new AppError('conflict', 'There is no image to map. Add a folder of images first.');
  const run: Run = { workspace, request, executor, ctx, imageIds, images: imagesKey(workspace, imageIds) };
  if (!isDone(run, 'compact') || !isDone(run, 'neighbours')) {
    const unit = l2Normalise(vectors, shape);
    await makeCompact(run, unit, dim);
    await makeNeighbours(run, unit, dim);
  }
  const neighbours = storedNeighbours(run);
  const compact = storedCompact(run);
  makeDuplicates(run, neighbours);
  makeOutliers(run, neighbours);
  await makeMapClusters(run, compact);
  await makePositions(run, neighbours, compact);
  const numSuggested = await suggestFirst(run, compact);
  return {
    numImages: imageIds.length,
    numClusters: readClusters(workspace, request)?.clusters.length ?? 0,
    numDuplicateGroups: readDuplicates(workspace, request).length,
    numOutliers: outlierIds(run).size,
    numSuggested,
  };
}

interface Compact {
  /** [N, dim], rows of unit length. */
  readonly unit: Float32Array;
  readonly dim: number;
}

/** What a part tells of itself besides its values. */
type Summary = Readonly<Record<string, unknown>>;

function isDone({ workspace, request, images }: Run, part: MapPart, also: Summary = {}): boolean {
  const summary = findPart(workspace, part, request)?.summary as Summary | null | undefined;
  if (summary === null || summary === undefined) return false;
  return summary['images'] === images && Object.entries(also).every(([name, value]) => summary[name] === value);
}

function keep(
  { workspace, request, images, imageIds }: Run,
  part: MapPart,
  values: Int32Array | Float32Array | null,
  summary: Summary = {},
): void {
  workspace.project.analyses.put(partKey(part, request), {
    summary: { images, numImages: imageIds.length, ...summary },
    ...(values !== null && { columns: { imageIds, values } }),
  });
}

/** Progress of whatever a phase counts, told in images. */
function counted({ ctx, imageIds }: Run, phase: string): RunContext {
  return {
    signal: ctx.signal,
    onProgress: ({ done, total }) =>
      ctx.onProgress({
        phase,
        done: total === null || total === 0 ? 0 : Math.round((done / total) * imageIds.length),
        total: imageIds.length,
      }),
  };
}

async function makeCompact(run: Run, unit: Float32Array, numDims: number): Promise<void> {
  if (isDone(run, 'compact')) return;
  const { imageIds, executor, request, ctx } = run;
  ctx.onProgress({ phase: 'Reducing features', done: 0, total: imageIds.length });
  // Not centred, so that angles between the reduced rows are those between the full ones.
  const options = { numKept: numCompact, seed: request.seed, centre: false };
  const { coordinates } = await principalCoordinates(unit, { numImages: imageIds.length, numDims }, options, executor, ctx);
  keep(run, 'compact', coordinates);
}

async function makeNeighbours(run: Run, unit: Float32Array, numDims: number): Promise<void> {
  if (isDone(run, 'neighbours')) return;
  const { imageIds, executor } = run;
  const blockRows = Math.min(neighbourBlockRows, imageIds.length);
  const products = await createProducts({ maxRowsA: blockRows, maxRowsB: blockRows, numDims }, executor);
  try {
    const shape = { numImages: imageIds.length, numDims };
    const found = await searchUnitRows(unit, shape, numNeighbours, products, blockRows, counted(run, 'Finding neighbours'));
    // Distances first: where the lists are there, so are they.
    keep(run, 'distances', found.distances);
    keep(
      run,
      'neighbours',
      found.indices.map((index) => imageIds[index] as number),
    );
  } finally {
    await products.dispose();
  }
}

function storedNeighbours({ workspace, request, imageIds }: Run): Neighbours {
  const ids = readPart(workspace, 'neighbours', request);
  const distances = readPart(workspace, 'distances', request);
  if (ids === null || !(distances?.values instanceof Float32Array))
    throw new AppError('internal', 'The neighbours of the map are not kept.');
  const rows = new Map(Array.from(imageIds, (id, row) => [id, row] as const));
  const indices = Int32Array.from(ids.values, (id) => rows.get(id) ?? 0);
  return { numImages: imageIds.length, numNeighbours: indices.length / imageIds.length, indices, distances: distances.values };
}

function storedCompact({ workspace, request, imageIds }: Run): Compact {
  const compact = readCompact(workspace, request);
  if (compact === null) throw new AppError('internal', 'The reduced features of the map are not kept.');
  const { vectors, dim } = compact;
  return { unit: l2Normalise(vectors, { numImages: imageIds.length, numDims: dim }), dim };
}

function makeDuplicates(run: Run, neighbours: Neighbours): void {
  if (isDone(run, 'duplicates')) return;
  const { workspace, imageIds } = run;
  const hashes = workspace.project.images.getMany(imageIds).map(({ contentHash }) => contentHash);
  const { groups, threshold } = groupDuplicates(neighbours, { hashes });
  keep(run, 'duplicates', null, { threshold, groups: groups.map((group) => Array.from(group, (i) => imageIds[i] as number)) });
}

function makeOutliers(run: Run, neighbours: Neighbours): void {
  if (isDone(run, 'outliers')) return;
  const { scores, threshold } = findOutliers(neighbours);
  const median = scores.slice().sort()[scores.length >> 1] ?? 0;
  keep(run, 'outliers', scores, { threshold, median });
}

async function makeMapClusters(run: Run, { unit, dim }: Compact): Promise<void> {
  const { workspace, request, imageIds, executor } = run;
  if (isDone(run, 'clusters', { asked: request.numClusters })) return;
  const rows = new Map(Array.from(imageIds, (id, row) => [id, row] as const));
  const copyOf = Int32Array.from(imageIds.keys());
  for (const group of readDuplicates(workspace, request)) for (const id of group) copyOf[rows.get(id) ?? 0] = rows.get(group[0] ?? 0) ?? 0;
  const { numClusters, seed } = request;
  const shape = { numImages: imageIds.length, numDims: dim };
  const ctx = counted(run, 'Finding clusters');
  const { assignments, clusters } = await makeClusters({ unit, ...shape, numClusters, seed, copyOf }, executor, ctx);
  const named = clusters.map((cluster) => ({ ...cluster, medoids: cluster.medoids.map((row) => imageIds[row] as number) }));
  keep(run, 'clusters', assignments, { asked: numClusters, clusters: named });
}

async function makePositions(run: Run, neighbours: Neighbours, { unit, dim }: Compact): Promise<void> {
  const { workspace, request, imageIds } = run;
  const { seed } = request;
  if (isDone(run, 'positions')) {
    // Kept again, since the newest positions are the newest map.
    const known = readPositions(workspace, request);
    if (known !== null) {
      keep(run, 'positions', known.positions);
      return;
    }
  }
  const shape = { numImages: imageIds.length, numDims: dim };
  const { coordinates, numDims } = await principalCoordinates(unit, shape, { numKept: 2, seed, centre: true }, null, run.ctx);
  const start = new Float32Array(imageIds.length * 2);
  for (let i = 0; i < imageIds.length; i++) for (let d = 0; d < numDims; d++) start[i * 2 + d] = coordinates[i * numDims + d] as number;
  const init = earlierPositions(run);
  const positions = await projectNeighbours(neighbours, start, { seed, ...(init !== null && { init }) }, counted(run, 'Drawing the map'));
  keep(run, 'positions', positions);
}

/** Where images were before: on this map with fewer images, or on that of a model this one was adapted from. NaN for new ones; null for none. */
function earlierPositions({ workspace, request, imageIds }: Run): Float32Array | null {
  const ancestors = workspace.project.models.lineage(request.modelId).toReversed().slice(1);
  const earlier =
    readPositions(workspace, request) ??
    newestPositionsOf(
      workspace,
      ancestors.map(({ id }) => id),
    );
  if (earlier === null) return null;
  const rows = new Map(Array.from(earlier.imageIds, (id, row) => [id, row] as const));
  const positions = new Float32Array(imageIds.length * 2).fill(NaN);
  imageIds.forEach((id, i) => {
    const row = rows.get(id);
    if (row !== undefined) positions.set(earlier.positions.subarray(row * 2, row * 2 + 2), i * 2);
  });
  return positions;
}

function outlierIds({ workspace, request }: Run): Set<number> {
  const found = readOutliers(workspace, request);
  if (found === null) return new Set();
  return new Set(found.imageIds.filter((_, i) => (found.scores[i] as number) > found.threshold));
}

/** Typical images of clusters without labels, copies, outliers and images kept for testing left out. Returns how many are kept as suggestions. */
async function suggestFirst(run: Run, { unit, dim }: Compact): Promise<number> {
  const { workspace, request, imageIds, executor, images } = run;
  const { project } = workspace;
  const { modelId, px, seed } = request;
  const params = { px, images, seed, budget: maxSuggested, origin: 'map' };
  const newest = project.suggestions.latest();
  if (newest?.modelId === modelId && (newest.params as { images?: unknown } | null)?.images === images) return newest.suggestions.length;
  const held = new Set(testImages(workspace));
  const pool = Int32Array.from(imageIds.keys()).filter((row) => !held.has(imageIds[row] as number));
  const poolRows = new Map(Array.from(pool, (row, at) => [imageIds[row] as number, at] as const));
  const inPool = (ids: Iterable<number>): Int32Array => Int32Array.from([...ids].flatMap((id) => poolRows.get(id) ?? []));
  const labelled = inPool(project.labels.all().imageIds);
  const groups = readDuplicates(workspace, request).map(inPool);
  const excluded = Int32Array.from(new Set([...redundantCopies(groups, labelled), ...inPool(outlierIds(run))]));
  const common = { features: gatherRows(unit, dim, pool), numImages: pool.length, numDims: dim, labelled, excluded, seed };
  const ctx = counted(run, 'Choosing what to label first');
  const { indices, scores } = await suggestTypical({ ...common, budget: maxSuggested }, executor, ctx);
  const suggestions = Array.from(indices, (at, i) => ({
    imageId: imageIds[pool[at] as number] as number,
    reason: 'typical of a group without labels',
    score: scores[i] as number,
  }));
  project.suggestions.add({ strategy: 'typical', modelId, params, suggestions });
  project.suggestions.prune(numBatchesKept);
  return suggestions.length;
}
