/** `experiment`: a grid of adaptations compared on one labelled folder. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { InvalidArgumentError, Option } from 'commander';
import type { Command } from 'commander';
import { augmentationPresetNames, augmentationToggles } from '../contract/augmentation.ts';
import type { AugmentationPreset, AugmentationToggle } from '../contract/augmentation.ts';
import { adaptMethodNames } from '../services/adaptation/method-list.ts';
import type { AdaptMethod } from '../services/adaptation/method-list.ts';
import { checkBase } from '../services/adaptation/models.ts';
import { adaptDefaults } from '../services/adaptation/adapt-model.ts';
import { cellName } from '../services/experiments/experiment-table.ts';
import type { CellBudget, Grid, NamedAugmentation } from '../services/experiments/grid.ts';
import { runExperiment } from '../services/experiments/run-experiment.ts';
import type { ExperimentRequest } from '../services/experiments/run-experiment.ts';
import { checkFolder } from '../services/intake/import-folder.ts';
import { readLabelFile } from '../services/labelling/label-images.ts';
import {
  checkpointOption,
  deviceOption,
  jsonOption,
  positiveInt,
  positiveNumber,
  share,
  sizePx,
  sizesOption,
  wholeNumber,
} from './options.ts';
import * as print from './print.ts';
import { misuse, withWorkspace } from './session.ts';
import type { CommonOptions } from './session.ts';

interface ExperimentOptions extends Omit<CommonOptions, 'project'> {
  readonly labels?: string;
  readonly labelsFromFolders?: boolean;
  readonly base: readonly string[];
  readonly methods: readonly AdaptMethod[];
  readonly minutes?: readonly number[];
  readonly steps?: readonly number[];
  readonly views: readonly NamedAugmentation[];
  readonly images: readonly (number | null)[];
  readonly chain?: readonly (readonly string[])[];
  readonly normOnly: 'no' | 'yes' | 'both';
  readonly seeds: readonly number[];
  readonly labelCounts: readonly number[];
  readonly draws: number;
  readonly px: number;
  readonly batch: number;
  readonly testPx: readonly number[];
  readonly testShare: number;
  readonly maxTest: number;
  readonly out: string;
}

/** Reads a list separated by commas, each part by `read`; copies once. */
function list<T>(read: (text: string) => T): (text: string) => T[] {
  return (text) => [...new Set(text.split(',').map((part) => part.trim()))].map(read);
}

function method(text: string): AdaptMethod {
  const found = adaptMethodNames.find((name) => name === text);
  if (found === undefined) throw new InvalidArgumentError(`Choose from ${adaptMethodNames.join(', ')}, or "all".`);
  return found;
}

/** `own`, a kind of images, or a kind without some alterations: `microscopy-colour-grey`. */
function views(text: string): NamedAugmentation {
  if (text === 'own') return { name: text, choice: null };
  const [kind = '', ...off] = text.split('-');
  const preset = augmentationPresetNames.find((name): name is AugmentationPreset => name === kind);
  const toggles = off.map((name): AugmentationToggle | undefined => augmentationToggles.find((toggle) => toggle === name));
  if (preset === undefined || toggles.includes(undefined)) {
    throw new InvalidArgumentError(
      `Give "own" or one of ${augmentationPresetNames.join(', ')}, each with what to leave out, such as ${augmentationPresetNames[0]}-colour-grey (${augmentationToggles.join(', ')}).`,
    );
  }
  const left: Partial<Record<AugmentationToggle, boolean>> = {};
  for (const toggle of toggles) if (toggle !== undefined) left[toggle] = false;
  return { name: text, choice: { preset, ...left } };
}

