/** From labels to a classifier: which features, a linear probe on them, and fine-tuning from the probe. */
import { AppError } from '../../contract/errors.ts';
import type { RunContext } from '../../contract/progress.ts';
import type { ClassifierHead } from '../../learn/classifier.ts';
import { finetune } from '../../learn/finetune.ts';
import { priorShift } from '../../learn/class-priors.ts';
import { fitTemperature } from '../../learn/calibration.ts';
import { fitProbe } from '../../learn/probe.ts';
import type { AdaptMethod } from '../../learn/methods.ts';
import type { FittedProbe, ProbeModel } from '../../learn/probe.ts';
import { compareFeatures } from '../../learn/verdict.ts';
import type { FeatureComparison } from '../../learn/verdict.ts';
import type { JobContext } from '../../jobs/run-job.ts';
import type { ModelOutput, NewModel } from '../../project/models.ts';
import type { Network } from '../../nn/network.ts';
import type { HostTensors } from '../../tensor/program.ts';
import { foldGroups, groupingInUse } from '../intake/grouping.ts';
import { imagesKey } from '../intake/images-key.ts';
import { storedPx } from '../intake/import-folder.ts';
import { labelWeights } from '../labelling/label-weights.ts';
import { labelledFeatures, poolFeatures } from './labelled-features.ts';
import type { FeatureKey } from './labelled-features.ts';
import { isNearlyWhole, labelledTestImages } from './audit-sample.ts';
import { trainingSet } from './training-set.ts';
import type { TrainingSet } from './training-set.ts';
import { classifierBytes, headBytes, loadModel } from '../adaptation/models.ts';
import { projectPixels } from '../intake/project-pixels.ts';
import { storeVerdict, unchangedScores } from '../adaptation/stored-verdict.ts';
import { checkpointing } from '../adaptation/training-checkpoints.ts';
import { verdictView } from '../adaptation/verdict-view.ts';
import type { Workspace } from '../workspace.ts';

export interface Alongside {
  readonly method: AdaptMethod;
  /** Of its loss; that of the labels counts once. */
  readonly weight: number;
}

export interface TrainRequest {
  /** Embedded features to choose among, in order of preference. */
  readonly candidates: readonly FeatureKey[];
  /** Steps of fine-tuning all layers from the probe; 0 for the probe alone. */
  readonly finetuneSteps: number;
  /** A self-supervised loss on all images beside the labels, while fine-tuning; null for the labels alone. */
  readonly alongside: Alongside | null;
  /** Average predictions with those of the mirror image. */
  readonly flip: boolean;
  /** Expect classes as often as they come among the images kept apart, whatever was chosen to learn from. */
  readonly priors?: boolean;
  readonly seed: number;
}

/** What a classifier remembers of its making. */
export interface ClassifierSettings {
  readonly flip: boolean;
  readonly seed: number;
  readonly strength: number;
  /** What the logits of a probe were divided by, so that it is as often right as it is sure; 1 for fine-tuned ones, absent in early classifiers. */
  readonly temperature?: number;
  /** What was added to each logit for how often classes come among the images kept apart; absent where that was not asked for. */
  readonly priorShift?: readonly number[];
  readonly finetuneSteps: number;
  readonly numLabels: number;
  /** Of these, by class, in the order of the outputs. */
  readonly labelCounts: readonly number[];
  /** The best unadapted and the best adapted features, by cross-validation. */
  readonly arms: readonly ({ readonly name: string } & FeatureKey)[];
  readonly verdict: string | null;
}

export interface CandidateReport extends FeatureKey {
  readonly name: string;
  readonly adapted: boolean;
  readonly accuracy: number;
  readonly logLoss: number;
  readonly isChosen: boolean;
}

export interface TrainReport {
  readonly modelId: number;
  readonly numLabels: number;
  readonly classes: readonly string[];
  /** Out-of-fold figures of a probe on each set of features. */
  readonly candidates: readonly CandidateReport[];
  readonly verdict: string | null;
  readonly finetuneSteps: number;
  readonly seconds: number;
}

