/** Watches a run: figures of a fixed set of images at the start and again and again, alarms, and the network worth keeping. */
import { AppError } from '../contract/errors.ts';
import type { Network } from '../nn/network.ts';
import type { Executor, HostTensors } from '../tensor/program.ts';
import { adjustedRandIndex } from './cluster-agreement.ts';
import { featureFigures, featureNeighbours } from './feature-health.ts';
import { createFeatureExtractor } from './feature-extractor.ts';
import { isAffordable, isAtChance, isHealthDue, judgeHealth, type HealthRecord, type HealthReference, type Measured } from './health.ts';
import { entry } from './host-tensor.ts';
import { isKeptMoment, keepBetter, type KeptNetwork } from './kept-network.ts';
import { neighbourAccuracy, neighbourAgreement } from './neighbour-figures.ts';
import type { PixelSource } from './pixel-source.ts';
import type { TrainingStep } from './training-step.ts';
import { compareFeatures } from './verdict.ts';

/** Images with labels, by index in the source, that tell how good the features are. */
export interface LabelledImages {
  readonly images: Int32Array;
  /** [N], in 0..numClasses-1. */
  readonly labels: Int32Array;
  readonly numClasses: number;
}

/** What a checkpoint takes along. */
export interface HealthState {
  readonly reference: HealthReference | null;
  /** Of the check before. */
  readonly previous: HealthReference | null;
  readonly records: readonly HealthRecord[];
  readonly kept: KeptNetwork | null;
}

export interface HealthMoment extends Measured {
  readonly step: number;
  /** The newest points of the loss, newest last. */
  readonly recentLosses?: readonly number[];
  /** Over the newest steps, where the objective tells: see `outputSpread`. */
  readonly outputSpread?: number | null;
}

export interface HealthMonitor {
  readonly state: HealthState;
  /** Whether figures are due. */
  due(now: Measured): boolean;
  /** Measures the features under `state`; the record's verdict says whether they have collapsed. */
  measure(state: HostTensors, at: HealthMoment): Promise<HealthRecord>;
  dispose(): Promise<void>;
}

export interface HealthMonitorOptions {
  readonly network: Network;
  readonly step: TrainingStep;
  readonly executor: Executor;
  readonly source: PixelSource;
  /** The images to watch; the first 512 are used. */
  readonly images: Int32Array;
  readonly labelled?: LabelledImages;
  /** The objective's, where it has one. */
  readonly chanceLoss?: number;
  readonly px: number;
  readonly batch: number;
  readonly seed?: number;
  readonly clock: () => number;
  /** From a checkpoint. */
  readonly earlier?: HealthState;
}

const maxImages = 512;
const numNeighbours = 10;
/** Nearest labelled others that vote on a labelled image: of few labels only the nearest are alike. */
const numVoters = 5;
/** With fewer labels, cross-validation says too little to choose a network by. */
const minLabels = 50;

