/** Clusters as people see them: none too small to mean anything, the largest first, each with its most central images. */
import type { RunContext } from '../../contract/progress.ts';
import { clusterFeatures } from '../../explore/kmeans.ts';
import type { FeatureShape } from '../../explore/normalise.ts';
import { squaredDistance } from '../../explore/normalise.ts';
import type { Executor } from '../../tensor/program.ts';

export interface ClusterRequest extends FeatureShape {
  /** [N, D], rows of unit length. */
  readonly unit: Float32Array;
  /** As many as suit the number of images unless told; then none is dissolved. */
  readonly numClusters: number | null;
  readonly seed: number;
  /** [N], equal for copies of one picture, of which a cluster shows one. */
  readonly copyOf: Int32Array;
}

export interface MapClusters {
  /** [N], ids by falling size. */
  readonly assignments: Int32Array;
  readonly clusters: readonly {
    readonly id: number;
    readonly size: number;
    readonly medoids: readonly number[];
    readonly looseness: number;
  }[];
}

const [fewest, most] = [8, 60];
const imagesPerCluster = 4;
const smallestShare = 0.05;
const smallestSize = 3;
const numMedoids = 9;

/** Half the root of the number of images, within what fits on a screen; few images make fewer clusters. */
export function automaticClusters(numImages: number): number {
  const wanted = Math.min(most, Math.max(fewest, Math.round(Math.sqrt(numImages) / 2)));
  return Math.max(1, Math.min(wanted, Math.floor(numImages / imagesPerCluster)));
}

/** k-means; clusters far below the mean size are dissolved into their neighbours unless the number was asked for. Medoids are positions. */
export async function makeClusters(request: ClusterRequest, executor: Executor | null, ctx: RunContext): Promise<MapClusters> {
  const { unit, numImages, numDims, seed } = request;
  const numClusters = Math.min(numImages, request.numClusters ?? automaticClusters(numImages));
  const { assignments, centroids, sizes } = await clusterFeatures(unit, { numImages, numDims }, { numClusters, seed }, executor, ctx);
  const isAutomatic = request.numClusters === null;
  const least = isAutomatic ? Math.max(Math.min(smallestSize, numImages), (smallestShare * numImages) / numClusters) : 1;
  const bySize = Array.from(sizes.keys()).sort((a, b) => (sizes[b] as number) - (sizes[a] as number) || a - b);
  const kept = bySize.filter((cluster, rank) => rank === 0 || (sizes[cluster] as number) >= least);
  dissolve(request, assignments, centroids, new Set(kept));
  return describe(request, assignments, centroids, kept);
}

/** Gives the images of all other clusters to the nearest kept one. */
function dissolve({ unit, numDims }: ClusterRequest, assignments: Int32Array, centroids: Float32Array, kept: ReadonlySet<number>): void {
  assignments.forEach((cluster, i) => {
    if (kept.has(cluster)) return;
    let [nearest, least] = [0, Infinity];
    for (const candidate of kept) {
      const squared = squaredDistance(unit, i, centroids, candidate, numDims);
      if (squared < least) [nearest, least] = [candidate, squared];
    }
    assignments[i] = nearest;
  });
}

function describe(request: ClusterRequest, assignments: Int32Array, centroids: Float32Array, kept: readonly number[]): MapClusters {
  const { unit, numImages, numDims, copyOf } = request;
  const distances = Float32Array.from({ length: numImages }, (_, i) =>
    Math.sqrt(squaredDistance(unit, i, centroids, assignments[i] as number, numDims)),
  );
  const members = new Map(kept.map((cluster) => [cluster, [] as number[]] as const));
  assignments.forEach((cluster, i) => members.get(cluster)?.push(i));
  // Dissolved images may have changed the order.
  const ordered = kept.filter((cluster) => (members.get(cluster)?.length ?? 0) > 0);
  ordered.sort((a, b) => (members.get(b)?.length ?? 0) - (members.get(a)?.length ?? 0) || a - b);
  const meanOf = (images: readonly number[]): number =>
    images.reduce((sum, i) => sum + (distances[i] as number), 0) / Math.max(1, images.length);
  const usual = meanOf(Array.from(distances.keys()));
  const ids = new Map(ordered.map((cluster, id) => [cluster, id] as const));
  return {
    assignments: assignments.map((cluster) => ids.get(cluster) ?? 0),
    clusters: ordered.map((cluster, id) => {
      const images = members.get(cluster) ?? [];
      const central = images.toSorted((a, b) => (distances[a] as number) - (distances[b] as number) || a - b);
      const shown = new Map<number, number>();
      for (const i of central) {
        if (shown.size === numMedoids) break;
        if (!shown.has(copyOf[i] as number)) shown.set(copyOf[i] as number, i);
      }
      return { id, size: images.length, medoids: [...shown.values()], looseness: usual > 0 ? meanOf(images) / usual : 1 };
    }),
  };
}
