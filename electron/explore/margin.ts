/** Choosing further images to label, once there is a classifier to be unsure. */
import { AppError } from '../contract/errors.ts';
import type { RunContext } from '../contract/progress.ts';
import type { Executor } from '../tensor/program.ts';
import { kmeans } from './kmeans.ts';
import { gatherRows, l2Normalise } from './normalise.ts';
import { createFeaturePool, toSuggestions } from './selection.ts';
import type { FeatureRequest, Suggestions } from './selection.ts';

export interface MarginRequest extends FeatureRequest {
  /** [numImages, numClasses], the classifier's probabilities. */
  readonly probabilities: Float32Array;
  readonly numClasses: number;
  /** Images shortlisted per image wanted; 50 unless told. */
  readonly oversample?: number;
  /** The largest share of the candidates to shortlist, so that in a small folder the margin still decides something; .25 unless told. */
  readonly maxShare?: number;
}

/**
 * Margin sampling with diversity: shortlists the candidates whose two most probable classes are closest, `oversample` times the budget
 * of them but at most `maxShare` of all (and never fewer than the budget), clusters their L2-normalised features into as many clusters
 * as images are wanted, and takes from each the image nearest to the centroid. Clusters without an image, where features repeat, are
 * made up for by the smallest margins left.
 *
 * Suggestions come by rising margin, which is the score. Throws `AppError` `invalid-input` for a wrong shape, image or budget, fewer
 * than two classes or probabilities that are not finite; the signal's reason when cancelled.
 */
export async function suggestByMargin(request: MarginRequest, executor: Executor | null, ctx: RunContext): Promise<Suggestions> {
  const { features, numDims, seed, oversample = 50, maxShare = 0.25 } = request;
  const { candidates, numWanted } = createFeaturePool(request);
  const margins = measureMargins(request);
  if (numWanted === 0) return toSuggestions([]);
  const byMargin = candidates.slice().sort((a, b) => (margins[a] as number) - (margins[b] as number) || a - b);
  const shortlist = byMargin.subarray(0, Math.max(numWanted, Math.min(oversample * numWanted, Math.round(maxShare * candidates.length))));
  const shape = { numImages: shortlist.length, numDims };
  const unit = l2Normalise(gatherRows(features, numDims, shortlist), shape);
  const { assignments, squaredDistances } = await kmeans(unit, shape, { numClusters: numWanted, seed }, executor, ctx);
  const central = new Map<number, number>();
  assignments.forEach((cluster, row) => {
    const best = central.get(cluster);
    if (best === undefined || (squaredDistances[row] as number) < (squaredDistances[best] as number)) central.set(cluster, row);
  });
  const chosen = new Set(central.values());
  for (let row = 0; chosen.size < numWanted; row++) chosen.add(row);
  const rows = [...chosen].sort((a, b) => a - b);
  return toSuggestions(
    rows.map((row) => {
      const index = shortlist[row] as number;
      return { index, cluster: assignments[row] as number, score: margins[index] as number };
    }),
  );
}

/** The most probable class's probability less the second's, [numImages]. */
function measureMargins({ probabilities, numImages, numClasses }: MarginRequest): Float32Array {
  if (!(numClasses >= 2) || probabilities.length !== numImages * numClasses) {
    throw new AppError(
      'invalid-input',
      `${probabilities.length} probabilities are not [${numImages}, ${numClasses}] with at least 2 classes. Predict again.`,
    );
  }
  return Float32Array.from({ length: numImages }, (_, i) => {
    let first = -Infinity;
    let second = -Infinity;
    for (let c = i * numClasses; c < (i + 1) * numClasses; c++) {
      const p = probabilities[c] as number;
      if (!Number.isFinite(p))
        throw new AppError('invalid-input', `The probabilities of image ${i} are not finite. Train and predict again.`);
      if (p > first) {
        second = first;
        first = p;
      } else if (p > second) second = p;
    }
    return first - second;
  });
}
