/** How good predictions are, over plain arrays: labels [N] in 0..C-1, probabilities [N, C]. */
import { AppError } from '../contract/errors.ts';

/** Probabilities are raised to this before a logarithm is taken, so that one confident mistake costs at most 34.5 nats. */
export const PROBABILITY_FLOOR = 1e-15;

export interface ClassScore {
  /** Of the images predicted as this class, the part that is; 0 when none was predicted. */
  readonly precision: number;
  /** Of the images of this class, the part that was found; 0 when there is none. */
  readonly recall: number;
  readonly f1: number;
  /** How many images of this class there are. */
  readonly support: number;
}

export interface ClassificationMetrics {
  readonly accuracy: number;
  readonly balancedAccuracy: number;
  readonly macroF1: number;
  readonly logLoss: number;
  /** Null when no class has both members and others. */
  readonly auc: number | null;
  readonly calibrationError: number;
}

function requireSame(a: number, b: number, what: string): void {
  if (a !== b || a === 0)
    throw new AppError('invalid-input', `Metrics need one ${what} for each label, and at least one: got ${b} for ${a} labels.`);
}

/** The most probable class of each row of `probabilities` [N, C]; the first of equals. */
export function predictedClasses(probabilities: Float32Array, numClasses: number): Int32Array {
  const predicted = new Int32Array(probabilities.length / numClasses);
  for (let i = 0; i < predicted.length; i++) {
    let best = 0;
    for (let k = 1; k < numClasses; k++) {
      if ((probabilities[i * numClasses + k] as number) > (probabilities[i * numClasses + best] as number)) best = k;
    }
    predicted[i] = best;
  }
  return predicted;
}

/** Part of the predictions [N] that equal the labels [N]. Throws on empty or unequal lengths, as do the others here. */
export function accuracy(labels: Int32Array, predicted: Int32Array): number {
  requireSame(labels.length, predicted.length, 'prediction');
  return labels.reduce((sum, label, i) => sum + (label === predicted[i] ? 1 : 0), 0) / labels.length;
}

/** Counts [C, C]: row = true class, column = predicted class. */
export function confusionMatrix(labels: Int32Array, predicted: Int32Array, numClasses: number): Int32Array {
  requireSame(labels.length, predicted.length, 'prediction');
  const counts = new Int32Array(numClasses * numClasses);
  labels.forEach((label, i) => {
    const at = label * numClasses + (predicted[i] as number);
    counts[at] = (counts[at] as number) + 1;
  });
  return counts;
}

/** Precision, recall, F1 and support of every class, from a confusion matrix [C, C]. */
export function perClassScores(confusion: Int32Array, numClasses: number): ClassScore[] {
  return Array.from({ length: numClasses }, (_, k) => {
    const hits = confusion[k * numClasses + k] as number;
    let support = 0;
    let numPredicted = 0;
    for (let other = 0; other < numClasses; other++) {
      support += confusion[k * numClasses + other] as number;
      numPredicted += confusion[other * numClasses + k] as number;
    }
    return {
      precision: hits / Math.max(1, numPredicted),
      recall: hits / Math.max(1, support),
      f1: (2 * hits) / Math.max(1, numPredicted + support),
      support,
    };
  });
}

/** Mean recall over the classes that have at least one image; the others do not count. */
export function balancedAccuracy(labels: Int32Array, predicted: Int32Array, numClasses: number): number {
  const present = perClassScores(confusionMatrix(labels, predicted, numClasses), numClasses).filter((score) => score.support > 0);
  return present.reduce((sum, score) => sum + score.recall, 0) / present.length;
}

/** Mean of 2 TP / (predicted + true) over all C classes; a class that is neither there nor predicted counts as 0. */
export function macroF1(labels: Int32Array, predicted: Int32Array, numClasses: number): number {
  const scores = perClassScores(confusionMatrix(labels, predicted, numClasses), numClasses);
  return scores.reduce((sum, score) => sum + score.f1, 0) / numClasses;
}

