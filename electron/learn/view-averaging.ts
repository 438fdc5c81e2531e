/** Whether averaging predictions over altered views of an image helps: told by the same images with and without, not assumed. */
import type { RunContext } from '../contract/progress.ts';
import { repeatedFolds, rowsOfFold } from './folds.ts';
import type { Interval } from './intervals.ts';
import { bootstrapInterval, meanOver, widenedForFolds } from './intervals.ts';
import { logLosses, predictedClasses } from './metrics.ts';
import { fitProbe, predictProbe } from './probe.ts';

export interface ViewSet {
  readonly name: string;
  /** Beside the plain features: [N, D] of each altered view. */
  readonly views: readonly Float32Array[];
}

export interface ViewAveragingOptions {
  /** [N, D] of the images as they are. */
  readonly features: Float32Array;
  readonly sets: readonly ViewSet[];
  /** [N], in 0..numClasses-1. */
  readonly labels: Int32Array;
  readonly numClasses: number;
  /** [M, D]: what features are standardised on. */
  readonly reference: Float32Array;
  /** Of the probe, found before. */
  readonly strength: number;
  readonly seed: number;
  /** [N]: images of one group are neither split between folds nor counted as independent. */
  readonly groups?: Int32Array;
}

export interface ViewVerdict {
  readonly name: string;
  /** With the views, of images held out. */
  readonly accuracy: number;
  /** With the views minus without, paired by image; above 0 is in their favour. */
  readonly accuracyDifference: Interval;
  /** In nats; below 0 is in their favour. */
  readonly logLossDifference: Interval;
  /** By the log loss, which uses how sure a prediction is: helps, harms, or neither is shown. */
  readonly outcome: 'helps' | 'harms' | 'no difference shown';
}

export interface ViewAveraging {
  readonly plainAccuracy: number;
  readonly verdicts: readonly ViewVerdict[];
  /** Images that could be scored. */
  readonly numImages: number;
}

const numFolds = 5;
const numRepeats = 3;

/**
 * Fits a probe to the plain features of each fold's training part and predicts the rest plainly and as the mean of the probabilities of the plain and the
 * altered views. Intervals are bootstrapped over images or groups and widened as for the verdict. Throws `invalid-input` as `fitProbe` and `repeatedFolds`.
 */
export async function judgeViews(options: ViewAveragingOptions, context?: RunContext): Promise<ViewAveraging> {
  const { features, sets, labels, numClasses, reference, strength, seed, groups } = options;
  const dim = features.length / labels.length;
  const repeats = repeatedFolds(labels, { numFolds, numRepeats, seed, ...(groups && { groups }) });
  const arms = [[], ...sets.map(({ views }) => views)].map((views) => ({
    views,
    hits: new Float64Array(labels.length),
    losses: new Float64Array(labels.length),
  }));
  const scored = new Uint8Array(labels.length).fill(1);
  let done = 0;
  for (const folds of repeats) {
    for (let fold = 0; fold < folds.numFolds; fold++) {
      context?.signal.throwIfAborted();
      const [training, held] = [rowsOfFold(folds, fold, false), rowsOfFold(folds, fold, true)];
      const labelsOf = (rows: Int32Array): Int32Array => rows.map((row) => labels[row] ?? 0);
      const known = new Set(labelsOf(training));
      for (const row of held) if (!known.has(labels[row] ?? 0)) scored[row] = 0;
      const { model } = await fitProbe({
        features: takeRows(features, training, dim),
        labels: labelsOf(training),
        numClasses,
        reference,
        strengths: [strength],
      });
      const plain = predictProbe(model, takeRows(features, held, dim));
      for (const { views, hits, losses } of arms) {
        const all = [plain, ...views.map((view) => predictProbe(model, takeRows(view, held, dim)))];
        const mean = plain.map((_, i) => all.reduce((sum, each) => sum + (each[i] ?? 0), 0) / all.length);
        const [predicted, lost] = [predictedClasses(mean, numClasses), logLosses(labelsOf(held), mean, numClasses)];
        held.forEach((row, i) => {
          hits[row] = (hits[row] ?? 0) + (predicted[i] === labels[row] ? 1 / numRepeats : 0);
          losses[row] = (losses[row] ?? 0) + (lost[i] ?? 0) / numRepeats;
        });
      }
      context?.onProgress({ phase: 'comparison', done: ++done, total: numRepeats * folds.numFolds });
    }
  }
  const rows = Int32Array.from(labels.keys()).filter((row) => scored[row] === 1);
  const [bare, ...others] = arms;
  const bootstrap = { seed, ...(groups && { groups: rows.map((row) => groups[row] ?? 0) }) };
  const difference = (a: Float64Array, b: Float64Array | undefined): Interval => {
    const values = Float64Array.from(rows, (row) => (a[row] ?? 0) - (b?.[row] ?? 0));
    return widenedForFolds(bootstrapInterval(values.length, meanOver(values), bootstrap), repeats);
  };
  const accuracyOf = (hits: Float64Array | undefined): number => rows.reduce((sum, row) => sum + (hits?.[row] ?? 0), 0) / rows.length;
  return {
    plainAccuracy: accuracyOf(bare?.hits),
    numImages: rows.length,
    verdicts: others.map(({ hits, losses }, i) => {
      const logLossDifference = difference(losses, bare?.losses);
      return {
        name: sets[i]?.name ?? '',
        accuracy: accuracyOf(hits),
        accuracyDifference: difference(hits, bare?.hits),
        logLossDifference,
        outcome: logLossDifference.high < 0 ? 'helps' : logLossDifference.low > 0 ? 'harms' : 'no difference shown',
      };
    }),
  };
}

function takeRows(values: Float32Array, rows: Int32Array, width: number): Float32Array {
  const out = new Float32Array(rows.length * width);
  rows.forEach((row, i) => out.set(values.subarray(row * width, (row + 1) * width), i * width));
  return out;
}
