/** Which images may be labelled many at once. */
import { testImages } from '../intake/test-split.ts';
import type { Workspace } from '../workspace.ts';

/**
 * The images of a choice that one label may be given to. Of several images those kept apart for testing that have no label yet are left out: a
 * choice of like images, a cluster or a lasso is no random sample, and a check on it would flatter. One image alone may be any.
 */
export function bulkLabelled(
  workspace: Workspace,
  ids: readonly number[],
): { readonly ids: readonly number[]; readonly numLeftOut: number } {
  if (ids.length < 2) return { ids, numLeftOut: 0 };
  const apart = new Set(testImages(workspace));
  const chosenApart = Int32Array.from(new Set(ids.filter((id) => apart.has(id))));
  const classIds = workspace.project.labels.classesOf(chosenApart);
  const leftOut = new Set(chosenApart.filter((_, i) => classIds[i] === 0));
  return { ids: ids.filter((id) => !leftOut.has(id)), numLeftOut: leftOut.size };
}
