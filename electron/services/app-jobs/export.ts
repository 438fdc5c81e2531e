/** A classifier as a package that runs without the app. */
import { basename } from 'node:path';
import { z } from 'zod';
import { exportModel } from '../classifiers/export-model.ts';
import type { AppJob } from './app-job.ts';

const schema = z.object({ modelId: z.number().int().positive(), outDir: z.string().min(1) });

export type ExportJobRequest = z.infer<typeof schema>;

export const exportJob: AppJob<ExportJobRequest> = {
  kind: 'export',
  schema,
  unit: 'images',
  canFinish: false,
  title: (_, { outDir }) => `Export the classifier to ${basename(outDir)}`,
  run: async (workspace, { modelId, outDir }) => {
    const { files, numBytes, verification } = await exportModel(workspace, modelId, outDir);
    const { numImages, numSameClass, numTies } = verification.squares;
    const size = `${(numBytes / 1e6).toFixed(1)} MB`;
    return `Wrote ${files.length + 1} files (${size}) to ${outDir}; ${numSameClass + numTies} of ${numImages} predictions agree with the app's.`;
  },
  changes: ['exports', 'predictions'],
};
