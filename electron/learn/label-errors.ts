/** Labels that are probably wrong, by confident learning (Northcutt, Jiang and Chuang 2021, "Confident Learning: Estimating Uncertainty in Dataset Labels"). */
import { AppError } from '../contract/errors.ts';

export interface SuspectLabel {
  readonly row: number;
  readonly given: number;
  /** The class it more probably is. */
  readonly likely: number;
  /** Probability of the given class. */
  readonly selfConfidence: number;
  /** (probability of the given class - that of the best other one + 1) / 2: 0 for surely wrong, 1 for surely right. */
  readonly margin: number;
}

export interface LabelErrors {
  /** The least margin first. */
  readonly suspects: readonly SuspectLabel[];
  /** [C]: mean probability that images of a class are given for it; infinite for a class without images. */
  readonly thresholds: Float64Array;
  /** [C, C], the confident joint: images labelled as the row's class that are confidently of the column's. */
  readonly joint: Int32Array;
}

/**
 * Finds labels [N] that disagree with probabilities [N, C] from fits that did not see them. An image is confidently of a class where its probability
 * reaches the class's mean self-confidence, of several such classes of the most probable; counted against the labels that is the confident joint
 * (eq. 1). Scaled to all images of a class, an entry off the diagonal tells how many of them are of the other class, and so many with the largest
 * gap between the two probabilities are suspected ("prune by noise rate"), as far as the other is the more probable. `counted` [N]
 * leaves rows out where it is 0.
 */
export function findLabelErrors(labels: Int32Array, probabilities: Float32Array, numClasses: number, counted?: Uint8Array): LabelErrors {
  if (labels.length * numClasses !== probabilities.length) {
    throw new AppError(
      'invalid-input',
      `There are ${probabilities.length} probabilities for ${labels.length} labels of ${numClasses} classes.`,
    );
  }
  const at = (row: number, k: number): number => probabilities[row * numClasses + k] as number;
  const rows = Array.from(labels.keys()).filter((row) => counted === undefined || counted[row] === 1);
  const byClass = Array.from({ length: numClasses }, (_, k) => rows.filter((row) => labels[row] === k));
  const thresholds = Float64Array.from(byClass, (own, k) =>
    own.length === 0 ? Infinity : own.reduce((sum, row) => sum + at(row, k), 0) / own.length,
  );
  const joint = new Int32Array(numClasses * numClasses);
  for (const row of rows) {
    let likely = -1;
    for (let k = 0; k < numClasses; k++) {
      if (at(row, k) >= (thresholds[k] as number) && (likely < 0 || at(row, k) > at(row, likely))) likely = k;
    }
    if (likely < 0) continue;
    const cell = (labels[row] as number) * numClasses + likely;
    joint[cell] = (joint[cell] as number) + 1;
  }
  const likelyOf = new Map<number, number>();
  byClass.forEach((own, given) => {
    const counts = joint.subarray(given * numClasses, (given + 1) * numClasses);
    const confident = counts.reduce((sum, count) => sum + count, 0);
    counts.forEach((count, other) => {
      if (other === given || count === 0) return;
      const gap = (row: number): number => at(row, other) - at(row, given);
      const wanted = Math.round((count / confident) * own.length);
      const worst = own.filter((row) => gap(row) > 0).sort((a, b) => gap(b) - gap(a));
      for (const row of worst.slice(0, wanted)) {
        const known = likelyOf.get(row);
        if (known === undefined || at(row, other) > at(row, known)) likelyOf.set(row, other);
      }
    });
  });
  const suspects = Array.from(likelyOf, ([row, likely]): SuspectLabel => {
    const given = labels[row] as number;
    let best = 0;
    for (let k = 0; k < numClasses; k++) if (k !== given) best = Math.max(best, at(row, k));
    return { row, given, likely, selfConfidence: at(row, given), margin: (at(row, given) - best + 1) / 2 };
  });
  suspects.sort((a, b) => a.margin - b.margin || a.row - b.row);
  return { suspects, thresholds, joint };
}
