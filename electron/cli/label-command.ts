/** `label`: labels from a file or from folders; `export-labels` and `export-predictions`: files for other tools. */
import { existsSync } from 'node:fs';
import { rename, rm, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Option } from 'commander';
import type { Command } from 'commander';
import { AppError } from '../contract/errors.ts';
import { labelFormats, predictionFormats } from '../contract/label-formats.ts';
import type { LabelFormat, PredictionFormat } from '../contract/label-formats.ts';
import { writePredictions } from '../services/classifiers/write-predictions.ts';
import { exportLabelFolders } from '../services/labelling/export-labels.ts';
import { labelledImages, writeLabels } from '../services/labelling/formats/write-labels.ts';
import { answersFromFile, answersFromFolders, applyLabels, unfiled } from '../services/labelling/label-images.ts';
import { positiveInt } from './options.ts';
import * as print from './print.ts';
import { misuse, withWorkspace } from './session.ts';
import type { CommonOptions } from './session.ts';

interface LabelOptions extends CommonOptions {
  readonly file?: string;
  readonly csv?: string;
  readonly format?: LabelFormat;
  readonly fromFolders?: boolean;
}

/** Gives the command `label` its options and action. */
export function addLabel(label: Command, controller: AbortController): void {
  label
    .addOption(new Option('--file <file>', 'a file of labels, of any of the formats').conflicts(['fromFolders', 'csv']))
    .addOption(new Option('--format <name>', 'what the file is (default: told by what it holds)').choices(labelFormats).conflicts('csv'))
    .addOption(new Option('--csv <file>', 'rows of path,label; a header is optional').conflicts('fromFolders'))
    .option('--from-folders', 'the folder an image lies in is its class')
    .action((options: LabelOptions) => {
      const file = options.file ?? options.csv;
      const format = options.csv === undefined ? options.format : 'csv';
      if (file === undefined && options.fromFolders !== true) throw misuse('Give --file FILE, --csv FILE or --from-folders.');
      return withWorkspace(
        controller,
        options,
        ({ workspace }) =>
          applyLabels(workspace, file === undefined ? unfiled(answersFromFolders(workspace)) : answersFromFile(workspace, file, format)),
        print.labelled,
      );
    });
}

const folders = 'folders';
const byEnding: readonly (readonly [string, LabelFormat])[] = [
  ['.csv', 'csv'],
  ['.jsonl', 'jsonl'],
  ['.ndjson', 'jsonl'],
  ['.xml', 'cvat'],
];

function formatOf(out: string): LabelFormat {
  const found = byEnding.find(([ending]) => out.toLowerCase().endsWith(ending));
  if (found === undefined)
    throw misuse(`The name ${out} does not tell the format. Give --format, one of ${labelFormats.join(', ')}, ${folders}.`);
  return found[1];
}

/** Whole or not at all. Throws `conflict` where there is a file already that may not be replaced. */
async function writeOut(out: string, text: string, mayReplace: boolean): Promise<string> {
  const path = resolve(out);
  if (!mayReplace && existsSync(path)) {
    throw new AppError('conflict', `${path} is there already. Give another name, or --force to replace it.`);
  }
  const partial = `${path}.acclimate-partial`;
  try {
    await writeFile(partial, text);
    await rename(partial, path);
  } catch (cause) {
    await rm(partial, { force: true }).catch(() => undefined);
    throw new AppError('io', `${path} cannot be written: ${cause instanceof Error ? cause.message : String(cause)}.`, { cause });
  }
  return path;
}

interface OutOptions<Format> extends CommonOptions {
  readonly out: string;
  readonly format?: Format;
  readonly force?: boolean;
}

/** Gives the command `export-labels` its options and action. */
export function addExportLabels(command: Command, controller: AbortController): void {
  command
    .requiredOption('-o, --out <path>', 'file to write, or folder for labelled images')
    .addOption(new Option('--format <name>', 'default: told by the ending .csv, .jsonl or .xml').choices([...labelFormats, folders]))
    .option('--force', 'replace a file that is there')
    .action((options: OutOptions<LabelFormat | typeof folders>) => {
      const { out, force = false } = options;
      const format = options.format ?? formatOf(out);
      return withWorkspace(
        controller,
        options,
        async ({ workspace }) => {
          if (format === folders) {
            const { outDir, numCopied, numKept } = await exportLabelFolders(workspace, out, {
              signal: controller.signal,
              onProgress: () => undefined,
            });
            return { path: outDir, format, numImages: numCopied + numKept };
          }
          const path = await writeOut(out, writeLabels(workspace, format), force);
          return { path, format, numImages: labelledImages(workspace).length };
        },
        ({ path, numImages }) => `Labels    of ${numImages} images are in ${path}`,
      );
    });
}

/** Gives the command `export-predictions` its options and action. */
export function addExportPredictions(command: Command, controller: AbortController): void {
  command
    .requiredOption('-o, --out <file>', 'file to write')
    .addOption(new Option('--format <name>', '"detections" is what camera-trap tools read').choices(predictionFormats).default('csv'))
    .option('--model <id>', 'which classifier (default: the newest)', positiveInt)
    .option('--force', 'replace a file that is there')
    .action((options: OutOptions<PredictionFormat> & { readonly model?: number }) => {
      const { out, format = 'csv', model, force = false } = options;
      return withWorkspace(
        controller,
        { ...options, readonly: true },
        async ({ workspace }) => {
          const path = await writeOut(out, await writePredictions(workspace, format, model), force);
          return { path, format, numImages: workspace.project.images.usable().length };
        },
        ({ path, numImages }) => `Predicted ${numImages} images, in ${path}`,
      );
    });
}
