/** Choosing further images to label where they would change the classifier most, each in another way. */
import { setImmediate } from 'node:timers/promises';
import type { RunContext } from '../contract/progress.ts';
import { createRandom } from '../tensor/random.ts';
import { measureMargins } from './doubt.ts';
import type { ClassifiedRequest } from './doubt.ts';
import { drawByWeight, squaredRowLengths } from './kmeans-seeding.ts';
import { gatherRows } from './normalise.ts';
import { multiplyRows } from './products.ts';
import { createFeaturePool, toSuggestions } from './selection.ts';
import type { Suggestions } from './selection.ts';

/** Below this share of the squared lengths, a squared distance from float32 products is rounding. */
const ROUNDING = 1e-6;

/**
 * BADGE (Ash, Zhang, Krishnamurthy, Langford and Agarwal 2020, arXiv 1906.03671): if the classifier's own answer were right, an image's
 * gradient at a linear layer's weights would be (p - onehot of the answer) outer h. k-means++ on these gradients, from the longest on, draws
 * images of which the classifier is unsure and which differ from each other.
 *
 * The outer products are never built: <a outer h, b outer k> = <a, b> <h, k>, so squared distances take the numbers of classes and
 * dimensions added, not multiplied. Features must be what the linear layer sees, centred for instance.
 *
 * In the order drawn; the score is the squared distance to those drawn before, for the first its squared length. Errors are those of
 * `suggestByMargin`.
 */
export async function suggestByGradient(request: ClassifiedRequest, ctx: RunContext): Promise<Suggestions> {
  const { features, numDims, numClasses, probabilities, seed } = request;
  const { candidates, numWanted } = createFeaturePool(request);
  measureMargins(request);
  const rows = gatherRows(features, numDims, candidates);
  const residuals = residualsOf(gatherRows(probabilities, numClasses, candidates), numClasses);
  const residualLengths = squaredRowLengths(residuals, numClasses);
  const lengths = squaredRowLengths(rows, numDims).map((squared, i) => squared * (residualLengths[i] as number));
  const random = createRandom(seed);
  const nearest = lengths.slice();
  const isChosen = new Uint8Array(candidates.length);
  const picks: { index: number; cluster: number; score: number }[] = [];
  while (picks.length < numWanted) {
    const chosen =
      picks.length === 0
        ? largest(lengths)
        : nearest.some((distance) => distance > 0)
          ? drawByWeight(nearest, random)
          : isChosen.indexOf(0);
    picks.push({ index: candidates[chosen] as number, cluster: -1, score: nearest[chosen] as number });
    isChosen[chosen] = 1;
    const ofRows = multiplyRows(rows.subarray(chosen * numDims, (chosen + 1) * numDims), rows, numDims);
    const ofResiduals = multiplyRows(residuals.subarray(chosen * numClasses, (chosen + 1) * numClasses), residuals, numClasses);
    for (let i = 0; i < candidates.length; i++) {
      const sum = (lengths[chosen] as number) + (lengths[i] as number);
      const squared = sum - 2 * (ofRows[i] as number) * (ofResiduals[i] as number);
      nearest[i] = Math.min(nearest[i] as number, squared > ROUNDING * sum ? squared : 0);
    }
    nearest[chosen] = 0;
    ctx.onProgress({ phase: 'Choosing images', done: picks.length, total: numWanted });
    await setImmediate();
    ctx.signal.throwIfAborted();
  }
  return toSuggestions(picks);
}

/** p less 1 at the largest of every row. */
function residualsOf(probabilities: Float32Array, numClasses: number): Float32Array {
  for (let start = 0; start < probabilities.length; start += numClasses) {
    const top = start + largest(probabilities.subarray(start, start + numClasses));
    probabilities[top] = (probabilities[top] as number) - 1;
  }
  return probabilities;
}

/** The position of the largest, the first of equals. */
function largest(values: Float32Array | Float64Array): number {
  let top = 0;
  for (let i = 1; i < values.length; i++) if ((values[i] as number) > (values[top] as number)) top = i;
  return top;
}
