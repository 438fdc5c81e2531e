/** Figures that tell whether features still tell images apart, computed on a fixed set of images and compared with the start. */
import { clusterGram, meanAgreement, numStableClusters } from './cluster-agreement.ts';
import { allRows, multiplyRows } from './dense-products.ts';
import { nearestOthers } from './neighbour-figures.ts';
import { alphaReq, rankMe } from './spectrum.ts';
import { symmetricEigen } from './symmetric-eigen.ts';

export interface FeatureFigures {
  /** sqrt(D) times the mean standard deviation per dimension of the L2-normalised features: 1 when spread evenly, 0 when all are equal. */
  readonly spread: number;
  /** RankMe of the L2-normalised features. */
  readonly rankMe: number;
  /** The slope of the spectrum of the features' covariance; null where there are too few images for one. */
  readonly alphaReq: number | null;
  /** Mean adjusted Rand index of k-means from several starts: 1 where all find the same clusters. */
  readonly clusterStability: number;
  /** The nearest others of every image by cosine, nearest first, [N, numNeighbours]. */
  readonly neighbours: Int32Array;
  readonly numNeighbours: number;
  /** The cluster of every image, [N], by the first of the starts. */
  readonly clusters: Int32Array;
}

const numStarts = 4;

/** Figures of features [N, D]; N up to about 512, since it decomposes N x N matrices. All NaN when a feature is not finite. */
export function featureFigures(features: Float32Array, numImages: number, numNeighbours: number): FeatureFigures {
  const dim = features.length / numImages;
  const k = Math.min(numNeighbours, numImages - 1);
  if (!features.every((value) => Number.isFinite(value))) {
    const nothing = { neighbours: new Int32Array(numImages * k), numNeighbours: k, clusters: new Int32Array(numImages) };
    return { spread: NaN, rankMe: NaN, alphaReq: null, clusterStability: NaN, ...nothing };
  }
  const unit = Float64Array.from(features);
  normaliseRows(unit, dim);
  const gram = gramOf(unit, numImages, dim);
  const numClusters = numStableClusters(numImages);
  const clusterings = Array.from({ length: numStarts }, (_, start) => clusterGram(gram, numImages, numClusters, start));
  return {
    spread: spreadOf(unit, numImages, dim),
    rankMe: rankMe(symmetricEigen(gram, numImages).values),
    alphaReq: alphaReq(covarianceSpectrum(features, numImages, dim)),
    clusterStability: meanAgreement(clusterings),
    neighbours: nearestOthers(gram, numImages, k),
    numNeighbours: k,
    clusters: clusterings[0] ?? new Int32Array(numImages),
  };
}

/** The nearest others of images by cosine, [N, k], from features [N, D]. */
export function featureNeighbours(features: Float32Array, numImages: number, numNeighbours: number): Int32Array {
  const dim = features.length / numImages;
  const unit = Float64Array.from(features);
  normaliseRows(unit, dim);
  return nearestOthers(gramOf(unit, numImages, dim), numImages, Math.min(numNeighbours, numImages - 1));
}

function gramOf(rows: Float64Array, numImages: number, dim: number): Float64Array {
  const gram = new Float64Array(numImages * numImages);
  multiplyRows(rows, allRows(numImages), rows, numImages, dim, gram);
  return gram;
}

/** The eigenvalues of the features' covariance that are not zero for want of images, falling: those of the centred rows' inner products over N. */
function covarianceSpectrum(features: Float32Array, numImages: number, dim: number): Float64Array {
  const mean = new Float64Array(dim);
  for (let i = 0; i < features.length; i++) mean[i % dim] = (mean[i % dim] as number) + (features[i] as number) / numImages;
  const centred = Float64Array.from(features, (value, i) => value - (mean[i % dim] as number));
  return symmetricEigen(gramOf(centred, numImages, dim), numImages)
    .values.subarray(0, Math.min(numImages - 1, dim))
    .map((value) => value / numImages);
}

function normaliseRows(rows: Float64Array, dim: number): void {
  for (let at = 0; at < rows.length; at += dim) {
    const row = rows.subarray(at, at + dim);
    const norm = Math.sqrt(row.reduce((total, value) => total + value * value, 0));
    if (norm > 0) for (let j = 0; j < dim; j++) row[j] = (row[j] as number) / norm;
  }
}

function spreadOf(rows: Float64Array, numImages: number, dim: number): number {
  const mean = new Float64Array(dim);
  for (let i = 0; i < rows.length; i++) mean[i % dim] = (mean[i % dim] as number) + (rows[i] as number) / numImages;
  const variance = new Float64Array(dim);
  for (let i = 0; i < rows.length; i++) {
    const gap = (rows[i] as number) - (mean[i % dim] as number);
    variance[i % dim] = (variance[i % dim] as number) + (gap * gap) / numImages;
  }
  return variance.reduce((total, value) => total + Math.sqrt(value), 0) / Math.sqrt(dim);
}
