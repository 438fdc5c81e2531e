/** What a classifier says of every image, for whatever is written of it. */
import { setImmediate } from 'node:timers/promises';
import { AppError } from '../../contract/errors.ts';
import type { ImageRecord } from '../../project/images.ts';
import type { ModelRecord } from '../../project/models.ts';
import type { Workspace } from '../workspace.ts';
import { classifierFor } from './exports.ts';

/** Images between two turns of the event loop. */
const numAtOnce = 2000;

export interface PredictedImage {
  readonly image: ImageRecord;
  /** [C], in the order of the names. */
  readonly probabilities: Float32Array;
  /** What a person said; null without a label. */
  readonly label: string | null;
}

export interface PredictedImages {
  readonly model: ModelRecord;
  /** [C] names of the classes as they are now. */
  readonly names: readonly string[];
  /** Usable images in the order they were added, some at a time: others may be waiting for the engine. */
  readonly batches: () => AsyncGenerator<readonly PredictedImage[]>;
}

/** Every usable image with its prediction. Throws `conflict` where there is no classifier, or where it has not predicted some images. */
export function readPredictedImages(workspace: Workspace, modelId?: number): PredictedImages {
  const { project } = workspace;
  const model = classifierFor(workspace, modelId);
  if (model === null) throw new AppError('conflict', 'There is no classifier yet. Train one first.');
  const { imageIds, probabilities, numClasses } = project.predictions.readAll(model.id);
  const rowOf = new Map(Array.from(imageIds, (id, row) => [id, row] as const));
  const usable = project.images.usable();
  const numMissing = usable.filter((id) => !rowOf.has(id)).length;
  if (numMissing > 0) {
    const all = usable.length.toLocaleString('en');
    const message = `${numMissing.toLocaleString('en')} of ${all} images have no prediction by this classifier yet. Train again, which predicts them too.`;
    throw new AppError('conflict', message);
  }
  const classes = new Map(project.classes.list().map(({ id, name }) => [id, name]));
  const names = model.outputs.map(({ classId, name }) => classes.get(classId) ?? name);
  async function* batches(): AsyncGenerator<readonly PredictedImage[]> {
    for (let at = 0; at < usable.length; at += numAtOnce) {
      const ids = usable.slice(at, at + numAtOnce);
      const labels = project.labels.classesOf(ids);
      yield project.images.getMany(ids).map((image, i) => {
        const start = (rowOf.get(image.id) ?? 0) * numClasses;
        return { image, probabilities: probabilities.subarray(start, start + numClasses), label: classes.get(labels[i] ?? 0) ?? null };
      });
      await setImmediate();
    }
  }
  return { model, names, batches };
}
