/** A number of its own for every project, and one that counts when the content of known images changed: together they version pictures. */
import { randomUUID } from 'node:crypto';
import type { Project } from '../../project/project.ts';

const idKey = 'project.id';
const revisionKey = 'images.revision';

/** Notes that images with known ids show something else now. */
export function noteImagesChanged(project: Project): void {
  const before = project.settings.get(revisionKey);
  project.settings.set(revisionKey, (typeof before === 'number' ? before : 0) + 1);
}

/** Differs between projects, and between before and after a change of content. Ids of images are never given twice. */
export function imagesVersion(project: Project): string {
  let id = project.settings.get(idKey);
  if (typeof id !== 'string') {
    id = randomUUID().slice(0, 8);
    project.settings.set(idKey, id);
  }
  const revision = project.settings.get(revisionKey);
  return `${String(id)}-${typeof revision === 'number' ? revision : 0}`;
}
