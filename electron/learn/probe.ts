/** The linear probe: standardised features, L2-regularised softmax regression, strength chosen by cross-validation. */
import { AppError } from '../contract/errors.ts';
import type { RunContext } from '../contract/progress.ts';
import type { CrossValidation } from './cross-validation.ts';
import { continueFit, crossValidate, defaultStrengths, fitTolerance, startFit } from './cross-validation.ts';
import { allRows, multiplyRows, transpose } from './dense-products.ts';
import { spanOf } from './feature-span.ts';
import { repeatedFolds } from './folds.ts';
import { softmaxRows } from './softmax-regression.ts';
import type { Standardisation } from './standardise.ts';
import { measureStandardisation, standardise } from './standardise.ts';

export interface ProbeOptions {
  /** [N, D] at the labelled images. */
  readonly features: Float32Array;
  /** [N], in 0..numClasses-1. */
  readonly labels: Int32Array;
  readonly numClasses: number;
  /** [M, D]: what features are standardised on; the labelled images by default, better the whole pool. */
  readonly reference?: Float32Array;
  /** To choose from; the objective is the mean cross-entropy plus strength |w|^2 / (2 N), so scikit-learn's C is 1 / strength. */
  readonly strengths?: readonly number[];
  /** 5 by default. */
  readonly numFolds?: number;
  /** By default 5 for up to 55 labels, fewer for more, 1 from 167 on. */
  readonly numRepeats?: number;
  /** [N]: labels of one group are never split between training and validation. */
  readonly groups?: Int32Array;
  /** [N], positive. */
  readonly sampleWeights?: ArrayLike<number>;
  /** [C], positive: multiplied into the sample weights. */
  readonly classWeights?: ArrayLike<number>;
  /** Of the folds; 0 by default. */
  readonly seed?: number;
}

/** Logits are ((features - mean) / std) W + b. */
export interface ProbeModel extends Standardisation {
  /** [D, C] over standardised features; 0 for classes without labels. */
  readonly weights: Float32Array;
  /** [C]; -1e9 for classes without labels, which are therefore never predicted. */
  readonly bias: Float32Array;
  readonly numClasses: number;
  /** Classes that had labels, ascending. */
  readonly classes: readonly number[];
  readonly strength: number;
}

export interface FittedProbe {
  readonly model: ProbeModel;
  /** Null when the labels allow none: a single strength to choose from does not, nor do fewer than two images of every class. */
  readonly crossValidation: CrossValidation | null;
}

const absentBias = -1e9;
/** What is used when there are too few labels to choose by: the usual choice at about a hundred labels and a thousand features. */
const fallbackStrength = 100;
/** Predictions are made in blocks, so that a large pool is never copied whole in double precision. */
const rowsAtOnce = 1024;

/** D, given [N, D] features and N; throws `invalid-input` when they do not fit together. */
export function featureDimension(features: Float32Array, labels: Int32Array, numClasses: number, reference?: Float32Array): number {
  const dim = features.length / labels.length;
  if (labels.length === 0) throw new AppError('invalid-input', 'There are no labels yet; label a few images first.');
  if (!Number.isInteger(dim) || dim === 0 || (reference !== undefined && (reference.length === 0 || reference.length % dim !== 0))) {
    throw new AppError(
      'invalid-input',
      `Features do not fit the labels: ${features.length} values for ${labels.length} labels, ${reference?.length ?? 0} reference values.`,
    );
  }
  if (labels.some((label) => label < 0 || label >= numClasses)) {
    throw new AppError('invalid-input', `Labels must be in 0..${numClasses - 1}; check the list of classes.`);
  }
  if (!features.every(Number.isFinite)) {
    throw new AppError('invalid-input', 'Some features are not finite numbers; compute the embeddings again.');
  }
  return dim;
}

function combinedWeights({ labels, sampleWeights, classWeights }: ProbeOptions): Float64Array {
  const weights = Float64Array.from(labels, (label, i) => (sampleWeights?.[i] ?? 1) * (classWeights?.[label] ?? 1));
  if (!weights.every((weight) => weight > 0 && Number.isFinite(weight))) {
    throw new AppError('invalid-input', 'Sample and class weights must be positive numbers; leave an image out to give it no weight.');
  }
  return weights;
}

/**
 * Fits a linear probe. Classes without labels are never predicted; a class with one label is learnt but cannot be validated.
 * Where nothing can be validated, strength 100 is used (or the only one offered). Throws on empty or mismatched input, and `context.signal.reason` on abort.
 */
export async function fitProbe(options: ProbeOptions, context?: RunContext): Promise<FittedProbe> {
  const { features, labels, numClasses, reference = features, groups, numFolds = 5, seed = 0, strengths = defaultStrengths } = options;
  const dim = featureDimension(features, labels, numClasses, reference);
  const standardisation = measureStandardisation(reference, dim);
  const span = spanOf(standardise(features, standardisation), labels.length, dim);
  const task = { span, labels, numClasses, sampleWeights: combinedWeights(options), strengths };
  const numUnits = groups === undefined ? labels.length : new Set(groups).size;
  const numRepeats = options.numRepeats ?? Math.min(5, Math.max(1, Math.round(250 / labels.length)));
  const canChoose = numUnits > 1 && strengths.length > 1 && new Set(labels).size > 1;
  const repeats = canChoose ? repeatedFolds(labels, { numFolds, numRepeats, seed, groups }) : [];
  const crossValidation = await crossValidate({ ...task, repeats }, context);

  const only = strengths.length === 1 ? strengths[0] : undefined;
  const strength = crossValidation?.strength ?? only ?? fallbackStrength;
  const fit = startFit(span, labels, allRows(labels.length), new Int32Array(0));
  continueFit(fit, task, strength, fitTolerance);
  const perClass = span.toFeatures(fit.parameters.subarray(0, fit.classes.length * span.rank), fit.classes.length);
  const weights = new Float32Array(dim * numClasses);
  const bias = new Float32Array(numClasses).fill(absentBias);
  fit.classes.forEach((k, c) => {
    for (let j = 0; j < dim; j++) weights[j * numClasses + k] = perClass[c * dim + j] as number;
    bias[k] = fit.parameters[fit.classes.length * span.rank + c] as number;
  });
  return { model: { ...standardisation, weights, bias, numClasses, classes: fit.classes, strength }, crossValidation };
}

/** Probabilities [N, C] for `features` [N, D]. */
export function predictProbe(model: ProbeModel, features: Float32Array): Float32Array {
  const { numClasses, bias, mean } = model;
  const numRows = features.length / mean.length;
  if (!Number.isInteger(numRows)) {
    throw new AppError(
      'invalid-input',
      `The probe takes ${mean.length} features an image; ${features.length} values are no multiple of that.`,
    );
  }
  const dim = mean.length;
  const perClass = transpose(Float64Array.from(model.weights), dim, numClasses);
  const out = new Float32Array(numRows * numClasses);
  for (let start = 0; start < numRows; start += rowsAtOnce) {
    const block = features.subarray(start * dim, Math.min(numRows, start + rowsAtOnce) * dim);
    const rows = allRows(block.length / dim);
    const logits = new Float64Array(rows.length * numClasses);
    multiplyRows(standardise(block, model), rows, perClass, numClasses, dim, logits);
    for (let at = 0; at < logits.length; at++) logits[at] = (logits[at] as number) + (bias[at % numClasses] as number);
    softmaxRows(logits, numClasses);
    out.set(logits, start * numClasses);
  }
  return out;
}
