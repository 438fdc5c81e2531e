/** Choosing a linear probe's strength by cross-validation, and the out-of-fold probabilities that come with it. */
import { setImmediate } from 'node:timers/promises';
import type { RunContext } from '../contract/progress.ts';
import type { FeatureSpan } from './feature-span.ts';
import type { Folds } from './folds.ts';
import { rowsOfFold } from './folds.ts';
import { PROBABILITY_FLOOR } from './metrics.ts';
import { fitSoftmax, softmaxProbabilities } from './softmax-regression.ts';

/** Strengths from strong to weak: scikit-learn's C from 1e-7 to 1e2. */
export const defaultStrengths: readonly number[] = [1e7, 1e6, 1e5, 1e4, 1e3, 1e2, 1e1, 1, 1e-1, 1e-2];

export interface CrossValidationTask {
  readonly span: FeatureSpan;
  /** [N], in 0..numClasses-1. */
  readonly labels: Int32Array;
  readonly numClasses: number;
  /** [N], positive: they count in the fit and in the score. */
  readonly sampleWeights: Float64Array;
  /** One split for each repeat. */
  readonly repeats: readonly Folds[];
  readonly strengths: readonly number[];
}

export interface CrossValidation {
  /** The strengths tried, from strong to weak, with their mean out-of-fold log loss in nats over `numRepeats` repeats. */
  readonly path: readonly { strength: number; logLoss: number; numRepeats: number }[];
  /** The one with the least log loss. */
  readonly strength: number;
  /** Whether that is the strongest or weakest on offer, so that a wider choice might do better. */
  readonly atEdge: boolean;
  /** For each repeat, [N, C]: every image's probabilities from the fit that did not see it, at the chosen strength. */
  readonly probabilities: readonly Float32Array[];
  /** For each repeat, [N]: 1 where the image's class had another member to learn from, so that its score says something. */
  readonly scored: readonly Uint8Array[];
}

/** The tolerances of the scaled gradient: far below what can change a choice, and below single precision. */
const foldTolerance = 1e-4;
export const fitTolerance = 1e-6;
/** The scan gives up on weaker strengths after two in a row that are worse than the best by this many nats. */
const hopelessGap = 0.01;

/** A fit over some rows: the classes among them, numbered without gaps, and where the next fit along the path starts. */
interface Fit {
  readonly rows: Int32Array;
  readonly held: Int32Array;
  readonly classes: readonly number[];
  /** [N]: each row's position in `classes`, -1 for classes that are not among `rows`. */
  readonly labels: Int32Array;
  parameters: Float64Array;
}

/** Prepares the fit of `rows`, from zero. */
export function startFit(span: FeatureSpan, labels: Int32Array, rows: Int32Array, held: Int32Array): Fit {
  const classes = [...new Set(Array.from(rows, (row) => labels[row] as number))].sort((a, b) => a - b);
  return {
    rows,
    held,
    classes,
    labels: labels.map((label) => classes.indexOf(label)),
    parameters: new Float64Array(classes.length * (span.rank + 1)),
  };
}

/** Solves at one strength from wherever the fit stands, and leaves the solution, W [K, rank] then b [K], in `fit.parameters`. */
export function continueFit(
  fit: Fit,
  task: Pick<CrossValidationTask, 'span' | 'sampleWeights'>,
  strength: number,
  tolerance: number,
): void {
  const { coordinates, rank, moments } = task.span;
  const problem = { x: coordinates, dim: rank, rows: fit.rows, labels: fit.labels, sampleWeights: task.sampleWeights, moments, strength };
  fit.parameters = fitSoftmax({ ...problem, numClasses: fit.classes.length }, fit.parameters, tolerance);
}

interface HeldOut {
  readonly probabilities: Float32Array;
  readonly scored: Uint8Array;
  readonly logLoss: number;
}

