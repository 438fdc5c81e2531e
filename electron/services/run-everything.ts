/** The whole job: from a folder of images to a verified classifier. */
import type { AdaptMethod } from '../learn/adapt.ts';
import { adaptDefaults, adaptModel } from './adapt-model.ts';
import type { AdaptReport } from './adapt-model.ts';
import { embedImages } from './embed-images.ts';
import { evaluateModel } from './evaluate-model.ts';
import type { EvaluateReport } from './evaluate-model.ts';
import { exportModel } from './export-model.ts';
import type { ExportReport } from './export-model.ts';
import { importFolders } from './import-folder.ts';
import type { ImportReport } from './import-folder.ts';
import { answersFromCsv, answersFromFolders, applyLabels } from './label-images.ts';
import type { LabelReport } from './label-images.ts';
import { ensureBase } from './models.ts';
import { suggestLabels } from './suggest-labels.ts';
import type { SuggestReport } from './suggest-labels.ts';
import { keepTestImages } from './test-split.ts';
import { trainClassifier } from './train-classifier.ts';
import type { TrainReport } from './train-classifier.ts';
import type { Workspace } from './workspace.ts';

export interface RunRequest {
  readonly folder: string;
  readonly labels: { readonly csv: string } | 'folders';
  /** A safetensors file, `scratch` or `scratch:<architecture>`. */
  readonly base: string;
  readonly method: AdaptMethod;
  readonly budget: { readonly minutes: number } | { readonly steps: number };
  /** Side of the views when adapting. */
  readonly px: number;
  /** Sizes to compute features at, for the unadapted and the adapted network. */
  readonly sizes: { readonly unadapted: readonly number[]; readonly adapted: readonly number[] };
  /** Ask for this many labels only, where they are worth most; null to use all that are given. */
  readonly numLabels: number | null;
  /** Share of the images kept apart to test on. */
  readonly testShare: number;
  readonly finetuneSteps: number;
  readonly flip: boolean;
  readonly seed: number;
  readonly outDir: string;
}

/** Features from a little above the size adapted at: adapt small, embed larger (the train-test resolution effect). */
export const defaultSizes = { unadapted: [160, 224], adapted: [128, 160] } as const;

export interface RunReport {
  readonly import: ImportReport;
  readonly numTest: number;
  readonly adapt: AdaptReport;
  readonly suggest: SuggestReport | null;
  readonly label: LabelReport;
  readonly train: TrainReport;
  readonly evaluate: EvaluateReport;
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
  const imported = await importFolders(workspace, [request.folder]);
  onStep({ import: imported });
  const oracle =
    request.labels === 'folders' ? { answers: answersFromFolders(workspace), unmatched: [] } : answersFromCsv(workspace, request.labels.csv);
  const test = new Set(keepTestImages(workspace, request.testShare));
  onStep({ numTest: test.size });

  const base = ensureBase(workspace, request.base, request.seed);
  const { method, budget, px, seed } = request;
  const adapted = await adaptModel(workspace, { ...adaptDefaults, baseId: base.id, method, budget, px, seed });
  onStep({ adapt: adapted });
  const candidates = [
    ...request.sizes.adapted.map((size) => ({ modelId: adapted.modelId, px: size })),
    ...request.sizes.unadapted.map((size) => ({ modelId: base.id, px: size })),
  ];
  for (const { modelId, px: size } of candidates) await embedImages(workspace, modelId, size);

  const { suggested, wanted } = await chooseLabels(workspace, request, candidates[0] ?? { modelId: adapted.modelId, px });
  if (suggested !== null) onStep({ suggest: suggested });
  const answers = new Map([...oracle.answers].filter(([id]) => test.has(id) || wanted === null || wanted.has(id)));
  const labelled = applyLabels(workspace, { answers, unmatched: oracle.unmatched });
  onStep({ label: labelled });

  const { finetuneSteps, flip } = request;
  const trained = await trainClassifier(workspace, { candidates, finetuneSteps, flip, seed });
  onStep({ train: trained });
  const evaluated = await evaluateModel(workspace, trained.modelId);
  onStep({ evaluate: evaluated });
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

async function chooseLabels(
  workspace: Workspace,
  { numLabels, seed }: RunRequest,
  key: { readonly modelId: number; readonly px: number },
): Promise<{ suggested: SuggestReport | null; wanted: ReadonlySet<number> | null }> {
  if (numLabels === null) return { suggested: null, wanted: null };
  const request = { ...key, budget: numLabels, strategy: 'typical', seed } as const;
  const earlier = workspace.finished('suggest', request) as SuggestReport | undefined;
  const suggested = earlier ?? (await suggestLabels(workspace, request));
  return { suggested, wanted: new Set(suggested.imageIds) };
}
