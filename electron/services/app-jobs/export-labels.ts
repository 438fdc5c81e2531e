/** Labelled images copied into one folder per class. */
import { basename } from 'node:path';
import { z } from 'zod';
import { exportLabelFolders } from '../labelling/export-labels.ts';
import type { AppJob } from './app-job.ts';

const schema = z.object({ outDir: z.string().min(1) });

export type ExportLabelsRequest = z.infer<typeof schema>;

export const exportLabelsJob: AppJob<ExportLabelsRequest> = {
  kind: 'export-labels',
  schema,
  unit: 'images',
  canFinish: false,
  title: (_, { outDir }) => `Copy labelled images to ${basename(outDir)}`,
  run: async (workspace, { outDir }, ctx) => {
    const { numCopied, numKept, numClasses, numUnreadable } = await exportLabelFolders(workspace, outDir, ctx);
    const kept = numKept === 0 ? '' : `, ${numKept.toLocaleString('en')} were there already`;
    const gone = numUnreadable === 0 ? '' : `, ${numUnreadable.toLocaleString('en')} could not be read`;
    return `Copied ${numCopied.toLocaleString('en')} images of ${numClasses} classes to ${outDir}${kept}${gone}.`;
  },
  changes: [],
};
