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
  const join = (rows: readonly number[]): void => {
    const first = rootOf(rows[0] ?? 0);
    for (const row of rows) parent[rootOf(row)] = first;
  };
  const images = project.images.getMany([...imageIds]);
  const byHash = Map.groupBy(
    images.filter(({ contentHash }) => contentHash !== null),
    ({ contentHash }) => contentHash,
  );
  const map = newestMap(workspace);
  const groups = [...[...byHash.values()].map((same) => same.map(({ id }) => id)), ...(map === null ? [] : readDuplicates(workspace, map))];
  for (const ids of groups) {
    const rows = ids.flatMap((id) => rowOf.get(id) ?? []);
    if (rows.length > 1) join(rows);
  }
  return parent.map((_, row) => rootOf(row));
}
