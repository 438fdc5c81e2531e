/** Every command, its options and its help. */
import { Command, Option } from 'commander';
import { embedImages } from '../services/mapping/embed-images.ts';
import { setMaxRisk } from '../services/classifiers/abstain-rule.ts';
import { exportModel } from '../services/classifiers/export-model.ts';
import { checkFolder, importFolders } from '../services/intake/import-folder.ts';
import { newestModel, resolveBase } from '../services/adaptation/models.ts';
import { defaultSizes } from '../services/run-everything.ts';
import { projectStatus } from '../services/status.ts';
import { keepTestImages } from '../services/intake/test-split.ts';
import { probeLayers } from '../services/classifiers/probe-layers.ts';
import { addAdapt } from './adapt-command.ts';
import { addAdvise } from './advise-command.ts';
import { runDemo } from './demo.ts';
import { addEvaluate, addGroups, addJudgeViews, riskOption } from './check-commands.ts';
import { addChooseSource } from './choose-source-command.ts';
import { addExperiment } from './experiment-command.ts';
import { addExportLabels, addExportPredictions, addLabel } from './label-command.ts';
import { baseOption, deviceOption, jsonOption, positiveInt, positiveNumber, projectOption, seedOption, share, sizePx } from './options.ts';
import { addModels } from './models-command.ts';
import * as print from './print.ts';
import { addReview } from './review-command.ts';
import { addRun } from './run-command.ts';
import { addStudent } from './student-command.ts';
import { addSuggest } from './suggest-command.ts';
import { addTrain } from './train-command.ts';
import { stopOnSignals, withWorkspace } from './session.ts';
import type { CommonOptions } from './session.ts';

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
    .option('--test-share <x>', 'share of the images kept apart to test on', share, 0.2)
    .action((folders: string[], options: CommonOptions & { testShare: number }) => {
      folders.forEach(checkFolder);
      return withWorkspace(
        controller,
        { ...options, create: true },
        async ({ workspace }) => {
          const report = await importFolders(workspace, folders);
          return { ...report, numTest: keepTestImages(workspace, options.testShare).length };
        },
        ({ numTest, ...report }) => print.lines(print.imported(report), print.step({ numTest })),
      );
    });

  addAdapt(command('adapt', 'adapt a network to the images, without labels'), controller);

  addChooseSource(command('choose-source', 'find the folder worth learning from before the project’s own images'), controller);

  command('embed', 'compute the features of every image')
    .addOption(new Option('--model <id>', 'which model (default: the newest adapted one)').argParser(positiveInt).conflicts('base'))
    .addOption(baseOption())
    .option('--px <n>', 'size of the images, which may be larger than the size adapted at', sizePx, defaultSizes.adapted[0])
    .addOption(seedOption())
    .addOption(deviceOption())
    .action((options: CommonOptions & { model?: number; base?: string; px: number; seed: number }) =>
      withWorkspace(
        controller,
        options,
        ({ workspace }) => {
          const { base, seed, px } = options;
          const modelId =
            base === undefined ? (options.model ?? newestModel(workspace, 'adapted').id) : resolveBase(workspace, base, seed).id;
          return embedImages(workspace, modelId, px);
        },
        print.embedded,
      ),
    );

  command('probe-layers', 'compare what each depth of a network tells about the labels, by linear and non-linear probes')
    .option('--model <id>', 'which model (default: the newest adapted one)', positiveInt)
    .addOption(baseOption())
    .option('--px <n>', 'size of the images', sizePx, defaultSizes.adapted[0])
    .addOption(seedOption())
    .addOption(deviceOption())
    .action((options: CommonOptions & { model?: number; base?: string; px: number; seed: number }) =>
      withWorkspace(
        controller,
        options,
        ({ workspace }) => {
          const { base, px, seed } = options;
          const modelId =
            base === undefined ? (options.model ?? newestModel(workspace, 'adapted').id) : resolveBase(workspace, base, seed).id;
          return probeLayers(workspace, { modelId, px, seed });
        },
        print.probedLayers,
      ),
    );

  addSuggest(command('suggest', 'suggest the images where a label is worth most'), controller);

  addLabel(
    command('label', 'take labels from a file (CSV, JSON lines, COCO, Label Studio, CVAT) or from the names of the folders'),
    controller,
  );

  addExportLabels(command('export-labels', 'write the labels as a file for other tools, or labelled images as folders'), controller);

  addExportPredictions(command('export-predictions', 'write what a classifier says of every image'), controller);

  addTrain(command('train', 'train a classifier on the labels'), controller);

  addAdvise(command('advise', 'tell whether labelling is done, what more labels would bring, and which class needs them most'), controller);

  addReview(command('review-labels', 'list labels that are probably wrong, hurt the classifier, or differ between copies'), controller);

  addStudent(command('student', 'teach a small network what a classifier knows, and compare the two'), controller);

  addEvaluate(command('evaluate', 'measure a classifier on the labelled images kept apart'), controller);

  addJudgeViews(command('judge-views', 'tell whether averaging predictions over the mirror image and crops helps'), controller);

  addGroups(command('groups', 'find images that belong together, and keep them on one side of every measurement'), controller);

  command('export', 'write a classifier as a package that runs without the app, and check it')
    .requiredOption('-o, --out <dir>', 'folder to make')
    .option('--model <id>', 'which classifier (default: the newest)', positiveInt)
    .addOption(riskOption())
    .addOption(deviceOption())
    .action((options: CommonOptions & { out: string; model?: number; maxRisk?: number }) =>
      withWorkspace(
        controller,
        options,
        ({ workspace }) => {
          if (options.maxRisk !== undefined) setMaxRisk(workspace, options.maxRisk === 0 ? null : options.maxRisk);
          return exportModel(workspace, options.model ?? newestModel(workspace, 'classifier').id, options.out);
        },
        print.exported,
      ),
    );

  command('status', 'what is in a project').action((options: CommonOptions) =>
    withWorkspace(controller, { ...options, readonly: true }, ({ workspace }) => projectStatus(workspace), print.status),
  );

  addRun(command('run', 'the whole job: import, adapt, suggest, label, train, evaluate, export'), controller);

  const experiment = program
    .command('experiment')
    .description('compare methods, stages, augmentations and numbers of labels on one folder');
  addExperiment(experiment.exitOverride(), controller);

  const models = program.command('models').description('base models on this machine, and those that can be downloaded');
  addModels(models.exitOverride(), controller);

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
