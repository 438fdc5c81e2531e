/** The map of the project's images by the features of one model. */
import { z } from 'zod';
import { nameOfBase } from '../adaptation/base-names.ts';
import { buildMap } from '../mapping/build-map.ts';
import { storedPx } from '../intake/import-folder.ts';
import { resolveBase } from '../adaptation/models.ts';
import type { AppJob } from './app-job.ts';

const schema = z.object({
  baseRef: z.string().min(1).max(4096),
  px: z.number().int().min(16).max(1024).default(storedPx),
  numClusters: z.number().int().min(2).max(500).optional(),
});

export type MapJobRequest = z.infer<typeof schema>;

const seed = 0;

const plural = (count: number, one: string, many = `${one}s`): string => `${count.toLocaleString('en')} ${count === 1 ? one : many}`;

export const mapJob: AppJob<MapJobRequest> = {
  kind: 'map',
  schema,
  unit: 'images',
  canFinish: false,
  title: (workspace, { baseRef, px }) => `Map with ${nameOfBase(workspace, baseRef)}, ${px} px`,
  run: async (workspace, { baseRef, px, numClusters }, ctx) => {
    const known = workspace.project.models.list().length;
    const { id: modelId } = resolveBase(workspace, baseRef, seed);
    if (workspace.project.models.list().length > known) ctx.onChanged(['models']);
    const report = await buildMap(workspace, { modelId, px, numClusters: numClusters ?? null, seed }, ctx);
    const copies = plural(report.numDuplicateGroups, 'group of near-copies', 'groups of near-copies');
    return `${plural(report.numImages, 'image')} in ${plural(report.numClusters, 'cluster')}; ${copies}, ${plural(report.numOutliers, 'outlier')}.`;
  },
  changes: ['maps', 'images'],
};
