/** L2-regularised softmax regression on plain arrays, solved by L-BFGS in variables scaled so that its Hessian is near the identity. */
import { multiplyRows, multiplyTransposed } from './dense-products.ts';
import type { Objective } from './lbfgs.ts';
import { minimise } from './lbfgs.ts';

/**
 * Minimise over W [K, dim] and b [K]: (sum over i of s_i CE_i + strength / 2 |W|^2) / (sum of s_i). With weights s_i = 1 that is the mean
 * cross-entropy plus strength |W|^2 / (2 n); scikit-learn's C is 1 / strength. The bias is not regularised.
 */
export interface SoftmaxProblem {
  /** [*, dim] */
  readonly x: Float64Array;
  readonly dim: number;
  /** The rows of `x` to fit. */
  readonly rows: Int32Array;
  /** [*] for all rows of `x`, in 0..numClasses-1. */
  readonly labels: Int32Array;
  /** [*] for all rows of `x`. */
  readonly sampleWeights: Float64Array;
  readonly numClasses: number;
  /** [dim]: mean square of each column of `x`. */
  readonly moments: Float64Array;
  readonly strength: number;
}

/** Turns rows of logits [N, K] into probabilities, in place. */
export function softmaxRows(logits: Float64Array, numClasses: number): void {
  for (let at = 0; at < logits.length; at += numClasses) {
    let max = -Infinity;
    for (let k = 0; k < numClasses; k++) max = Math.max(max, logits[at + k] as number);
    let sum = 0;
    for (let k = 0; k < numClasses; k++) {
      const e = Math.exp((logits[at + k] as number) - max);
      logits[at + k] = e;
      sum += e;
    }
    for (let k = 0; k < numClasses; k++) logits[at + k] = (logits[at + k] as number) / sum;
  }
}

/** Class probabilities [rows.length, K] under parameters laid out as W [K, dim] followed by b [K]. */
export function softmaxProbabilities(
  parameters: Float64Array,
  x: Float64Array,
  rows: Int32Array,
  dim: number,
  numClasses: number,
): Float64Array {
  const out = new Float64Array(rows.length * numClasses);
  multiplyRows(x, rows, parameters, numClasses, dim, out);
  for (let at = 0; at < out.length; at++) out[at] = (out[at] as number) + (parameters[numClasses * dim + (at % numClasses)] as number);
  softmaxRows(out, numClasses);
  return out;
}

/** The problem's objective over parameters W [K, dim] followed by b [K]. */
export function softmaxObjective(problem: SoftmaxProblem): Objective {
  const { x, dim, rows, labels, sampleWeights, numClasses, strength } = problem;
  const total = rows.reduce((sum, row) => sum + (sampleWeights[row] as number), 0);
  const penalty = strength / total;
  const bias = numClasses * dim;
  return (parameters, gradient) => {
    const residual = softmaxProbabilities(parameters, x, rows, dim, numClasses);
    let value = 0;
    gradient.fill(0);
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i] as number;
      const share = (sampleWeights[row] as number) / total;
      const own = i * numClasses + (labels[row] as number);
      // The smallest positive double keeps the value finite where a probability underflows.
      value -= share * Math.log(Math.max(Number.MIN_VALUE, residual[own] as number));
      residual[own] = (residual[own] as number) - 1;
      for (let k = 0; k < numClasses; k++) {
        const r = share * (residual[i * numClasses + k] as number);
        residual[i * numClasses + k] = r;
        gradient[bias + k] = (gradient[bias + k] as number) + r;
      }
    }
    multiplyTransposed(x, rows, residual, numClasses, dim, gradient);
    for (let at = 0; at < bias; at++) {
      const w = parameters[at] as number;
      value += (penalty / 2) * w * w;
      gradient[at] = (gradient[at] as number) + penalty * w;
    }
    return value;
  };
}

/**
 * Solves the problem from `start` (parameters W [K, dim] followed by b [K]) until the scaled gradient's norm is at most `tolerance`; the
 * objective is then within about tolerance^2 / 2 of its minimum.
 */
export function fitSoftmax(problem: SoftmaxProblem, start: Float64Array, tolerance: number): Float64Array {
  const scales = parameterScales(problem, start);
  const inner = softmaxObjective(problem);
  const parameters = new Float64Array(start.length);
  const scaled: Objective = (u, gradient) => {
    for (let at = 0; at < u.length; at++) parameters[at] = (u[at] as number) * (scales[at] as number);
    const value = inner(parameters, gradient);
    for (let at = 0; at < u.length; at++) gradient[at] = (gradient[at] as number) * (scales[at] as number);
    return value;
  };
  const u0 = start.map((p, at) => p / (scales[at] as number));
  return minimise(scaled, u0, { tolerance, maxIterations: 300 }).x.map((u, at) => u * (scales[at] as number));
}

/** One over the root of the Hessian's approximate diagonal: the loss's curvature (mean p (1 - p) at `start`) times each column's mean square, plus the penalty. */
function parameterScales(problem: SoftmaxProblem, start: Float64Array): Float64Array {
  const { x, dim, rows, sampleWeights, numClasses, moments, strength } = problem;
  const total = rows.reduce((sum, row) => sum + (sampleWeights[row] as number), 0);
  const probabilities = softmaxProbabilities(start, x, rows, dim, numClasses);
  const variance = probabilities.reduce((sum, p) => sum + p * (1 - p), 0) / rows.length;
  const curvature = Math.max(1e-6, variance / Math.max(1, numClasses - 1));
  const perColumn = moments.map((moment) => 1 / Math.sqrt(curvature * moment + strength / total));
  const scales = new Float64Array(numClasses * (dim + 1));
  for (let k = 0; k < numClasses; k++) scales.set(perColumn, k * dim);
  return scales.fill(1 / Math.sqrt(curvature), numClasses * dim);
}
