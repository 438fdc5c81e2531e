/** Watches a run for collapse: features of a fixed set of images, at the start and about every tenth of the budget. */
import { AppError } from '../contract/errors.ts';
import type { Network } from '../nn/network.ts';
import type { Executor, HostTensors, Program } from '../tensor/program.ts';
import type { tf } from '../tensor/tf.ts';
import { featureFigures, type FeatureFigures } from './feature-health.ts';
import { neighbourAgreement } from './neighbour-figures.ts';
import { entry, floatsOf, uint8 } from './host-tensor.ts';
import { unpack } from './pack.ts';
import type { PixelSource } from './pixel-source.ts';
import { resizeWhole } from './resample.ts';
import type { TrainingStep } from './training-step.ts';

export type HealthVerdict = 'good' | 'warning' | 'collapsed';

export interface HealthRecord {
  readonly step: number;
  readonly elapsedMs: number;
  readonly spread: number;
  readonly rankMe: number;
  /** Mean share of each image's 10 nearest others that it had at step 0. */
  readonly agreement: number;
  readonly verdict: HealthVerdict;
}

/** What later figures are compared with. */
export type HealthReference = FeatureFigures;

export interface HealthThresholds {
  /** Losing this share of step 0's spread warns, or stops. */
  readonly warnSpreadLoss: number;
  readonly stopSpreadLoss: number;
  /** Losing this share of step 0's RankMe warns, or stops. */
  readonly warnRankLoss: number;
  readonly stopRankLoss: number;
}

/**
 * lightly's collapse levels (warn .5, stop .8) and a halved RankMe, relative to step 0: pretrained features after a ReLU start
 * far from an even spread, so absolute levels would alarm on healthy networks. Halving RankMe only warns: moving from
 * ImageNet's thousand kinds to a domain of a few lowers it in runs that help.
 */
export const healthThresholds: HealthThresholds = { warnSpreadLoss: 0.5, stopSpreadLoss: 0.8, warnRankLoss: 0.5, stopRankLoss: 0.85 };

/** Judges figures against those of step 0. Figures that are not finite are a collapse. */
export function judgeHealth(
  now: Pick<HealthRecord, 'spread' | 'rankMe'>,
  reference: Pick<HealthRecord, 'spread' | 'rankMe'>,
  thresholds: HealthThresholds = healthThresholds,
): HealthVerdict {
  const spreadLoss = 1 - now.spread / reference.spread;
  // A RankMe of 1 is the least there is, so the loss is measured from there.
  const rankLoss = reference.rankMe <= 1 ? 0 : 1 - (now.rankMe - 1) / (reference.rankMe - 1);
  if (!Number.isFinite(spreadLoss) || !Number.isFinite(rankLoss)) return 'collapsed';
  if (spreadLoss >= thresholds.stopSpreadLoss || rankLoss >= thresholds.stopRankLoss) return 'collapsed';
  return spreadLoss >= thresholds.warnSpreadLoss || rankLoss >= thresholds.warnRankLoss ? 'warning' : 'good';
}

export interface HealthMonitor {
  readonly records: readonly HealthRecord[];
  readonly reference: HealthReference | null;
  /** Whether figures are due at this progress in [0, 1]; about every tenth, less often where they would take over a twentieth of the time. */
  due(progress: number, elapsedMs: number): boolean;
  /** Measures the features under `state`. Throws `AppError` 'unstable' when they have collapsed. */
  measure(state: HostTensors, at: { readonly step: number; readonly progress: number; readonly elapsedMs: number }): Promise<HealthRecord>;
  dispose(): Promise<void>;
}

export interface HealthMonitorOptions {
  readonly network: Network;
  readonly step: TrainingStep;
  readonly executor: Executor;
  readonly source: PixelSource;
  /** The images to watch; the first 512 are used. */
  readonly images: Int32Array;
  readonly px: number;
  readonly batch: number;
  readonly clock: () => number;
  /** From a checkpoint. */
  readonly earlier?: { readonly reference: HealthReference | null; readonly records: readonly HealthRecord[] };
}

const maxImages = 512;
const numNeighbours = 10;

