/** Whether a classifier is as often right as it is sure, and how to make it so. */
import { AppError } from '../contract/errors.ts';
import { createRandom } from '../tensor/random.ts';
import type { Interval } from './intervals.ts';
import { shareInterval } from './intervals.ts';
import { PROBABILITY_FLOOR } from './metrics.ts';

export interface ReliabilityBin {
  readonly from: number;
  readonly to: number;
  readonly numImages: number;
  /** Mean probability of the predicted class. */
  readonly confidence: number;
  /** How many were right, with its interval. */
  readonly accuracy: Interval;
}

export interface Reliability {
  /** Bins with images, by rising confidence. */
  readonly bins: readonly ReliabilityBin[];
  /** Expected calibration error: the mean gap between confidence and accuracy, weighted by the bins' sizes (Guo et al. 2017, eq. 3). */
  readonly error: number;
  /** What that is, on average, of as many images of a perfectly calibrated classifier that is as sure: a finite sample always shows some. */
  readonly errorByChance: number;
}

export const numReliabilityBins = 10;
const numChanceDraws = 200;

/** The reliability diagram of predictions: probability of the predicted class [N], and 1 where it was right [N]. Throws `invalid-input` when empty. */
export function reliability(confidence: ArrayLike<number>, correct: ArrayLike<number>, seed = 0): Reliability {
  if (confidence.length === 0 || confidence.length !== correct.length) {
    throw new AppError('invalid-input', `Reliability needs one answer a prediction: got ${correct.length} for ${confidence.length}.`);
  }
  const binOf = Array.from(confidence, (p) => Math.min(numReliabilityBins - 1, Math.floor(p * numReliabilityBins)));
  const gapOf = (isRight: (i: number) => number): number => {
    const gaps = new Float64Array(numReliabilityBins);
    binOf.forEach((bin, i) => (gaps[bin] = (gaps[bin] ?? 0) + (confidence[i] ?? 0) - isRight(i)));
    return gaps.reduce((sum, gap) => sum + Math.abs(gap), 0) / confidence.length;
  };
  const random = createRandom(seed);
  let byChance = 0;
  for (let draw = 0; draw < numChanceDraws; draw++)
    byChance += gapOf((i) => (random.next() < (confidence[i] ?? 0) ? 1 : 0)) / numChanceDraws;
  const bins = Array.from({ length: numReliabilityBins }, (_, bin) => binOf.flatMap((each, i) => (each === bin ? [i] : [])));
  return {
    bins: bins.flatMap((rows, bin): ReliabilityBin[] =>
      rows.length === 0
        ? []
        : [
            {
              from: bin / numReliabilityBins,
              to: (bin + 1) / numReliabilityBins,
              numImages: rows.length,
              confidence: rows.reduce((sum, i) => sum + (confidence[i] ?? 0), 0) / rows.length,
              accuracy: shareInterval(rows.map((i) => correct[i] ?? 0)),
            },
          ],
    ),
    error: gapOf((i) => correct[i] ?? 0),
    errorByChance: byChance,
  };
}

export interface HeldOutPredictions {
  /** [N], in 0..C-1. */
  readonly labels: Int32Array;
  /** [N, C], from fits that had not seen the image. */
  readonly probabilities: Float32Array;
  /** [N]: 0 for images that are not to count; all count unless told. */
  readonly scored?: Uint8Array;
}

/** How far a temperature may go, either way. */
const temperatureRange = 5;
/** Standard deviation of the logarithm of temperatures expected before looking: holds it near 1 where a handful of labels say nothing. */
const priorSpread = 0.5;

/**
 * The temperature T that logits are best divided by (Guo et al. 2017): the minimum of the log loss of held-out predictions, whose logarithms
 * serve as logits, plus (ln T / 0.5)^2 / 2. Lists of one image each count once: several repeats share their weight. 1 where nothing is scored.
 * `least` is the lowest to choose from: 1 for images that somebody chose, which are easier than others and would make it far too sure of these.
 */
export function fitTemperature(repeats: readonly HeldOutPredictions[], numClasses: number, least = 1 / temperatureRange): number {
  const rows = repeats.flatMap(({ labels, probabilities, scored }) =>
    Array.from(labels.keys()).flatMap((i) => {
      if (scored?.[i] === 0) return [];
      const logits = Array.from(probabilities.subarray(i * numClasses, (i + 1) * numClasses), (p) =>
        Math.log(Math.max(PROBABILITY_FLOOR, p)),
      );
      return [{ logits, own: logits[labels[i] ?? 0] ?? 0 }];
    }),
  );
  if (rows.length === 0) return 1;
  const share = 1 / repeats.length;
  const cost = (logT: number): number => {
    const inverse = Math.exp(-logT);
    let sum = 0;
    for (const { logits, own } of rows) {
      const top = Math.max(...logits) * inverse;
      sum += Math.log(logits.reduce((total, logit) => total + Math.exp(logit * inverse - top), 0)) + top - own * inverse;
    }
    return share * sum + (logT / priorSpread) ** 2 / 2;
  };
  return Math.exp(minimise(cost, Math.log(least), Math.log(temperatureRange)));
}

/** Probabilities [N, C] of logits divided by the temperature: p^(1/T), made to add up to 1. */
export function atTemperature(probabilities: Float32Array, numClasses: number, temperature: number): Float32Array {
  const out = new Float32Array(probabilities.length);
  for (let start = 0; start < probabilities.length; start += numClasses) {
    const logs = Array.from(
      probabilities.subarray(start, start + numClasses),
      (p) => Math.log(Math.max(PROBABILITY_FLOOR, p)) / temperature,
    );
    const top = Math.max(...logs);
    const powers = logs.map((value) => Math.exp(value - top));
    const sum = powers.reduce((total, power) => total + power, 0);
    powers.forEach((power, k) => (out[start + k] = power / sum));
  }
  return out;
}

/** Golden section search: where a function of one valley is least, to 1e-4. */
function minimise(cost: (x: number) => number, from: number, to: number): number {
  const ratio = (Math.sqrt(5) - 1) / 2;
  let [low, high] = [from, to];
  let [a, b] = [high - ratio * (high - low), low + ratio * (high - low)];
  let [costA, costB] = [cost(a), cost(b)];
  while (high - low > 1e-4) {
    if (costA < costB) {
      [high, b, costB] = [b, a, costA];
      a = high - ratio * (high - low);
      costA = cost(a);
    } else {
      [low, a, costA] = [a, b, costB];
      b = low + ratio * (high - low);
      costB = cost(b);
    }
  }
  return (low + high) / 2;
}
