/** Every command, its options and its help. */
import { stdout } from 'node:process';
import { Command, Option } from 'commander';
import { AppError } from '../contract/errors.ts';
import { adaptDefaults, adaptMethodNames, adaptModel } from '../services/adapt-model.ts';
import type { AdaptReport, AdaptRequest } from '../services/adapt-model.ts';
import { embedImages } from '../services/embed-images.ts';
import { evaluateModel } from '../services/evaluate-model.ts';
import { exportModel } from '../services/export-model.ts';
import { importFolders } from '../services/import-folder.ts';
import { answersFromCsv, answersFromFolders, applyLabels } from '../services/label-images.ts';
import { ensureBase, newestModel } from '../services/models.ts';
import { defaultSizes, runEverything } from '../services/run-everything.ts';
import type { RunRequest } from '../services/run-everything.ts';
import { projectStatus } from '../services/status.ts';
import { strategies, suggestLabels } from '../services/suggest-labels.ts';
import type { Strategy } from '../services/suggest-labels.ts';
import { trainClassifier } from '../services/train-classifier.ts';
import { interruption, openWorkspace } from '../services/workspace.ts';
import type { Device, Workspace } from '../services/workspace.ts';
import { runDemo } from './demo.ts';
import { deviceOption, jsonOption, positiveInt, positiveNumber, projectOption, seedOption, share, sizes, wholeNumber } from './options.ts';
import * as print from './print.ts';
import { createTerminal } from './terminal.ts';
import type { Terminal } from './terminal.ts';

interface CommonOptions {
  readonly project: string;
  readonly json?: boolean;
  readonly device?: Device;
}

type BudgetOptions = { readonly minutes?: number; readonly steps?: number };

export function budgetOf({ minutes, steps }: BudgetOptions): RunRequest['budget'] {
  return steps === undefined ? { minutes: minutes ?? 10 } : { steps };
}

interface Session {
  readonly workspace: Workspace;
  readonly terminal: Terminal;
}

/** Ctrl+C lets the running job make a checkpoint and stop; a second one ends at once. */
function stopOnSignals(controller: AbortController): void {
  const stop = (): void => controller.abort(interruption());
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
}

async function withWorkspace<Report>(
  controller: AbortController,
  options: CommonOptions & { readonly create?: boolean; readonly readonly?: boolean },
  work: (session: Session) => Promise<Report> | Report,
  show: (report: Report) => string,
): Promise<void> {
  stopOnSignals(controller);
  const terminal = createTerminal({ quiet: options.json === true && !process.stderr.isTTY });
  const workspace = openWorkspace({
    projectPath: options.project,
    create: options.create ?? false,
    readonly: options.readonly ?? false,
    signal: controller.signal,
    onJob: terminal.onJob,
    onWarning: terminal.warn,
    device: options.device ?? 'cpu',
  });
  try {
    const report = await work({ workspace, terminal });
    stdout.write(`${options.json === true ? JSON.stringify(report) : show(report)}\n`);
  } finally {
    workspace.close();
  }
}