export const finetuneBatch = 32;
/** With fewer labels per class, fine-tuning fits them by heart. */
export const minLabelsPerClass = 5;

/** Side of the views when fine-tuning for predictions at `px`: smaller is faster, and features hold up at larger sizes. */
export function finetunePx(px: number): number {
  return Math.min(128, px);
}

/** The head that classifiers and exports use, from a probe; its logits are divided by the temperature. */
export function headOf(probe: ProbeModel, temperature = 1): ClassifierHead {
  const { weights, bias, mean, std, numClasses } = probe;
  const divided = (values: Float32Array): Float32Array => values.map((value) => value / temperature);
  return { numFeatures: mean.length, numClasses, weights: divided(weights), bias: divided(bias), mean, std };
}

/** How many images of each class there are among those kept apart, as far as they have a label. */
function drawnCounts(workspace: Workspace, outputs: readonly ModelOutput[]): number[] {
  const { truth } = labelledTestImages(workspace, outputs);
  return outputs.map((_, c) => truth.filter((label) => label === c).length);
}

/** Null, with a warning, where no image kept apart has a label. */
function shiftFor(workspace: Workspace, counts: readonly number[], outputs: readonly ModelOutput[]): Float64Array | null {
  const drawn = drawnCounts(workspace, outputs);
  if (drawn.some((count) => count > 0)) return priorShift(counts, drawn);
  workspace.warn('No image kept apart has a label, so how often classes come is taken from the labels learnt from.');
  return null;
}

function shifted(head: ClassifierHead, shift: Float64Array): ClassifierHead {
  return { ...head, bias: head.bias.map((value, k) => value + (shift[k] ?? 0)) };
}

/** From out-of-fold predictions at the chosen strength; 1 where there are none. Images that somebody chose may make it less sure, never surer. */
function temperatureOf({ crossValidation, model }: FittedProbe, labels: Int32Array, isChosen: boolean): number {
  const repeats = crossValidation?.probabilities.map((probabilities, i) => {
    const scored = crossValidation.scored[i];
    return { labels, probabilities, ...(scored && { scored }) };
  });
  return repeats === undefined ? 1 : fitTemperature(repeats, model.numClasses, isChosen ? 1 : undefined);
}

/**
 * Trains on every label that is not kept apart for testing: compares the candidates by cross-validation on these labels, fits a
 * probe on the chosen features and, where asked and there are labels enough, fine-tunes from it. The result is kept as a model; the
 * same training on the same labels and images is not repeated while its classifier is the newest.
 */
export async function trainClassifier(workspace: Workspace, request: TrainRequest): Promise<TrainReport> {
  const { project } = workspace;
  const training = trainingSet(workspace);
  const { imageIds, labels, outputs, pool } = training;
  const weights = labelWeights(workspace, imageIds);
  const params = {
    ...request,
    images: imagesKey(workspace, imageIds),
    pool: imagesKey(workspace, pool),
    labels: labels.join(' '),
    outputs,
    grouping: groupingInUse(workspace),
    ...(request.priors === true && { drawn: drawnCounts(workspace, outputs) }),
    // Looking labels through that came in bulk changes what they count.
    ...(weights.some((weight) => weight !== 1) && { weights: weights.join(' ') }),
  };
  const earlier = workspace.finished('train', params) as TrainReport | undefined;
  // Whoever goes back to earlier labels expects the newest classifier to be of those.
  const newest = project.models.list().findLast((model) => model.kind === 'classifier');
  if (earlier !== undefined && newest?.id === earlier.modelId) return earlier;
  return await workspace.job({ kind: 'train', params }, async (ctx) => {
    const startMs = performance.now();
    const { model, candidates, settings } = await fitClassifier(workspace, request, training, ctx);
    const added = project.models.add(model);
    return {
      modelId: added.id,
      numLabels: labels.length,
      classes: outputs.map((output) => output.name),
      candidates,
      verdict: settings.verdict,
      finetuneSteps: settings.finetuneSteps,
      seconds: (performance.now() - startMs) / 1e3,
    };
  });
}

