/** Which images are copies of one another: by their content, and by the newest map where there is one. */
import { newestMap, readDuplicates } from '../mapping/maps.ts';
import type { Workspace } from '../workspace.ts';

/** [N]: a number for each image, the same for copies and near-copies. */
export function copyGroups(workspace: Workspace, imageIds: Int32Array): Int32Array {
  const { project } = workspace;
  const rowOf = new Map(Array.from(imageIds, (id, row) => [id, row] as const));
  const parent = Int32Array.from(imageIds.keys());
  const rootOf = (row: number): number => {
    let root = row;
    while (parent[root] !== root) root = parent[root] as number;
    return root;
  };
  const byHash = Map.groupBy(
    project.images.getMany([...imageIds]).filter(({ contentHash }) => contentHash !== null),
    ({ contentHash }) => contentHash,
  );
  const map = newestMap(workspace);
  const near = map === null ? [] : readDuplicates(workspace, map);
  for (const ids of [...Array.from(byHash.values(), (same) => same.map(({ id }) => id)), ...near]) {
    const rows = ids.flatMap((id) => rowOf.get(id) ?? []);
    for (const row of rows) parent[rootOf(row)] = rootOf(rows[0] ?? row);
  }
  return parent.map((_, row) => rootOf(row));
}

/** Labelled usable images of which a copy has another label, with these copies. Images kept apart for testing among them: a copy counts wherever it is. */
export function conflictingCopies(
  workspace: Workspace,
): { readonly imageId: number; readonly classId: number; readonly copies: number[] }[] {
  const { project } = workspace;
  const usable = new Set(project.images.usable());
  const all = project.labels.all();
  const rows = Array.from(all.imageIds.keys()).filter((row) => usable.has(all.imageIds[row] ?? 0));
  const labelled = rows.map((row) => ({ imageId: all.imageIds[row] ?? 0, classId: all.classIds[row] ?? 0 }));
  const groups = copyGroups(
    workspace,
    Int32Array.from(labelled, ({ imageId }) => imageId),
  );
  const members = [...Map.groupBy(labelled.keys(), (row) => groups[row]).values()];
  return members
    .map((group) => group.flatMap((row) => labelled[row] ?? []))
    .filter((group) => new Set(group.map(({ classId }) => classId)).size > 1)
    .flatMap((group) =>
      group.map((own) => ({
        ...own,
        copies: group.filter(({ classId }) => classId !== own.classId).map(({ imageId }) => imageId),
      })),
    );
}
