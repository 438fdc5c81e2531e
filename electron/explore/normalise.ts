/** The shape of a feature matrix, and rows brought to unit length. */
import { AppError } from '../contract/errors.ts';

/** Features are a Float32Array [numImages, numDims], one image per row. */
export interface FeatureShape {
  readonly numImages: number;
  readonly numDims: number;
}

/** Throws `AppError` `invalid-input` unless `features` is [numImages, numDims] with at least one dimension. */
export function checkFeatures(features: Float32Array, { numImages, numDims }: FeatureShape): void {
  if (Number.isInteger(numImages) && numImages >= 0 && Number.isInteger(numDims) && numDims > 0 && features.length === numImages * numDims)
    return;
  throw new AppError(
    'invalid-input',
    `Features hold ${features.length} numbers, which is not [${numImages}, ${numDims}]. Compute them again.`,
  );
}

/**
 * A copy of `features` [N, D] with every row at Euclidean length 1, so that squared distances are 2 - 2 cos. A row of zeros stays zero.
 * Throws `AppError` `invalid-input` if the shape is wrong or a row is not finite.
 */
export function l2Normalise(features: Float32Array, shape: FeatureShape): Float32Array {
  checkFeatures(features, shape);
  const { numImages, numDims } = shape;
  const unit = new Float32Array(features.length);
  for (let i = 0; i < numImages; i++) {
    const start = i * numDims;
    let sum = 0;
    for (let d = start; d < start + numDims; d++) sum += (features[d] as number) ** 2;
    if (!Number.isFinite(sum)) throw new AppError('invalid-input', `The features of image ${i} are not finite. Compute them again.`);
    const scale = sum > 0 ? 1 / Math.sqrt(sum) : 0;
    for (let d = start; d < start + numDims; d++) unit[d] = (features[d] as number) * scale;
  }
  return unit;
}

/** The rows of `features` [N, D] listed in `indices` [M], in that order, as a new [M, D]. */
export function gatherRows(features: Float32Array, numDims: number, indices: Int32Array): Float32Array {
  const rows = new Float32Array(indices.length * numDims);
  indices.forEach((index, i) => rows.set(features.subarray(index * numDims, (index + 1) * numDims), i * numDims));
  return rows;
}

/** Squared Euclidean distance between row `i` of `a` and row `j` of `b`, summed in double precision. */
export function squaredDistance(a: Float32Array, i: number, b: Float32Array, j: number, numDims: number): number {
  const p = i * numDims;
  const q = j * numDims;
  let sum = 0;
  for (let d = 0; d < numDims; d++) {
    const difference = (a[p + d] as number) - (b[q + d] as number);
    sum += difference * difference;
  }
  return sum;
}
