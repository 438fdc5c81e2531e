/** What a classifier says of every image, as text that spreadsheets read. */
import { predictedClasses } from '../../learn/metrics.ts';
import { csvText } from '../labelling/csv-text.ts';
import type { Workspace } from '../workspace.ts';
import { readPredictedImages } from './predicted-images.ts';

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
 * is given as it was added. Throws as `readPredictedImages` does.
 */
export async function predictionsCsv(workspace: Workspace, modelId?: number): Promise<string> {
  const { names, batches } = readPredictedImages(workspace, modelId);
  const roots = new Map(workspace.project.sources.list().map(({ id, rootPath }) => [id, rootPath]));
  const parts = [csvText([['path', 'source', 'predicted', 'confidence', ...classColumns(names), 'label']])];
  for await (const batch of batches()) {
    const rows = batch.map(({ image, probabilities, label }) => {
      const best = predictedClasses(probabilities, names.length)[0] ?? 0;
      const shares = Array.from(probabilities, (p) => p.toFixed(6));
      return [image.relativePath, roots.get(image.sourceId) ?? '', names[best] ?? '', shares[best] ?? '', ...shares, label ?? ''];
    });
    parts.push(csvText(rows));
  }
  return parts.join('');
}
