/** What to label next: images worth it, mixed with some to check with, each with a guess at its class. */
import type { LabelQueue, QueueItem } from '../../contract/domain.ts';
import { classGuesser } from './class-means.ts';
import type { Host } from '../host.ts';
import {
  baseColumns,
  classColumn,
  clusterColumn,
  noClass,
  noCluster,
  predictionColumns,
  rowOf,
  testColumn,
} from '../catalog/image-catalog.ts';
import type { PredictionColumns } from '../catalog/image-catalog.ts';
import { groupOfCopy } from '../catalog/near-copies.ts';

export interface QueueRequest {
  readonly count: number;
  readonly strategy?: 'auto' | 'typical' | 'margin' | 'random' | undefined;
  readonly clusterId?: number | undefined;
  readonly sourceId?: number | undefined;
  readonly skippedIds?: readonly number[] | undefined;
}

type Chosen = 'typical' | 'margin' | 'random';

/** From here on a classifier's doubts say more than clusters do. */
const labelsPerClass = 5;
/** One in so many is drawn from the images kept apart, until there are enough of them to measure with. */
const testEvery = 5;
const testLabelsWanted = 60;

const explanations: Readonly<Record<Chosen, string>> = {
  typical: 'Typical images of groups that have no label yet come first, so that every kind of image is seen early.',
  margin: 'Images the newest classifier is least sure about come first, from different clusters.',
  random: 'Images are drawn at random.',
};

interface Candidate {
  readonly row: number;
  readonly reason: string;
}

/** Chooses from columns in memory; fast enough to ask after every few labels. */
export async function labelQueue(host: Host, request: QueueRequest): Promise<LabelQueue> {
  const predictions = await predictionColumns(host);
  const { ids } = baseColumns(host);
  const [isTest, classIds] = [testColumn(host), classColumn(host)];
  const isOpen = openTest(host, request);
  const strategy = chooseStrategy(host, request, predictions);
  const main = createCandidates(host, strategy, request, predictions, (row) => isOpen(row) && isTest[row] === 0);
  const picked = withoutCopies(host, main.candidates, request.count);
  // Part of a cluster or folder is no random sample of all images, so nothing from it may serve to check with.
  const isWhole = request.clusterId === undefined && request.sourceId === undefined;
  let numTestLabelled = 0;
  for (let row = 0; row < ids.length; row++) if (isTest[row] === 1 && classIds[row] !== noClass) numTestLabelled += 1;
  const numTests = isWhole ? Math.max(0, Math.min(request.count, testLabelsWanted - numTestLabelled)) : 0;
  const tests = numTests === 0 ? [] : firstOf(randomOrder(host), (row) => isTest[row] === 1 && isOpen(row), numTests);
  const guess = guesser(host, predictions);
  const order = interleave(picked, tests, request.count);
  const items = order.map(({ row, reason, forTest }): QueueItem => {
    const imageId = ids[row] as number;
    // A guess shown beside an image sways whoever labels it; what checks the classifier is labelled without.
    return { imageId, reason, isTest: forTest, suggestion: forTest ? null : guess(imageId, row) };
  });
  const hasTests = items.some((item) => item.isTest);
  const checking = hasTests ? ' About one in five is drawn at random from the images kept apart, to check the classifier with.' : '';
  return { strategy, explanation: `${main.explanation}${checking}`, items };
}

/** Usable, unlabelled, not skipped, within the scope, and no copy of a labelled image. */
function openTest(host: Host, { clusterId, sourceId, skippedIds = [] }: QueueRequest): (row: number) => boolean {
  const { ids, sourceIds, status, isExcluded } = baseColumns(host);
  const classIds = classColumn(host);
  const clusterIds = clusterId === undefined ? null : clusterColumn(host);
  const skipped = new Set(skippedIds);
  const groups = groupOfCopy(host);
  const labelledGroups = new Set<number>();
  for (const [id, group] of groups) {
    const row = rowOf(ids, id);
    if (row >= 0 && classIds[row] !== noClass) labelledGroups.add(group);
  }
  return (row) => {
    if (status[row] !== 0 || isExcluded[row] === 1 || classIds[row] !== noClass) return false;
    if (sourceId !== undefined && sourceIds[row] !== sourceId) return false;
    if (clusterIds !== null && clusterIds[row] !== clusterId) return false;
    const id = ids[row] as number;
    return !skipped.has(id) && !labelledGroups.has(groups.get(id) ?? -1);
  };
}

