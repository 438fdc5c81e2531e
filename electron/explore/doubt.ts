/** What the strategies that follow a classifier's doubts share. */
import { AppError } from '../contract/errors.ts';
import type { RunContext } from '../contract/progress.ts';
import type { Executor } from '../tensor/program.ts';
import { kmeans } from './kmeans.ts';
import { gatherRows, l2Normalise } from './normalise.ts';
import { toSuggestions } from './selection.ts';
import type { FeatureRequest, Suggestions } from './selection.ts';

/** A request to choose by features and by what a classifier says of them. */
export interface ClassifiedRequest extends FeatureRequest {
  /** [numImages, numClasses], the classifier's probabilities. */
  readonly probabilities: Float32Array;
  readonly numClasses: number;
}

/**
 * The most probable class's probability less the second's, [numImages]. Throws `AppError` `invalid-input` for fewer than two classes or
 * probabilities that are not finite.
 */
export function measureMargins({
  probabilities,
  numImages,
  numClasses,
}: Pick<ClassifiedRequest, 'probabilities' | 'numImages' | 'numClasses'>): Float32Array {
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

/**
 * `numWanted` different images out of a shortlist, given in order of preference: the L2-normalised features are clustered into as many
 * clusters, and the image nearest to each centroid is taken. Clusters without an image, where features repeat, are made up for by the most
 * preferred that are left. In order of preference; `scores` [numImages] are handed on. Throws the signal's reason when cancelled.
 */
export async function mostCentral(
  { features, numDims, seed }: FeatureRequest,
  shortlist: Int32Array,
  numWanted: number,
  scores: Float32Array,
  executor: Executor | null,
  ctx: RunContext,
): Promise<Suggestions> {
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
      return { index, cluster: assignments[row] as number, score: scores[index] as number };
    }),
  );
}
