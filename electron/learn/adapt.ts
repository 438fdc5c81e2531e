/** Adapts a network to a folder of unlabelled images. */
import { AppError } from '../contract/errors.ts';
import type { Network } from '../nn/network.ts';
import type { HostTensors } from '../tensor/program.ts';
import type { CurvePoint } from './checkpoint.ts';
import type { HealthRecord } from './health.ts';
import { createHealthMonitor, type LabelledImages } from './health-monitor.ts';
import type { KeptNetwork } from './kept-network.ts';
import { headNormOf, methodOf, type AdaptMethod, type AdaptSettings, type TeacherFeatures } from './methods.ts';
import { adamW } from './optimisers.ts';
import { runTraining, type RunSettings, type StopReason } from './training-run.ts';
import { trainingStep } from './training-step.ts';

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
  /** Features of the source's images by another network, [numImages, dim]; for methods that learn from one. */
  readonly teacher?: TeacherFeatures | null;
  /** Labels at hand, if any: they choose among the networks kept along the way, and nothing is learnt from them. */
  readonly labelled?: LabelledImages;
}

export interface AdaptResult {
  /** All parameters of the network kept, with the running statistics that go with them. */
  readonly parameters: HostTensors;
  /** The moments looked at, and which of them the parameters are of; null without a probe, where it is the last. */
  readonly kept: Omit<KeptNetwork, 'weights'> | null;
  readonly curves: readonly CurvePoint[];
  readonly health: readonly HealthRecord[];
  readonly numSteps: number;
  readonly elapsedMs: number;
  readonly stopped: StopReason;
}

/**
 * Self-supervised training of `network` from `parameters`. With a step budget the result depends only on the options, and a
 * resumed run ends where an uninterrupted one would. Throws `signal.reason` on cancellation (after a checkpoint) and `AppError`
 * 'unstable' on collapse or divergence.
 */
export async function adapt(options: AdaptOptions): Promise<AdaptResult> {
  const { network, parameters, source, px, seed, method, executor, clock, resumeFrom, normOnly = false, teacher = null } = options;
  const row = methodOf(method);
  const settings = { ...row.settings, ...options.settings };
  const items = options.images ?? Int32Array.from({ length: source.numImages }, (_, i) => i);
  if (items.length < 2) throw new AppError('invalid-input', `Adapting needs at least 2 images; there are ${items.length}.`);
  const batch = Math.min(options.batch, items.length);
  const objective = await row.objective({
    ...options,
    settings,
    headNorm: headNormOf(network),
    items,
    batch,
    teacher: teacher === null ? null : rowsOf(teacher, items),
  });
  const step = trainingStep({
    network,
    parameters,
    objective,
    seed,
    optimiser: adamW(),
    trainable: normOnly ? 'norm' : 'all',
    frozenStatistics: false,
    sourcePx: source.px,
    px,
    batch,
    ...settings,
  });
  const { probe, labelled } = options;
  const { chanceLoss } = objective;
  const watch = {
    network,
    step,
    executor,
    source,
    images: probe,
    px,
    batch,
    seed,
    clock,
    labelled,
    chanceLoss,
    earlier: resumeFrom?.health,
  };
  const health = options.probe.length === 0 ? null : await createHealthMonitor(watch);
  try {
    const { state, ...outcome } = await runTraining({
      ...options,
      ...settings,
      step,
      items,
      classes: objective.classes === 'index' ? Int32Array.from(items.keys()) : (objective.itemClasses ?? null),
      batch,
      health,
      phase: 'adapt',
      identity: { method, arch: network.arch, numImages: items.length, px, sourcePx: source.px, batch, seed, normOnly },
    });
    const { kept = null, records = [] } = health?.state ?? {};
    const isStart = kept !== null && kept.weights === null;
    return {
      parameters: isStart ? parameters : step.parameters({ ...state, ...kept?.weights }),
      kept: kept && { points: kept.points, chosen: kept.chosen },
      ...outcome,
      health: records,
    };
  } finally {
    await health?.dispose();
  }
}

function rowsOf({ dim, features }: TeacherFeatures, items: Int32Array): TeacherFeatures {
  const rows = new Float32Array(items.length * dim);
  items.forEach((item, at) => rows.set(features.subarray(item * dim, (item + 1) * dim), at * dim));
  return { dim, features: rows };
}
