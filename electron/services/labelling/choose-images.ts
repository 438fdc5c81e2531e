/** Which of many images to label next, by features and the labels at hand: every strategy, and the automatic choice among them. */
import { AppError } from '../../contract/errors.ts';
import type { RunContext } from '../../contract/progress.ts';
import { suggestByGradient } from '../../explore/badge.ts';
import { suggestByDropout } from '../../explore/dropquery.ts';
import { groupDuplicates, redundantCopies } from '../../explore/duplicates.ts';
import { planBatch } from '../../explore/hand-over.ts';
import { clusterFeatures } from '../../explore/kmeans.ts';
import { suggestByMargin } from '../../explore/margin.ts';
import { nearestNeighbours } from '../../explore/neighbours.ts';
import { gatherRows, l2Normalise } from '../../explore/normalise.ts';
import { findOutliers } from '../../explore/outliers.ts';
import { suggestCovering } from '../../explore/probcover.ts';
import { suggestRandom } from '../../explore/selection.ts';
import type { FeatureRequest, Suggestions } from '../../explore/selection.ts';
import { suggestCentral, suggestTypical } from '../../explore/typiclust.ts';
import { fitQuickProbe } from '../../learn/quick-probe.ts';
import { unitAboutMean } from '../../learn/unit-about-mean.ts';
import type { Executor } from '../../tensor/program.ts';
import { automaticClusters } from '../mapping/map-clusters.ts';

/** Those that need no label. */
export const coverStrategies = ['typical', 'central', 'probcover'] as const;
/** Those that follow the doubts of a classifier. */
export const doubtStrategies = ['margin', 'badge', 'dropquery'] as const;
export type CoverStrategy = (typeof coverStrategies)[number];
export type DoubtStrategy = (typeof doubtStrategies)[number];
/** What a single image was chosen by. */
export type Way = CoverStrategy | DoubtStrategy | 'random';
export type Strategy = 'auto' | Way;

export const strategies: readonly Strategy[] = ['auto', ...coverStrategies, ...doubtStrategies, 'random'];

/** What the automatic choice goes by before the hand-over and after it; see "Choosing what to label" in test/bench/NOTES.md. */
export const autoCover: CoverStrategy = 'typical';
export const autoDoubt: DoubtStrategy = 'margin';

/** Why an image was chosen, in words. */
export const reasons: Readonly<Record<Way, string>> = {
  typical: 'typical of a cluster without labels',
  central: 'in the middle of a cluster without labels',
  probcover: 'many unlabelled images look like it',
  margin: 'the classifier is undecided',
  badge: 'its label would change the classifier most',
  dropquery: 'the classifier changes its mind about it',
  random: 'drawn at random',
};

/** Copies and outliers, which depend on the images alone. */
export interface Aside {
  readonly copies: readonly Int32Array[];
  readonly outliers: Int32Array;
}

/** What choosing needs, over the pool's features [N, D]. */
export interface ChooseRequest {
  readonly features: Float32Array;
  readonly numImages: number;
  readonly numDims: number;
  readonly labelled: Int32Array;
  /** [labelled.length], classes in 0..numClasses-1; strategies that follow doubts need them. */
  readonly labels?: Int32Array;
  /** All classes there are, those without labels too. */
  readonly numClasses?: number;
  readonly budget: number;
  readonly strategy: Strategy;
  readonly seed: number;
  readonly hashes?: readonly (string | null)[];
  /** Images that are not asked for, but are part of the whole that features and clusters are measured on. */
  readonly outside?: Int32Array;
  /** Found already. */
  readonly aside?: Aside;
  /** [N], found already; as many clusters as a map has unless told. */
  readonly clusters?: Int32Array;
}

export interface Choice {
  readonly suggestions: Suggestions;
  /** Of every suggestion. */
  readonly ways: readonly Way[];
  readonly numCopies: number;
  readonly numOutliers: number;
}

