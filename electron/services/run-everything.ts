/** The whole job: from a folder of images to a verified classifier. */
import { resolve } from 'node:path';
import type { AugmentationChoice } from '../contract/augmentation.ts';
import type { AdaptMethod } from '../learn/methods.ts';
import { AppError } from '../contract/errors.ts';
import { checkReplaceable } from '../export/package-folder.ts';
import { adaptDefaults, adaptModel } from './adaptation/adapt-model.ts';
import type { AdaptReport } from './adaptation/adapt-model.ts';
import { embedImages } from './mapping/embed-images.ts';
import { evaluateModel } from './classifiers/evaluate-model.ts';
import type { EvaluateReport } from './classifiers/measured-report.ts';
import { findLeaks } from './classifiers/leaks.ts';
import { exportModel } from './classifiers/export-model.ts';
import type { ExportReport } from './classifiers/export-model.ts';
import { checkFolder, importFolders } from './intake/import-folder.ts';
import type { ImportReport } from './intake/import-folder.ts';
import { answersFromFile, answersFromFolders, applyLabels, readLabelFile, unfiled } from './labelling/label-images.ts';
import type { LabelReport, ParsedLabels } from './labelling/label-images.ts';
import { checkBase, ensureBase } from './adaptation/models.ts';
import { suggestLabels } from './labelling/suggest-labels.ts';
import type { SuggestReport } from './labelling/suggest-labels.ts';
import { keepTestImages, testImages } from './intake/test-split.ts';
import { trainClassifier } from './classifiers/train-classifier.ts';
import type { TrainReport, TrainRequest } from './classifiers/train-classifier.ts';
import type { Workspace } from './workspace.ts';

export interface RunRequest {
  readonly folder: string;
  readonly labels: { readonly csv: string } | 'folders';
  /** A safetensors file, `scratch` or `scratch:<architecture>`. */
  readonly base: string;
  readonly method: AdaptMethod;
  readonly budget: { readonly minutes: number } | { readonly steps: number };
  /** How views are altered; null for what the method does by itself. */
  readonly augmentation: AugmentationChoice | null;
  /** Side of the views when adapting. */
  readonly px: number;
  /** Sizes to compute features at, for the unadapted and the adapted network. */
  readonly sizes: { readonly unadapted: readonly number[]; readonly adapted: readonly number[] };
  /** Learn from this many labels only, those of the project among them, where they are worth most; null to use all that are given. */
  readonly numLabels: number | null;
  /** Share of the images kept apart to test on. */
  readonly testShare: number;
  readonly finetuneSteps: number;
  readonly alongside: TrainRequest['alongside'];
  readonly flip: boolean;
  readonly seed: number;
  readonly outDir: string;
}

/** Features from a little above the size adapted at: adapt small, embed larger (the train-test resolution effect). */
export const defaultSizes = { unadapted: [160, 224], adapted: [128, 160, 224] } as const;

export interface RunReport {
  readonly import: ImportReport;
  readonly numTest: number;
  readonly adapt: AdaptReport;
  readonly suggest: SuggestReport | null;
  readonly label: LabelReport;
  readonly train: TrainReport;
  /** Null where no labelled image was kept apart. */
  readonly evaluate: EvaluateReport | null;
  readonly export: ExportReport;
  readonly seconds: number;
}

/** Told after every step, in order. */
export type StepListener = (step: Partial<RunReport>) => void;

/**
 * Runs every step in order. Each is a job with its own checkpoints, and steps whose result is in the project already are not
 * repeated, so the same command after an interruption goes on where it was. Throws what the steps throw.
 */