/** The program, whose commands throw instead of ending the process. */
export function createProgram(controller: AbortController): Command {
  const program = new Command('acclimate')
    .description('From a folder of unlabelled images to a verified classifier. Everything stays on this machine.')
    .exitOverride()
    .showHelpAfterError('(add --help for what there is)')
    .configureHelp({ helpWidth: 110 });
  const command = (usage: string, description: string): Command =>
    program.command(usage).description(description).exitOverride().addOption(projectOption()).addOption(jsonOption());

  command('import', 'bring folders of images into a project, or look at them again')
    .argument('<folders...>', 'folders to search, with all below them')
    .action((folders: string[], options: CommonOptions) =>
      withWorkspace(controller, { ...options, create: true }, ({ workspace }) => importFolders(workspace, folders), print.imported),
    );

  command('adapt', 'adapt a network to the images, without labels')
    .requiredOption('--base <file>', 'weights to start from (safetensors), "scratch" or "scratch:<architecture>"')
    .addOption(new Option('--method <name>', 'how to learn without labels').choices(adaptMethodNames).default(adaptDefaults.method))
    .option('--minutes <n>', 'how long to train (default: 10)', positiveNumber)
    .option('--steps <n>', 'train for a number of steps instead, the same on every machine', positiveInt)
    .option('--px <n>', 'side of the views', positiveInt, adaptDefaults.px)
    .option('--batch <n>', 'images per step', positiveInt, adaptDefaults.batch)
    .option('--norm-only', 'train the normalisation layers alone (HPT-BN): gentler, for few images', false)
    .addOption(seedOption())
    .addOption(deviceOption())
    .action((options: CommonOptions & BudgetOptions & Omit<AdaptRequest, 'baseId' | 'budget'> & { base: string }) =>
      withWorkspace(
        controller,
        options,
        ({ workspace }): Promise<AdaptReport> => {
          const { base, method, px, batch, normOnly, seed } = options;
          const baseId = ensureBase(workspace, base, seed).id;
          return adaptModel(workspace, { baseId, method, px, batch, normOnly, seed, budget: budgetOf(options) });
        },
        print.adapted,
      ),
    );

  command('embed', 'compute the features of every image')
    .option('--model <id>', 'which model (default: the newest adapted one)', positiveInt)
    .option('--px <n>', 'size of the images, which may be larger than the size adapted at', positiveInt, defaultSizes.adapted[0])
    .addOption(deviceOption())
    .action((options: CommonOptions & { model?: number; px: number }) =>
      withWorkspace(
        controller,
        options,
        ({ workspace }) => embedImages(workspace, options.model ?? newestModel(workspace, 'adapted').id, options.px),
        print.embedded,
      ),
    );

  command('suggest', 'suggest the images where a label is worth most')
    .option('-n, --number <n>', 'how many', positiveInt, 50)
    .option('--model <id>', 'whose features to use (default: the newest adapted model)', positiveInt)
    .option('--px <n>', 'size they were computed at', positiveInt, defaultSizes.adapted[0])
    .addOption(new Option('--strategy <name>', 'how to choose').choices(strategies).default('typical'))
    .addOption(seedOption())
    .action((options: CommonOptions & { number: number; model?: number; px: number; strategy: Strategy; seed: number }) =>
      withWorkspace(
        controller,
        options,
        ({ workspace }) => {
          const modelId = options.model ?? newestModel(workspace, 'adapted').id;
          const { px, strategy, seed, number: budget } = options;
          return suggestLabels(workspace, { modelId, px, budget, strategy, seed });
        },
        print.suggested,
      ),
    );

  command('label', 'take labels from a CSV file or from the names of the folders')
    .option('--csv <file>', 'rows of path,label; a header is optional')
    .option('--from-folders', 'the folder an image lies in is its class')
    .action((options: CommonOptions & { csv?: string; fromFolders?: boolean }) =>
      withWorkspace(
        controller,
        options,
        ({ workspace }) => {
          const { csv } = options;
          if ((csv === undefined) === (options.fromFolders !== true)) {
            throw new AppError('invalid-input', 'Give either --csv FILE or --from-folders.', { details: { misuse: true } });
          }
          const parsed = csv === undefined ? { answers: answersFromFolders(workspace), unmatched: [] } : answersFromCsv(workspace, csv);
          return applyLabels(workspace, parsed);
        },
        print.labelled,
      ),
    );

  command('train', 'train a classifier on the labels')
    .option('--sizes <list>', 'sizes of the features to choose among', sizes, [...defaultSizes.adapted])
    .option('--finetune-steps <n>', 'fine-tune all layers for this many steps', wholeNumber, 0)
    .option('--flip', 'average predictions with those of the mirror image', false)
    .addOption(seedOption())
    .addOption(deviceOption())
    .action((options: CommonOptions & { sizes: number[]; finetuneSteps: number; flip: boolean; seed: number }) =>
      withWorkspace(
        controller,
        options,
        async ({ workspace }) => {
          const models = workspace.project.models.list();
          const adapted = models.findLast((model) => model.kind === 'adapted');
          const bases = [adapted, models.find((model) => model.id === (adapted?.parentId ?? newestModel(workspace, 'base').id))];
          const candidates = bases.flatMap((model) => (model === undefined ? [] : options.sizes.map((px) => ({ modelId: model.id, px }))));
          for (const { modelId, px } of candidates) await embedImages(workspace, modelId, px);
          const { finetuneSteps, flip, seed } = options;
          return await trainClassifier(workspace, { candidates, finetuneSteps, flip, seed });
        },
        print.trained,
      ),
    );

  command('evaluate', 'measure a classifier on the labelled images kept apart')
    .option('--model <id>', 'which classifier (default: the newest)', positiveInt)
    .addOption(deviceOption())
    .action((options: CommonOptions & { model?: number }) =>
      withWorkspace(
        controller,
        options,
        ({ workspace }) => evaluateModel(workspace, options.model ?? newestModel(workspace, 'classifier').id),
        print.evaluated,
      ),
    );

  command('export', 'write a classifier as a package that runs without the app, and check it')
    .requiredOption('-o, --out <dir>', 'folder to make')
    .option('--model <id>', 'which classifier (default: the newest)', positiveInt)
    .action((options: CommonOptions & { out: string; model?: number }) =>
      withWorkspace(
        controller,
        options,
        ({ workspace }) => exportModel(workspace, options.model ?? newestModel(workspace, 'classifier').id, options.out),
        print.exported,
      ),
    );

  command('status', 'what is in a project').action((options: CommonOptions) =>
    withWorkspace(controller, { ...options, readonly: true }, ({ workspace }) => projectStatus(workspace), print.status),
  );

  addRun(command('run', 'the whole job: import, adapt, suggest, label, train, evaluate, export'), controller);

  program
    .command('demo')
    .description('make sample images and run the whole job on them')
    .exitOverride()
    .option('--dir <dir>', 'where to work', 'demo-out')
    .option('--minutes <n>', 'how long to adapt', positiveNumber, 2)
    .action((options: { dir: string; minutes: number }) => {
      stopOnSignals(controller);
      return runDemo(options, controller.signal);
    });
  return program;
}

