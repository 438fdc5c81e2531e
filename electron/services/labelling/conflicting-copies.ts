/** Copies of one image with different labels. */
import { copyNumbers } from '../intake/grouping.ts';
import type { Workspace } from '../workspace.ts';

/** Labelled usable images of which a copy has another label, with these copies. Images kept apart for testing among them: a copy counts wherever it is. */
export function conflictingCopies(
  workspace: Workspace,
): { readonly imageId: number; readonly classId: number; readonly copies: number[] }[] {
  const { project } = workspace;
  const usable = new Set(project.images.usable());
  const all = project.labels.all();
  const rows = Array.from(all.imageIds.keys()).filter((row) => usable.has(all.imageIds[row] ?? 0));
  const labelled = rows.map((row) => ({ imageId: all.imageIds[row] ?? 0, classId: all.classIds[row] ?? 0 }));
  const groups = copyNumbers(
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
