/** A base model of the catalogue, downloaded because a person asked for it. */
import { z } from 'zod';
import { catalogueRow } from '../base-models/catalogue.ts';
import { getBase } from '../base-models/get-base.ts';
import type { AppJob } from './app-job.ts';

const schema = z.object({ name: z.string().min(1), folder: z.string().min(1) });

export type DownloadJobRequest = z.infer<typeof schema>;

const megabytes = (numBytes: number): string => `${(numBytes / 1e6).toFixed(1)} MB`;

export const downloadJob: AppJob<DownloadJobRequest> = {
  kind: 'download',
  schema,
  unit: 'bytes',
  canFinish: false,
  title: (_, { name }) => `Download ${catalogueRow(name).title}`,
  run: async (_, { name, folder }, ctx) => {
    const { title } = catalogueRow(name);
    const { sizeBytes, license, wasExpected, wasThere } = await getBase(name, folder, ctx);
    const sum = wasExpected ? 'its checksum is the published one' : 'its checksum was noted and is compared whenever it is used';
    return wasThere ? `${title} was here already; ${sum}.` : `${title} can be started from: ${megabytes(sizeBytes)}, ${license}; ${sum}.`;
  },
  changes: ['models'],
};