const numNeighbours = 10;
/** Before classes are named, and where only some are yet. */
const fewestPseudoClasses = 10;

/** How many kinds ProbCover supposes there are. */
export function numPseudoClasses(numClasses: number): number {
  return Math.max(fewestPseudoClasses, numClasses);
}

/** Copies by features or content, and images unlike all others. */
export async function findAside(
  { features, numImages, numDims, hashes }: Pick<ChooseRequest, 'features' | 'numImages' | 'numDims' | 'hashes'>,
  executor: Executor,
  ctx: RunContext,
): Promise<Aside> {
  const neighbours = await nearestNeighbours(features, { numImages, numDims }, numNeighbours, executor, ctx);
  const { groups } = groupDuplicates(neighbours, hashes === undefined ? {} : { hashes });
  return { copies: groups, outliers: findOutliers(neighbours).indices };
}

/**
 * Chooses what to label from features and labels: copies and outliers are set aside first (not for a random draw, which is the control), then
 * the strategy decides. `auto` follows `planBatch`. Throws `conflict` where a strategy needs labels that are not there.
 */
export async function chooseImages(request: ChooseRequest, executor: Executor, ctx: RunContext): Promise<Choice> {
  const { labelled, budget, strategy, outside = new Int32Array(0) } = request;
  if (strategy === 'random') {
    const suggestions = suggestRandom({ ...request, excluded: outside });
    return { suggestions, ways: waysOf(suggestions, 'random'), numCopies: 0, numOutliers: 0 };
  }
  const { copies: groups, outliers } = request.aside ?? (await findAside(request, executor, ctx));
  const copies = redundantCopies(groups, labelled);
  const excluded = union(copies, outliers, outside);
  const counts = { numCopies: copies.length, numOutliers: outliers.length };
  if (strategy !== 'auto') {
    const suggestions = await chooseBy(strategy, request, { ...request, excluded }, executor, ctx);
    return { suggestions, ways: waysOf(suggestions, strategy), ...counts };
  }
  const clusters = request.clusters ?? (await findClusters(request, executor, ctx));
  const state = { classCounts: classCounts(request), clusterCounts: openClusterCounts(request, clusters, excluded) };
  const { numCover, numDoubt } = planBatch(state, budget);
  // Once doubts decide, only what lies in clusters without labels is worth an image for its own sake.
  const seen = numDoubt === 0 ? new Int32Array(0) : inLabelledClusters(request, clusters, excluded);
  const cover = await chooseBy(autoCover, request, { ...request, budget: numCover, excluded: union(excluded, seen) }, executor, ctx);
  if (numDoubt === 0) return { suggestions: cover, ways: waysOf(cover, autoCover), ...counts };
  const left = { ...request, budget: budget - cover.indices.length, excluded: union(excluded, cover.indices) };
  const doubt = await chooseBy(autoDoubt, request, left, executor, ctx);
  return { ...mixed(doubt, cover), ...counts };
}

async function chooseBy(
  strategy: CoverStrategy | DoubtStrategy,
  request: ChooseRequest,
  common: FeatureRequest,
  executor: Executor,
  ctx: RunContext,
): Promise<Suggestions> {
  switch (strategy) {
    case 'typical':
      return suggestTypical(common, executor, ctx);
    case 'central':
      return suggestCentral(common, executor, ctx);
    case 'probcover':
      return suggestCovering({ ...common, numPseudoClasses: numPseudoClasses(request.numClasses ?? 0) }, executor, ctx);
    case 'margin':
    case 'badge':
    case 'dropquery':
      return chooseByDoubt(strategy, request, common, executor, ctx);
  }
}

