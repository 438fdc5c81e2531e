/** How far two sets of answers about the same images agree. */
import { AppError } from '../contract/errors.ts';
import { confusionMatrix } from './metrics.ts';

export interface Agreement {
  /** Share of the images with the same answer. */
  readonly agreement: number;
  /** Agreement beyond what answers of the same frequencies would reach by chance: 1 for the same answers, 0 for no relation. */
  readonly kappa: number;
}

/**
 * Cohen's kappa (Cohen 1960) of two answers [N] in 0..C-1 for each image. Where both give one and the same class to every image, chance alone
 * would agree as well; kappa is 1 then. Throws `invalid-input` for empty or unequal lengths.
 */
export function cohenKappa(first: Int32Array, second: Int32Array, numClasses: number): Agreement {
  if (first.length === 0 || first.length !== second.length) {
    throw new AppError('invalid-input', `Agreement needs two answers for each image; there are ${first.length} and ${second.length}.`);
  }
  const counts = confusionMatrix(first, second, numClasses);
  const total = first.length;
  let same = 0;
  let byChance = 0;
  for (let k = 0; k < numClasses; k++) {
    let [inFirst, inSecond] = [0, 0];
    for (let other = 0; other < numClasses; other++) {
      inFirst += counts[k * numClasses + other] as number;
      inSecond += counts[other * numClasses + k] as number;
    }
    same += counts[k * numClasses + k] as number;
    byChance += (inFirst / total) * (inSecond / total);
  }
  const agreement = same / total;
  return { agreement, kappa: byChance >= 1 ? 1 : (agreement - byChance) / (1 - byChance) };
}
