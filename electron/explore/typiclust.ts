/** Choosing the first images to label: those typical of, or central to, the clusters that have no label yet. */
import type { RunContext } from '../contract/progress.ts';
import type { Executor } from '../tensor/program.ts';
import { cycleClusters, orderClusters } from './cluster-cycle.ts';
import type { PoolCluster } from './cluster-cycle.ts';
import { clusterFeatures } from './kmeans.ts';
import type { Clustering } from './lloyd.ts';
import { searchUnitRows } from './neighbours.ts';
import { gatherRows, l2Normalise, squaredDistance } from './normalise.ts';
import { createProducts } from './products.ts';
import type { Products } from './products.ts';
import { createFeaturePool, toSuggestions } from './selection.ts';
import type { FeatureRequest, Pool, Suggestions } from './selection.ts';

/** These four as in the paper's code. */
const MAX_CLUSTERS = 500;
const LARGEST_DROPPED_SIZE = 5;
const MAX_TYPICALITY_NEIGHBOURS = 20;
const SMALLEST_MEAN_DISTANCE = 1e-5;
/** Ours: with fewer images per cluster most clusters would be dropped, and the few left would give all the picks. */
const MIN_IMAGES_PER_CLUSTER = 2 * (LARGEST_DROPPED_SIZE + 1);
/** Rows per block within a cluster: most clusters are small, and on an executor short blocks are filled up. */
const TYPICALITY_BLOCK_ROWS = 256;

/**
 * TypiClust (Hacohen, Dekel and Weinshall 2022): k-means on L2-normalised features into min(|labelled| + budget, 500) clusters, then
 * round the clusters, those with the fewest labels first, then the largest, taking from each its most typical unlabelled image.
 * Typicality, the score, is 1 / (mean distance to the min(20, half) nearest unlabelled images of the cluster + 1e-5). Clusters of 5
 * and fewer are used only when the others have nothing left; and there are never so many clusters that they would hold fewer than 12
 * images on average.
 *
 * The same request and executor give the same answer. Throws `AppError` `invalid-input` for a wrong shape, image or budget; the
 * signal's reason when cancelled.
 */
export async function suggestTypical(request: FeatureRequest, executor: Executor | null, ctx: RunContext): Promise<Suggestions> {
  const { numDims } = request;
  const pool = createFeaturePool(request);
  if (pool.numWanted === 0) return toSuggestions([]);
  const maxClusters = Math.max(1, Math.floor(pool.members.length / MIN_IMAGES_PER_CLUSTER));
  const { unit, clustering } = await clusterPool(request, pool, maxClusters, executor, ctx);
  const clusters = orderClusters(pool, clustering);
  const mostCandidates = clusters.reduce((most, { candidates }) => Math.max(most, candidates.length), 0);
  const blockRows = Math.min(TYPICALITY_BLOCK_ROWS, mostCandidates);
  const products = await createProducts({ maxRowsA: blockRows, maxRowsB: blockRows, numDims }, executor);
  try {
    const scoreOf = ({ candidates }: PoolCluster): Promise<Float32Array> =>
      measureTypicality(gatherRows(unit, numDims, candidates), numDims, products, blockRows, ctx.signal);
    return await cycleClusters(pool, clusters, ({ size }) => size > LARGEST_DROPPED_SIZE, scoreOf, ctx);
  } finally {
    await products.dispose();
  }
}

/**
 * The simplest start, strong on good features (arXiv 2401.14555): k-means on L2-normalised features into min(|labelled| + budget, 500)
 * clusters, then round the clusters as in `suggestTypical`, however small, taking the unlabelled image nearest to the centroid. The
 * score is minus its distance. Throws as `suggestTypical`.
 */
export async function suggestCentral(request: FeatureRequest, executor: Executor | null, ctx: RunContext): Promise<Suggestions> {
  const { numDims } = request;
  const pool = createFeaturePool(request);
  if (pool.numWanted === 0) return toSuggestions([]);
  const { unit, clustering } = await clusterPool(request, pool, pool.members.length, executor, ctx);
  const scoreOf = ({ id, candidates }: PoolCluster): Float32Array =>
    Float32Array.from(candidates, (row) => -Math.sqrt(squaredDistance(unit, row, clustering.centroids, id, numDims)));
  return cycleClusters(pool, orderClusters(pool, clustering), () => true, scoreOf, ctx);
}

async function clusterPool(
  { features, numDims, seed }: FeatureRequest,
  pool: Pool,
  maxClusters: number,
  executor: Executor | null,
  ctx: RunContext,
): Promise<{ unit: Float32Array; clustering: Clustering }> {
  const shape = { numImages: pool.members.length, numDims };
  const unit = l2Normalise(gatherRows(features, numDims, pool.members), shape);
  const numClusters = Math.min(pool.numLabelled + pool.numWanted, MAX_CLUSTERS, maxClusters);
  return { unit, clustering: await clusterFeatures(unit, shape, { numClusters, seed }, executor, ctx) };
}

/** The typicality of every row of `unit` [M, D] among the others; 0 for a row alone. */
async function measureTypicality(
  unit: Float32Array,
  numDims: number,
  products: Products,
  blockRows: number,
  signal: AbortSignal,
): Promise<Float32Array> {
  const numImages = unit.length / numDims;
  const k = Math.min(MAX_TYPICALITY_NEIGHBOURS, Math.floor(numImages / 2));
  // Steps within one cluster are too fine to report.
  const quiet = { signal, onProgress: () => undefined };
  const { distances } = await searchUnitRows(unit, { numImages, numDims }, k, products, blockRows, quiet);
  return Float32Array.from({ length: numImages }, (_, i) => {
    if (k === 0) return 0;
    const sum = distances.subarray(i * k, (i + 1) * k).reduce((total, distance) => total + distance, 0);
    return 1 / (sum / k + SMALLEST_MEAN_DISTANCE);
  });
}
