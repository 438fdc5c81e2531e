/** Bringing folders of images in, or looking at them again. */
import { basename } from 'node:path';
import { z } from 'zod';
import { AppError } from '../../contract/errors.ts';
import { importFolders } from '../intake/import-folder.ts';
import type { ImportReport } from '../intake/import-folder.ts';
import { noteImagesChanged } from '../projects/project-identity.ts';
import { keepTestImages } from '../intake/test-split.ts';
import type { Workspace } from '../workspace.ts';
import type { AppJob, AppJobContext } from './app-job.ts';

/** Share of the images kept apart, so that how good a classifier is can be told honestly. */
export const testShare = 0.2;

const newsIntervalMs = 1_000;

const schema = z.object({
  /** Absolute paths; null for all folders of the project. */
  folders: z.array(z.string()).min(1).nullable(),
});

export type ImportRequest = z.infer<typeof schema>;

/** Imports folders so that their images appear one after the other, and keeps the test images apart. */
export async function importWithNews(workspace: Workspace, folders: readonly string[], ctx: AppJobContext): Promise<ImportReport> {
  let toldMs = -Infinity;
  const report = await importFolders(workspace, folders, {
    onArrived: () => {
      const nowMs = performance.now();
      if (nowMs - toldMs < newsIntervalMs) return;
      toldMs = nowMs;
      ctx.onChanged(['images', 'sources']);
    },
  });
  keepTestImages(workspace, testShare);
  if (report.numChanged > 0) noteImagesChanged(workspace.project);
  return report;
}

const plural = (count: number, one: string, many: string): string => `${count.toLocaleString('en')} ${count === 1 ? one : many}`;

/** What an import found, in a sentence. */
export function describeImport({ numImages, numAdded, numMissing, problems }: ImportReport): string {
  const parts = [
    plural(numImages, 'image', 'images'),
    ...(numAdded > 0 && numAdded < numImages ? [`${numAdded.toLocaleString('en')} new`] : []),
    ...(numMissing > 0 ? [`${numMissing.toLocaleString('en')} no longer there`] : []),
    ...(problems.length > 0 ? [`${plural(problems.length, 'file', 'files')} could not be read`] : []),
  ];
  return `${parts.join(', ')}.`;
}

export const importJob: AppJob<ImportRequest> = {
  kind: 'import',
  schema,
  unit: 'images',
  canFinish: false,
  title: ({ project }, { folders }) => {
    const sources = project.sources.list();
    if (folders === null && sources.length !== 1) return 'Look at all folders again';
    if (folders === null) return `Import ${basename(sources[0]?.rootPath ?? '')}`;
    return folders.length === 1 ? `Import ${basename(folders[0] ?? '')}` : `Import ${folders.length} folders`;
  },
  run: async (workspace, { folders }, ctx) => {
    const present = workspace.project.sources.list().filter((source) => source.isPresent);
    const roots = folders ?? present.map((source) => source.rootPath);
    if (roots.length === 0) {
      throw new AppError('not-found', 'None of the folders of this project is there. Connect their disk, or say where they have gone.');
    }
    return describeImport(await importWithNews(workspace, roots, ctx));
  },
  changes: ['sources', 'images'],
};
