/** `run`: the whole job in one command. */
import { Option } from 'commander';
import type { Command } from 'commander';
import { adaptMethodNames } from '../services/adaptation/method-list.ts';
import { adaptDefaults } from '../services/adaptation/adapt-model.ts';
import { checkRunRequest, defaultSizes, runEverything } from '../services/run-everything.ts';
import type { RunRequest } from '../services/run-everything.ts';
import { addAugmentOptions, augmentationOf } from './augment-options.ts';
import type { AugmentOptions } from './augment-options.ts';
import {
  baseOption,
  checkpointOption,
  deviceOption,
  minutesOption,
  positiveInt,
  seedOption,
  share,
  sizePx,
  sizesOption,
  stepsOption,
  wholeNumber,
} from './options.ts';
import { addAlongsideOptions, alongsideOf } from './alongside-options.ts';
import type { AlongsideOptions } from './alongside-options.ts';
import * as print from './print.ts';
import { budgetOf, misuse, withWorkspace } from './session.ts';
import type { BudgetOptions, CommonOptions } from './session.ts';

interface RunOptions extends CommonOptions, BudgetOptions, AugmentOptions, AlongsideOptions {
  readonly labels?: string;
  readonly labelsFromFolders?: boolean;
  readonly base: string;
  readonly method: RunRequest['method'];
  readonly px: number;
  readonly numLabels?: number;
  readonly testShare: number;
  readonly finetuneSteps: number;
  readonly flip: boolean;
  readonly seed: number;
  readonly out: string;
  readonly unadaptedSizes: number[];
  readonly adaptedSizes: number[];
}

/** Gives the command `run` its arguments, options and action. */
export function addRun(run: Command, controller: AbortController): void {
  addAlongsideOptions(addAugmentOptions(run))
    .argument('<folder>', 'folder of images')
    .addOption(
      new Option('--labels <file>', 'labels: CSV of path,label, or any format that "acclimate label" reads').conflicts('labelsFromFolders'),
    )
    .option('--labels-from-folders', 'the folder an image lies in is its class')
    .addOption(baseOption().makeOptionMandatory())
    .addOption(new Option('--method <name>', 'how to adapt').choices(adaptMethodNames).default(adaptDefaults.method))
    .addOption(minutesOption())
    .addOption(stepsOption())
    .option('--px <n>', 'side of the views when adapting', sizePx, adaptDefaults.px)
    .addOption(sizesOption('--adapted-sizes <list>', 'sizes of adapted features to try', defaultSizes.adapted))
    .addOption(sizesOption('--unadapted-sizes <list>', 'sizes of unadapted features to try', defaultSizes.unadapted))
    .option('--num-labels <n>', 'use only this many labels, where they are worth most (default: all)', positiveInt)
    .option('--test-share <x>', 'share of the images kept apart to test on', share, 0.2)
    .option('--finetune-steps <n>', 'fine-tune all layers for this many steps', wholeNumber, 0)
    .option('--flip', 'average predictions with those of the mirror image', false)
    .addOption(
      new Option(
        '--recipe-2020',
        'BYOL, head first, then all layers for 500 steps, predictions averaged with the mirror image: give BiT weights as --base, whose heads then have layer norm',
      ).implies({ method: 'byol', finetuneSteps: 500, flip: true }),
    )
    .addOption(checkpointOption())
    .addOption(seedOption())
    .addOption(deviceOption())
    .requiredOption('-o, --out <dir>', 'folder for the exported package')
    .action(async (folder: string, options: RunOptions) => {
      if (options.labels === undefined && options.labelsFromFolders !== true) {
        throw misuse('Give either --labels FILE.csv or --labels-from-folders.');
      }
      const request = runRequest(folder, options);
      await checkRunRequest(request);
      await withWorkspace(
        controller,
        { ...options, create: true },
        ({ workspace, terminal }) => runEverything(workspace, request, (step) => terminal.say(print.step(step))),
        print.ran,
      );
    });
}

function runRequest(folder: string, options: RunOptions): RunRequest {
  const { labels, base, method, px, testShare, finetuneSteps, flip, seed } = options;
  return {
    folder,
    labels: labels === undefined ? 'folders' : { csv: labels },
    base,
    method,
    budget: budgetOf(options),
    augmentation: augmentationOf(options),
    px,
    sizes: { unadapted: options.unadaptedSizes, adapted: options.adaptedSizes },
    numLabels: options.numLabels ?? null,
    testShare,
    finetuneSteps,
    alongside: alongsideOf(options),
    flip,
    seed,
    outDir: options.out,
  };
}
