/** `train`: a classifier from the labels. */
import type { Command } from 'commander';
import { newestModel, resolveBase } from '../services/adaptation/models.ts';
import { trainingLabels } from '../services/classifiers/labelled-features.ts';
import { trainClassifier } from '../services/classifiers/train-classifier.ts';
import { newestAdapted } from '../services/classifiers/train-plan.ts';
import { embedImages } from '../services/mapping/embed-images.ts';
import { defaultSizes } from '../services/run-everything.ts';
import type { Workspace } from '../services/workspace.ts';
import { addAlongsideOptions, alongsideOf } from './alongside-options.ts';
import type { AlongsideOptions } from './alongside-options.ts';
import { checkpointOption, deviceOption, seedOption, sizesOption, wholeNumber } from './options.ts';
import * as print from './print.ts';
import { withWorkspace } from './session.ts';
import type { CommonOptions } from './session.ts';

interface TrainOptions extends CommonOptions, AlongsideOptions {
  readonly sizes: readonly number[];
  readonly base?: string;
  readonly flip: boolean;
  readonly priors: boolean;
  readonly seed: number;
}

/** Gives the command `train` its options and action. */
export function addTrain(train: Command, controller: AbortController): void {
  addAlongsideOptions(train)
    .addOption(sizesOption('--sizes <list>', 'sizes of the features to choose among', defaultSizes.adapted))
    .option('--base <file>', 'learn on this network, as it came, where none has been adapted')
    .option('--finetune-steps <n>', 'fine-tune all layers for this many steps', wholeNumber, 0)
    .option('--flip', 'average predictions with those of the mirror image', false)
    .option('--priors', 'expect classes as often as they come among the labelled images kept apart', false)
    .addOption(checkpointOption())
    .addOption(seedOption())
    .addOption(deviceOption())
    .action((options: TrainOptions) => {
      const alongside = alongsideOf(options);
      return withWorkspace(
        controller,
        options,
        async ({ workspace }) => {
          // Without labels there is nothing to compute features for.
          trainingLabels(workspace);
          const { sizes, base, finetuneSteps, flip, priors, seed } = options;
          if (base !== undefined) resolveBase(workspace, base, seed);
          const candidates = networksToTrainOn(workspace).flatMap((modelId) => sizes.map((px) => ({ modelId, px })));
          for (const { modelId, px } of candidates) await embedImages(workspace, modelId, px);
          return await trainClassifier(workspace, { candidates, finetuneSteps, alongside, flip, seed, ...(priors && { priors }) });
        },
        print.trained,
      );
    });
}

/** The adapted network and the one it came from before any stage; without one, the newest base. */
function networksToTrainOn(workspace: Workspace): number[] {
  const { models } = workspace.project;
  const adapted = newestAdapted(workspace);
  if (adapted === undefined) return [newestModel(workspace, 'base').id];
  return [adapted.id, ...models.lineage(adapted.id).flatMap(({ id, kind }) => (kind === 'base' ? [id] : []))];
}
