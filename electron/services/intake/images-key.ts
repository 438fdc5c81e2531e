/** Which images, and what they show: part of the parameters of jobs whose result depends on it. */
import { createHash } from 'node:crypto';
import type { Workspace } from '../workspace.ts';

/** A short text that changes whenever one of these images, its content or their order does. */
export function imagesKey(workspace: Workspace, imageIds: Int32Array): string {
  const hash = createHash('sha256');
  for (const { id, contentHash } of workspace.project.images.getMany(imageIds)) hash.update(`${id} ${contentHash ?? ''}\n`);
  return hash.digest('hex').slice(0, 32);
}
