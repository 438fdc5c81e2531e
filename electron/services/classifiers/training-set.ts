/** The images, labels and classes that a classifier is trained on. */
import { AppError } from '../../contract/errors.ts';
import type { ModelOutput } from '../../project/models.ts';
import { testImages } from '../intake/test-split.ts';
import type { Workspace } from '../workspace.ts';
import { trainingLabels } from './labelled-features.ts';

export interface TrainingSet {
  readonly imageIds: Int32Array;
  /** Positions among the outputs, one for each of the images. */
  readonly labels: Int32Array;
  readonly outputs: readonly ModelOutput[];
  /** All images that may be learnt from. */
  readonly pool: Int32Array;
}

/** The labels at hand that are not kept apart for testing, or those of the classes `among`. Throws `conflict` where they are of fewer than two classes. */
export function trainingSet(workspace: Workspace, among?: ReadonlySet<number>): TrainingSet {
  const { project } = workspace;
  const all = trainingLabels(workspace);
  const rows = Array.from(all.imageIds.keys()).filter((row) => among?.has(all.classIds[row] ?? 0) ?? true);
  const used = new Set(rows.map((row) => all.classIds[row]));
  const outputs = project.classes
    .list()
    .filter((each) => used.has(each.id))
    .map(({ id, name }): ModelOutput => ({ classId: id, name }));
  if (outputs.length < 2) throw new AppError('conflict', 'Training needs labels of at least two classes. Label more images.');
  const position = new Map(outputs.map((output, i) => [output.classId, i]));
  const held = new Set(testImages(workspace));
  return {
    imageIds: Int32Array.from(rows, (row) => all.imageIds[row] ?? 0),
    labels: Int32Array.from(rows, (row) => position.get(all.classIds[row] ?? 0) ?? 0),
    outputs,
    pool: project.images.usable().filter((id) => !held.has(id)),
  };
}
