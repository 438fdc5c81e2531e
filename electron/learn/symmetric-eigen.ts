/**
 * Eigenvalues and eigenvectors of a symmetric matrix: Householder reduction to tridiagonal form, then implicit QL
 * (EISPACK's tred2 and tql2; Bowdler, Martin, Reinsch and Wilkinson 1968). Vectors are kept as rows, so that every inner loop
 * walks memory in order.
 */

export interface SymmetricEigen {
  /** [n], descending. */
  readonly values: Float64Array;
  /** [n, n]: row j is the unit eigenvector of `values[j]`. */
  readonly vectors: Float64Array;
}

/** Decomposes the symmetric `matrix` [n, n]. About 0.5 s at n = 500. */
export function symmetricEigen(matrix: Float64Array, n: number): SymmetricEigen {
  const v = matrix.slice();
  const d = new Float64Array(n);
  const e = new Float64Array(n);
  if (n === 0) return { values: d, vectors: v };
  reduce(v, d, e, n);
  accumulate(v, d, e, n);
  diagonalise(v, d, e, n);
  const order = Array.from(d.keys()).sort((a, b) => (d[b] as number) - (d[a] as number));
  const vectors = new Float64Array(n * n);
  order.forEach((from, to) => vectors.set(v.subarray(from * n, (from + 1) * n), to * n));
  return { values: Float64Array.from(order, (i) => d[i] as number), vectors };
}

/** Householder reflections to tridiagonal form: the reflectors stay in `v`, the off-diagonal in `e`. Entry (k, j) is `v[j * n + k]`. */
function reduce(v: Float64Array, d: Float64Array, e: Float64Array, n: number): void {
  for (let j = 0; j < n; j++) d[j] = v[j * n + n - 1] as number;
  for (let i = n - 1; i > 0; i--) {
    let scale = 0;
    let h = 0;
    for (let k = 0; k < i; k++) scale += Math.abs(d[k] as number);
    if (scale === 0) {
      e[i] = d[i - 1] as number;
      for (let j = 0; j < i; j++) {
        d[j] = v[j * n + i - 1] as number;
        v[j * n + i] = 0;
        v[i * n + j] = 0;
      }
    } else {
      for (let k = 0; k < i; k++) {
        const x = (d[k] as number) / scale;
        d[k] = x;
        h += x * x;
      }
      const last = d[i - 1] as number;
      const g = last > 0 ? -Math.sqrt(h) : Math.sqrt(h);
      e[i] = scale * g;
      h -= last * g;
      d[i - 1] = last - g;
      similarity(v, d, e, n, i, h);
    }
    d[i] = h;
  }
}

/** Applies one reflector (in `d`, of squared length `2 h`) from both sides to the leading i x i block. */
function similarity(v: Float64Array, d: Float64Array, e: Float64Array, n: number, i: number, h: number): void {
  e.fill(0, 0, i);
  for (let j = 0; j < i; j++) {
    const f = d[j] as number;
    const row = j * n;
    v[i * n + j] = f;
    let g = (e[j] as number) + (v[row + j] as number) * f;
    for (let k = j + 1; k < i; k++) {
      const x = v[row + k] as number;
      g += x * (d[k] as number);
      e[k] = (e[k] as number) + x * f;
    }
    e[j] = g;
  }
  let f = 0;
  for (let j = 0; j < i; j++) {
    const x = (e[j] as number) / h;
    e[j] = x;
    f += x * (d[j] as number);
  }
  const half = f / (h + h);
  for (let j = 0; j < i; j++) e[j] = (e[j] as number) - half * (d[j] as number);
  for (let j = 0; j < i; j++) {
    const dj = d[j] as number;
    const ej = e[j] as number;
    const row = j * n;
    for (let k = j; k < i; k++) v[row + k] = (v[row + k] as number) - dj * (e[k] as number) - ej * (d[k] as number);
    d[j] = v[row + i - 1] as number;
    v[row + i] = 0;
  }
}

/** Multiplies the reflectors out into one orthogonal matrix and leaves the diagonal in `d`. */
function accumulate(v: Float64Array, d: Float64Array, e: Float64Array, n: number): void {
  for (let i = 0; i < n - 1; i++) {
    const next = (i + 1) * n;
    v[i * n + n - 1] = v[i * n + i] as number;
    v[i * n + i] = 1;
    const h = d[i + 1] as number;
    if (h !== 0) {
      for (let k = 0; k <= i; k++) d[k] = (v[next + k] as number) / h;
      for (let j = 0; j <= i; j++) {
        const row = j * n;
        let g = 0;
        for (let k = 0; k <= i; k++) g += (v[next + k] as number) * (v[row + k] as number);
        for (let k = 0; k <= i; k++) v[row + k] = (v[row + k] as number) - g * (d[k] as number);
      }
    }
    v.fill(0, next, next + i + 1);
  }
  for (let j = 0; j < n; j++) {
    d[j] = v[j * n + n - 1] as number;
    v[j * n + n - 1] = 0;
  }
  v[n * n - 1] = 1;
  e[0] = 0;
}

/** Implicit QL on the tridiagonal (d, e); the rotations are applied to the rows of `v`. */
function diagonalise(v: Float64Array, d: Float64Array, e: Float64Array, n: number): void {
  e.copyWithin(0, 1);
  e[n - 1] = 0;
  let shift = 0;
  let largest = 0;
  for (let l = 0; l < n; l++) {
    largest = Math.max(largest, Math.abs(d[l] as number) + Math.abs(e[l] as number));
    const negligible = Number.EPSILON * largest;
    let m = l;
    while (m < n - 1 && Math.abs(e[m] as number) > negligible) m++;
    while (m > l && Math.abs(e[l] as number) > negligible) {
      const first = d[l] as number;
      const el = e[l] as number;
      const slope = ((d[l + 1] as number) - first) / (2 * el);
      const root = Math.sign(slope || 1) * Math.hypot(slope, 1);
      d[l] = el / (slope + root);
      const dl1 = el * (slope + root);
      d[l + 1] = dl1;
      const h = first - (d[l] as number);
      for (let i = l + 2; i < n; i++) d[i] = (d[i] as number) - h;
      shift += h;
      sweep(v, d, e, n, l, m, dl1);
    }
    d[l] = (d[l] as number) + shift;
    e[l] = 0;
  }
}

/** One QL sweep of plane rotations from m - 1 up to l. */
function sweep(v: Float64Array, d: Float64Array, e: Float64Array, n: number, l: number, m: number, dl1: number): void {
  let p = d[m] as number;
  const el1 = e[l + 1] as number;
  let c = 1;
  let c2 = 1;
  let c3 = 1;
  let s = 0;
  let s2 = 0;
  for (let i = m - 1; i >= l; i--) {
    c3 = c2;
    c2 = c;
    s2 = s;
    const ei = e[i] as number;
    const g = c * ei;
    const h = c * p;
    const r = Math.hypot(p, ei);
    e[i + 1] = s * r;
    s = ei / r;
    c = p / r;
    const di = d[i] as number;
    p = c * di - s * g;
    d[i + 1] = h + s * (c * g + s * di);
    const low = i * n;
    const high = low + n;
    for (let k = 0; k < n; k++) {
      const x = v[low + k] as number;
      const y = v[high + k] as number;
      v[high + k] = s * x + c * y;
      v[low + k] = c * x - s * y;
    }
  }
  p = (-s * s2 * c3 * el1 * (e[l] as number)) / dl1;
  e[l] = s * p;
  d[l] = c * p;
}