interface RunOptions extends CommonOptions, BudgetOptions {
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

function addRun(run: Command, controller: AbortController): void {
  run
    .argument('<folder>', 'folder of images')
    .option('--labels <file>', 'CSV of path,label')
    .option('--labels-from-folders', 'the folder an image lies in is its class')
    .requiredOption('--base <file>', 'weights to start from (safetensors), "scratch" or "scratch:<architecture>"')
    .addOption(new Option('--method <name>', 'how to adapt').choices(adaptMethodNames).default(adaptDefaults.method))
    .option('--minutes <n>', 'how long to adapt (default: 10)', positiveNumber)
    .option('--steps <n>', 'adapt for a number of steps instead', positiveInt)
    .option('--px <n>', 'side of the views when adapting', positiveInt, adaptDefaults.px)
    .option('--adapted-sizes <list>', 'sizes of adapted features to try', sizes, [...defaultSizes.adapted])
    .option('--unadapted-sizes <list>', 'sizes of unadapted features to try', sizes, [...defaultSizes.unadapted])
    .option('--num-labels <n>', 'use only this many labels, where they are worth most (default: all)', positiveInt)
    .option('--test-share <x>', 'share of the images kept apart to test on', share, 0.2)
    .option('--finetune-steps <n>', 'fine-tune all layers for this many steps', wholeNumber, 0)
    .option('--flip', 'average predictions with those of the mirror image', false)
    .addOption(seedOption())
    .addOption(deviceOption())
    .requiredOption('-o, --out <dir>', 'folder for the exported package')
    .action((folder: string, options: RunOptions) =>
      withWorkspace(
        controller,
        { ...options, create: true },
        ({ workspace, terminal }) => {
          const { labels, base, method, px, testShare, finetuneSteps, flip, seed } = options;
          if ((labels === undefined) === (options.labelsFromFolders !== true)) {
            throw new AppError('invalid-input', 'Give either --labels FILE.csv or --labels-from-folders.', { details: { misuse: true } });
          }
          const request: RunRequest = {
            folder,
            labels: labels === undefined ? 'folders' : { csv: labels },
            base,
            method,
            budget: budgetOf(options),
            px,
            sizes: { unadapted: options.unadaptedSizes, adapted: options.adaptedSizes },
            numLabels: options.numLabels ?? null,
            testShare,
            finetuneSteps,
            flip,
            seed,
            outDir: options.out,
          };
          return runEverything(workspace, request, (step) => terminal.say(print.step(step)));
        },
        print.ran,
      ),
    );
}
