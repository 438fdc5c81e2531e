/** Features shifted and scaled to mean 0 and standard deviation 1 over a reference set, usually the whole pool. */

export interface Standardisation {
  /** [D] */
  readonly mean: Float32Array;
  /** [D]: the sample standard deviation (N - 1) plus 1e-5, which keeps a dead feature finite. */
  readonly std: Float32Array;
}

/** Measures mean and standard deviation of each column of `features` [N, D]. */
export function measureStandardisation(features: Float32Array, dim: number): Standardisation {
  const numRows = features.length / dim;
  const mean = new Float64Array(dim);
  const square = new Float64Array(dim);
  for (let i = 0; i < numRows; i++) {
    for (let j = 0; j < dim; j++) mean[j] = (mean[j] as number) + (features[i * dim + j] as number) / numRows;
  }
  for (let i = 0; i < numRows; i++) {
    for (let j = 0; j < dim; j++) square[j] = (square[j] as number) + ((features[i * dim + j] as number) - (mean[j] as number)) ** 2;
  }
  return {
    mean: Float32Array.from(mean),
    std: Float32Array.from(square, (sum) => Math.sqrt(sum / Math.max(1, numRows - 1)) + 1e-5),
  };
}

/** (features - mean) / std for `features` [N, D]. */
export function standardise(features: Float32Array, { mean, std }: Standardisation): Float64Array {
  const dim = mean.length;
  const out = new Float64Array(features.length);
  for (let at = 0; at < features.length;) {
    for (let j = 0; j < dim; j++, at++) out[at] = ((features[at] as number) - (mean[j] as number)) / (std[j] as number);
  }
  return out;
}
