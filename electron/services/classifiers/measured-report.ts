/** What measuring a classifier comes to: figures with their intervals, and what kind of estimate they are. */
import type { CheckBasis } from '../../contract/domain.ts';
import type { Interval } from '../../learn/intervals.ts';
import { metricIntervals } from '../../learn/metric-intervals.ts';
import type { MetricIntervals } from '../../learn/metric-intervals.ts';
import { classificationMetrics, confusionMatrix, perClassScores, predictedClasses } from '../../learn/metrics.ts';
import type { ClassificationMetrics, ClassScore } from '../../learn/metrics.ts';
import type { ModelOutput } from '../../project/models.ts';
import type { FeatureKey } from './labelled-features.ts';

/** A plain probe on one set of features, on the same test images. */
export interface ArmReport extends FeatureKey {
  readonly name: string;
  readonly accuracy: Interval;
}

/** How the images measured on came to be measured. */
export interface Sampling {
  readonly basis: CheckBasis;
  /** Images kept apart that have a label but are left out, because like images were learnt from. */
  readonly numLeftOut: number;
  /** Whether some clusters were labelled more than others, and weights make up for it. */
  readonly isWeighted: boolean;
  /** Share of the collection in clusters without a measured image. */
  readonly uncovered: number;
  /** Whether some of the images belong together, so that they count as fewer. */
  readonly isGrouped: boolean;
}

export interface EvaluateReport {
  readonly modelId: number;
  readonly classes: readonly string[];
  readonly numTest: number;
  readonly sampling: Sampling;
  readonly accuracy: Interval;
  readonly macroF1: Interval;
  /** Of the images as they are, without weights. */
  readonly metrics: ClassificationMetrics;
  readonly intervals: MetricIntervals;
  /** `confusion[t][p]`: images of class t predicted as class p. */
  readonly confusion: readonly (readonly number[])[];
  /** In the order of the classes. */
  readonly perClass: readonly ClassScore[];
  /** Probes on unadapted and adapted features, so that what adapting did can be seen. */
  readonly arms: readonly ArmReport[];
  /** Accuracy of the adapted arm minus that of the unadapted one; null without both. */
  readonly gain: Interval | null;
  /** On what few images kept apart have a label, where those are too few to go by; null elsewhere. */
  readonly audit: { readonly numImages: number; readonly accuracy: Interval } | null;
}

export interface Measured {
  readonly modelId: number;
  readonly outputs: readonly ModelOutput[];
  /** [N], positions among the outputs. */
  readonly truth: Int32Array;
  /** [N, C]. */
  readonly probabilities: Float32Array;
  readonly sampling: Sampling;
  readonly seed: number;
  readonly weights?: Float64Array | undefined;
  readonly groups?: Int32Array | undefined;
  /** How much wider than of independent trials the intervals are to be. */
  readonly width?: number;
}

type Rest = Pick<EvaluateReport, 'arms' | 'gain' | 'audit'> & { readonly accuracy?: Interval };

export function measuredReport(
  { modelId, outputs, truth, probabilities, sampling, seed, weights, groups, width = 1 }: Measured,
  { arms, gain, audit, accuracy }: Rest,
): EvaluateReport {
  const numClasses = outputs.length;
  const confusion = confusionMatrix(truth, predictedClasses(probabilities, numClasses), numClasses);
  const intervals = metricIntervals(truth, probabilities, numClasses, { seed, weights, groups, width });
  return {
    modelId,
    classes: outputs.map((output) => output.name),
    numTest: truth.length,
    sampling,
    accuracy: accuracy ?? intervals.accuracy,
    macroF1: intervals.macroF1,
    metrics: classificationMetrics(truth, probabilities, numClasses),
    intervals,
    confusion: outputs.map((_, row) => [...confusion.subarray(row * numClasses, (row + 1) * numClasses)]),
    perClass: perClassScores(confusion, numClasses),
    arms,
    gain,
    audit,
  };
}

/** The single predictions, as they are kept with the report. `labels` is the key of the labels learnt from. */
export function measuredCases(
  imageIds: Int32Array,
  { truth, probabilities, outputs }: Measured,
  labels: string,
): { imageIds: number[]; truth: number[]; predicted: number[]; confidence: number[]; labels: string } {
  const predicted = [...predictedClasses(probabilities, outputs.length)];
  const confidence = predicted.map((c, i) => probabilities[i * outputs.length + c] ?? 0);
  return { imageIds: [...imageIds], truth: [...truth], predicted, confidence, labels };
}
