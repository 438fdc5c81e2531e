/** The few directions in which features vary most, and features reduced to them. */
import { setImmediate } from 'node:timers/promises';
import type { RunContext } from '../contract/progress.ts';
import type { Executor } from '../tensor/program.ts';
import { createRandom } from '../tensor/random.ts';
import { checkFeatures, gatherRows } from './normalise.ts';
import type { FeatureShape } from './normalise.ts';
import { createProducts, multiplyRows } from './products.ts';

export interface PrincipalOptions {
  /** Dimensions kept, or all where there are fewer. */
  readonly numKept: number;
  readonly seed: number;
  /** Subtract the mean first. Without, the first direction is nearly the mean, and angles between the reduced rows are kept. */
  readonly centre: boolean;
}

/** Images the directions are found from: for 64 of them, more would change little. */
const maxSampleRows = 4096;
const projectRows = 1024;
/** Directions followed beyond those kept, and rounds of following them, as usual for randomised methods (Halko, Martinsson, Tropp 2011). */
const numExtra = 16;
const numRounds = 3;

/**
 * Rows of `features` [N, D] as coordinates [N, min(numKept, D)] along the principal directions, found by subspace iteration on a random
 * sample of the rows. Where features vary in fewer directions, the last coordinates are zero. The same seed gives the same result.
 */
export async function principalCoordinates(
  features: Float32Array,
  shape: FeatureShape,
  { numKept, seed, centre }: PrincipalOptions,
  executor: Executor | null,
  ctx: RunContext,
): Promise<{ readonly coordinates: Float32Array; readonly numDims: number }> {
  checkFeatures(features, shape);
  const { numImages, numDims } = shape;
  const kept = Math.min(numKept, numDims);
  const coordinates = new Float32Array(numImages * kept);
  if (numImages === 0) return { coordinates, numDims: kept };
  const random = createRandom(seed);
  const sampled = random.permutation(numImages).subarray(0, maxSampleRows).sort();
  const sample = gatherRows(features, numDims, sampled);
  const mean = centre ? meanRow(sample, numDims) : new Float32Array(numDims);
  for (let at = 0; at < sample.length; at++) sample[at] = (sample[at] as number) - (mean[at % numDims] as number);
  const numFollowed = Math.min(numDims, kept + numExtra);
  let directions = orthonormalise(
    Float32Array.from({ length: numFollowed * numDims }, () => random.normal()),
    numDims,
  );
  for (let round = 0; round < numRounds; round++) {
    ctx.signal.throwIfAborted();
    await setImmediate();
    directions = orthonormalise(multiplyByScatter(sample, directions, numDims), numDims);
  }
  const axes = alignToVariance(sample, directions, numDims).subarray(0, kept * numDims);
  const shifts = multiplyRows(axes, mean, numDims);
  const products = await createProducts({ maxRowsA: Math.min(projectRows, numImages), maxRowsB: kept, numDims }, executor);
  try {
    for (let start = 0; start < numImages; start += projectRows) {
      ctx.signal.throwIfAborted();
      const end = Math.min(start + projectRows, numImages);
      const { values, stride } = await products.run(features.subarray(start * numDims, end * numDims), axes);
      for (let i = start; i < end; i++) {
        const row = (i - start) * stride;
        for (let d = 0; d < kept; d++) coordinates[i * kept + d] = (values[row + d] as number) - (shifts[d] as number);
      }
    }
  } finally {
    await products.dispose();
  }
  return { coordinates, numDims: kept };
}

function meanRow(rows: Float32Array, numDims: number): Float32Array {
  const sums = new Float64Array(numDims);
  for (let at = 0; at < rows.length; at++) sums[at % numDims] = (sums[at % numDims] as number) + (rows[at] as number);
  return Float32Array.from(sums, (sum) => (sum * numDims) / rows.length);
}

/** `directions` [L, D] times the rows' transpose times the rows: pulls them towards where the rows vary most. */
function multiplyByScatter(rows: Float32Array, directions: Float32Array, numDims: number): Float32Array {
  const numFollowed = directions.length / numDims;
  const out = new Float64Array(directions.length);
  const blockRows = 64;
  for (let start = 0; start * numDims < rows.length; start += blockRows) {
    const block = rows.subarray(start * numDims, (start + blockRows) * numDims);
    const products = multiplyRows(block, directions, numDims);
    for (let i = 0; i * numDims < block.length; i++) {
      for (let l = 0; l < numFollowed; l++) {
        const weight = products[i * numFollowed + l] as number;
        if (weight === 0) continue;
        const [to, from] = [l * numDims, i * numDims];
        for (let d = 0; d < numDims; d++) out[to + d] = (out[to + d] as number) + weight * (block[from + d] as number);
      }
    }
  }
  return Float32Array.from(out);
}