async function chooseByDoubt(
  strategy: DoubtStrategy,
  { labelled, labels = new Int32Array(0), numClasses = 0 }: ChooseRequest,
  common: FeatureRequest,
  executor: Executor,
  ctx: RunContext,
): Promise<Suggestions> {
  if (new Set(labels).size < 2) {
    throw new AppError(
      'conflict',
      `Choosing by ${strategy} needs labels of at least two classes. Label more images first, or choose another way.`,
    );
  }
  const features = unitAboutMean(common.features, common.numDims);
  const { classify } = fitQuickProbe(gatherRows(features, common.numDims, labelled), labels, numClasses);
  if (strategy === 'dropquery') return suggestByDropout({ ...common, features, numClasses, classify }, executor, ctx);
  const classified = { ...common, features, numClasses, probabilities: classify(features) };
  return strategy === 'badge' ? suggestByGradient(classified, ctx) : suggestByMargin(classified, executor, ctx);
}

async function findClusters(
  { features, numImages, numDims, seed }: ChooseRequest,
  executor: Executor,
  ctx: RunContext,
): Promise<Int32Array> {
  if (numImages === 0) return new Int32Array(0);
  const shape = { numImages, numDims };
  const options = { numClusters: automaticClusters(numImages), seed };
  return (await clusterFeatures(l2Normalise(features, shape), shape, options, executor, ctx)).assignments;
}

function classCounts({ labels = new Int32Array(0), numClasses = 0 }: ChooseRequest): number[] {
  const counts = new Array<number>(numClasses).fill(0);
  for (const label of labels) counts[label] = (counts[label] ?? 0) + 1;
  return counts;
}

/** Labels in every cluster that has an image to suggest. */
function openClusterCounts({ numImages, labelled }: ChooseRequest, clusters: Int32Array, excluded: Int32Array): number[] {
  const closed = new Set([...labelled, ...excluded]);
  const counts = new Map<number, number>();
  for (let i = 0; i < numImages; i++) if (!closed.has(i)) counts.set(clusters[i] ?? 0, 0);
  for (const i of labelled) {
    const known = counts.get(clusters[i] ?? 0);
    if (known !== undefined) counts.set(clusters[i] ?? 0, known + 1);
  }
  return [...counts.values()];
}

/** The images of clusters with labels; none where no other cluster has an image to suggest, since then any will do. */
function inLabelledClusters({ numImages, labelled }: ChooseRequest, clusters: Int32Array, excluded: Int32Array): Int32Array {
  const withLabels = new Set(labelled.map((i) => clusters[i] ?? 0));
  const seen = Int32Array.from({ length: numImages }, (_, i) => i).filter((i) => withLabels.has(clusters[i] ?? 0));
  return new Set([...seen, ...excluded]).size < numImages ? seen : new Int32Array(0);
}

function waysOf({ indices }: Suggestions, way: Way): Way[] {
  return Array.from(indices, () => way);
}

/** The doubtful ones with the others spread evenly among them. */
function mixed(doubt: Suggestions, cover: Suggestions): Pick<Choice, 'suggestions' | 'ways'> {
  const order = spreadAmong(doubt.indices.length, cover.indices.length);
  const pick = (column: 'indices' | 'clusters' | 'scores'): number[] =>
    order.map(({ isMain, at }) => (isMain ? doubt : cover)[column][at] as number);
  return {
    suggestions: {
      indices: Int32Array.from(pick('indices')),
      clusters: Int32Array.from(pick('clusters')),
      scores: Float32Array.from(pick('scores')),
    },
    ways: order.map(({ isMain }) => (isMain ? autoDoubt : autoCover)),
  };
}

/** Positions in two lists, the second spread evenly among the first. */
export function spreadAmong(numMain: number, numOther: number): { readonly isMain: boolean; readonly at: number }[] {
  const total = numMain + numOther;
  let numDone = 0;
  return Array.from({ length: total }, (_, place) => {
    const isOther = Math.floor(((place + 1) * numOther) / total) > numDone;
    if (isOther) numDone++;
    return isOther ? { isMain: false, at: numDone - 1 } : { isMain: true, at: place - numDone };
  });
}

function union(...lists: readonly Int32Array[]): Int32Array {
  return Int32Array.from(new Set(lists.flatMap((list) => [...list])));
}
