/**
 * Which features to use, and whether adapting helped: the same repeated cross-validation of a linear probe for every candidate, on the labels at
 * hand, and a paired comparison on the same images.
 */
import { AppError } from '../contract/errors.ts';
import type { RunContext } from '../contract/progress.ts';
import { crossValidate, defaultStrengths } from './cross-validation.ts';
import { spanOf } from './feature-span.ts';
import type { Folds } from './folds.ts';
import { repeatedFolds } from './folds.ts';
import type { BootstrapOptions, Interval } from './intervals.ts';
import { bootstrapInterval, crossValidationWidth, meanOver, pairedBootstrap, shareInterval, widenedForFolds } from './intervals.ts';
import type { ClassificationMetrics } from './metrics.ts';
import { classificationMetrics, logLosses, predictedClasses } from './metrics.ts';
import { featureDimension } from './probe.ts';
import { measureStandardisation, standardise } from './standardise.ts';

export interface FeatureCandidate {
  readonly name: string;
  /** Whether the network was adapted to these images: the verdict is the best adapted candidate against the best unadapted one. */
  readonly adapted: boolean;
  /** [N, D] at the labelled images; D may differ between candidates. */
  readonly features: Float32Array;
  /** [M, D]: what features are standardised on; the labelled images by default, better the whole pool. */
  readonly reference?: Float32Array;
}

export interface ComparisonOptions {
  /** In order of preference: of equally good ones the first is chosen. */
  readonly candidates: readonly FeatureCandidate[];
  /** [N], in 0..numClasses-1. */
  readonly labels: Int32Array;
  readonly numClasses: number;
  readonly seed: number;
  /** [N]: images of one group are neither split between folds nor counted as independent. */
  readonly groups?: Int32Array;
  /** [N], positive: what each label counts in the fits; every image measured on counts the same. */
  readonly sampleWeights?: Float64Array;
  /** 5 by default. */
  readonly numFolds?: number;
  /** By default 5 for up to 200 labels, then 3, and 1 beyond 600. */
  readonly numRepeats?: number;
  readonly strengths?: readonly number[];
}

/** Out-of-fold figures of one candidate, each a mean over the repeats, on the images that could be scored. */
export interface CandidateScore {
  readonly name: string;
  readonly adapted: boolean;
  readonly strength: number;
  /** Whether a wider range of strengths might have done better. */
  readonly atEdge: boolean;
  readonly metrics: ClassificationMetrics;
  /** Of as many independent images or groups, widened because the fits share images. */
  readonly accuracy: Interval;
  /** Bootstrap over images or groups, in nats. */
  readonly logLoss: Interval;
  /** Mean squared distance between probabilities and truth, in 0..2 (Brier 1950): what the choice goes by. */
  readonly brierScore: number;
  /** [N, C], mean over repeats; every row comes from fits that did not see the image. */
  readonly probabilities: Float32Array;
}

export type Outcome = 'adapted better' | 'no difference shown' | 'adapted worse';

export interface Verdict {
  readonly outcome: Outcome;
  /** Positions among the candidates: the better of each kind. */
  readonly adapted: number;
  readonly unadapted: number;
  /** Adapted minus unadapted, paired by image; above 0 is in favour of adapting. The outcome says whether its interval excludes 0. */
  readonly accuracyDifference: Interval;
  /** Adapted minus unadapted, paired by image, in nats; below 0 is in favour of adapting. */
  readonly logLossDifference: Interval;
  /** Two sentences for the user: what was found, and the figures. */
  readonly words: string;
  /** The figures alone. */
  readonly figures: string;
}

export interface FeatureComparison {
  readonly candidates: readonly CandidateScore[];
  /** Position of the candidate to use: the one with the least out-of-fold Brier score. */
  readonly chosen: number;
  /** Null unless there are both adapted and unadapted candidates. */
  readonly verdict: Verdict | null;
  /** Images that count: those whose class had another member to learn from in every repeat. */
  readonly numScored: number;
  /** Their rows. */
  readonly scoredRows: Int32Array;
  readonly numFolds: number;
  readonly numRepeats: number;
}

/** A candidate's score with its per-image means over repeats, in the order of the scored images. */
interface ScoredCandidate {
  readonly score: CandidateScore;
  readonly correct: Float64Array;
  readonly losses: Float64Array;
}