/** Minus the log probability [N] given to each image's own class, in nats; probabilities below `PROBABILITY_FLOOR` count as that. */
export function logLosses(labels: Int32Array, probabilities: Float32Array, numClasses: number): Float64Array {
  requireSame(labels.length, probabilities.length / numClasses, 'row of probabilities');
  return Float64Array.from(labels, (label, i) => -Math.log(Math.max(PROBABILITY_FLOOR, probabilities[i * numClasses + label] as number)));
}

/** Mean of `logLosses`. */
export function logLoss(labels: Int32Array, probabilities: Float32Array, numClasses: number): number {
  return logLosses(labels, probabilities, numClasses).reduce((sum, loss) => sum + loss, 0) / labels.length;
}

/**
 * Area under the ROC curve: the chance that a positive scores above a negative, ties counting half (Mann-Whitney U from midranks).
 * `positive` [N] is 1 for positives. Null when either side is empty.
 */
export function binaryAuc(positive: Uint8Array, scores: ArrayLike<number>): number | null {
  const order = Array.from(positive.keys()).sort((a, b) => (scores[a] as number) - (scores[b] as number));
  const numPositive = positive.reduce((sum, p) => sum + p, 0);
  const numNegative = positive.length - numPositive;
  if (numPositive === 0 || numNegative === 0) return null;
  let rankSum = 0;
  for (let start = 0; start < order.length;) {
    let end = start;
    let positives = 0;
    const score = scores[order[start] as number];
    while (end < order.length && scores[order[end] as number] === score) positives += positive[order[end++] as number] as number;
    rankSum += (positives * (start + 1 + end)) / 2;
    start = end;
  }
  return (rankSum - (numPositive * (numPositive + 1)) / 2) / (numPositive * numNegative);
}

/** For two classes, the AUC of class 1; for more, the mean over classes of one against the rest. Classes without members or without others are left out. */
export function auc(labels: Int32Array, probabilities: Float32Array, numClasses: number): number | null {
  requireSame(labels.length, probabilities.length / numClasses, 'row of probabilities');
  const classes = numClasses === 2 ? [1] : Array.from({ length: numClasses }, (_, k) => k);
  const areas = classes
    .map((k) =>
      binaryAuc(
        Uint8Array.from(labels, (label) => (label === k ? 1 : 0)),
        Float32Array.from(labels, (_, i) => probabilities[i * numClasses + k] as number),
      ),
    )
    .filter((area) => area !== null);
  return areas.length === 0 ? null : areas.reduce((sum, area) => sum + area, 0) / areas.length;
}

/**
 * Expected calibration error: the gap between confidence and accuracy over equal-width bins of the top probability, weighted by the bins'
 * sizes (Guo et al. 2017, eq. 3).
 */
export function calibrationError(labels: Int32Array, probabilities: Float32Array, numClasses: number, numBins = 15): number {
  requireSame(labels.length, probabilities.length / numClasses, 'row of probabilities');
  const predicted = predictedClasses(probabilities, numClasses);
  const gaps = new Float64Array(numBins);
  labels.forEach((label, i) => {
    const confidence = probabilities[i * numClasses + (predicted[i] as number)] as number;
    const bin = Math.min(numBins - 1, Math.floor(confidence * numBins));
    gaps[bin] = (gaps[bin] as number) + confidence - (label === predicted[i] ? 1 : 0);
  });
  return gaps.reduce((sum, gap) => sum + Math.abs(gap), 0) / labels.length;
}

/** All of the above at once. */
export function classificationMetrics(labels: Int32Array, probabilities: Float32Array, numClasses: number): ClassificationMetrics {
  const predicted = predictedClasses(probabilities, numClasses);
  return {
    accuracy: accuracy(labels, predicted),
    balancedAccuracy: balancedAccuracy(labels, predicted, numClasses),
    macroF1: macroF1(labels, predicted, numClasses),
    logLoss: logLoss(labels, probabilities, numClasses),
    auc: auc(labels, probabilities, numClasses),
    calibrationError: calibrationError(labels, probabilities, numClasses),
  };
}
