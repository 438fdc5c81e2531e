/**
 * Coordinates of labelled images in an orthonormal basis of the span of their features. An L2-regularised linear model's weights
 * lie in that span, and lengths are kept by the basis, so fitting there is the same problem with at most N unknowns per class
 * instead of D (the representer theorem).
 */
import { allRows, multiplyRows, multiplyTransposed, transpose } from './dense-products.ts';
import { symmetricEigen } from './symmetric-eigen.ts';

export interface FeatureSpan {
  /** [N, rank]: the images' coordinates, along principal axes unless both N and D are large. */
  readonly coordinates: Float64Array;
  readonly numRows: number;
  readonly rank: number;
  /** [rank]: mean square of the coordinates along each axis. */
  readonly moments: Float64Array;
  /** Takes weights over coordinates, `numColumns` rows of [rank], to weights over features, as many rows of [D]. */
  readonly toFeatures: (weights: Float64Array, numColumns: number) => Float64Array;
}

/** Beyond this many rows and columns an eigendecomposition costs more than it saves (its time grows with the cube). */
const largestEigen = 640;
/** Axes with less than this share of the largest one's squared length are rounding, and are dropped. */
const negligibleShare = 1e-12;

/** The span of standardised features `x` [N, D]. */
export function spanOf(x: Float64Array, numRows: number, dim: number): FeatureSpan {
  if (Math.min(numRows, dim) > largestEigen) {
    return { coordinates: x, numRows, rank: dim, moments: meanSquares(x, numRows, dim), toFeatures: (weights) => weights };
  }
  return numRows < dim ? spanOfFewRows(x, numRows, dim) : spanOfFewColumns(x, numRows, dim);
}

/** X = U S V^T from the eigenvectors of X X^T: coordinates U S, and V = X^T U / S. */
function spanOfFewRows(x: Float64Array, numRows: number, dim: number): FeatureSpan {
  const rows = allRows(numRows);
  const gram = new Float64Array(numRows * numRows);
  multiplyRows(x, rows, x, numRows, dim, gram);
  const { values, vectors } = symmetricEigen(gram, numRows);
  const rank = countAxes(values);
  const lengths = Float64Array.from(values.subarray(0, rank), Math.sqrt);
  const scaled = Float64Array.from(vectors.subarray(0, rank * numRows), (v, at) => v * (lengths[Math.floor(at / numRows)] as number));
  const coordinates = transpose(scaled, rank, numRows);
  return {
    coordinates,
    numRows,
    rank,
    moments: meanSquares(coordinates, numRows, rank),
    toFeatures: (weights, numColumns) => {
      const unscaled = weights.map((w, at) => w / (lengths[at % rank] as number) ** 2);
      const perRow = new Float64Array(numRows * numColumns);
      multiplyRows(coordinates, rows, unscaled, numColumns, rank, perRow);
      const out = new Float64Array(numColumns * dim);
      multiplyTransposed(x, rows, perRow, numColumns, dim, out);
      return out;
    },
  };
}

/** X V from the eigenvectors V of X^T X. */
function spanOfFewColumns(x: Float64Array, numRows: number, dim: number): FeatureSpan {
  const rows = allRows(numRows);
  const scatter = new Float64Array(dim * dim);
  multiplyTransposed(x, rows, x, dim, dim, scatter);
  const { values, vectors } = symmetricEigen(scatter, dim);
  const rank = countAxes(values);
  const axes = vectors.subarray(0, rank * dim);
  const coordinates = new Float64Array(numRows * rank);
  multiplyRows(x, rows, axes, rank, dim, coordinates);
  return {
    coordinates,
    numRows,
    rank,
    moments: meanSquares(coordinates, numRows, rank),
    toFeatures: (weights, numColumns) => {
      const out = new Float64Array(numColumns * dim);
      multiplyTransposed(axes, allRows(rank), transpose(weights, numColumns, rank), numColumns, dim, out);
      return out;
    },
  };
}

function countAxes(values: Float64Array): number {
  const least = negligibleShare * (values[0] ?? 0);
  return values.filter((value) => value > least).length;
}

function meanSquares(a: Float64Array, numRows: number, numColumns: number): Float64Array {
  const out = new Float64Array(numColumns);
  for (let i = 0; i < numRows; i++) {
    for (let j = 0; j < numColumns; j++) out[j] = (out[j] as number) + (a[i * numColumns + j] as number) ** 2 / numRows;
  }
  return out;
}
