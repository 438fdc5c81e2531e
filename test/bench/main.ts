/** `npm run bench -- step|embed|import|labels|selection|window|intervals`: figures, beside the PyTorch peers where there is one. JSON goes to stdout, progress to stderr. */
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { exit, stderr, stdout } from 'node:process';
import { Command, CommanderError, Option } from 'commander';
import { positiveInt, positiveNumber, sizePx, sizesOption, wholeNumber } from '../../electron/cli/options.ts';
import { AppError } from '../../electron/contract/errors.ts';
import { prepareDecoder } from '../../electron/images/parallel.ts';
import { methodNames, type AdaptMethod } from '../../electron/learn/methods.ts';
import { adaptDefaults } from '../../electron/services/adaptation/adapt-model.ts';
import { defaultSizes } from '../../electron/services/run-everything.ts';
import { coverStrategies, strategies } from '../../electron/services/labelling/choose-images.ts';
import type { Strategy } from '../../electron/services/labelling/choose-images.ts';
import { stepMethods } from './bare-step.ts';
import { benchCalibration } from './calibration.ts';
import { benchEmbed } from './embed.ts';
import type { EmbedRequest } from './embed.ts';
import { benchImport } from './import.ts';
import { benchIntervals } from './intervals.ts';
import { benchLabels } from './labels.ts';
import type { LabelsRequest } from './labels.ts';
import * as print from './print.ts';
import { benchContext } from './progress.ts';
import type { BenchContext } from './progress.ts';
import { benchSelection } from './selection.ts';
import { benchStep } from './step.ts';
import type { StepRequest } from './step.ts';
import { benchWindow } from './window.ts';

/** The architectures that the peers have too. */
const archs = ['mobilenet_v2', 'resnet18', 'resnet50v2s3'];

/** commander's names for what the flags say. */
interface PeerOptions {
  readonly json?: boolean;
  readonly peer: boolean;
}

interface LabelsOptions {
  readonly json?: boolean;
  readonly peer: boolean;
  readonly base: string;
  readonly labels: number;
  readonly minutes: number;
  readonly steps?: number;
  readonly method: AdaptMethod;
  readonly seeds: number;
  readonly px: number;
  readonly batch: number;
  readonly adaptations: number;
  readonly normOnly: boolean;
  readonly strategy: Strategy;
  readonly finetuneSteps: number;
  readonly finetunePx?: number;
  readonly flip: boolean;
  /** Empty unless given. */
  readonly sizes: number[];
  readonly unadaptedSizes: number[];
  readonly adaptedSizes: number[];
  readonly saveAdapted?: string;
  readonly adapted?: string[];
}

interface SelectionOptions {
  readonly json?: boolean;
  readonly base: string;
  readonly px: number;
  readonly labels: readonly number[];
  readonly seeds: number;
  readonly strategies: readonly Strategy[];
  readonly round: number;
  readonly work: string;
}

const counts = (text: string): number[] =>
  text
    .split(',')
    .map((part) => positiveInt(part.trim()))
    .toSorted((a, b) => a - b);

/** Without `--sizes`, what is chosen among is what `run` chooses among. */
function labelsRequest(folder: string, options: LabelsOptions): LabelsRequest {
  const { sizes: all } = options;
  const given = all.length > 0;
  return {
    folder,
    base: options.base,
    numLabels: options.labels,
    numSeeds: options.seeds,
    method: options.method,
    budget: options.steps === undefined ? { minutes: options.minutes } : { steps: options.steps },
    px: options.px,
    batch: options.batch,
    normOnly: options.normOnly,
    numAdaptations: options.adaptations,
    strategy: options.strategy,
    sizes: given ? { unadapted: all, adapted: all } : { unadapted: options.unadaptedSizes, adapted: options.adaptedSizes },
    chosenSizes: given ? { unadapted: all, adapted: all } : defaultSizes,
    finetuneSteps: options.finetuneSteps,
    finetunePx: options.finetunePx ?? null,
    flip: options.flip,
    saveAdapted: options.saveAdapted ?? null,
    adapted: options.adapted ?? [],
    withPeer: options.peer,
  };
}

