/**
 * What every way of choosing images to label takes and gives, and the plainest way, at random.
 *
 * An audit set, drawn at random to measure accuracy without the bias of a strategy, is chosen first with `suggestRandom` and then passed as
 * `excluded` to the strategy that spends the rest of the budget.
 */
import { AppError } from '../contract/errors.ts';
import { createRandom } from '../tensor/random.ts';
import { checkFeatures } from './normalise.ts';
import type { FeatureShape } from './normalise.ts';

/** Which images there are to choose from, and how many to choose. */
export interface PoolRequest {
  readonly numImages: number;
  /** Images that have a label, in any order. They are not suggested, but their clusters count as covered. */
  readonly labelled: Int32Array;
  /** Images to leave out altogether, such as outliers and copies, in any order. May name labelled images too. */
  readonly excluded: Int32Array;
  readonly budget: number;
  readonly seed: number;
}

/** A request to choose by `features` [numImages, numDims]; they need not be normalised. */
export interface FeatureRequest extends PoolRequest, FeatureShape {
  readonly features: Float32Array;
}

/** Images to label, the most wanted first: `budget` of them, or all candidates where those are fewer. */
export interface Suggestions {
  readonly indices: Int32Array;
  /** The cluster each was chosen for; ids mean nothing beyond this answer. -1 where the strategy has none. */
  readonly clusters: Int32Array;
  /** What the strategy ranked by; see the strategy. */
  readonly scores: Float32Array;
}

/** The images a strategy works on. */
export interface Pool {
  /** Labelled images and candidates, by rising index. */
  readonly members: Int32Array;
  /** Per member: 1 where it has a label. */
  readonly isLabelled: Uint8Array;
  readonly numLabelled: number;
  /** Images that may be suggested, by rising index. */
  readonly candidates: Int32Array;
  /** How many to suggest: the budget, or the number of candidates where that is smaller. */
  readonly numWanted: number;
}

/** Sorts the images of a request. Throws `AppError` `invalid-input` for an image that does not exist or a budget that is not a count. */
export function createPool({ numImages, labelled, excluded, budget }: PoolRequest): Pool {
  if (!Number.isInteger(budget) || budget < 0) throw new AppError('invalid-input', `Ask for a whole number of images, not ${budget}.`);
  const labels = new Uint8Array(numImages);
  const leftOut = new Uint8Array(numImages);
  for (const [images, marks] of [[labelled, labels] as const, [excluded, leftOut] as const]) {
    for (const image of images) {
      if (image < 0 || image >= numImages) throw new AppError('invalid-input', `Image ${image} does not exist; there are ${numImages}.`);
      marks[image] = 1;
    }
  }
  const all = Int32Array.from({ length: numImages }, (_, i) => i);
  const members = all.filter((i) => labels[i] === 1 || leftOut[i] === 0);
  const candidates = members.filter((i) => labels[i] === 0);
  return {
    members,
    isLabelled: Uint8Array.from(members, (i) => labels[i] as number),
    numLabelled: members.length - candidates.length,
    candidates,
    numWanted: Math.min(budget, candidates.length),
  };
}

/** As `createPool`, after checking the features' shape. */
export function createFeaturePool(request: FeatureRequest): Pool {
  checkFeatures(request.features, request);
  return createPool(request);
}

/** Columns out of single picks. */
export function toSuggestions(picks: readonly { index: number; cluster: number; score: number }[]): Suggestions {
  return {
    indices: Int32Array.from(picks, ({ index }) => index),
    clusters: Int32Array.from(picks, ({ cluster }) => cluster),
    scores: Float32Array.from(picks, ({ score }) => score),
  };
}

/** Candidates drawn uniformly without replacement, in random order; scores are 0. Throws as `createPool`. */
export function suggestRandom(request: PoolRequest): Suggestions {
  const { candidates, numWanted } = createPool(request);
  const order = createRandom(request.seed).permutation(candidates.length).subarray(0, numWanted);
  return toSuggestions(Array.from(order, (at) => ({ index: candidates[at] as number, cluster: -1, score: 0 })));
}
