/** Trains the whole network on the labelled images, starting from a probe: LP-FT (Kumar et al. 2022, arXiv 2202.10054). */
import { AppError } from '../contract/errors.ts';
import type { Network } from '../nn/network.ts';
import type { HostTensors } from '../tensor/program.ts';
import { mixedOrder } from './batch-order.ts';
import { headNormOf, methodOf, type AdaptMethod } from './methods.ts';
import { alongside } from './objectives/alongside.ts';
import type { Objective } from './objectives/objective.ts';
import { augmentationPresets, type AugmentationSettings } from './augment.ts';
import type { CurvePoint } from './checkpoint.ts';
import type { ClassifierHead } from './classifier.ts';
import { floatsOf } from './host-tensor.ts';
import { classify } from './objectives/classify.ts';
import { distilLogits } from './objectives/distil-logits.ts';
import { adamW, sgd } from './optimisers.ts';
import { runTraining, type RunSettings, type StopReason } from './training-run.ts';
import { trainingStep } from './training-step.ts';

export interface FinetuneSettings {
  readonly optimiser: 'sgd' | 'adamw';
  readonly backboneRate: number;
  readonly headRate: number;
  readonly weightDecay: number;
  readonly warmupSteps: number;
  readonly labelSmoothing: number;
  /** One per class; none weighs all images alike. */
  readonly classWeights?: readonly number[];
  readonly augmentation: AugmentationSettings;
  readonly clipNorm: number | null;
  /** Batch norm by the running statistics, which stay: a few labelled images would estimate them badly. */
  readonly frozenStatistics: boolean;
}

/** LP-FT's momentum .9 without decay; the rate is the middle of RECIPES' grid. The gradient's norm is held to 1 against a bad first batch. */
export const finetuneDefaults: FinetuneSettings = {
  optimiser: 'sgd',
  backboneRate: 1e-3,
  headRate: 1e-3,
  weightDecay: 0,
  warmupSteps: 20,
  labelSmoothing: 0,
  augmentation: augmentationPresets.light,
  clipNorm: 1,
  frozenStatistics: true,
};

/** With a self-supervised loss beside the labels its heads start from nothing, which AdamW brings up in the few steps there are. */
const alongsideDefaults: FinetuneSettings = {
  ...finetuneDefaults,
  optimiser: 'adamw',
  backboneRate: 1e-4,
  headRate: 1e-3,
  weightDecay: 0.05,
};

export interface FinetuneOptions extends RunSettings {
  readonly network: Network;
  readonly parameters: HostTensors;
  /** The probe to start from. */
  readonly head: ClassifierHead;
  /** The labelled images, by index in the source, and the class of each. */
  readonly images: Int32Array;
  readonly labels: Int32Array;
  /** In place of the labels, what a teacher says of the images: [images, numClasses], rows adding up to 1. */
  readonly probabilities?: Float32Array;
  /** A self-supervised method whose loss is added, on these further images of the source as well. */
  readonly alongside?: { readonly method: AdaptMethod; readonly weight: number; readonly images: Int32Array };
  /** The side of the views. */
  readonly px: number;
  readonly batch: number;
  readonly settings?: Partial<FinetuneSettings>;
}

export interface FinetuneResult {
  readonly parameters: HostTensors;
  readonly head: ClassifierHead;
  readonly curves: readonly CurvePoint[];
  readonly numSteps: number;
  readonly elapsedMs: number;
  readonly stopped: StopReason;
}

/**
 * Fine-tunes network and head. With fewer than about five labels per class keep the probe instead. Deterministic with a step
 * budget. Throws `signal.reason` on cancellation (after a checkpoint), `AppError` 'unstable' when the loss diverges, 'invalid-input'
 * for labels that do not fit the head.
 */
export async function finetune(options: FinetuneOptions): Promise<FinetuneResult> {
  const { network, parameters, head, images, labels, source, px, seed } = options;
  if (images.length !== labels.length)
    throw new AppError('invalid-input', `There are ${images.length} images but ${labels.length} labels.`);
  if (labels.some((label) => label < 0 || label >= head.numClasses)) {
    throw new AppError(
      'invalid-input',
      `Labels must lie in 0..${head.numClasses - 1}, the classes of the probe. Train the probe again first.`,
    );
  }
  const { probabilities, alongside: beside } = options;
  const presets =
    beside === undefined ? finetuneDefaults : { ...alongsideDefaults, augmentation: methodOf(beside.method).settings.augmentation };
  const settings = { ...presets, ...options.settings };
  const items = Int32Array.from([...images, ...(beside?.images ?? [])]);
  const batch = Math.min(options.batch, items.length);
  const numLabelled = beside === undefined ? batch : Math.max(1, Math.floor(batch / 2));
  const supervised = probabilities === undefined ? classify(head, settings) : distilLogits(head, probabilities);
  const objective = beside === undefined ? supervised : await besideLabels(supervised, beside, { ...options, items, batch }, numLabelled);
  const step = trainingStep({
    network,
    parameters,
    objective,
    seed,
    trainable: 'all',
    sourcePx: source.px,
    px,
    batch,
    ...settings,
    optimiser: settings.optimiser === 'sgd' ? sgd() : adamW(),
  });
  const { state, ...outcome } = await runTraining({
    ...options,
    ...settings,
    step,
    items,
    classes: probabilities === undefined ? Int32Array.from([...labels, ...new Int32Array(items.length - labels.length)]) : null,
    ...(beside && { order: mixedOrder({ numFirstItems: images.length, numFirst: numLabelled, numItems: items.length, batch }, seed) }),
    batch,
    targetMomentum: beside === undefined ? 1 : methodOf(beside.method).settings.targetMomentum,
    health: null,
    phase: 'finetune',
    identity: {
      arch: network.arch,
      numImages: images.length,
      numClasses: head.numClasses,
      px,
      sourcePx: source.px,
      batch,
      seed,
      beside: beside?.method ?? '',
    },
  });
  const heads = step.heads(state);
  return {
    parameters: step.parameters(state),
    head: { ...head, weights: floatsOf(heads, 'head/weights'), bias: floatsOf(heads, 'head/bias') },
    ...outcome,
  };
}

/** The objective with the method's own loss beside it, on all of `items`. */
async function besideLabels(
  supervised: Objective,
  { method, weight }: NonNullable<FinetuneOptions['alongside']>,
  options: FinetuneOptions & { readonly items: Int32Array },
  numLabelled: number,
): Promise<Objective> {
  const { settings, objective } = methodOf(method);
  const selfSupervised = await objective({ ...options, settings, headNorm: headNormOf(options.network), teacher: null });
  return alongside({ supervised, selfSupervised, weight, numLabelled });
}
