/** Trains the whole network on the labelled images, starting from a probe: LP-FT (Kumar et al. 2022, arXiv 2202.10054). */
import { AppError } from '../contract/errors.ts';
import type { Network } from '../nn/network.ts';
import type { HostTensors } from '../tensor/program.ts';
import { augmentationPresets, type AugmentationSettings } from './augment.ts';
import type { CurvePoint } from './checkpoint.ts';
import type { ClassifierHead } from './classifier.ts';
import { floatsOf } from './host-tensor.ts';
import { classify } from './objectives/classify.ts';
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

export interface FinetuneOptions extends RunSettings {
  readonly network: Network;
  readonly parameters: HostTensors;
  /** The probe to start from. */
  readonly head: ClassifierHead;
  /** The labelled images, by index in the source, and the class of each. */
  readonly images: Int32Array;
  readonly labels: Int32Array;
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
  const settings = { ...finetuneDefaults, ...options.settings };
  const batch = Math.min(options.batch, images.length);
  const objective = classify(head, settings);
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
    items: images,
    classes: labels,
    batch,
    targetMomentum: 1,
    health: null,
    phase: 'finetune',
    identity: { arch: network.arch, numImages: images.length, numClasses: head.numClasses, px, sourcePx: source.px, batch, seed },
  });
  const heads = step.heads(state);
  return {
    parameters: step.parameters(state),
    head: { ...head, weights: floatsOf(heads, 'head/weights'), bias: floatsOf(heads, 'head/bias') },
    ...outcome,
  };
}