/** A classifier that is not kept yet. */
export interface FittedClassifier {
  readonly model: NewModel;
  readonly settings: ClassifierSettings;
  readonly candidates: readonly CandidateReport[];
  readonly network: Network;
  readonly parameters: HostTensors;
  readonly head: ClassifierHead;
}

/** What `trainClassifier` keeps, made of this training set. */
export async function fitClassifier(
  workspace: Workspace,
  request: TrainRequest,
  { imageIds, labels, outputs, pool }: TrainingSet,
  ctx: JobContext,
): Promise<FittedClassifier> {
  const groups = foldGroups(workspace, imageIds);
  const sampleWeights = labelWeights(workspace, imageIds);
  const { comparison, keys } = await compareCandidates(
    workspace,
    request,
    { imageIds, labels, groups, sampleWeights },
    outputs.length,
    ctx,
  );
  const key = keys[comparison.chosen];
  if (key === undefined) throw new AppError('internal', 'No features were chosen.');
  keepVerdict(workspace, comparison, keys, labels.length);
  const fitted = await fitProbe(
    {
      features: labelledFeatures(workspace, key, imageIds),
      labels,
      numClasses: outputs.length,
      reference: poolFeatures(workspace, key),
      seed: request.seed,
      sampleWeights,
      ...(groups && { groups }),
    },
    ctx,
  );
  const { model: probe } = fitted;
  const { network, parameters, record } = loadModel(workspace, key.modelId);
  const counts = outputs.map((_, c) => labels.filter((label) => label === c).length);
  const finetuneSteps = Math.min(...counts) >= minLabelsPerClass ? request.finetuneSteps : 0;
  if (request.finetuneSteps > 0 && finetuneSteps === 0) {
    workspace.warn(`A class has fewer than ${minLabelsPerClass} labels, so the network is not fine-tuned; the probe is used as it is.`);
  }
  // Fine-tuning changes how sure the network is; what was fitted to the probe says nothing of it.
  const temperature = finetuneSteps > 0 ? 1 : temperatureOf(fitted, labels, !isNearlyWhole(workspace, labels.length));
  let trained: { parameters: HostTensors; head: ClassifierHead } = { parameters, head: headOf(probe, temperature) };
  if (finetuneSteps > 0) {
    const all = { network, ...trained, labels, finetuneSteps };
    trained = await finetuneFrom(workspace, request, { ...all, imageIds, pool, px: finetunePx(key.px) }, ctx);
  }
  const priorShifts = request.priors === true ? shiftFor(workspace, counts, outputs) : null;
  if (priorShifts !== null) trained = { ...trained, head: shifted(trained.head, priorShifts) };
  const settings: ClassifierSettings = {
    flip: request.flip,
    seed: request.seed,
    strength: probe.strength,
    temperature,
    ...(priorShifts !== null && { priorShift: [...priorShifts] }),
    finetuneSteps,
    numLabels: labels.length,
    labelCounts: counts,
    arms: armsOf(comparison, keys),
    verdict: comparison.verdict?.words ?? null,
  };
  const candidates = comparison.candidates.map((candidate, i) => ({
    ...(keys[i] ?? key),
    name: candidate.name,
    adapted: candidate.adapted,
    accuracy: candidate.metrics.accuracy,
    logLoss: candidate.metrics.logLoss,
    isChosen: i === comparison.chosen,
  }));
  const model: NewModel = {
    name: `${record.name} + ${finetuneSteps > 0 ? 'fine-tuned' : 'probe'} on ${labels.length} labels`,
    arch: record.arch,
    kind: 'classifier',
    parentId: key.modelId,
    method: finetuneSteps > 0 ? 'lp-ft' : 'linear-probe',
    px: key.px,
    settings,
    metrics: { candidates },
    outputs,
    weights: finetuneSteps > 0 ? classifierBytes(network, trained.parameters, trained.head) : headBytes(trained.head),
  };
  return { model, settings, candidates, network, ...trained };
}