/** Gives the command `experiment` its arguments, options and action. */
export function addExperiment(experiment: Command, controller: AbortController): void {
  experiment
    .argument('<folder>', 'folder of images whose labels are known')
    .addOption(jsonOption())
    .addOption(
      new Option('--labels <file>', 'labels: CSV of path,label, or any format that "acclimate label" reads').conflicts('labelsFromFolders'),
    )
    .option('--labels-from-folders', 'the folder an image lies in is its class')
    .requiredOption('--base <list>', 'weights to start from, several to compare: files, "scratch:<architecture>"', list(String))
    .addOption(
      new Option('--methods <list>', `which to compare: ${adaptMethodNames.join(', ')}, or "all"`)
        .argParser((text) => (text === 'all' ? [...adaptMethodNames] : list(method)(text)))
        .default([adaptDefaults.method], adaptDefaults.method),
    )
    .addOption(new Option('--minutes <list>', 'how long to adapt (default: 3)').argParser(list(positiveNumber)).conflicts('steps'))
    .addOption(
      new Option('--steps <list>', 'adapt for these numbers of steps instead, the same on every machine').argParser(list(positiveInt)),
    )
    .addOption(
      new Option('--views <list>', 'how views are altered: "own" of the method, or a kind of images, less some alterations')
        .argParser(list(views))
        .default([{ name: 'own', choice: null }], 'own'),
    )
    .addOption(
      new Option('--images <list>', 'adapt on so many images: numbers, or "all"')
        .argParser(list((text) => (text === 'all' ? null : positiveInt(text))))
        .default([null], 'all'),
    )
    .addOption(
      new Option(
        '--chain <folders>',
        'folders to learn from before, separated by ":", or "none"; give it again for each chain to compare',
      ).argParser((text, chains: (readonly string[])[] | undefined) => [...(chains ?? []), text === 'none' ? [] : text.split(':')]),
    )
    .addOption(new Option('--norm-only <which>', 'normalisation layers alone').choices(['no', 'yes', 'both']).default('no'))
    .addOption(new Option('--seeds <list>', 'of the adaptations').argParser(list(wholeNumber)).default([0], '0'))
    .addOption(new Option('--label-counts <list>', 'numbers of labels').argParser(list(positiveInt)).default([100], '100'))
    .option('--draws <n>', 'random choices of the labelled images', positiveInt, 5)
    .option('--px <n>', 'side of the views when adapting', sizePx, adaptDefaults.px)
    .option('--batch <n>', 'images per step', positiveInt, adaptDefaults.batch)
    .addOption(sizesOption('--test-px <list>', 'sizes to compute features at', [160]))
    .option('--test-share <x>', 'share of the images kept apart to test on', share, 0.2)
    .option('--max-test <n>', 'test on at most this many images', positiveInt, 2_000)
    .addOption(checkpointOption())
    .addOption(deviceOption())
    .requiredOption('-o, --out <dir>', 'folder for the tables, the charts and the project file')
    .action(async (folder: string, options: ExperimentOptions) => {
      const request = requestOf(folder, options);
      mkdirSync(options.out, { recursive: true });
      await withWorkspace(
        controller,
        { ...options, project: join(options.out, 'experiment.acclimate'), create: true },
        ({ workspace, terminal }) =>
          runExperiment(workspace, request, (cell, index, count) => terminal.say(`${index + 1} of ${count}: ${cellName(cell)}`)),
        print.experimented,
      );
    });
}

function requestOf(folder: string, options: ExperimentOptions): ExperimentRequest {
  const { labels, labelsFromFolders, px, batch, testPx, labelCounts, draws, testShare, maxTest, out } = options;
  if (labels === undefined && labelsFromFolders !== true) throw misuse('Give either --labels FILE.csv or --labels-from-folders.');
  checkFolder(folder);
  if (labels !== undefined) readLabelFile(labels);
  options.base.forEach(checkBase);
  const chains = options.chain ?? [[]];
  chains.flat().forEach(checkFolder);
  return {
    folder,
    labels: labels === undefined ? 'folders' : { csv: labels },
    grid: gridOf(options, chains),
    px,
    batch,
    testPx,
    labelCounts: labelCounts.toSorted((a, b) => a - b),
    numDraws: draws,
    testShare,
    maxTest,
    outDir: out,
  };
}

function gridOf(options: ExperimentOptions, chains: Grid['chains']): Grid {
  const { base, methods, minutes, steps, views: augmentations, images, normOnly, seeds } = options;
  const budgets: CellBudget[] = steps?.map((count) => ({ steps: count })) ?? (minutes ?? [3]).map((time) => ({ minutes: time }));
  return {
    bases: base,
    chains,
    methods,
    budgets,
    augmentations,
    imageCounts: images,
    normOnly: { no: [false], yes: [true], both: [false, true] }[normOnly],
    seeds,
  };
}
