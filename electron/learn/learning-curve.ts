/** How the accuracy of a linear probe grows with its labels, measured on nested parts of the labels at hand. */
import { setImmediate } from 'node:timers/promises';
import type { RunContext } from '../contract/progress.ts';
import { createRandom } from '../tensor/random.ts';
import { continueFit, startFit } from './cross-validation.ts';
import type { FeatureSpan } from './feature-span.ts';
import { repeatedFolds, rowsOfFold } from './folds.ts';
import { predictedClasses } from './metrics.ts';
import { softmaxProbabilities } from './softmax-regression.ts';

export interface CurveTask {
  readonly span: FeatureSpan;
  /** [N], in 0..numClasses-1. */
  readonly labels: Int32Array;
  readonly numClasses: number;
  /** [N], positive. */
  readonly sampleWeights: Float64Array;
  /** Of the probe, at every size. */
  readonly strength: number;
  /** [N]: images of one group are never on both sides. */
  readonly groups?: Int32Array;
  readonly seed: number;
  /** By default as many as take about the same time whatever the number of labels: 10 for up to 100, 2 beyond 500. */
  readonly numRepeats?: number;
}

export interface MeasuredCurve {
  /** [S], rising: labels learnt from. */
  readonly sizes: readonly number[];
  /** [S, N]: how often each image was classified right by fits that did not see it, over the repeats. */
  readonly correct: Float64Array;
  readonly numImages: number;
  /** Variance of the accuracy over draws of n labels to learn from, times n. */
  readonly drawVariance: number;
  /** [N], as they were given. */
  readonly groups?: Int32Array | undefined;
}

const numFolds = 5;
/** Each part is this share of the next larger one. */
const sizeRatio = 0.68;
const maxSizes = 6;
const minSizes = 3;
const smallest = 6;
const tolerance = 1e-5;

/** The sizes to measure, rising: the largest is what a fold leaves; none smaller than two a class. Fewer than three tell nothing. */
export function curveSizes(numImages: number, numClasses: number): number[] {
  const largest = Math.floor((numImages * (numFolds - 1)) / numFolds);
  const sizes: number[] = [];
  for (let i = 0; i < maxSizes; i++) {
    const size = Math.round(largest * sizeRatio ** i);
    if (size < Math.max(smallest, 2 * numClasses)) break;
    if (size !== sizes[0]) sizes.unshift(size);
  }
  return sizes;
}

/**
 * Measures the curve by repeated five-fold cross-validation: in each fold a probe is fitted on ever larger parts of the training images, each
 * containing the one before. Null where there are too few labels for three sizes. Throws `context.signal.reason` on abort.
 */
export async function measureCurve(task: CurveTask, context?: RunContext): Promise<MeasuredCurve | null> {
  const { labels, groups, seed } = task;
  const numImages = labels.length;
  const sizes = curveSizes(numImages, new Set(labels).size);
  if (sizes.length < minSizes || new Set(labels).size < 2) return null;
  if (groups !== undefined && new Set(groups).size < numFolds) return null;
  const numRepeats = task.numRepeats ?? Math.min(10, Math.max(2, Math.round(1000 / numImages)));
  const random = createRandom(seed);
  const correct = new Float64Array(sizes.length * numImages);
  // [S][R]
  const accuracies = sizes.map(() => [] as number[]);
  const total = numRepeats * numFolds;
  // Blind to the classes: where training and held-out part have the same shares of them by design, small parts look better than they are.
  const unseen = new Int32Array(numImages);
  for (const [repeat, folds] of repeatedFolds(unseen, { numFolds, numRepeats, seed, groups }).entries()) {
    const right = sizes.map(() => 0);
    for (let fold = 0; fold < folds.numFolds; fold++) {
      // Lets a cancellation arrive: the fits themselves never wait for anything.
      await setImmediate();
      context?.signal.throwIfAborted();
      context?.onProgress({ phase: 'learning curve', done: repeat * numFolds + fold, total });
      const held = rowsOfFold(folds, fold, true);
      const rows = rowsOfFold(folds, fold, false);
      const order = random.permutation(rows.length).map((at) => rows[at] as number);
      sizes.forEach((size, s) => {
        const hits = hitsOf(task, order.slice(0, size), held);
        held.forEach((row, i) => {
          if (hits[i] === 0) return;
          right[s] = (right[s] ?? 0) + 1;
          correct[s * numImages + row] = (correct[s * numImages + row] as number) + 1 / numRepeats;
        });
      });
    }
    right.forEach((count, s) => accuracies[s]?.push(count / numImages));
  }
  context?.onProgress({ phase: 'learning curve', done: total, total });
  return { sizes, correct, numImages, drawVariance: drawVarianceOf(sizes, correct, accuracies, numImages), groups };
}

/** [held.length]: 1 where a probe on these rows classifies the held-out image right. */
function hitsOf(task: CurveTask, rows: Int32Array, held: Int32Array): Uint8Array {
  const { span, labels, strength } = task;
  const fit = startFit(span, labels, rows, held);
  continueFit(fit, task, strength, tolerance);
  const p = softmaxProbabilities(fit.parameters, span.coordinates, held, span.rank, fit.classes.length);
  const predicted = predictedClasses(Float32Array.from(p), fit.classes.length);
  return Uint8Array.from(held, (row, i) => Number(fit.classes[predicted[i] as number] === labels[row]));
}

/**
 * The variance over draws, from how much the accuracy on all images differs between repeats: each repeat averages over five fits, and what the flips
 * of single images add is taken off. Only sizes of up to half the largest count, since larger parts of the same labels overlap.
 */
function drawVarianceOf(
  sizes: readonly number[],
  correct: Float64Array,
  accuracies: readonly (readonly number[])[],
  numImages: number,
): number {
  const largest = sizes.at(-1) ?? 0;
  const found = sizes.flatMap((size, s) => {
    const list = accuracies[s] ?? [];
    if (size > largest / 2 || list.length < 2) return [];
    const mean = list.reduce((sum, a) => sum + a, 0) / list.length;
    const between = list.reduce((sum, a) => sum + (a - mean) ** 2, 0) / (list.length - 1);
    let flips = 0;
    for (let i = 0; i < numImages; i++) {
      const p = correct[s * numImages + i] as number;
      flips += (p * (1 - p) * list.length) / (list.length - 1);
    }
    return [size * numFolds * Math.max(0, between - flips / numImages ** 2)];
  });
  return found.length === 0 ? 0 : found.reduce((sum, v) => sum + v, 0) / found.length;
}
