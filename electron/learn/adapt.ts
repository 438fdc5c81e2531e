/** Adapts a network to a folder of unlabelled images. */
import { AppError } from '../contract/errors.ts';
import type { Network } from '../nn/network.ts';
import type { HostTensors } from '../tensor/program.ts';
import { augmentationPresets, type AugmentationSettings } from './augment.ts';
import type { CurvePoint } from './checkpoint.ts';
import { createHealthMonitor, type HealthRecord } from './health.ts';
import { byol } from './objectives/byol.ts';
import { diet } from './objectives/diet.ts';
import type { Objective } from './objectives/objective.ts';
import { adamW } from './optimisers.ts';
import { runTraining, type RunSettings } from './training-run.ts';
import { trainingStep } from './training-step.ts';

export interface AdaptSettings {
  readonly augmentation: AugmentationSettings;
  readonly backboneRate: number;
  readonly headRate: number;
  readonly weightDecay: number;
  readonly warmupSteps: number;
  /** BYOL: the moving average's momentum at the start; it ends at 1. */
  readonly targetMomentum: number;
  /** BYOL: the width of the projector's and the predictor's hidden layer, and of what they project to. */
  readonly numHidden: number;
  readonly numProjected: number;
  /** DIET: the share of the target that is spread over all images. */
  readonly labelSmoothing: number;
  readonly clipNorm: number | null;
}

/** A method: its settings as measured to work, and its objective for a network and a number of images. */
interface AdaptMethodRow {
  readonly settings: AdaptSettings;
  readonly objective: (network: Network, numImages: number, settings: AdaptSettings) => Objective;
}

const common = {
  augmentation: augmentationPresets.standard,
  backboneRate: 5e-4,
  headRate: 1e-3,
  weightDecay: 0.05,
  warmupSteps: 50,
  targetMomentum: 0.99,
  numHidden: 1024,
  numProjected: 256,
  labelSmoothing: 0,
  clipNorm: null,
} satisfies AdaptSettings;

const hasBatchNorm = (network: Network): boolean => Object.values(network.parameters).some(({ kind }) => kind === 'statistic');

/** Every method of adaptation. */
export const adaptMethods = {
  diet: {
    settings: { ...common, augmentation: augmentationPresets.diet, headRate: 2e-3, labelSmoothing: 0.3 },
    objective: ({ numFeatures }, numImages, { labelSmoothing }) => diet({ numFeatures, numImages, labelSmoothing }),
  },
  byol: {
    settings: common,
    // Layer norm in the heads of a backbone without batch norm, as published for BiT's group norm.
    objective: (network, _, { numHidden, numProjected }) =>
      byol({ numFeatures: network.numFeatures, headNorm: hasBatchNorm(network) ? 'batch' : 'layer', numHidden, numProjected }),
  },
} as const satisfies Record<string, AdaptMethodRow>;

export type AdaptMethod = keyof typeof adaptMethods;

export interface AdaptOptions extends RunSettings {
  readonly network: Network;
  readonly parameters: HostTensors;
  readonly method: AdaptMethod;
  /** The side of the views; smaller than the source's squares is usual. */
  readonly px: number;
  readonly batch: number;
  readonly settings?: Partial<AdaptSettings>;
  /** Train only the scales and shifts of the normalisations (HPT-BN): gentler, for few images. */
  readonly normOnly?: boolean;
  /** The images to adapt on, by index in the source; all unless told. */
  readonly images?: Int32Array;
  /** Images whose features are watched for collapse, by index in the source, at most 512; none to go without. */
  readonly probe: Int32Array;
}

export interface AdaptResult {
  /** All parameters of the network, with the running statistics that go with them. */
  readonly parameters: HostTensors;
  readonly curves: readonly CurvePoint[];
  readonly health: readonly HealthRecord[];
  readonly numSteps: number;
  readonly elapsedMs: number;
  /** Which limit ended the run. */
  readonly stopped: 'steps' | 'time' | 'finish';
}

/**
 * Self-supervised training of `network` from `parameters`. With a step budget the result depends only on the options, and a
 * resumed run ends where an uninterrupted one would. Throws `signal.reason` on cancellation (after a checkpoint) and `AppError`
 * 'unstable' on collapse or divergence.
 */
export async function adapt(options: AdaptOptions): Promise<AdaptResult> {
  const { network, parameters, source, px, seed, method, executor, clock, resumeFrom, normOnly = false } = options;
  const row: AdaptMethodRow = adaptMethods[method];
  const settings = { ...row.settings, ...options.settings };
  const items = options.images ?? Int32Array.from({ length: source.numImages }, (_, i) => i);
  if (items.length < 2) throw new AppError('invalid-input', `Adapting needs at least 2 images; there are ${items.length}.`);
  const batch = Math.min(options.batch, items.length);
  const objective = row.objective(network, items.length, settings);
  const step = trainingStep({
    network,
    parameters,
    objective,
    heads: objective.init(seed),
    optimiser: adamW(),
    trainable: normOnly ? 'norm' : 'all',
    frozenStatistics: false,
    sourcePx: source.px,
    px,
    batch,
    ...settings,
  });
  const watch = { network, step, executor, source, images: options.probe, px, batch, clock, earlier: resumeFrom?.health };
  const health = options.probe.length === 0 ? null : await createHealthMonitor(watch);
  try {
    const { state, ...outcome } = await runTraining({
      ...options,
      ...settings,
      step,
      items,
      classes: objective.classes === 'index' ? Int32Array.from(items.keys()) : null,
      batch,
      health,
      phase: 'adapt',
      identity: { method, arch: network.arch, numImages: items.length, px, sourcePx: source.px, batch, seed, normOnly },
    });
    return { parameters: step.parameters(state), ...outcome, health: health?.records ?? [] };
  } finally {
    await health?.dispose();
  }
}
