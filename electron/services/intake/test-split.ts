/** The images kept apart to test on: never adapted on, never suggested, never trained on. */
import { createHash } from 'node:crypto';
import { groupNumbers, groupingInUse } from './grouping.ts';
import type { Workspace } from '../workspace.ts';

const splitName = 'audit';

/** Ids of the images kept apart; empty while there are none. */
export function testImages(workspace: Workspace): Int32Array {
  return workspace.project.splits.imageIds(splitName, 'test');
}

function hashShare(text: string): number {
  return parseInt(createHash('sha256').update(text).digest('hex').slice(0, 8), 16) / 2 ** 32;
}

/**
 * Divides all usable images anew, so that whole groups are kept apart, of the grouping in use and of copies: groups in the order of a hash of their
 * contents, until there are as many images as the share asks for. Labels stay with their images and change sides with them.
 */
export function keepGroupsApart(workspace: Workspace, share: number): Int32Array {
  const { images, splits } = workspace.project;
  const usable = images.getMany(images.usable());
  const ids = Int32Array.from(usable, ({ id }) => id);
  const numbers = groupNumbers(workspace, ids);
  const groups = Array.from(Map.groupBy(usable.keys(), (i) => numbers[i] ?? 0).values(), (rows) => ({
    rows,
    place: hashShare(rows.map((i) => usable[i]?.contentHash ?? '').sort()[0] ?? ''),
  })).sort((a, b) => a.place - b.place);
  const wanted = share * ids.length;
  const test = new Set<number>();
  for (const { rows } of groups) {
    // A group that overshoots by more than it helps stays with the others.
    if (test.size >= wanted || test.size + rows.length - wanted > wanted - test.size) continue;
    for (const i of rows) test.add(ids[i] ?? 0);
  }
  splits.replace(splitName, { test, pool: ids.filter((id) => !test.has(id)) });
  return testImages(workspace);
}

/**
 * Keeps a share of the usable images apart, by a hash of their content, so that the same images are chosen on every machine
 * and copies of one file stay together. With a grouping in use, images join the side that their group is on. Images that are in the split already
 * stay where they are.
 */
export function keepTestImages(workspace: Workspace, share: number): Int32Array {
  const { images, splits } = workspace.project;
  const known = splits.parts(splitName);
  const fresh = images.getMany(images.usable().filter((id) => !known.has(id)));
  const sideOf = groupingInUse(workspace) === null ? null : sidesOfGroups(workspace, known, share);
  const isTest = ({ id, contentHash }: { readonly id: number; readonly contentHash: string | null }): boolean =>
    (sideOf?.get(id) ?? (hashShare(contentHash ?? '') < share ? 'test' : 'pool')) === 'test';
  workspace.project.transaction(() => {
    const chosen = fresh.filter((image) => isTest(image));
    const rest = fresh.filter((image) => !isTest(image));
    splits.assign(
      splitName,
      'test',
      chosen.map((image) => image.id),
    );
    splits.assign(
      splitName,
      'pool',
      rest.map((image) => image.id),
    );
  });
  return testImages(workspace);
}

/** The side of every image by its group: that of the others of the group, else that of the first of them by the hash of its content. */
function sidesOfGroups(workspace: Workspace, known: ReadonlyMap<number, string>, share: number): ReadonlyMap<number, string> {
  const usable = workspace.project.images.getMany(workspace.project.images.usable());
  const numbers = groupNumbers(
    workspace,
    Int32Array.from(usable, ({ id }) => id),
  );
  const sides = new Map<number, string>();
  for (const rows of Map.groupBy(usable.keys(), (i) => numbers[i] ?? 0).values()) {
    const members = rows.flatMap((i) => usable[i] ?? []);
    const first = members.map(({ contentHash }) => contentHash ?? '').sort()[0] ?? '';
    const side = members.map(({ id }) => known.get(id)).find((each) => each !== undefined) ?? (hashShare(first) < share ? 'test' : 'pool');
    for (const { id } of members) sides.set(id, side);
  }
  return sides;
}
