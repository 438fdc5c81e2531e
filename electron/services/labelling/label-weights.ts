/** What each label counts in training. */
import type { Workspace } from '../workspace.ts';

/** Of a label given with many others at once, or passed on from a near-copy, until somebody has looked at it. */
export const unauditedWeight = 0.5;

/** [N]: 1, or less for labels of these images that came in bulk and were not looked at since. */
export function labelWeights({ project }: Workspace, imageIds: Int32Array): Float64Array {
  const unaudited = new Set(project.labelReviews.unaudited());
  return Float64Array.from(imageIds, (id) => (unaudited.has(id) ? unauditedWeight : 1));
}
