/** Choosing further images to label, once there is a classifier to be unsure. */
import type { RunContext } from '../contract/progress.ts';
import type { Executor } from '../tensor/program.ts';
import { measureMargins, mostCentral } from './doubt.ts';
import type { ClassifiedRequest } from './doubt.ts';
import { createFeaturePool, toSuggestions } from './selection.ts';
import type { Suggestions } from './selection.ts';

export interface MarginRequest extends ClassifiedRequest {
  /** Images shortlisted per image wanted; 50 unless told. */
  readonly oversample?: number;
  /** The largest share of the candidates to shortlist, so that in a small folder the margin still decides something; .25 unless told. */
  readonly maxShare?: number;
}

/**
 * Margin sampling with diversity: shortlists the candidates whose two most probable classes are closest, `oversample` times the budget
 * of them but at most `maxShare` of all (and never fewer than the budget), and takes the most central of as many clusters as images are
 * wanted.
 *
 * Suggestions come by rising margin, which is the score. Throws `AppError` `invalid-input` for a wrong shape, image or budget, fewer
 * than two classes or probabilities that are not finite; the signal's reason when cancelled.
 */
export async function suggestByMargin(request: MarginRequest, executor: Executor | null, ctx: RunContext): Promise<Suggestions> {
  const { oversample = 50, maxShare = 0.25 } = request;
  const { candidates, numWanted } = createFeaturePool(request);
  const margins = measureMargins(request);
  if (numWanted === 0) return toSuggestions([]);
  const byMargin = candidates.slice().sort((a, b) => (margins[a] as number) - (margins[b] as number) || a - b);
  const shortlist = byMargin.subarray(0, Math.max(numWanted, Math.min(oversample * numWanted, Math.round(maxShare * candidates.length))));
  return mostCentral(request, shortlist, numWanted, margins, executor, ctx);
}
