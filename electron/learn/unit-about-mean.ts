/** Features as directions: what is left of them after what all have in common. */

/** Rows [N, dim] less their mean, each of length 1. */
export function unitAboutMean(values: Float32Array, dim: number): Float32Array {
  const numRows = values.length / dim;
  const mean = new Float64Array(dim);
  for (let i = 0; i < values.length; i++) mean[i % dim] = (mean[i % dim] as number) + (values[i] as number) / numRows;
  const result = new Float32Array(values.length);
  for (let row = 0; row < numRows; row++) {
    let squares = 0;
    for (let j = 0; j < dim; j++) squares += ((values[row * dim + j] as number) - (mean[j] as number)) ** 2;
    const scale = 1 / Math.max(Math.sqrt(squares), 1e-12);
    for (let j = 0; j < dim; j++) result[row * dim + j] = ((values[row * dim + j] as number) - (mean[j] as number)) * scale;
  }
  return result;
}