/**
 * Compares feature candidates on the same repeated stratified (group) cross-validation. The choice goes by the Brier score because it uses how sure
 * a prediction was, which accuracy does not, while no single confident mistake can decide it, as in log loss. The quoted figures of
 * the chosen candidate are slightly favourable, because strength and candidate were chosen on the same folds. The intervals are of these fits on other
 * images, not of other labels to learn from. Throws `invalid-input` when the labels are too few to hold any out.
 */
export async function compareFeatures(options: ComparisonOptions, context?: RunContext): Promise<FeatureComparison> {
  const { candidates, labels, numClasses, seed, groups, numFolds = 5 } = options;
  if (candidates.length === 0) throw new AppError('invalid-input', 'There is nothing to compare; give at least one set of features.');
  for (const { features, reference } of candidates) featureDimension(features, labels, numClasses, reference);
  if (new Set(labels).size < 2) throw new AppError('invalid-input', 'Comparing needs labels of at least two classes; label more images.');
  const numRepeats = options.numRepeats ?? (labels.length <= 200 ? 5 : labels.length <= 600 ? 3 : 1);
  const repeats = repeatedFolds(labels, { numFolds, numRepeats, seed, groups });

  const rows = scorableRows(labels, repeats);
  if (rows.length === 0) {
    throw new AppError('invalid-input', 'No class has two labelled images that can be held out from one another; label more images.');
  }
  const ground: Ground = {
    repeats,
    rows,
    bootstrap: { seed, groups: groups && Int32Array.from(rows, (row) => groups[row] as number) },
  };

  const scored: ScoredCandidate[] = [];
  for (const candidate of candidates) {
    context?.onProgress({ phase: 'comparison', done: scored.length, total: candidates.length });
    scored.push(await scoreCandidate(candidate, options, ground, context?.signal));
  }
  context?.onProgress({ phase: 'comparison', done: scored.length, total: candidates.length });

  const scores = scored.map(({ score }) => score);
  return {
    candidates: scores,
    chosen: bestOf(scores, () => true),
    verdict: judge(scored, ground),
    numScored: rows.length,
    scoredRows: rows,
    numFolds: repeats[0]?.numFolds ?? 0,
    numRepeats,
  };
}

/** What all candidates share. */
interface Ground {
  readonly repeats: readonly Folds[];
  /** The images that count. */
  readonly rows: Int32Array;
  /** Seed, and the groups of those images. */
  readonly bootstrap: BootstrapOptions;
}

/** Images whose class is also among the training images when they are held out, in every repeat. */
function scorableRows(labels: Int32Array, repeats: readonly Folds[]): Int32Array {
  const canScore = (row: number, { foldOf }: Folds): boolean =>
    labels.some((label, other) => label === labels[row] && foldOf[other] !== foldOf[row]);
  return Int32Array.from(labels.keys()).filter((row) => repeats.every((folds) => canScore(row, folds)));
}

async function scoreCandidate(
  { name, adapted, features, reference = features }: FeatureCandidate,
  { labels, numClasses, sampleWeights, strengths = defaultStrengths }: ComparisonOptions,
  { repeats, rows, bootstrap }: Ground,
  signal?: AbortSignal,
): Promise<ScoredCandidate> {
  const numRows = labels.length;
  const dim = features.length / numRows;
  const span = spanOf(standardise(features, measureStandardisation(reference, dim)), numRows, dim);
  const task = { span, labels, numClasses, sampleWeights: sampleWeights ?? new Float64Array(numRows).fill(1), repeats, strengths };
  const found = await crossValidate(task, signal && { signal, onProgress: () => undefined });
  if (found === null) throw new AppError('internal', 'Cross-validation scored nothing although some images could be scored.');

  const truth = Int32Array.from(rows, (row) => labels[row] as number);
  const correct = new Float64Array(rows.length);
  const losses = new Float64Array(rows.length);
  const mean = new Float32Array(numRows * numClasses);
  let brierScore = 0;
  const share = 1 / found.probabilities.length;
  const metrics = found.probabilities.map((all) => {
    all.forEach((p, at) => (mean[at] = (mean[at] as number) + share * p));
    const held = takeRows(all, rows, numClasses);
    const predicted = predictedClasses(held, numClasses);
    const repeatLosses = logLosses(truth, held, numClasses);
    truth.forEach((label, i) => {
      correct[i] = (correct[i] as number) + (predicted[i] === label ? share : 0);
      losses[i] = (losses[i] as number) + share * (repeatLosses[i] as number);
    });
    brierScore += share * meanBrier(truth, held, numClasses);
    return classificationMetrics(truth, held, numClasses);
  });
  const accuracy = shareInterval(correct, { groups: bootstrap.groups, width: crossValidationWidth });
  return {
    score: {
      name,
      adapted,
      strength: found.strength,
      atEdge: found.atEdge,
      metrics: meanMetrics(metrics),
      accuracy,
      logLoss: bootstrapInterval(rows.length, meanOver(losses), bootstrap),
      brierScore,
      probabilities: mean,
    },
    correct,
    losses,
  };
}