/** Loads the feature program; its parameters come in as inputs, so it is compiled once however often it measures. */
export async function createHealthMonitor(options: HealthMonitorOptions): Promise<HealthMonitor> {
  const { step, source, clock } = options;
  const watched = options.images.slice(0, maxImages);
  if (watched.length < 3) throw new AppError('invalid-input', 'Watching the features for collapse needs at least 3 images.');
  const batch = Math.min(options.batch, watched.length);
  const session = await options.executor.load(featureProgram(options.network, step, { batch, sourcePx: source.px, px: options.px }));
  const records: HealthRecord[] = [...(options.earlier?.records ?? [])];
  let reference = options.earlier?.reference ?? null;
  let measuredAt = -1;
  let spentMs = 0;

  const featuresUnder = async (state: HostTensors): Promise<Float32Array> => {
    const vectors = Object.fromEntries(Object.keys(step.vectors).map((name) => [name, entry(state, name)]));
    const features = new Float32Array(watched.length * options.network.numFeatures);
    for (let start = 0; start < watched.length; start += batch) {
      // The last batch reaches back, since the batch size is fixed.
      const from = Math.min(start, watched.length - batch);
      const pixels = await source.read(watched.slice(from, from + batch));
      const images = uint8([batch, source.px, source.px, 3], pixels);
      features.set(floatsOf(await session.run({ ...vectors, images }), 'features'), from * options.network.numFeatures);
    }
    return features;
  };

  return {
    records,
    get reference() {
      return reference;
    },
    due(progress, elapsedMs) {
      if (measuredAt < 0) return true;
      const passed = (parts: number): boolean => Math.floor(progress * parts + 1e-9) > Math.floor(measuredAt * parts + 1e-9);
      return progress >= 1 ? measuredAt < 1 : passed(4) || (passed(10) && spentMs <= 0.05 * elapsedMs);
    },
    async measure(state, at) {
      const startMs = clock();
      const figures = featureFigures(await featuresUnder(state), watched.length, numNeighbours);
      reference ??= figures;
      const verdict = judgeHealth(figures, reference);
      const agreement = neighbourAgreement(figures.neighbours, reference.neighbours, figures.numNeighbours);
      const record = { step: at.step, elapsedMs: at.elapsedMs, spread: figures.spread, rankMe: figures.rankMe, agreement, verdict };
      records.push(record);
      measuredAt = at.progress;
      spentMs += clock() - startMs;
      if (verdict === 'collapsed') throw collapsed(record, reference);
      return record;
    },
    dispose: () => session.dispose(),
  };
}

function collapsed(record: HealthRecord, reference: HealthReference): AppError {
  const share = (now: number, then: number): string => `${(100 * (now / then)).toFixed(0)} %`;
  const figures = Number.isFinite(record.spread)
    ? `Their spread is ${share(record.spread, reference.spread)} and their effective rank ${share(record.rankMe, reference.rankMe)} of the start.`
    : 'Some are no longer numbers.';
  return new AppError(
    'unstable',
    `Adaptation was stopped at step ${record.step}: the features no longer tell the images apart. ${figures} ` +
      'The network from before is unchanged. Try the DIET method, a lower learning rate or gentler augmentation.',
    { details: { record } },
  );
}

/** (parameter vectors, images uint8 [B, S, S, 3]) -> features [B, D] in inference mode, images resized whole to `px`. */
function featureProgram(network: Network, step: TrainingStep, sizes: { batch: number; sourcePx: number; px: number }): Program {
  const { batch, sourcePx, px } = sizes;
  return {
    name: `features-${network.arch}`,
    state: step.fixed,
    inputs: {
      ...Object.fromEntries(Object.entries(step.vectors).map(([name, { size }]) => [name, { dtype: 'float32', shape: [size] }])),
      images: { dtype: 'uint8', shape: [batch, sourcePx, sourcePx, 3] },
    },
    run(state, inputs) {
      const parameters = { ...state };
      for (const [name, layout] of Object.entries(step.vectors)) Object.assign(parameters, unpack(layout, entry(inputs, name)));
      const { features } = network.forward(parameters, resizeWhole(entry(inputs, 'images') as tf.Tensor4D, px), { training: false });
      return { state: {}, outputs: { features } };
    },
  };
}
