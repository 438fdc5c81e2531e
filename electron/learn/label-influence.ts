/** Which labels hurt: what leaving one out would do to the loss on images that were held out. */
import { setImmediate } from 'node:timers/promises';
import type { RunContext } from '../contract/progress.ts';
import { continueFit, fitTolerance, startFit } from './cross-validation.ts';
import { multiplyRows, multiplyTransposed } from './dense-products.ts';
import type { FeatureSpan } from './feature-span.ts';
import type { Folds } from './folds.ts';
import { rowsOfFold } from './folds.ts';
import { softmaxProbabilities } from './softmax-regression.ts';

export interface InfluenceTask {
  readonly span: FeatureSpan;
  /** [N] */
  readonly labels: Int32Array;
  /** [N], positive. */
  readonly sampleWeights: Float64Array;
  readonly strength: number;
  readonly repeats: readonly Folds[];
}

const maxIterations = 200;
const relativeResidual = 1e-6;

/**
 * [N]: by how many nats the mean loss of a held-out image would fall if a label were left out of the training, averaged over all folds in which it is
 * trained on; positive for labels that hurt. First-order influence (Koh and Liang 2017, eq. 2): the parameters move by H^-1 s g / W
 * where g is the image's gradient, s its weight, W their sum and H the Hessian, so that one linear system a fold, H v = gradient of the held-out
 * loss, serves every label. Throws `context.signal.reason` on abort.
 */
export async function labelHarm(task: InfluenceTask, context?: RunContext): Promise<Float64Array> {
  const { span, labels, sampleWeights, strength, repeats } = task;
  const harm = new Float64Array(labels.length);
  const times = new Float64Array(labels.length);
  for (const folds of repeats) {
    for (let fold = 0; fold < folds.numFolds; fold++) {
      await setImmediate();
      context?.signal.throwIfAborted();
      const fit = startFit(span, labels, rowsOfFold(folds, fold, false), rowsOfFold(folds, fold, true));
      const held = fit.held.filter((row) => (fit.labels[row] as number) >= 0);
      if (held.length === 0 || fit.classes.length < 2) continue;
      continueFit(fit, { span, sampleWeights }, strength, fitTolerance);
      const model: Model = { span, parameters: fit.parameters, numClasses: fit.classes.length, labels: fit.labels };
      const total = fit.rows.reduce((sum, row) => sum + (sampleWeights[row] as number), 0);
      const shares = Float64Array.from(fit.rows, (row) => (sampleWeights[row] as number) / total);
      const residual = residuals(model, fit.rows);
      const curvature = hessian(model, fit.rows, shares, strength / total);
      const direction = solve(curvature, meanGradient(model, held));
      const along = product(model, fit.rows, direction);
      fit.rows.forEach((row, i) => {
        let slope = 0;
        for (let k = 0; k < model.numClasses; k++) {
          const j = i * model.numClasses + k;
          slope += (residual[j] as number) * (along[j] as number);
        }
        harm[row] = (harm[row] as number) - (shares[i] as number) * slope;
        times[row] = (times[row] as number) + 1;
      });
    }
  }
  return harm.map((sum, row) => (times[row] === 0 ? 0 : sum / (times[row] as number)));
}

/** Parameters are W [K, rank] and then b [K], as everywhere. */
interface Model {
  readonly span: FeatureSpan;
  readonly parameters: Float64Array;
  readonly numClasses: number;
  readonly labels: Int32Array;
}

/** [rows, K]: probability less 1 for the image's own class. */
function residuals({ span, parameters, numClasses, labels }: Model, rows: Int32Array): Float64Array {
  const p = softmaxProbabilities(parameters, span.coordinates, rows, span.rank, numClasses);
  rows.forEach((row, i) => {
    const own = i * numClasses + (labels[row] as number);
    p[own] = (p[own] as number) - 1;
  });
  return p;
}

/** [rows, K]: what the logits change by along a direction of the parameters. */
function product({ span, numClasses }: Model, rows: Int32Array, direction: Float64Array): Float64Array {
  const out = new Float64Array(rows.length * numClasses);
  multiplyRows(span.coordinates, rows, direction, numClasses, span.rank, out);
  const bias = numClasses * span.rank;
  for (let at = 0; at < out.length; at++) out[at] = (out[at] as number) + (direction[bias + (at % numClasses)] as number);
  return out;
}

/** The direction of the parameters that values on the logits [rows, K] add up to: `product` transposed. */
function gathered({ span, numClasses }: Model, rows: Int32Array, values: Float64Array): Float64Array {
  const bias = numClasses * span.rank;
  const out = new Float64Array(bias + numClasses);
  multiplyTransposed(span.coordinates, rows, values, numClasses, span.rank, out);
  for (let at = 0; at < values.length; at++) {
    out[bias + (at % numClasses)] = (out[bias + (at % numClasses)] as number) + (values[at] as number);
  }
  return out;
}

function meanGradient(model: Model, held: Int32Array): Float64Array {
  return gathered(
    model,
    held,
    residuals(model, held).map((r) => r / held.length),
  );
}

/** The Hessian of the training objective, as what it makes of a direction. */
function hessian(model: Model, rows: Int32Array, shares: Float64Array, penalty: number): (direction: Float64Array) => Float64Array {
  const { span, parameters, numClasses } = model;
  const p = softmaxProbabilities(parameters, span.coordinates, rows, span.rank, numClasses);
  return (direction) => {
    const u = product(model, rows, direction);
    for (let i = 0; i < rows.length; i++) {
      let mean = 0;
      for (let k = 0; k < numClasses; k++) mean += (p[i * numClasses + k] as number) * (u[i * numClasses + k] as number);
      for (let k = 0; k < numClasses; k++) {
        const at = i * numClasses + k;
        u[at] = (shares[i] as number) * (p[at] as number) * ((u[at] as number) - mean);
      }
    }
    const out = gathered(model, rows, u);
    for (let at = 0; at < numClasses * span.rank; at++) out[at] = (out[at] as number) + penalty * (direction[at] as number);
    return out;
  };
}

/** Conjugate gradients. Moving all biases alike changes nothing and the gradient has no part of it, so that it never comes in. */
function solve(apply: (direction: Float64Array) => Float64Array, target: Float64Array): Float64Array {
  const x = new Float64Array(target.length);
  const residual = target.slice();
  let direction = target.slice();
  let square = dot(residual, residual);
  const enough = square * relativeResidual ** 2;
  for (let i = 0; i < maxIterations && square > enough; i++) {
    const image = apply(direction);
    const step = square / dot(direction, image);
    for (let at = 0; at < x.length; at++) {
      x[at] = (x[at] as number) + step * (direction[at] as number);
      residual[at] = (residual[at] as number) - step * (image[at] as number);
    }
    const next = dot(residual, residual);
    const kept = next / square;
    direction = direction.map((d, at) => (residual[at] as number) + kept * d);
    square = next;
  }
  return x;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
}