function createProgram(controller: AbortController): Command {
  const program = new Command('bench')
    .description('Benchmarks beside PyTorch, as ratios in one run on one machine.')
    .exitOverride()
    .showHelpAfterError('(add --help for what there is)')
    .configureHelp({ helpWidth: 110 });
  const command = (usage: string, description: string): Command =>
    program.command(usage).description(description).exitOverride().option('--json', 'print the result as one JSON object');
  const archOption = (): Option => new Option('--arch <name>', 'which network').choices(archs).default('mobilenet_v2');
  const run = async <Report>(
    json: boolean | undefined,
    work: (ctx: BenchContext) => Promise<Report>,
    show: (report: Report) => string,
  ): Promise<void> => {
    prepareDecoder();
    const stop = (): void => controller.abort(new Error('Stopped.'));
    process.once('SIGINT', stop);
    process.once('SIGTERM', stop);
    const report = await work(benchContext(controller.signal));
    stdout.write(`${json === true ? JSON.stringify(report) : show(report)}\n`);
  };

  command('step', 'images a second of one training step')
    .addOption(new Option('--method <name>', 'which objective').choices(stepMethods).default('byol'))
    .addOption(archOption())
    .option('--px <n>', 'side of the images', positiveInt, 96)
    .option('--batch <n>', 'images per step', positiveInt, 32)
    .option('--steps <n>', 'timed steps a round', positiveInt, 6)
    .option('--rounds <n>', 'rounds, ours and the peer in turn', positiveInt, 2)
    .option('--threads <n>', 'threads for either', positiveInt, availableParallelism())
    .option('--no-peer', 'leave the peer out')
    .action((options: Omit<StepRequest, 'withPeer'> & PeerOptions) =>
      run(options.json, (ctx) => benchStep({ ...options, withPeer: options.peer }, ctx), print.step),
    );

  command('embed', 'images a second of computing features: network alone, and from the files')
    .argument('<folder>', 'folder of class folders')
    .addOption(archOption())
    .option('--base <file>', 'weights; random ones unless given')
    .option('--px <n>', 'side of the images', positiveInt, 96)
    .option('--batch <n>', 'images at a time', positiveInt, 64)
    .option('--rounds <n>', 'rounds, ours and the peer in turn', positiveInt, 2)
    .option('--threads <n>', 'threads for either', positiveInt, availableParallelism())
    .option('--no-peer', 'leave the peer out')
    .action((folder: string, options: Omit<EmbedRequest, 'withPeer' | 'folder' | 'base'> & { base?: string } & PeerOptions) =>
      run(options.json, (ctx) => benchEmbed({ ...options, folder, base: options.base ?? null, withPeer: options.peer }, ctx), print.embed),
    );

  command('import', 'images a second of importing a folder, the first time and again')
    .argument('<folder>', 'folder of images')
    .action((folder: string, options: PeerOptions) => run(options.json, (ctx) => benchImport(folder, ctx), print.imported));

  command('labels', 'accuracy for a number of labels: adapted or not, chosen or drawn, probe or fine-tuned')
    .argument('<folder>', 'folder of class folders, which answer for every label')
    .requiredOption('--base <file>', 'weights to start from, or scratch:<architecture>')
    .option('--labels <n>', 'how many labels', positiveInt, 100)
    .option('--minutes <n>', 'how long to adapt', positiveNumber, 10)
    .option('--steps <n>', 'adapt for a number of steps instead', positiveInt)
    .addOption(new Option('--method <name>', 'how to adapt').choices(methodNames).default(adaptDefaults.method))
    .option('--seeds <n>', 'draws of labels', positiveInt, 3)
    .option('--px <n>', 'side of the views when adapting', positiveInt, adaptDefaults.px)
    .option('--batch <n>', 'images per step when adapting', positiveInt, adaptDefaults.batch)
    .option('--adaptations <n>', 'independent adaptations, over which the seeds of the labels are spread', positiveInt, 1)
    .option('--norm-only', 'adapt the normalisation layers alone', false)
    .addOption(
      new Option('--strategy <name>', 'how labels are chosen in the guided arms')
        .choices([...coverStrategies, 'random'])
        .default('typical'),
    )
    .option('--finetune-steps <n>', 'steps of fine-tuning; 0 leaves these arms out', wholeNumber, 150)
    .option('--finetune-px <n>', 'side of the views when fine-tuning (default: that of the features, at most 128)', positiveInt)
    .addOption(sizesOption('--unadapted-sizes <list>', 'sizes to try for the unadapted arms', [96, 128, 160, 224]))
    .addOption(sizesOption('--adapted-sizes <list>', 'sizes to choose among for the adapted arms', [128, 160, 224]))
    .addOption(sizesOption('--sizes <list>', 'these sizes everywhere, also for the chosen arms (default there: those of run)', []))
    .option('--flip', 'average with the mirror image', false)
    .option('--save-adapted <file>', 'keep the adapted weights')
    .option('--adapted <files...>', 'take these adapted weights instead of adapting')
    .option('--peer', "also run the peer: Teachable Machine's base, labels drawn at random", false)
    .action((folder: string, options: LabelsOptions) =>
      run(options.json, (ctx) => benchLabels(labelsRequest(folder, options), ctx), print.labels),
    );

  command('selection', 'accuracy by the way labels were chosen: every strategy against a random draw, in pairs')
    .argument('<folders...>', 'folders of class folders, which answer for every label')
    .requiredOption('--base <file>', 'weights whose features are used, or scratch:<architecture>; adapted ones as well')
    .option('--px <n>', 'size of the features', sizePx, 96)
    .addOption(new Option('--labels <list>', 'how many labels').argParser(counts).default([20, 50, 100], '20,50,100'))
    .option('--seeds <n>', 'simulated users', positiveInt, 10)
    .addOption(
      new Option('--strategies <names...>', 'which; random is the control')
        .choices(strategies)
        .default([...strategies], strategies.join(' ')),
    )
    .option('--round <n>', 'labels between two choices, where doubts are followed', positiveInt, 10)
    .option(
      '--work <dir>',
      'where features and results are kept, so that a run that was cut off goes on',
      join(tmpdir(), 'acclimate-selection'),
    )
    .action((folders: string[], { labels, seeds, work, json, ...options }: SelectionOptions) =>
      run(json, (ctx) => benchSelection({ ...options, counts: labels, numSeeds: seeds, workDir: work, folders }, ctx), print.selection),
    );

  command('intervals', 'how often 95 % intervals of accuracy hold the truth, over made-up projects in which it is known')
    .option('--draws <n>', 'projects a setting', positiveInt, 500)
    .option('--seed <n>', 'seed of everything random', wholeNumber, 1)
    .action((options: { readonly draws: number; readonly seed: number; readonly json?: boolean }) =>
      run(options.json, (ctx) => benchIntervals(options, ctx.signal), print.intervals),
    );

  command(
    'calibration',
    'what temperature scaling does, and whether the threshold for "none of these" keeps its promise, over made-up projects',
  )
    .option('--draws <n>', 'projects a setting', positiveInt, 200)
    .option('--seed <n>', 'seed of everything random', wholeNumber, 1)
    .action((options: { readonly draws: number; readonly seed: number; readonly json?: boolean }) =>
      run(options.json, (ctx) => benchCalibration(options, ctx.signal), print.calibration),
    );

  command('window', 'frames and key strokes of the window on a large project, in Chromium')
    .option('--images <n>', 'images of the project', positiveInt, 100_000)
    .option('--keys <n>', 'labels given by keys', positiveInt, 200)
    .option('--chromium <file>', 'the browser', '/usr/bin/chromium')
    .action((options: { readonly images: number; readonly keys: number; readonly chromium: string; readonly json?: boolean }) =>
      run(
        options.json,
        (ctx) => benchWindow({ numImages: options.images, numKeys: options.keys, chromiumPath: options.chromium }, ctx),
        print.windowFigures,
      ),
    );
  return program;
}

/** 2 where the command was not understood, 1 where it failed, 130 after Ctrl+C. */
async function main(argv: readonly string[]): Promise<number> {
  const controller = new AbortController();
  try {
    await createProgram(controller).parseAsync([...argv]);
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    if (controller.signal.aborted) return 130;
    stderr.write(
      `bench: ${error instanceof AppError ? error.message : error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
    );
    return 1;
  }
}

exit(await main(process.argv));
