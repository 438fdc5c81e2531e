import type { Handlers } from '../../contract/calls.ts';
import { AppError } from '../../contract/errors.ts';
import { checkReplaceable } from '../../export/package-folder.ts';
import type { AppHost } from '../app-host.ts';
import type { ExportJobRequest } from '../app-jobs/export.ts';
import type { ExportLabelsRequest } from '../app-jobs/export-labels.ts';
import { checkLabelFolder } from '../labelling/export-labels.ts';
import { classifierFor, planExport, readExport } from '../classifiers/exports.ts';
import type { Host } from '../host.ts';
import { predictionFileEndings, writePredictions } from '../classifiers/write-predictions.ts';
import { nameOf } from '../projects/project-place.ts';

type Calls = 'export.plan' | 'export.start' | 'export.read' | 'predictions.exportFile' | 'labels.exportFolders';

/** Taking classifiers, predictions and labels out of the app. */
export function exportHandlers(host: Host & Pick<AppHost, 'allow'>): Pick<Handlers, Calls> {
  return {
    'export.plan': async ({ modelId }) => await planExport(host.workspace(), modelId),
    'export.start': async ({ modelId, outDir }) => {
      const allowed = host.allow(outDir);
      classifierFor(host.workspace(), modelId);
      await checkReplaceable(allowed);
      return await host.startJob('export', { modelId, outDir: allowed } satisfies ExportJobRequest);
    },
    'export.read': () => readExport(host.workspace()),
    'predictions.exportFile': async ({ format, modelId }) => {
      const workspace = host.workspace();
      const fileName = `${nameOf(workspace.project.path)}-${predictionFileEndings[format]}`;
      return { fileName, text: await writePredictions(workspace, format, modelId) };
    },
    'labels.exportFolders': async ({ outDir }) => {
      const workspace = host.workspace();
      const allowed = host.allow(outDir);
      if (workspace.project.labels.count() === 0) {
        throw new AppError('conflict', 'There are no labelled images to copy yet. Label some images first.');
      }
      await checkLabelFolder(workspace, allowed);
      return await host.startJob('export-labels', { outDir: allowed } satisfies ExportLabelsRequest);
    },
  };
}
