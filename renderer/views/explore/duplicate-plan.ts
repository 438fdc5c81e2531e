/** What to keep and what to exclude of groups of duplicates. */
import type { DuplicateGroup } from '../../../electron/contract/domain.ts';

/** What of an image decides. */
export interface Standing {
  readonly isExcluded: boolean;
  readonly isLabelled: boolean;
}

/** Images of a group that are still in. */
export function membersLeft(group: DuplicateGroup, standingOf: (id: number) => Standing): number[] {
  return group.imageIds.filter((id) => !standingOf(id).isExcluded);
}

/** Groups that still have something to decide. */
export function openGroups(groups: readonly DuplicateGroup[], standingOf: (id: number) => Standing): DuplicateGroup[] {
  return groups.filter((group) => membersLeft(group, standingOf).length > 1);
}

/** The image of a group to keep: the first labelled one, so that no label is lost, else the first. */
export function keptOf(group: DuplicateGroup, standingOf: (id: number) => Standing): number {
  const left = membersLeft(group, standingOf);
  return left.find((id) => standingOf(id).isLabelled) ?? left[0] ?? group.imageIds[0] ?? 0;
}

/** All copies that can go without asking: exact ones whose labels agree, but one of each group. */
export function spareCopies(groups: readonly DuplicateGroup[], standingOf: (id: number) => Standing): number[] {
  return groups
    .filter(({ isExact, isConflicting }) => isExact && !isConflicting)
    .flatMap((group) => {
      const kept = keptOf(group, standingOf);
      return membersLeft(group, standingOf).filter((id) => id !== kept);
    });
}
