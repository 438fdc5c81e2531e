/** How firmly images fall into clusters: whether k-means from other starts, or of a later network, finds the same ones. */
import { createRandom, type Random } from '../tensor/random.ts';

/**
 * The adjusted Rand index of two clusterings of the same N images (Hubert and Arabie 1985, eq. 5): 1 for the same clusters, 0 for what chance
 * gives. 1 where both put all images into one cluster, or each into its own.
 */
export function adjustedRandIndex(a: Int32Array, b: Int32Array): number {
  const pairs = (count: number): number => (count * (count - 1)) / 2;
  const tally = (keyOf: (i: number) => string): number => {
    const counts = new Map<string, number>();
    for (let i = 0; i < a.length; i++) counts.set(keyOf(i), (counts.get(keyOf(i)) ?? 0) + 1);
    return [...counts.values()].reduce((sum, count) => sum + pairs(count), 0);
  };
  const together = tally((i) => `${a[i]} ${b[i]}`);
  const inA = tally((i) => String(a[i]));
  const inB = tally((i) => String(b[i]));
  const expected = a.length < 2 ? 0 : (inA * inB) / pairs(a.length);
  const most = (inA + inB) / 2;
  return most === expected ? 1 : (together - expected) / (most - expected);
}

/** As many clusters as tell something of so many images: half the root of their number, 2 to 16. */
export function numStableClusters(numImages: number): number {
  return Math.max(2, Math.min(16, Math.round(Math.sqrt(numImages) / 2)));
}

const maxIterations = 50;

/**
 * k-means of images of which only the inner products are known: `gram` [N, N]. Starts as k-means++ (Arthur and Vassilvitskii 2007) and ends when no
 * image changes its cluster. Returns each image's cluster.
 */
export function clusterGram(gram: Float64Array, numImages: number, numClusters: number, seed: number): Int32Array {
  const random = createRandom(seed);
  const clusters = startClusters(gram, numImages, Math.min(numClusters, numImages), random);
  for (let iteration = 0; iteration < maxIterations; iteration++) {
    if (reassign(gram, numImages, numClusters, clusters) === 0) break;
  }
  return clusters;
}

/** Every image goes to the nearest of centres that are images, each drawn with probability proportional to its squared distance from those before it. */
function startClusters(gram: Float64Array, numImages: number, numClusters: number, random: Random): Int32Array {
  const clusters = new Int32Array(numImages);
  const nearest = new Float64Array(numImages).fill(Infinity);
  let centre = random.int(numImages);
  for (let cluster = 0; cluster < numClusters; cluster++) {
    for (let i = 0; i < numImages; i++) {
      const squared = Math.max(0, at(gram, numImages, i, i) + at(gram, numImages, centre, centre) - 2 * at(gram, numImages, i, centre));
      if (squared >= (nearest[i] as number)) continue;
      nearest[i] = squared;
      clusters[i] = cluster;
    }
    let left = random.next() * nearest.reduce((sum, squared) => sum + squared, 0);
    centre = nearest.findIndex((squared) => (left -= squared) < 0);
    if (centre < 0) centre = random.int(numImages);
  }
  return clusters;
}

/** Moves every image to the nearest mean; returns how many changed. |x - m|^2 = |x|^2 - 2 mean(x.y) + mean(y.z) over the y and z of a cluster. */
function reassign(gram: Float64Array, numImages: number, numClusters: number, clusters: Int32Array): number {
  const sizes = new Int32Array(numClusters);
  for (const cluster of clusters) sizes[cluster] = (sizes[cluster] as number) + 1;
  const sums = new Float64Array(numImages * numClusters);
  const within = new Float64Array(numClusters);
  for (let i = 0; i < numImages; i++) {
    for (let j = 0; j < numImages; j++) {
      const to = i * numClusters + (clusters[j] as number);
      sums[to] = (sums[to] as number) + at(gram, numImages, i, j);
    }
    const own = clusters[i] as number;
    within[own] = (within[own] as number) + (sums[i * numClusters + own] as number);
  }
  let numChanged = 0;
  for (let i = 0; i < numImages; i++) {
    let [best, least] = [clusters[i] as number, Infinity];
    for (let cluster = 0; cluster < numClusters; cluster++) {
      const size = sizes[cluster] as number;
      if (size === 0) continue;
      const distance = (within[cluster] as number) / (size * size) - (2 * (sums[i * numClusters + cluster] as number)) / size;
      if (distance < least) [best, least] = [cluster, distance];
    }
    if (best !== clusters[i]) numChanged += 1;
    clusters[i] = best;
  }
  return numChanged;
}

const at = (gram: Float64Array, numImages: number, i: number, j: number): number => gram[i * numImages + j] as number;

/** The mean adjusted Rand index over all pairs of clusterings. */
export function meanAgreement(clusterings: readonly Int32Array[]): number {
  const indices = clusterings.flatMap((a, i) => clusterings.slice(i + 1).map((b) => adjustedRandIndex(a, b)));
  return indices.length === 0 ? 1 : indices.reduce((sum, index) => sum + index, 0) / indices.length;
}
