/** What a classifier says of every image, as text that spreadsheets read. */
import { setImmediate } from 'node:timers/promises';
import { AppError } from '../../contract/errors.ts';
import { predictedClasses } from '../../learn/metrics.ts';
import { csvText } from '../labelling/csv-text.ts';
import { classifierFor } from './exports.ts';
import type { Workspace } from '../workspace.ts';

/** Rows between two turns of the event loop. */
const numAtOnce = 2000;
const fixedColumns = ['path', 'source', 'predicted', 'confidence', 'label'];

/** One name a class, none of them that of another column. */
function classColumns(names: readonly string[]): string[] {
  const taken = new Set(fixedColumns);
  return names.map((name) => {
    let column = name;
    for (let n = 1; taken.has(column); n++) column = n === 1 ? `class ${name}` : `class ${name} ${n}`;
    taken.add(column);
    return column;
  });
}

/**
 * `path,source,predicted,confidence`, one column of probabilities a class, and `label`, for every usable image. Paths are below their source, which
 * is given as it was added. Throws `conflict` where there is no classifier, or where it has not predicted some images.
 */
export async function predictionsCsv(workspace: Workspace, modelId?: number): Promise<string> {
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
  const roots = new Map(project.sources.list().map(({ id, rootPath }) => [id, rootPath]));
  const parts = [csvText([['path', 'source', 'predicted', 'confidence', ...classColumns(names), 'label']])];
  for (let at = 0; at < usable.length; at += numAtOnce) {
    const ids = usable.slice(at, at + numAtOnce);
    const labels = project.labels.classesOf(ids);
    const rows = project.images.getMany(ids).map((image, i) => {
      const start = (rowOf.get(image.id) ?? 0) * numClasses;
      const values = probabilities.subarray(start, start + numClasses);
      const best = predictedClasses(values, numClasses)[0] ?? 0;
      const shares = Array.from(values, (p) => p.toFixed(6));
      const label = classes.get(labels[i] ?? 0) ?? '';
      return [image.relativePath, roots.get(image.sourceId) ?? '', names[best] ?? '', shares[best] ?? '', ...shares, label];
    });
    parts.push(csvText(rows));
    // Others may be waiting for the engine.
    await setImmediate();
  }
  return parts.join('');
}
