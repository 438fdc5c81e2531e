/** Which labels there are: what tells whether a figure still is of the labels at hand. */
import { createHash } from 'node:crypto';
import type { Workspace } from '../workspace.ts';

/** A short text that changes whenever a label does, and is the same again when all labels are. */
export function labelsKey({ project }: Workspace): string {
  const { imageIds, classIds } = project.labels.all();
  const bytes = (ids: Int32Array): Uint8Array => new Uint8Array(ids.buffer, ids.byteOffset, ids.byteLength);
  return createHash('sha256').update(bytes(imageIds)).update(bytes(classIds)).digest('hex').slice(0, 32);
}
