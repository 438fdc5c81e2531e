/** Whether further labels are worth their trouble, and for which class most. */
import type { Interval } from './intervals.ts';

export interface StopFacts {
  readonly numLabels: number;
  /** By class; 0 for a class that has none yet. */
  readonly counts: readonly number[];
  /** Kappa between the predictions of one classifier and the next, each learnt from other labels; newest last. */
  readonly steadiness: readonly number[];
  /** The accuracy there is now; null while it cannot be told. */
  readonly accuracy: Interval | null;
  /** What `horizon` more labels would add; null while there are too few labels to tell. */
  readonly gain: Interval | null;
  readonly horizon: number;
  /** How wide the accuracy's interval may be to be thought of as known. */
  readonly targetWidth: number;
}

export type StopReason = 'few-labels' | 'class-lacking' | 'steady' | 'known' | 'flat' | 'gain';

export interface StopAdvice {
  readonly verdict: 'too-early' | 'go-on' | 'stop';
  readonly reason: StopReason;
}

/** Mean kappa over so many rounds, at least so high, ends the labelling (Bloodgood and Vijay-Shanker 2009; small-text's KappaAverage). */
const steadyRounds = 3;
const steadyKappa = 0.99;
const minPerClass = 5;
/** Gains of less than a point are too small to be noticed. */
const smallGain = 0.01;

/**
 * Advises to stop where predictions no longer change; where the accuracy is known as exactly as asked and the next labels would move it by less than it
 * is known; or where even the upper end of the gain is less than a point. Before every class has five labels it is too early to tell.
 */
export function adviseStop(facts: StopFacts): StopAdvice {
  const { counts, steadiness, accuracy, gain, targetWidth } = facts;
  if (counts.length < 2) return { verdict: 'too-early', reason: 'few-labels' };
  if (counts.some((count) => count < minPerClass)) {
    return { verdict: gain === null ? 'too-early' : 'go-on', reason: gain === null ? 'few-labels' : 'class-lacking' };
  }
  const last = steadiness.slice(-steadyRounds);
  if (last.length === steadyRounds && last.reduce((sum, kappa) => sum + kappa, 0) / steadyRounds >= steadyKappa) {
    return { verdict: 'stop', reason: 'steady' };
  }
  if (gain === null || accuracy === null) return { verdict: 'too-early', reason: 'few-labels' };
  if (gain.high < smallGain) return { verdict: 'stop', reason: 'flat' };
  const width = accuracy.high - accuracy.low;
  if (width <= targetWidth && gain.estimate < Math.max(smallGain, width / 4)) return { verdict: 'stop', reason: 'known' };
  return { verdict: 'go-on', reason: 'gain' };
}

export interface ClassNeed {
  /** Position among the classes. */
  readonly classIndex: number;
  readonly numLabels: number;
  /** Share of its images that were classified right without their label; null where none could be. */
  readonly recall: number | null;
  /** Of what one more label is worth over all classes, the part of this one: 0 to 1, all together 1. */
  readonly share: number;
}

/**
 * The classes by how much a label of theirs is worth, the most first: their error falls as a power of their number of labels, so that its slope is
 * about error / labels. Errors are (wrong + 1) / (images + 2), since few images say little. Every class counts the same, however rare.
 * `truth` and `predicted` [N] are of images that were predicted without their own label.
 */
export function classNeeds(counts: readonly number[], truth: Int32Array, predicted: Int32Array): ClassNeed[] {
  const found = counts.map((numLabels, k) => {
    let [seen, wrong] = [0, 0];
    truth.forEach((label, i) => {
      if (label !== k) return;
      seen += 1;
      if (predicted[i] !== k) wrong += 1;
    });
    const error = (wrong + 1) / (seen + 2);
    return { classIndex: k, numLabels, recall: seen === 0 ? null : 1 - wrong / seen, worth: error / Math.max(0.5, numLabels) };
  });
  const total = found.reduce((sum, { worth }) => sum + worth, 0);
  return found
    .map(({ worth, ...each }) => ({ ...each, share: worth / total }))
    .sort((a, b) => b.share - a.share || a.classIndex - b.classIndex);
}