function takeRows(values: Float32Array, rows: Int32Array, width: number): Float32Array {
  const out = new Float32Array(rows.length * width);
  rows.forEach((row, i) => out.set(values.subarray(row * width, (row + 1) * width), i * width));
  return out;
}

function meanBrier(labels: Int32Array, probabilities: Float32Array, numClasses: number): number {
  let sum = 0;
  labels.forEach((label, i) => {
    for (let k = 0; k < numClasses; k++) sum += ((probabilities[i * numClasses + k] as number) - (k === label ? 1 : 0)) ** 2;
  });
  return sum / labels.length;
}

function meanMetrics(list: readonly ClassificationMetrics[]): ClassificationMetrics {
  const mean = (read: (metrics: ClassificationMetrics) => number | null): number | null => {
    const values = list.map(read).filter((value) => value !== null);
    return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
  };
  return {
    accuracy: mean((m) => m.accuracy) ?? 0,
    balancedAccuracy: mean((m) => m.balancedAccuracy) ?? 0,
    macroF1: mean((m) => m.macroF1) ?? 0,
    logLoss: mean((m) => m.logLoss) ?? 0,
    auc: mean((m) => m.auc),
    calibrationError: mean((m) => m.calibrationError) ?? 0,
  };
}

/** Position of the least Brier score among the candidates that count, the first of equals; -1 when none counts. */
function bestOf(scores: readonly CandidateScore[], counts: (score: CandidateScore) => boolean): number {
  let best = -1;
  scores.forEach((score, at) => {
    if (counts(score) && score.brierScore < (scores[best]?.brierScore ?? Infinity)) best = at;
  });
  return best;
}

/** The better of each kind against one another; null when a kind is missing. */
function judge(scored: readonly ScoredCandidate[], { repeats, bootstrap }: Ground): Verdict | null {
  const scores = scored.map(({ score }) => score);
  const adapted = bestOf(scores, (score) => score.adapted);
  const unadapted = bestOf(scores, (score) => !score.adapted);
  const a = scored[adapted];
  const b = scored[unadapted];
  if (a === undefined || b === undefined) return null;
  const difference = (of: (candidate: ScoredCandidate) => Float64Array): Interval =>
    widenedForFolds(pairedBootstrap(a.correct.length, meanOver(of(a)), meanOver(of(b)), bootstrap), repeats);
  const accuracyDifference = difference(({ correct }) => correct);
  const logLossDifference = difference(({ losses }) => losses);
  const outcome = outcomeOf(accuracyDifference);
  const figures = figuresOf(a.score, b.score, accuracyDifference);
  const words = `${leadOf(outcome)} ${figures}`;
  return { outcome, adapted, unadapted, accuracyDifference, logLossDifference, words, figures };
}

function outcomeOf({ low, high }: Interval): Outcome {
  if (low > 0) return 'adapted better';
  return high < 0 ? 'adapted worse' : 'no difference shown';
}

function figuresOf(adapted: CandidateScore, unadapted: CandidateScore, { estimate, low, high }: Interval): string {
  const percent = (value: number): string => `${(100 * value).toFixed(0)} %`;
  const points = (value: number): string => `${value < 0 ? '−' : '+'}${Math.abs(100 * value).toFixed(1)}`;
  return (
    `Of the labels held out, "${adapted.name}" gets ${percent(adapted.metrics.accuracy)} right and "${unadapted.name}", the best unadapted one, ` +
    `${percent(unadapted.metrics.accuracy)}: ${points(estimate)} points (95 % interval ${points(low)} to ${points(high)}).`
  );
}

function leadOf(outcome: Outcome): string {
  switch (outcome) {
    case 'adapted better':
      return 'Adapting helped.';
    case 'adapted worse':
      return 'Adapting made it worse.';
    case 'no difference shown':
      return 'No difference shown: it may be chance, and more labels may tell.';
    default:
      return outcome satisfies never;
  }
}
