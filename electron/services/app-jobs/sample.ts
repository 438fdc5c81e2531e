/** Images of our own making, for trying everything without having any. */
import { existsSync, renameSync, rmSync } from 'node:fs';
import { z } from 'zod';
import { makeSample } from '../intake/make-sample.ts';
import type { AppJob } from './app-job.ts';
import { describeImport, importWithNews } from './import.ts';

const schema = z.object({ dir: z.string().min(1), numPerKind: z.number().int().positive(), seed: z.number().int() });

export type SampleRequest = z.infer<typeof schema>;

export const sampleJob: AppJob<SampleRequest> = {
  kind: 'sample',
  schema,
  unit: 'images',
  canFinish: false,
  title: () => 'Make sample images',
  run: async (workspace, { dir, numPerKind, seed }, ctx) => {
    if (!existsSync(dir)) {
      // Under another name until it is whole, so that a job that was stopped here does not go on with half a sample.
      const unfinished = `${dir}.unfinished`;
      rmSync(unfinished, { recursive: true, force: true });
      await makeSample(unfinished, numPerKind, seed, ctx);
      renameSync(unfinished, dir);
    }
    return describeImport(await importWithNews(workspace, [dir], ctx));
  },
  changes: ['sources', 'images'],
};