/** Gram-Schmidt, twice for accuracy; directions that depend on earlier ones become zero. */
function orthonormalise(rows: Float32Array, numDims: number): Float32Array {
  const numRows = rows.length / numDims;
  for (let i = 0; i < numRows; i++) {
    const own = rows.subarray(i * numDims, (i + 1) * numDims);
    const before = lengthOf(own);
    for (let pass = 0; pass < 2; pass++) {
      for (let j = 0; j < i; j++) {
        const other = rows.subarray(j * numDims, (j + 1) * numDims);
        let product = 0;
        for (let d = 0; d < numDims; d++) product += (own[d] as number) * (other[d] as number);
        for (let d = 0; d < numDims; d++) own[d] = (own[d] as number) - product * (other[d] as number);
      }
    }
    const length = lengthOf(own);
    const isNew = length > 1e-5 * before && length > 0;
    for (let d = 0; d < numDims; d++) own[d] = isNew ? (own[d] as number) / length : 0;
  }
  return rows;
}

function lengthOf(row: Float32Array): number {
  let sum = 0;
  for (const value of row) sum += value * value;
  return Math.sqrt(sum);
}

/** Turns orthonormal `directions` [L, D] within the space they span so that the rows' variance along them falls. */
function alignToVariance(rows: Float32Array, directions: Float32Array, numDims: number): Float32Array {
  const numFollowed = directions.length / numDims;
  const scatter = new Float64Array(numFollowed * numFollowed);
  const blockRows = 64;
  for (let start = 0; start * numDims < rows.length; start += blockRows) {
    const products = multiplyRows(rows.subarray(start * numDims, (start + blockRows) * numDims), directions, numDims);
    for (let i = 0; i < products.length; i += numFollowed) {
      for (let a = 0; a < numFollowed; a++) {
        for (let b = 0; b < numFollowed; b++) {
          const at = a * numFollowed + b;
          scatter[at] = (scatter[at] as number) + (products[i + a] as number) * (products[i + b] as number);
        }
      }
    }
  }
  const vectors = jacobiEigenvectors(scatter, numFollowed);
  const turned = new Float32Array(directions.length);
  vectors.forEach((vector, j) => {
    let largest = 0;
    const row = turned.subarray(j * numDims, (j + 1) * numDims);
    vector.forEach((weight, l) => {
      for (let d = 0; d < numDims; d++) row[d] = (row[d] as number) + weight * (directions[l * numDims + d] as number);
    });
    for (const value of row) if (Math.abs(value) > Math.abs(largest)) largest = value;
    // Either sign is right; this one makes repeated runs on similar features agree.
    if (largest < 0) for (let d = 0; d < numDims; d++) row[d] = -(row[d] as number);
  });
  return turned;
}

/** Unit eigenvectors of a small symmetric matrix [n, n] by falling eigenvalue: cyclic Jacobi rotations. */
export function jacobiEigenvectors(matrix: Float64Array, n: number): Float64Array[] {
  const a = matrix.slice();
  const vectors = Array.from({ length: n }, (_, i) => Float64Array.from({ length: n }, (__, j) => Number(i === j)));
  const entry = (i: number, j: number): number => a[i * n + j] as number;
  const total = a.reduce((sum, value) => sum + value * value, 0);
  for (let sweep = 0; sweep < 30; sweep++) {
    let off = 0;
    for (let p = 0; p < n; p++) for (let q = p + 1; q < n; q++) off += entry(p, q) ** 2;
    if (off <= 1e-22 * total) break;
    for (let p = 0; p < n; p++) for (let q = p + 1; q < n; q++) rotate(a, vectors, n, p, q);
  }
  return Array.from(vectors.keys())
    .sort((i, j) => entry(j, j) - entry(i, i) || i - j)
    .map((i) => vectors[i] as Float64Array);
}

/** Makes entry (p, q) zero; `vectors` are kept as rows. */
function rotate(a: Float64Array, vectors: Float64Array[], n: number, p: number, q: number): void {
  const apq = a[p * n + q] as number;
  if (apq === 0) return;
  const theta = ((a[q * n + q] as number) - (a[p * n + p] as number)) / (2 * apq);
  const t = (theta >= 0 ? 1 : -1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
  const c = 1 / Math.sqrt(t * t + 1);
  const s = t * c;
  const turn = (values: Float64Array, i: number, j: number): void => {
    const [x, y] = [values[i] as number, values[j] as number];
    values[i] = c * x - s * y;
    values[j] = s * x + c * y;
  };
  for (let k = 0; k < n; k++) turn(a, k * n + p, k * n + q);
  for (let k = 0; k < n; k++) turn(a, p * n + k, q * n + k);
  const [vp, vq] = [vectors[p] as Float64Array, vectors[q] as Float64Array];
  for (let k = 0; k < n; k++) {
    const [x, y] = [vp[k] as number, vq[k] as number];
    vp[k] = c * x - s * y;
    vq[k] = s * x + c * y;
  }
}
