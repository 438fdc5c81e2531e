/** The images kept apart to test on: never adapted on, never suggested, never trained on. */
import { createHash } from 'node:crypto';
import type { Workspace } from '../workspace.ts';

const splitName = 'audit';

/** Ids of the images kept apart; empty while there are none. */
export function testImages(workspace: Workspace): Int32Array {
  return workspace.project.splits.imageIds(splitName, 'test');
}

/**
 * Keeps a share of the usable images apart, by a hash of their content, so that the same images are chosen on every machine
 * and copies of one file stay together. Images that are in the split already stay where they are.
 */
export function keepTestImages(workspace: Workspace, share: number): Int32Array {
  const { images, splits } = workspace.project;
  const known = splits.parts(splitName);
  const fresh = images.getMany(images.usable().filter((id) => !known.has(id)));
  const isTest = (hash: string): boolean => parseInt(createHash('sha256').update(hash).digest('hex').slice(0, 8), 16) < share * 2 ** 32;
  workspace.project.transaction(() => {
    const chosen = fresh.filter((image) => isTest(image.contentHash ?? ''));
    const rest = fresh.filter((image) => !isTest(image.contentHash ?? ''));
    splits.assign(
      splitName,
      'test',
      chosen.map((image) => image.id),
    );
    splits.assign(
      splitName,
      'pool',
      rest.map((image) => image.id),
    );
  });
  return testImages(workspace);
}
