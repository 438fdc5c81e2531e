/** Reads what the first search, sort and suggestion would wait for, piece by piece, while nobody waits. */
import { setTimeout } from 'node:timers/promises';
import { compactFeatures } from './similar-images.ts';
import type { Host } from '../host.ts';
import type { Workspace } from '../workspace.ts';
import { queueFeatures } from '../labelling/queue-features.ts';
import { randomOrder } from '../labelling/queue-rows.ts';
import { baseColumns, classColumn, clusterColumn, foldedNames, imageNames, predictionColumns, testColumn } from './image-catalog.ts';
import { groupOfCopy } from './near-copies.ts';
import { nameRanks } from './image-query.ts';

/** Between two pieces, so that whatever is asked meanwhile waits for one piece at most. */
const pauseMs = 20;

const pieces: readonly ((host: Host) => unknown)[] = [
  baseColumns,
  testColumn,
  classColumn,
  predictionColumns,
  imageNames,
  foldedNames,
  clusterColumn,
  randomOrder,
  groupOfCopy,
  compactFeatures,
  queueFeatures,
  nameRanks,
];

/** Ends early where another project is opened. What cannot be read is told to whoever asks for it. */
export async function warmCatalog(host: Host, workspace: Workspace): Promise<void> {
  try {
    for (const piece of pieces) {
      if (host.current !== workspace) return;
      await piece(host);
      await setTimeout(pauseMs, undefined, { ref: false });
    }
  } catch {
    // Here nobody asked.
  }
}
