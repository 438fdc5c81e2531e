/** `bench intervals`: how often nominal 95 % intervals of accuracy hold the truth, over many made-up projects in which it is known. */
import { inclusionWeights } from '../../electron/learn/inclusion.ts';
import type { Interval } from '../../electron/learn/intervals.ts';
import { crossValidationWidth, shareInterval } from '../../electron/learn/intervals.ts';
import { predictedClasses } from '../../electron/learn/metrics.ts';
import { fitProbe, predictProbe } from '../../electron/learn/probe.ts';
import type { FittedProbe } from '../../electron/learn/probe.ts';
import type { Random } from '../../electron/tensor/random.ts';
import { createRandom } from '../../electron/tensor/random.ts';
import { drawImages, makeWorld, takeImages, typicalRows } from './interval-draws.ts';
import type { Images, World } from './interval-draws.ts';

export interface IntervalsRequest {
  /** Made-up projects a setting. */
  readonly draws: number;
  readonly seed: number;
}

export interface CoverageRow {
  readonly setting: string;
  /** How the images that were learnt from were chosen. */
  readonly labels: 'at random' | 'typical ones';
  readonly numLabels: number;
  readonly estimate: string;
  readonly numMeasured: number;
  /** Whether the app would show this as the accuracy of further images. */
  readonly isShown: boolean;
  readonly numDraws: number;
  /** Share of the draws in which the interval held the truth. */
  readonly coverage: number;
  readonly meanEstimate: number;
  readonly meanTruth: number;
  readonly meanWidth: number;
}

export interface IntervalsReport extends IntervalsRequest {
  readonly rows: readonly CoverageRow[];
}

interface Setting {
  readonly name: string;
  readonly labels: CoverageRow['labels'];
  readonly numLabels: number;
  readonly numAudit: number;
  /** Distance of the kinds of images from one another. */
  readonly distance: number;
}

const settings: readonly Setting[] = [
  { name: 'easy', labels: 'at random', numLabels: 60, numAudit: 60, distance: 1.6 },
  { name: 'middling', labels: 'at random', numLabels: 120, numAudit: 100, distance: 1 },
  { name: 'hard', labels: 'at random', numLabels: 100, numAudit: 60, distance: 0.6 },
  { name: 'easy', labels: 'typical ones', numLabels: 60, numAudit: 30, distance: 1.6 },
  { name: 'middling', labels: 'typical ones', numLabels: 100, numAudit: 60, distance: 1 },
  { name: 'hard', labels: 'typical ones', numLabels: 100, numAudit: 100, distance: 0.6 },
];

const dim = 16;
const numClasses = 4;
const numPool = 1500;
const numFresh = 4000;
const strengths = [1e4, 1e3, 1e2, 1e1, 1];
/** In the uneven measurement, images of every third kind are measured this many times as often. */
const unevenness = 6;
/** Images that are taken of one scene, in the grouped measurement. */
const perGroup = 4;

/** Runs every setting and tells how often each interval held. */
export async function benchIntervals({ draws, seed }: IntervalsRequest, signal?: AbortSignal): Promise<IntervalsReport> {
  const rows: CoverageRow[] = [];
  for (const [at, setting] of settings.entries()) rows.push(...(await runSetting(setting, draws, seed + 1000 * at, signal)));
  return { draws, seed, rows };
}

interface Tally {
  readonly estimate: string;
  readonly numMeasured: number;
  readonly isShown: boolean;
  numHeld: number;
  sumEstimate: number;
  sumWidth: number;
}

async function runSetting(setting: Setting, draws: number, seed: number, signal?: AbortSignal): Promise<CoverageRow[]> {
  const tallies = new Map<string, Tally>();
  let sumTruth = 0;
  const random = createRandom(seed);
  for (let draw = 0; draw < draws; draw++) {
    signal?.throwIfAborted();
    const { truth, measured } = await oneProject(setting, random);
    sumTruth += truth;
    for (const { estimate, numMeasured, isShown, interval } of measured) {
      const tally = tallies.get(estimate) ?? { estimate, numMeasured, isShown, numHeld: 0, sumEstimate: 0, sumWidth: 0 };
      tally.numHeld += interval.low <= truth && truth <= interval.high ? 1 : 0;
      tally.sumEstimate += interval.estimate;
      tally.sumWidth += interval.high - interval.low;
      tallies.set(estimate, tally);
    }
  }
  return Array.from(tallies.values(), ({ estimate, numMeasured, isShown, numHeld, sumEstimate, sumWidth }) => ({
    setting: setting.name,
    labels: setting.labels,
    numLabels: setting.numLabels,
    estimate,
    numMeasured,
    isShown,
    numDraws: draws,
    coverage: numHeld / draws,
    meanEstimate: sumEstimate / draws,
    meanTruth: sumTruth / draws,
    meanWidth: sumWidth / draws,
  }));
}