export async function runEverything(workspace: Workspace, request: RunRequest, onStep: StepListener = () => undefined): Promise<RunReport> {
  const startMs = performance.now();
  await checkRunRequest(request);
  const imported = await importFolders(workspace, [request.folder]);
  onStep({ import: imported });
  const oracle = readOracle(workspace, request.labels);
  const test = new Set(keepTestImages(workspace, request.testShare));
  if (new Set([...oracle.answers].filter(([id]) => !test.has(id)).map(([, name]) => name)).size < 2) {
    throw new AppError(
      'conflict',
      'Training needs labels of at least two classes on images that are not kept apart for testing. Give more labels.',
    );
  }
  onStep({ numTest: test.size });

  const base = ensureBase(workspace, request.base, request.seed);
  const { method, budget, augmentation, px, seed } = request;
  const adapted = await adaptModel(workspace, { ...adaptDefaults, baseId: base.id, method, budget, augmentation, px, seed });
  onStep({ adapt: adapted });
  const candidates = [
    ...request.sizes.adapted.map((size) => ({ modelId: adapted.modelId, px: size })),
    ...request.sizes.unadapted.map((size) => ({ modelId: base.id, px: size })),
  ];
  for (const { modelId, px: size } of candidates) await embedImages(workspace, modelId, size);

  const { suggested, wanted } = await chooseLabels(workspace, request, candidates[0] ?? { modelId: adapted.modelId, px });
  if (suggested !== null) onStep({ suggest: suggested });
  const answers = new Map([...oracle.answers].filter(([id]) => test.has(id) || wanted === null || wanted.has(id)));
  const labelled = applyLabels(workspace, { ...oracle, answers });
  onStep({ label: labelled });

  const { finetuneSteps, alongside, flip } = request;
  const trained = await trainClassifier(workspace, { candidates, finetuneSteps, alongside, flip, seed });
  onStep({ train: trained });
  const isMeasurable = [...answers.keys()].some((id) => test.has(id));
  if (!isMeasurable) workspace.warn('No image kept apart for testing has a label, so how good the classifier is remains unknown.');
  const evaluated = isMeasurable ? await evaluateModel(workspace, trained.modelId) : null;
  onStep({ evaluate: evaluated });
  for (const { title, text, isMet } of findLeaks(workspace)) if (!isMet) workspace.warn(`${title}. ${text}`);
  const exported = await exportModel(workspace, trained.modelId, request.outDir);
  onStep({ export: exported });
  return {
    import: imported,
    numTest: test.size,
    adapt: adapted,
    suggest: suggested,
    label: labelled,
    train: trained,
    evaluate: evaluated,
    export: exported,
    seconds: (performance.now() - startMs) / 1e3,
  };
}

/** Finds early what would fail only after the long steps. Throws what the steps throw. */
export async function checkRunRequest({ folder, labels, base, outDir }: RunRequest): Promise<void> {
  checkFolder(folder);
  checkBase(base);
  if (labels !== 'folders') readLabelFile(labels.csv);
  await checkReplaceable(resolve(outDir));
}

function readOracle(workspace: Workspace, labels: RunRequest['labels']): ParsedLabels {
  return labels === 'folders' ? unfiled(answersFromFolders(workspace)) : answersFromFile(workspace, labels.csv);
}

/** Which images to take the labels of, beside those kept apart; null for all. A choice once made for this request stays. */
async function chooseLabels(
  workspace: Workspace,
  { numLabels, seed }: RunRequest,
  key: { readonly modelId: number; readonly px: number },
): Promise<{ suggested: SuggestReport | null; wanted: ReadonlySet<number> | null }> {
  if (numLabels === null) return { suggested: null, wanted: null };
  const request = { ...key, strategy: 'typical', seed } as const;
  const earlier = workspace.finished('suggest', { ...request, budget: numLabels }) as SuggestReport | undefined;
  if (earlier !== undefined) return { suggested: earlier, wanted: new Set(earlier.imageIds) };
  const held = new Set(testImages(workspace));
  const numLabelled = workspace.project.labels.all().imageIds.filter((id) => !held.has(id)).length;
  if (numLabelled >= numLabels) {
    workspace.warn(
      `The project has ${numLabelled} labels to learn from already, so no further images were chosen and all of them are used.`,
    );
    return { suggested: null, wanted: new Set() };
  }
  const suggested = await suggestLabels(workspace, { ...request, budget: numLabels - numLabelled });
  return { suggested, wanted: new Set(suggested.imageIds) };
}
