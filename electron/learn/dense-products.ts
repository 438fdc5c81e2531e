/** Matrix products over row-major Float64Arrays, blocked by four so that a plain loop keeps the machine busy. */

/**
 * A B^T: `out[i, k]` = dot of row `rows[i]` of `a` ([*, dim]) with row k of `b` ([numColumns, dim]). `out` is [rows.length, numColumns].
 */
export function multiplyRows(a: Float64Array, rows: Int32Array, b: Float64Array, numColumns: number, dim: number, out: Float64Array): void {
  for (let i = 0; i < rows.length; i++) {
    const at = (rows[i] as number) * dim;
    let k = 0;
    for (; k + 3 < numColumns; k += 4) {
      const b0 = k * dim;
      const b1 = b0 + dim;
      const b2 = b1 + dim;
      const b3 = b2 + dim;
      let s0 = 0;
      let s1 = 0;
      let s2 = 0;
      let s3 = 0;
      for (let j = 0; j < dim; j++) {
        const v = a[at + j] as number;
        s0 += v * (b[b0 + j] as number);
        s1 += v * (b[b1 + j] as number);
        s2 += v * (b[b2 + j] as number);
        s3 += v * (b[b3 + j] as number);
      }
      const o = i * numColumns + k;
      out[o] = s0;
      out[o + 1] = s1;
      out[o + 2] = s2;
      out[o + 3] = s3;
    }
    for (; k < numColumns; k++) {
      let sum = 0;
      for (let j = 0; j < dim; j++) sum += (a[at + j] as number) * (b[k * dim + j] as number);
      out[i * numColumns + k] = sum;
    }
  }
}

/**
 * B^T A over chosen rows: `out[k, j]` = sum over i of `b[i, k]` * `a[rows[i], j]`, with `a` [*, dim], `b` [rows.length, numColumns] and
 * `out` [numColumns, dim].
 */
export function multiplyTransposed(
  a: Float64Array,
  rows: Int32Array,
  b: Float64Array,
  numColumns: number,
  dim: number,
  out: Float64Array,
): void {
  out.fill(0, 0, numColumns * dim);
  let i = 0;
  for (; i + 3 < rows.length; i += 4) {
    const a0 = (rows[i] as number) * dim;
    const a1 = (rows[i + 1] as number) * dim;
    const a2 = (rows[i + 2] as number) * dim;
    const a3 = (rows[i + 3] as number) * dim;
    for (let k = 0; k < numColumns; k++) {
      const w0 = b[i * numColumns + k] as number;
      const w1 = b[(i + 1) * numColumns + k] as number;
      const w2 = b[(i + 2) * numColumns + k] as number;
      const w3 = b[(i + 3) * numColumns + k] as number;
      const o = k * dim;
      for (let j = 0; j < dim; j++) {
        out[o + j] =
          (out[o + j] as number) +
          w0 * (a[a0 + j] as number) +
          w1 * (a[a1 + j] as number) +
          w2 * (a[a2 + j] as number) +
          w3 * (a[a3 + j] as number);
      }
    }
  }
  for (; i < rows.length; i++) {
    const at = (rows[i] as number) * dim;
    for (let k = 0; k < numColumns; k++) {
      const w = b[i * numColumns + k] as number;
      const o = k * dim;
      for (let j = 0; j < dim; j++) out[o + j] = (out[o + j] as number) + w * (a[at + j] as number);
    }
  }
}

/** The row numbers 0..n-1. */
export function allRows(n: number): Int32Array {
  return Int32Array.from({ length: n }, (_, i) => i);
}

/** The transpose, [numColumns, numRows], of `a` [numRows, numColumns]. */
export function transpose(a: Float64Array, numRows: number, numColumns: number): Float64Array {
  const out = new Float64Array(a.length);
  for (let i = 0; i < numRows; i++) for (let j = 0; j < numColumns; j++) out[j * numRows + i] = a[i * numColumns + j] as number;
  return out;
}
