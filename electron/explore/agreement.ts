/** How far two embeddings of the same images agree on what is near what. */
import { AppError } from '../contract/errors.ts';
import type { Neighbours } from './neighbours.ts';

/**
 * The mean over the images of the share of neighbours that two lists have in common, from 0 to 1 whatever the order; 1 where the lists
 * are empty. Compared with step 0, it tells how much adaptation has rearranged the images: chance is about numNeighbours / numImages.
 *
 * Throws `AppError` `invalid-input` if the lists differ in shape.
 */
export function neighbourAgreement(a: Neighbours, b: Neighbours): number {
  const { numImages, numNeighbours } = a;
  if (b.numImages !== numImages || b.numNeighbours !== numNeighbours) {
    throw new AppError(
      'invalid-input',
      `Neighbour lists [${numImages}, ${numNeighbours}] and [${b.numImages}, ${b.numNeighbours}] cannot be compared. Compute both for the same images.`,
    );
  }
  if (a.indices.length === 0) return 1;
  let numShared = 0;
  for (let start = 0; start < a.indices.length; start += numNeighbours) {
    const listOfA = new Set(a.indices.subarray(start, start + numNeighbours));
    for (const index of b.indices.subarray(start, start + numNeighbours)) if (listOfA.has(index)) numShared++;
  }
  return numShared / a.indices.length;
}