function chooseStrategy(host: Host, { strategy = 'auto' }: QueueRequest, { model }: PredictionColumns): Chosen {
  if (strategy !== 'auto') return strategy;
  if (model === null) return 'typical';
  const classes = host.workspace().project.classes.list();
  return classes.length > 1 && classes.every(({ numLabels }) => numLabels >= labelsPerClass) ? 'margin' : 'typical';
}

interface Choice {
  readonly candidates: Iterable<Candidate>;
  readonly explanation: string;
}

function createCandidates(
  host: Host,
  strategy: Chosen,
  request: QueueRequest,
  predictions: PredictionColumns,
  isOpen: (row: number) => boolean,
): Choice {
  const random = (): Iterable<Candidate> => drawn(randomOrder(host), isOpen);
  const doubtful = (): Candidate[] => byMargin(host, predictions, isOpen, request.count);
  switch (strategy) {
    case 'random':
      return { candidates: random(), explanation: explanations.random };
    case 'margin': {
      const candidates = doubtful();
      if (candidates.length > 0) return { candidates: chained(candidates, random()), explanation: explanations.margin };
      const why = predictions.model === null ? 'There is no classifier yet' : 'The classifier has seen none of the images that are left';
      return { candidates: random(), explanation: `${why}, so images are drawn at random.` };
    }
    case 'typical': {
      const typical = fromBatch(host, isOpen);
      if (typical.length >= request.count) return { candidates: typical, explanation: explanations.typical };
      const rest = doubtful();
      const then = rest.length > 0 ? 'those the classifier is least sure about follow' : 'images drawn at random follow';
      const explanation =
        typical.length > 0
          ? `${explanations.typical} Few of them are left, so ${then}.`
          : `${hasBatch(host) ? 'No typical images are left' : 'Typical images are known once there is a map'}: ${then}.`;
      return { candidates: chained(typical, rest, random()), explanation };
    }
    default:
      return strategy satisfies never;
  }
}

function newestBatch(host: Host): readonly { imageId: number; reason: string }[] {
  return host.memo(
    'queue.batch',
    ['maps', 'models', 'images', 'sources'],
    () => host.workspace().project.suggestions.latest()?.suggestions ?? [],
  );
}

function hasBatch(host: Host): boolean {
  return newestBatch(host).length > 0;
}

function fromBatch(host: Host, isOpen: (row: number) => boolean): Candidate[] {
  const { ids } = baseColumns(host);
  return newestBatch(host).flatMap(({ imageId, reason }) => {
    const row = rowOf(ids, imageId);
    return row >= 0 && isOpen(row) ? [{ row, reason }] : [];
  });
}

/** Shortlisted per image wanted, so that the clusters to choose among differ. */
const oversample = 10;

/** By rising margin, cluster after cluster in turns: the least sure image of each, then the second of each, ... */
function byMargin(host: Host, predictions: PredictionColumns, isOpen: (row: number) => boolean, count: number): Candidate[] {
  const clusterIds = clusterColumn(host);
  const { margin } = predictions;
  const shortlist = firstOf(rowsByMargin(host, predictions), isOpen, oversample * count);
  const turns = new Map<number, number>();
  const placed = shortlist.map((row, rank) => {
    const cluster = clusterIds[row] ?? noCluster;
    const turn = turns.get(cluster) ?? 0;
    turns.set(cluster, turn + 1);
    return { row, rank, turn: cluster === noCluster ? 0 : turn };
  });
  placed.sort((a, b) => a.turn - b.turn || a.rank - b.rank);
  return placed.map(({ row }) => ({ row, reason: `the classifier is undecided (margin ${Math.round((margin[row] as number) * 100)} %)` }));
}

