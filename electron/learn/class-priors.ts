/** Making up for labels that were chosen: how often each class comes among all images, told by those drawn at random. */
import { AppError } from '../contract/errors.ts';

/** As many images drawn at random as this for each class are taken as given before looking, spread as the labels learnt from are. */
const weightOfLabels = 1;

/**
 * What to add to the logits [C] of a classifier that learnt from `learnt` images of each class, so that it expects the classes as often as a random draw
 * with `drawn` of each suggests: ln of the ratio of the shares (Saerens et al. 2002, eq. 2.4; Menon et al. 2021). Few random images move little, since the
 * shares of the labels count as one image a class among them. Throws `invalid-input` where a class has no label.
 */
export function priorShift(learnt: readonly number[], drawn: readonly number[]): Float64Array {
  const sum = (list: readonly number[]): number => list.reduce((total, count) => total + count, 0);
  if (learnt.some((count) => !(count > 0))) {
    throw new AppError('invalid-input', 'How often classes come can only be put right for classes with labels. Label each class.');
  }
  const [numLearnt, numDrawn] = [sum(learnt), sum(drawn)];
  const before = weightOfLabels * learnt.length;
  return Float64Array.from(learnt, (count, k) => {
    const share = count / numLearnt;
    return Math.log(((drawn[k] ?? 0) + before * share) / (numDrawn + before) / share);
  });
}
