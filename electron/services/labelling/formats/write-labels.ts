/** The project's labels as a file of any format. */
import type { LabelFormat } from '../../../contract/label-formats.ts';
import { AppError } from '../../../contract/errors.ts';
import { outsidePaths } from '../../intake/outside-paths.ts';
import type { Workspace } from '../../workspace.ts';
import { writeCoco } from './coco.ts';
import { writeCsv } from './csv.ts';
import { writeCvat } from './cvat.ts';
import { writeJsonl } from './jsonl.ts';
import type { LabelledImage } from './label-entry.ts';
import { writeLabelStudioMin } from './label-studio-min.ts';
import { writeLabelStudio } from './label-studio.ts';

const writers: Readonly<Record<LabelFormat, (images: readonly LabelledImage[], classNames: readonly string[]) => string>> = {
  csv: writeCsv,
  jsonl: writeJsonl,
  coco: writeCoco,
  'label-studio': writeLabelStudio,
  'label-studio-min': writeLabelStudioMin,
  cvat: writeCvat,
};

/** What follows the project's name in the name of such a file. */
export const labelFileEndings: Readonly<Record<LabelFormat, string>> = {
  csv: 'labels.csv',
  jsonl: 'labels.jsonl',
  coco: 'labels-coco.json',
  'label-studio': 'labels-label-studio.json',
  'label-studio-min': 'labels-label-studio-min.json',
  cvat: 'labels-cvat.xml',
};

/** Every labelled image by path. A missing one is left out where another has its path by now: the file could not say which is meant. */
export function labelledImages(workspace: Workspace): LabelledImage[] {
  const { project } = workspace;
  const { imageIds, classIds } = project.labels.all();
  const names = new Map(project.classes.list().map(({ id, name }) => [id, name]));
  const records = project.images.getMany(imageIds);
  const paths = outsidePaths(workspace, records);
  const present = new Set(paths.filter((_, i) => records[i]?.status !== 'missing'));
  return records
    .map(({ id, status, width, height }, i) => ({
      id,
      path: paths[i] ?? '',
      label: names.get(classIds[i] ?? 0) ?? '',
      width: width ?? 0,
      height: height ?? 0,
      isGone: status === 'missing' && present.has(paths[i] ?? ''),
    }))
    .filter(({ isGone }) => !isGone)
    .sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0))
    .map(({ id, path, label, width, height }) => ({ id, path, label, width, height }));
}

/** Every label of the project as text. Throws `conflict` where there is none, and what the format throws for names that it cannot hold. */
export function writeLabels(workspace: Workspace, format: LabelFormat): string {
  const images = labelledImages(workspace);
  if (images.length === 0) throw new AppError('conflict', 'There are no labels to export yet. Label some images first.');
  const classNames = workspace.project.classes.list().map(({ name }) => name);
  return writers[format](images, classNames);
}
