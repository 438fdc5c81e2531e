/** Figures that tell whether features still tell images apart, computed on a fixed set of images and compared with the start. */
import { multiplyRows, allRows } from './dense-products.ts';
import { symmetricEigen } from './symmetric-eigen.ts';

export interface FeatureFigures {
  /** sqrt(D) times the mean standard deviation per dimension of the L2-normalised features: 1 when spread evenly, 0 when all are equal. */
  readonly spread: number;
  /** RankMe (Garrido et al. 2023, eq. 1): exp of the entropy of the normalised singular values, here of the L2-normalised features. */
  readonly rankMe: number;
  /** The nearest others of every image by cosine, nearest first, [N, numNeighbours]. */
  readonly neighbours: Int32Array;
  readonly numNeighbours: number;
}

/** Figures of features [N, D]; N up to about 512, since it decomposes an N x N matrix. All NaN when a feature is not finite. */
export function featureFigures(features: Float32Array, numImages: number, numNeighbours: number): FeatureFigures {
  const dim = features.length / numImages;
  const k = Math.min(numNeighbours, numImages - 1);
  const rows = Float64Array.from(features);
  if (!rows.every((value) => Number.isFinite(value))) {
    return { spread: NaN, rankMe: NaN, neighbours: new Int32Array(numImages * k), numNeighbours: k };
  }
  normaliseRows(rows, dim);
  const gram = new Float64Array(numImages * numImages);
  multiplyRows(rows, allRows(numImages), rows, numImages, dim, gram);
  return {
    spread: spreadOf(rows, numImages, dim),
    rankMe: rankMe(gram, numImages),
    neighbours: nearest(gram, numImages, k),
    numNeighbours: k,
  };
}

/** Mean share of the neighbours [N, k] of `a` that are also among those of `b`, whatever their order. */
export function neighbourAgreement(a: Int32Array, b: Int32Array, numNeighbours: number): number {
  let shared = 0;
  for (let at = 0; at < a.length; at += numNeighbours) {
    const other = new Set(b.subarray(at, at + numNeighbours));
    for (const neighbour of a.subarray(at, at + numNeighbours)) if (other.has(neighbour)) shared += 1;
  }
  return a.length === 0 ? 1 : shared / a.length;
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

/** The singular values are the square roots of the Gram matrix's eigenvalues. */
function rankMe(gram: Float64Array, numImages: number): number {
  const singular = symmetricEigen(gram, numImages).values.map((value) => Math.sqrt(Math.max(0, value)));
  const total = singular.reduce((sum, value) => sum + value, 0);
  if (total === 0) return 0;
  const entropy = singular.reduce((sum, value) => (value > 0 ? sum - (value / total) * Math.log(value / total) : sum), 0);
  return Math.exp(entropy);
}

function nearest(gram: Float64Array, numImages: number, k: number): Int32Array {
  const neighbours = new Int32Array(numImages * k);
  for (let i = 0; i < numImages; i++) {
    const similarity = gram.subarray(i * numImages, (i + 1) * numImages);
    const others = Array.from({ length: numImages }, (_, j) => j).filter((j) => j !== i);
    others.sort((a, b) => (similarity[b] as number) - (similarity[a] as number) || a - b);
    neighbours.set(others.slice(0, k), i * k);
  }
  return neighbours;
}