/** Labelled images with what belongs to them, each [N]. */
interface LabelledGround {
  readonly imageIds: Int32Array;
  readonly labels: Int32Array;
  readonly groups: Int32Array | undefined;
  readonly sampleWeights: Float64Array;
}

async function compareCandidates(
  workspace: Workspace,
  { candidates, seed }: TrainRequest,
  { imageIds, labels, groups, sampleWeights }: LabelledGround,
  numClasses: number,
  ctx: RunContext,
): Promise<{ comparison: FeatureComparison; keys: readonly FeatureKey[] }> {
  const features = candidates.map((key) => {
    const isAdapted = workspace.project.models.get(key.modelId).kind === 'adapted';
    return {
      name: `${isAdapted ? 'adapted' : 'unadapted'}, ${key.px} px`,
      adapted: isAdapted,
      features: labelledFeatures(workspace, key, imageIds),
      reference: poolFeatures(workspace, key),
    };
  });
  return {
    comparison: await compareFeatures({ candidates: features, labels, numClasses, seed, sampleWeights, ...(groups && { groups }) }, ctx),
    keys: candidates,
  };
}

/** What was found of the adapted network on these labels is of more of them than what was told when it was made. */
function keepVerdict(workspace: Workspace, comparison: FeatureComparison, keys: readonly FeatureKey[], numLabels: number): void {
  const adapted = keys[comparison.verdict?.adapted ?? -1];
  const view = verdictView(comparison, keys, numLabels);
  if (adapted === undefined || view === null) return;
  // Compared with itself, a network shows no difference.
  if (unchangedScores(workspace.project.models.get(adapted.modelId)) === null) storeVerdict(workspace, adapted.modelId, view);
}

function armsOf(comparison: FeatureComparison, keys: readonly FeatureKey[]): ClassifierSettings['arms'] {
  const { verdict, chosen, candidates } = comparison;
  const positions = verdict === null ? [chosen] : [verdict.unadapted, verdict.adapted];
  return positions.flatMap((i) => {
    const key = keys[i];
    return key === undefined ? [] : [{ name: candidates[i]?.adapted === true ? 'adapted' : 'unadapted', ...key }];
  });
}

interface FinetuneTask {
  readonly network: Parameters<typeof finetune>[0]['network'];
  readonly parameters: HostTensors;
  readonly head: ClassifierHead;
  readonly labels: Int32Array;
  readonly imageIds: Int32Array;
  /** All images that may be learnt from. */
  readonly pool: Int32Array;
  readonly px: number;
  readonly finetuneSteps: number;
}

async function finetuneFrom(
  workspace: Workspace,
  { seed, alongside }: TrainRequest,
  task: FinetuneTask,
  ctx: JobContext,
): Promise<{ parameters: HostTensors; head: ClassifierHead }> {
  const { network, parameters, head, labels, imageIds, pool, px, finetuneSteps } = task;
  const isLabelled = new Set(imageIds);
  const others = alongside === null ? new Int32Array() : pool.filter((id) => !isLabelled.has(id));
  const all = Int32Array.from([...imageIds, ...others]);
  return await finetune({
    network,
    parameters,
    head,
    images: Int32Array.from(imageIds.keys()),
    labels,
    px,
    batch: finetuneBatch,
    seed,
    budget: { steps: finetuneSteps },
    executor: await workspace.executor(),
    source: projectPixels(workspace, all, Math.max(storedPx, px)),
    ...(alongside && { alongside: { ...alongside, images: Int32Array.from(others, (_, i) => imageIds.length + i) } }),
    clock: () => performance.now(),
    ctx,
    ...checkpointing(workspace, ctx),
  });
}