interface Measurement {
  readonly estimate: string;
  readonly numMeasured: number;
  readonly isShown: boolean;
  readonly interval: Interval;
}

async function oneProject(setting: Setting, random: Random): Promise<{ truth: number; measured: Measurement[] }> {
  const { labels, numLabels, numAudit, distance } = setting;
  const world = makeWorld({ numClasses, kindsPerClass: 3, dim, distance }, random);
  const pool = drawImages(world, numPool, random);
  const chosen = labels === 'at random' ? Array.from({ length: numLabels }, (_, i) => i) : typicalRows(pool, world, numLabels);
  const training = takeImages(pool, chosen, dim);
  const fit = await fitProbe({ ...training, numClasses, reference: pool.features, numRepeats: 5, strengths });
  const hitsOf = (images: Images): Float64Array => {
    const predicted = predictedClasses(predictProbe(fit.model, images.features), numClasses);
    return Float64Array.from(images.labels, (label, i) => (label === predicted[i] ? 1 : 0));
  };
  const truth = mean(hitsOf(drawImages(world, numFresh, random)));
  const audit = drawImages(world, numAudit, random);
  const uneven = drawUnevenly(world, numAudit, random);
  const { weights } = inclusionWeights(pool.kinds, uneven.kinds);
  const [scenes, groups] = drawScenes(world, numAudit, random);
  const unevenHits = hitsOf(uneven);
  const isRandom = labels === 'at random';
  const of = (estimate: string, numMeasured: number, isShown: boolean, interval: Interval): Measurement => ({
    estimate,
    numMeasured,
    isShown,
    interval,
  });
  return {
    truth,
    measured: [
      of('images kept apart', numAudit, true, shareInterval(hitsOf(audit))),
      of('kept apart, uneven, weighted', numAudit, true, shareInterval(unevenHits, { weights })),
      of('kept apart, uneven, as it is', numAudit, false, shareInterval(unevenHits)),
      of('kept apart, in scenes', numAudit, true, shareInterval(hitsOf(scenes), { groups })),
      of('cross-validation', numLabels, isRandom, crossValidated(fit, training)),
    ],
  };
}

/** Of the labels themselves, each predicted by fits that had not seen it. */
function crossValidated({ crossValidation }: FittedProbe, { labels }: Images): Interval {
  const repeats = crossValidation?.probabilities ?? [];
  const hits = new Float64Array(labels.length);
  for (const probabilities of repeats) {
    const predicted = predictedClasses(probabilities, numClasses);
    labels.forEach((label, i) => (hits[i] = (hits[i] ?? 0) + (label === predicted[i] ? 1 / repeats.length : 0)));
  }
  return shareInterval(hits, { width: crossValidationWidth });
}

/** As somebody measures who looks at some clusters more than at others. */
function drawUnevenly(world: World, numImages: number, random: Random): Images {
  const rows: number[] = [];
  const many = drawImages(world, 12 * numImages, random);
  for (let i = 0; rows.length < numImages && i < many.kinds.length; i++) {
    if ((many.kinds[i] ?? 0) % 3 === 0 || random.next() < 1 / unevenness) rows.push(i);
  }
  return takeImages(many, rows, dim);
}

/** Several frames of every scene, nearly the same. */
function drawScenes(world: World, numImages: number, random: Random): [Images, Int32Array] {
  const numScenes = Math.ceil(numImages / perGroup);
  const scenes = drawImages(world, numScenes, random);
  const groups = Int32Array.from({ length: numImages }, (_, i) => i % numScenes);
  const frames = takeImages(scenes, [...groups], dim);
  return [{ ...frames, features: frames.features.map((value) => value + 0.3 * random.normal()) }, groups];
}

function mean(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
