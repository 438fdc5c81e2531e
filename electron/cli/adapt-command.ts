/** `adapt`: a network learns from the images without labels, and is compared with what it was. */
import { Option } from 'commander';
import type { Command } from 'commander';
import { adaptMethodNames } from '../services/adaptation/method-list.ts';
import { adaptDefaults, adaptModel } from '../services/adaptation/adapt-model.ts';
import type { AdaptRequest } from '../services/adaptation/adapt-model.ts';
import { judgeAdaptation } from '../services/adaptation/judge-adaptation.ts';
import { resolveBase } from '../services/adaptation/models.ts';
import { addAugmentOptions, augmentationOf } from './augment-options.ts';
import type { AugmentOptions } from './augment-options.ts';
import { baseOption, checkpointOption, deviceOption, minutesOption, positiveInt, seedOption, sizePx, stepsOption } from './options.ts';
import * as print from './print.ts';
import { budgetOf, withWorkspace } from './session.ts';
import type { BudgetOptions, CommonOptions } from './session.ts';

interface AdaptOptions
  extends CommonOptions, BudgetOptions, AugmentOptions, Pick<AdaptRequest, 'method' | 'px' | 'batch' | 'normOnly' | 'seed'> {
  readonly base: string;
  readonly folder?: string;
  readonly maxImages?: number;
  readonly plateauStop: boolean;
}

/** Gives the command `adapt` its options and action. */
export function addAdapt(adapt: Command, controller: AbortController): void {
  adapt
    .addOption(baseOption().makeOptionMandatory())
    .addOption(new Option('--method <name>', 'how to learn without labels').choices(adaptMethodNames).default(adaptDefaults.method))
    .addOption(minutesOption())
    .addOption(stepsOption())
    .option('--px <n>', 'side of the views', sizePx, adaptDefaults.px)
    .option('--batch <n>', 'images per step', positiveInt, adaptDefaults.batch)
    .option('--folder <dir>', 'learn from this folder in place of the project: a stage to start the next one from, with --base model:ID')
    .option('--max-images <n>', 'learn from at most this many images, drawn at random', positiveInt)
    .option('--norm-only', 'train the normalisation layers alone (HPT-BN): gentler, for few images', false)
    .option('--no-plateau-stop', 'use up the minutes even where nothing moves any more');
  addAugmentOptions(adapt)
    .addOption(checkpointOption())
    .addOption(seedOption())
    .addOption(deviceOption())
    .action((options: AdaptOptions) =>
      withWorkspace(
        controller,
        options,
        async ({ workspace }) => {
          const { base, method, px, batch, normOnly, seed, folder = null, maxImages = null } = options;
          const baseId = resolveBase(workspace, base, seed).id;
          const report = await adaptModel(workspace, {
            ...adaptDefaults,
            ...{ baseId, method, px, batch, normOnly, seed, folder, maxImages },
            budget: budgetOf(options),
            augmentation: augmentationOf(options),
            stopAtPlateau: options.plateauStop,
          });
          const context = { signal: controller.signal, onProgress: () => undefined };
          return { ...report, verdict: await judgeAdaptation(workspace, report.modelId, report.health, context) };
        },
        ({ verdict, ...report }) => print.lines(print.adapted(report), print.verdict(verdict)),
      ),
    );
}
