/** `choose-source`: which folder is worth learning from before the project's own images. */
import { Option } from 'commander';
import type { Command } from 'commander';
import { adaptDefaults } from '../services/adaptation/adapt-model.ts';
import type { AdaptRequest } from '../services/adaptation/adapt-model.ts';
import { chooseSource } from '../services/adaptation/choose-source.ts';
import { adaptMethodNames } from '../services/adaptation/method-list.ts';
import { resolveBase } from '../services/adaptation/models.ts';
import { checkFolder } from '../services/intake/import-folder.ts';
import { addAugmentOptions, augmentationOf } from './augment-options.ts';
import type { AugmentOptions } from './augment-options.ts';
import { baseOption, checkpointOption, deviceOption, minutesOption, positiveInt, seedOption, sizePx, stepsOption } from './options.ts';
import * as print from './print.ts';
import { budgetOf, withWorkspace } from './session.ts';
import type { BudgetOptions, CommonOptions } from './session.ts';

interface ChooseOptions
  extends CommonOptions, BudgetOptions, AugmentOptions, Pick<AdaptRequest, 'method' | 'px' | 'batch' | 'normOnly' | 'seed'> {
  readonly base: string;
  readonly testPx: number;
}

/** Gives the command `choose-source` its arguments, options and action. */
export function addChooseSource(command: Command, controller: AbortController): void {
  command
    .argument('<folders...>', 'folders of images like the project’s, to choose among')
    .addOption(baseOption().makeOptionMandatory())
    .addOption(new Option('--method <name>', 'how to learn without labels').choices(adaptMethodNames).default(adaptDefaults.method))
    .addOption(minutesOption())
    .addOption(stepsOption())
    .option('--px <n>', 'side of the views', sizePx, adaptDefaults.px)
    .option('--batch <n>', 'images per step', positiveInt, adaptDefaults.batch)
    .option('--norm-only', 'train the normalisation layers alone (HPT-BN)', false)
    .option('--test-px <n>', 'size to compute features at, where there are labels', sizePx, 128);
  addAugmentOptions(command)
    .addOption(checkpointOption())
    .addOption(seedOption())
    .addOption(deviceOption())
    .action((folders: string[], options: ChooseOptions) => {
      folders.forEach(checkFolder);
      return withWorkspace(
        controller,
        options,
        ({ workspace }) => {
          const { base, method, px, batch, normOnly, seed, testPx } = options;
          const baseId = resolveBase(workspace, base, seed).id;
          return chooseSource(workspace, {
            ...adaptDefaults,
            ...{ baseId, folders, method, px, batch, normOnly, seed, testPx },
            budget: budgetOf(options),
            augmentation: augmentationOf(options),
          });
        },
        print.sources,
      );
    });
}