/** Out-of-fold probabilities and their log loss for one repeat at one strength; null when nothing could be scored. */
async function holdOut(fits: readonly Fit[], task: CrossValidationTask, strength: number, signal?: AbortSignal): Promise<HeldOut | null> {
  const { span, labels, numClasses, sampleWeights } = task;
  const probabilities = new Float32Array(labels.length * numClasses);
  const scored = new Uint8Array(labels.length);
  let loss = 0;
  let weight = 0;
  for (const fit of fits) {
    // Lets a cancellation arrive: the fits themselves never wait for anything.
    await setImmediate();
    signal?.throwIfAborted();
    continueFit(fit, task, strength, foldTolerance);
    const p = softmaxProbabilities(fit.parameters, span.coordinates, fit.held, span.rank, fit.classes.length);
    fit.held.forEach((row, i) => {
      fit.classes.forEach((k, c) => (probabilities[row * numClasses + k] = p[i * fit.classes.length + c] as number));
      const own = fit.labels[row] as number;
      if (own < 0) return;
      scored[row] = 1;
      weight += sampleWeights[row] as number;
      loss -= (sampleWeights[row] as number) * Math.log(Math.max(PROBABILITY_FLOOR, p[i * fit.classes.length + own] as number));
    });
  }
  return weight === 0 ? null : { probabilities, scored, logLoss: loss / weight };
}

/**
 * Chooses the strength with the least out-of-fold log loss. The first repeat walks from strong to weak, each fit starting from the last; the other
 * repeats look at the best strength of that walk and its two neighbours, and the mean over all repeats decides. An image whose class has no
 * other member in the training part is not scored. Null when no image can be scored. Progress counts strengths tried.
 */
export async function crossValidate(task: CrossValidationTask, context?: RunContext): Promise<CrossValidation | null> {
  const strengths = task.strengths.toSorted((a, b) => b - a);
  const fitsOf = (folds: Folds): Fit[] =>
    Array.from({ length: folds.numFolds }, (_, f) =>
      startFit(task.span, task.labels, rowsOfFold(folds, f, false), rowsOfFold(folds, f, true)),
    );
  let done = 0;
  const attempt = async (fits: readonly Fit[], strength: number): Promise<HeldOut | null> => {
    const heldOut = await holdOut(fits, task, strength, context?.signal);
    context?.onProgress({ phase: 'cross-validation', done: ++done, total: null });
    return heldOut;
  };

  const [first, ...others] = task.repeats.map(fitsOf);
  if (first === undefined) return null;
  const tried: HeldOut[][] = [];
  let best = 0;
  let numWorse = 0;
  for (const strength of strengths) {
    const heldOut = await attempt(first, strength);
    if (heldOut === null) return null;
    const lead = heldOut.logLoss - meanLoss(tried[best] ?? []);
    tried.push([heldOut]);
    if (!(lead >= 0)) best = tried.length - 1;
    numWorse = lead > hopelessGap ? numWorse + 1 : 0;
    if (numWorse === 2) break;
  }
  const near = [best - 1, best, best + 1].filter((at) => tried[at] !== undefined);
  for (const fits of others) {
    for (const at of near) {
      const heldOut = await attempt(fits, strengths[at] as number);
      if (heldOut !== null) (tried[at] as HeldOut[]).push(heldOut);
    }
  }
  for (const at of near) if (meanLoss(tried[at] as HeldOut[]) < meanLoss(tried[best] as HeldOut[])) best = at;
  const chosen = tried[best] as HeldOut[];
  return {
    path: tried.map((list, at) => ({ strength: strengths[at] as number, logLoss: meanLoss(list), numRepeats: list.length })),
    strength: strengths[best] as number,
    atEdge: best === 0 || best === strengths.length - 1,
    probabilities: chosen.map(({ probabilities }) => probabilities),
    scored: chosen.map(({ scored }) => scored),
  };
}

/** NaN for an empty list. */
function meanLoss(list: readonly HeldOut[]): number {
  return list.reduce((sum, { logLoss }) => sum + logLoss, 0) / list.length;
}