/** Loads what measuring needs. Throws `invalid-input` for too few images. */
export async function createHealthMonitor(options: HealthMonitorOptions): Promise<HealthMonitor> {
  const { labelled, clock, step } = options;
  const watched = options.images.slice(0, maxImages);
  if (watched.length < 3) throw new AppError('invalid-input', 'Watching the features for collapse needs at least 3 images.');
  const extractor = await createFeatureExtractor({ ...options, batch: Math.min(options.batch, watched.length) });
  const records: HealthRecord[] = [...(options.earlier?.records ?? [])];
  let { reference, previous, kept }: Omit<HealthState, 'records'> = options.earlier ?? { reference: null, previous: null, kept: null };
  let last: Measured | null = null;
  let spentMs = 0;

  /** Scores the features of the labelled images, and keeps the network if it is the best so far. */
  const consider = async (record: HealthRecord, state: HostTensors, features: Float32Array | null): Promise<void> => {
    const score = features === null || labelled === undefined ? null : await scoreOf(features, labelled, options.seed ?? 0);
    // A halved rank alone speaks against nothing: runs that help lower it, too.
    const hasAlarm = record.verdict === 'collapsed' || record.alarms.includes('spread');
    const point = { step: record.step, progress: record.progress, hasAlarm, accuracy: null, brierScore: null, ...score };
    kept = keepBetter(kept, point, () => (record.step === 0 ? null : pickWeights(step, state)));
  };

  return {
    get state() {
      return { reference, previous, records: [...records], kept };
    },
    due: (now) => isHealthDue(now, last ?? records.at(-1) ?? null, spentMs),
    async measure(state, at) {
      const startMs = clock();
      const figures = featureFigures(await extractor.features(state, watched), watched.length, numNeighbours);
      reference ??= figures;
      const before = previous ?? figures;
      const { outputSpread = null } = at;
      const judged = judgeHealth({ ...figures, outputSpread }, reference);
      const isKept = isKeptMoment(at.progress, kept?.points.at(-1)?.progress ?? null);
      const looksAtLabels = judged.verdict !== 'collapsed' && (isKept || isAffordable(spentMs, at.elapsedMs));
      const features = labelled === undefined || !looksAtLabels ? null : await extractor.features(state, labelled.images);
      const guesses = isAtChance(at.recentLosses ?? [], options.chanceLoss, at.progress);
      const record: HealthRecord = {
        step: at.step,
        elapsedMs: at.elapsedMs,
        progress: at.progress,
        spread: figures.spread,
        rankMe: figures.rankMe,
        alphaReq: figures.alphaReq,
        clusterStability: figures.clusterStability,
        agreement: neighbourAgreement(figures.neighbours, reference.neighbours, figures.numNeighbours),
        steadiness: neighbourAgreement(figures.neighbours, before.neighbours, figures.numNeighbours),
        clusterSteadiness: adjustedRandIndex(figures.clusters, before.clusters),
        labelAccuracy: features === null || labelled === undefined ? null : accuracyByNeighbours(features, labelled),
        outputSpread,
        verdict: guesses && judged.verdict === 'good' ? 'warning' : judged.verdict,
        alarms: guesses ? [...judged.alarms, 'chance-loss'] : judged.alarms,
      };
      records.push(record);
      if (isKept && record.verdict !== 'collapsed') await consider(record, state, features);
      previous = figures;
      last = at;
      spentMs += clock() - startMs;
      return record;
    },
    dispose: () => extractor.dispose(),
  };
}

function pickWeights(step: TrainingStep, state: HostTensors): HostTensors {
  return Object.fromEntries(Object.keys(step.vectors).map((name) => [name, entry(state, name)]));
}

function accuracyByNeighbours(features: Float32Array, { images, labels }: LabelledImages): number | null {
  if (images.length < 2) return null;
  const k = Math.min(numVoters, images.length - 1);
  return neighbourAccuracy(featureNeighbours(features, images.length, k), k, labels);
}

/** Cross-validated figures of a linear probe; null where there are too few labels. */
async function scoreOf(
  features: Float32Array,
  { labels, numClasses }: LabelledImages,
  seed: number,
): Promise<{ readonly accuracy: number; readonly brierScore: number } | null> {
  if (labels.length < minLabels) return null;
  try {
    const { candidates } = await compareFeatures({ candidates: [{ name: 'now', adapted: true, features }], labels, numClasses, seed });
    const score = candidates[0];
    return score === undefined ? null : { accuracy: score.metrics.accuracy, brierScore: score.brierScore };
  } catch (error) {
    // Labels of one class, or of classes with one image each, tell nothing.
    if (error instanceof AppError && error.code === 'invalid-input') return null;
    throw error;
  }
}

/** What a collapse is told as. */
export function collapseError(record: HealthRecord, reference: Pick<HealthRecord, 'spread' | 'rankMe'>): AppError {
  const share = (now: number, then: number): string => `${(100 * (now / then)).toFixed(0)} %`;
  const features = `Their spread is ${share(record.spread, reference.spread)} and their effective rank ${share(record.rankMe, reference.rankMe)} of the start.`;
  const outputs =
    record.outputSpread === null || !record.alarms.includes('outputs')
      ? ''
      : ` What the method compares is nearly the same for all images (spread ${record.outputSpread.toFixed(2)}, where 1 is even).`;
  const figures = Number.isFinite(record.spread) ? `${features}${outputs}` : 'Some are no longer numbers.';
  return new AppError(
    'unstable',
    `Adaptation was stopped at step ${record.step}: the features no longer tell the images apart. ${figures} ` +
      'The network from before is unchanged. Try another method, a lower learning rate or gentler augmentation.',
    { details: { record } },
  );
}
