/** Labels as text that spreadsheets and `answersFromCsv` read. */
import { csvText } from './csv-text.ts';
import type { Workspace } from '../workspace.ts';

/**
 * `path,label` for every labelled image, by path. A path is below its source where that names one image of the project, else absolute.
 */
export function labelsCsv({ project }: Workspace): string {
  const { imageIds, classIds } = project.labels.all();
  const roots = new Map(project.sources.list().map((source) => [source.id, source.rootPath]));
  const names = new Map(project.classes.list().map((each) => [each.id, each.name]));
  const images = project.images.getMany(imageIds);
  const isUnique = roots.size <= 1;
  const rows = images.map((image, i): [string, string] => {
    const path = isUnique ? image.relativePath : `${roots.get(image.sourceId) ?? ''}/${image.relativePath}`;
    return [path, names.get(classIds[i] ?? 0) ?? ''];
  });
  rows.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return csvText([['path', 'label'], ...rows]);
}
