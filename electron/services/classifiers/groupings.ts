/** Choosing how images are kept together, and dividing them anew so that whole groups are kept apart. */
import type { GroupingsView } from '../../contract/domain.ts';
import type { GroupRule } from '../../contract/domain.ts';
import { groupingInUse, proposedGroupings, ruleWords, setGrouping } from '../intake/grouping.ts';
import type { ProposedGrouping } from '../intake/grouping.ts';
import { keepGroupsApart, testImages } from '../intake/test-split.ts';
import type { Workspace } from '../workspace.ts';

const defaultShare = 0.2;
const percent = (share: number): string => `${Math.round(100 * share)} %`;

function candidateWords({ kind, example, numGroups, likeness, rule }: ProposedGrouping): string {
  const alike =
    likeness === null
      ? ''
      : `; ${percent(likeness.share)} of the images have their like in the same ${kind}, ${percent(likeness.byChance)} by chance`;
  return `${numGroups.toLocaleString('en')} ${kind}s by ${ruleWords(rule)}, such as ${example}${alike}`;
}

/** The grouping in use, and those that the names of the files suggest. */
export function readGroupings(workspace: Workspace): GroupingsView {
  const inUse = groupingInUse(workspace);
  return {
    inUse,
    words:
      inUse === null ? 'Only copies of an image are kept together.' : `Images are kept together by ${ruleWords(inUse)}, and so are copies.`,
    candidates: proposedGroupings(workspace).map((candidate) => ({
      rule: candidate.rule,
      words: candidateWords(candidate),
      isProposed: candidate.isProposed,
    })),
  };
}

/**
 * Uses a grouping from now on; null for copies alone. With `keepApart`, images are divided anew, so that no group is on both sides: as large a share as
 * before is kept apart. Throws `invalid-input` for a pattern that is none.
 */
export function applyGrouping(
  workspace: Workspace,
  { rule, keepApart }: { readonly rule: GroupRule | null; readonly keepApart: boolean },
): GroupingsView {
  const { project } = workspace;
  project.transaction(() => {
    setGrouping(workspace, rule);
    const numApart = testImages(workspace).length;
    const share = numApart === 0 ? defaultShare : numApart / Math.max(1, project.images.usable().length);
    if (keepApart) keepGroupsApart(workspace, Math.min(0.5, share));
  });
  return readGroupings(workspace);
}