/** The first `count` different images, one of each group of copies. */
function withoutCopies(host: Host, candidates: Iterable<Candidate>, count: number): Candidate[] {
  const { ids } = baseColumns(host);
  const groups = groupOfCopy(host);
  const [rows, taken] = [new Set<number>(), new Set<number>()];
  const picked: Candidate[] = [];
  for (const candidate of candidates) {
    if (picked.length === count) break;
    const group = groups.get(ids[candidate.row] as number);
    if (rows.has(candidate.row) || (group !== undefined && taken.has(group))) continue;
    rows.add(candidate.row);
    if (group !== undefined) taken.add(group);
    picked.push(candidate);
  }
  return picked;
}

/** Rows that have a margin, the least sure first: sorted once for a classifier. */
function rowsByMargin(host: Host, { margin }: PredictionColumns): Int32Array {
  return host.memo('queue.byMargin', ['predictions', 'models', 'classes', 'images', 'sources'], () => {
    const rows = Int32Array.from(margin.keys()).filter((row) => !Number.isNaN(margin[row]));
    return rows.sort((a, b) => (margin[a] as number) - (margin[b] as number) || a - b);
  });
}

/** Every row, in an order that looks random, but stays the same from one answer to the next, however many are labelled between. */
export function randomOrder(host: Host): Int32Array {
  return host.memo('queue.order', ['images', 'sources'], () => {
    const { ids } = baseColumns(host);
    const places = Float64Array.from(ids, (id, row) => scramble(id) * 2 ** 20 + row).sort();
    return Int32Array.from(places, (place) => place % 2 ** 20);
  });
}

/** The first `count` of `rows` that are wanted, in their order. */
function firstOf(rows: Int32Array, isWanted: (row: number) => boolean, count: number): number[] {
  const found: number[] = [];
  for (const row of rows) {
    if (found.length === count) break;
    if (isWanted(row)) found.push(row);
  }
  return found;
}

function* drawn(rows: Int32Array, isWanted: (row: number) => boolean): Generator<Candidate> {
  for (const row of rows) if (isWanted(row)) yield { row, reason: 'drawn at random' };
}

function* chained(...lists: Iterable<Candidate>[]): Generator<Candidate> {
  for (const list of lists) yield* list;
}

/** 32 bits that depend on the id in no visible way (the finaliser of MurmurHash3). */
function scramble(id: number): number {
  let z = Math.imul(id, 0x9e3779b1);
  z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
  z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
  return (z ^ (z >>> 16)) >>> 0;
}

function interleave(main: readonly Candidate[], tests: readonly number[], count: number): (Candidate & { readonly forTest: boolean })[] {
  const out: (Candidate & { readonly forTest: boolean })[] = [];
  let [numMain, numTests] = [0, 0];
  while (out.length < count) {
    const isTestsTurn = out.length % testEvery === testEvery - 1 || numMain >= main.length;
    const test = isTestsTurn ? tests[numTests] : undefined;
    const next = main[numMain];
    if (test !== undefined) {
      numTests++;
      out.push({ row: test, reason: 'drawn at random, to check with', forTest: true });
    } else if (next !== undefined) {
      numMain++;
      out.push({ ...next, forTest: false });
    } else break;
  }
  return out;
}

/** The classifier's prediction where it was trained after most labels were given, else the nearest class mean, else none. */
function guesser(
  host: Host,
  { model, predictedIds, confidence }: PredictionColumns,
): (imageId: number, row: number) => QueueItem['suggestion'] {
  const byMeans = classGuesser(host);
  const isRecent = model !== null && shareLabelledBefore(host, model.createdAt) > 0.5;
  return (imageId, row) => {
    const predicted = predictedIds[row] ?? noClass;
    const byModel = predicted === noClass ? null : { classId: predicted, confidence: confidence[row] ?? 0 };
    return isRecent ? (byModel ?? byMeans?.(imageId) ?? null) : (byMeans?.(imageId) ?? byModel);
  };
}

const countBefore = 'SELECT coalesce(avg(at <= ?), 0) FROM labels';

function shareLabelledBefore(host: Host, time: number): number {
  return host.memo(
    'queue.shareBefore',
    ['labels', 'models', 'classes', 'images', 'sources'],
    () => host.workspace().project.connection.values<number>(countBefore).get(time) ?? 0,
  );
}
