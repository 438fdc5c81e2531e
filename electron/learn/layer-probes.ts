/** What can be told from the features of every depth of a network: a way to compare representations whatever their architecture (Noroozi et al. 2018). */
import type { RunContext } from '../contract/progress.ts';
import type { Executor } from '../tensor/program.ts';
import { crossValidate, defaultStrengths } from './cross-validation.ts';
import { spanOf } from './feature-span.ts';
import { repeatedFolds, type Folds } from './folds.ts';
import { wilsonInterval, type Interval } from './intervals.ts';
import { accuracy, predictedClasses } from './metrics.ts';
import { mlpProbe } from './mlp-probe.ts';
import { measureStandardisation, standardise } from './standardise.ts';

export interface LayerFeatures {
  readonly name: string;
  readonly dim: number;
  /** [N, dim] at the labelled images: a feature map averaged over the image. */
  readonly features: Float32Array;
}

export interface LayerScore {
  readonly name: string;
  readonly dim: number;
  /** Out-of-fold accuracy of a linear probe, and of one with a hidden layer; null where the labels allow no cross-validation. */
  readonly linear: Interval | null;
  readonly nonLinear: Interval | null;
}

/** Scores of all layers on the same folds of the labels [N], shallow to deep. Throws the signal's reason on cancellation. */
export async function layerProbes(
  layers: readonly LayerFeatures[],
  labels: Int32Array,
  numClasses: number,
  options: { readonly seed: number; readonly executor: Executor },
  ctx: RunContext,
): Promise<LayerScore[]> {
  const repeats = repeatedFolds(labels, { numFolds: 5, numRepeats: 1, seed: options.seed });
  const scores: LayerScore[] = [];
  for (const [index, { name, dim, features }] of layers.entries()) {
    ctx.onProgress({ phase: 'layers', done: index, total: layers.length });
    const standardised = standardise(features, measureStandardisation(features, dim));
    const span = spanOf(standardised, labels.length, dim);
    const sampleWeights = new Float64Array(labels.length).fill(1);
    const linear = await crossValidate(
      { span, labels, numClasses, sampleWeights, strengths: defaultStrengths, repeats },
      { signal: ctx.signal, onProgress: () => undefined },
    );
    const folds = repeats[0];
    scores.push({
      name,
      dim,
      linear: linear === null ? null : scoreOf(linear.probabilities[0] ?? new Float32Array(), labels, numClasses),
      nonLinear:
        folds === undefined ? null : await nonLinearScore(Float32Array.from(standardised), dim, labels, numClasses, folds, options, ctx),
    });
  }
  ctx.onProgress({ phase: 'layers', done: layers.length, total: layers.length });
  return scores;
}

async function nonLinearScore(
  features: Float32Array,
  dim: number,
  labels: Int32Array,
  numClasses: number,
  { foldOf, numFolds }: Folds,
  { seed, executor }: { readonly seed: number; readonly executor: Executor },
  ctx: RunContext,
): Promise<Interval> {
  const held = new Float32Array(labels.length * numClasses);
  for (let fold = 0; fold < numFolds; fold++) {
    const isLearnt = Uint8Array.from(foldOf, (of) => (of === fold ? 0 : 1));
    const probabilities = await mlpProbe({ features, dim, labels, numClasses, isLearnt, seed, executor }, ctx);
    foldOf.forEach((of, row) => {
      if (of === fold) held.set(probabilities.subarray(row * numClasses, (row + 1) * numClasses), row * numClasses);
    });
  }
  return scoreOf(held, labels, numClasses);
}

function scoreOf(probabilities: Float32Array, labels: Int32Array, numClasses: number): Interval {
  const share = accuracy(labels, predictedClasses(probabilities, numClasses));
  return wilsonInterval(share * labels.length, labels.length);
}
