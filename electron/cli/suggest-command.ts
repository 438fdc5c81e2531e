/** The command that says where a label is worth most. */
import { Option } from 'commander';
import type { Command } from 'commander';
import { newestModel } from '../services/adaptation/models.ts';
import { strategies } from '../services/labelling/choose-images.ts';
import type { Strategy } from '../services/labelling/choose-images.ts';
import { suggestLabels } from '../services/labelling/suggest-labels.ts';
import { defaultSizes } from '../services/run-everything.ts';
import { positiveInt, seedOption, sizePx, wholeNumber } from './options.ts';
import * as print from './print.ts';
import { withWorkspace } from './session.ts';
import type { CommonOptions } from './session.ts';

interface SuggestOptions extends CommonOptions {
  readonly number: number;
  readonly model?: number;
  readonly px: number;
  readonly strategy: Strategy;
  readonly folder?: string;
  readonly cluster?: number;
  readonly seed: number;
}

const how = [
  '',
  'Strategies:',
  '  auto       typical images until there are five labels a class on average, then undecided ones; clusters and',
  '             classes without labels keep a share',
  '  typical    TypiClust: the most typical image of every cluster without labels',
  '  central    the image in the middle of every cluster without labels',
  '  probcover  ProbCover: images that look like as many others as possible',
  '  margin     images between two classes, from different clusters',
  '  badge      BADGE: images whose label would change a classifier most, each in another way',
  '  dropquery  DropQuery: images on which a classifier changes its mind when features are dropped',
  '  random     drawn at random, as a control',
  'margin, badge and dropquery fit a quick probe to the labels at hand and need labels of two classes.',
].join('\n');

export function addSuggest(suggest: Command, controller: AbortController): void {
  suggest
    .option('-n, --number <n>', 'how many', positiveInt, 50)
    .option('--model <id>', 'whose features to use (default: the newest adapted model)', positiveInt)
    .option('--px <n>', 'size they were computed at', sizePx, defaultSizes.adapted[0])
    .addOption(new Option('--strategy <name>', 'how to choose').choices(strategies).default('auto'))
    .option('--folder <path>', 'only images in this folder of the project')
    .option('--cluster <id>', 'only images of this cluster of the newest map', wholeNumber)
    .addOption(seedOption())
    .addHelpText('after', how)
    .action(({ number: budget, px, strategy, seed, folder, cluster, ...options }: SuggestOptions) =>
      withWorkspace(
        controller,
        options,
        ({ workspace }) => {
          const modelId = options.model ?? newestModel(workspace, 'adapted').id;
          const scope = { ...(folder !== undefined && { folder }), ...(cluster !== undefined && { clusterId: cluster }) };
          return suggestLabels(workspace, { modelId, px, budget, strategy, seed, ...scope });
        },
        print.suggested,
      ),
    );
}
