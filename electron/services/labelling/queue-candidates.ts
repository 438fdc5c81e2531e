/** Candidates for the next label by every strategy the window offers, the most wanted first. */
import { setImmediate } from 'node:timers/promises';
import { planBatch } from '../../explore/hand-over.ts';
import { baseColumns, classColumn, clusterColumn, noClass, noCluster, rowOf, testColumn } from '../catalog/image-catalog.ts';
import type { PredictionColumns } from '../catalog/image-catalog.ts';
import { outlierColumn } from '../catalog/outlying-images.ts';
import type { Host } from '../host.ts';
import { autoCover, autoDoubt, spreadAmong } from './choose-images.ts';
import type { DoubtStrategy } from './choose-images.ts';
import { coveringRows, doubtfulByProbe } from './queue-features.ts';
import { chained, drawn, firstOf } from './queue-rows.ts';
import type { Candidate, RowTest } from './queue-rows.ts';

export type QueueStrategy = 'typical' | 'probcover' | DoubtStrategy | 'random';

export interface Choice {
  readonly strategy: QueueStrategy;
  readonly candidates: Iterable<Candidate>;
  readonly explanation: string;
}

export interface CandidatesRequest {
  readonly strategy: 'auto' | QueueStrategy;
  readonly count: number;
  readonly predictions: PredictionColumns;
  /** Whether the newest classifier was trained after most labels were given. */
  readonly isRecent: boolean;
  readonly isOpen: RowTest;
}

const explanations: Readonly<Record<QueueStrategy, string>> = {
  typical: 'Typical images of groups that have no label yet come first, so that every kind of image is seen early.',
  probcover: 'Images that look like many others without a label come first, so that few labels cover much.',
  margin: 'Images that lie between two classes by the labels so far come first, from different groups.',
  badge: 'Images whose label would change a classifier most come first, each in another way.',
  dropquery: 'Images on which a classifier changes its mind when it sees only a part of what it knows come first.',
  random: 'Images are drawn at random.',
};
const byClassifier = 'Images the newest classifier is least sure about come first, from different clusters.';
const unseenToo = ' A few among them, one in five at most, are of groups without labels.';

/** Throws what reading the project throws. */
export async function createCandidates(host: Host, request: CandidatesRequest): Promise<Choice> {
  const { strategy, count } = request;
  switch (strategy) {
    case 'random':
      return { strategy, candidates: drawn(host, request.isOpen), explanation: explanations.random };
    case 'typical':
    case 'probcover':
      return coverChoice(host, strategy, request);
    case 'margin':
    case 'badge':
    case 'dropquery':
      return doubtChoice(host, strategy, request);
    case 'auto': {
      const { numCover, numDoubt } = planBatch(labelState(host, request.isOpen), count);
      // Every step is short; together they would keep a key stroke waiting.
      await setImmediate();
      if (numDoubt === 0) return coverChoice(host, autoCover === 'probcover' ? 'probcover' : 'typical', request);
      const unseen = numCover === 0 ? [] : unseenCandidates(host, request.isOpen, numCover);
      const isUnseen = new Set(unseen.map(({ row }) => row));
      const isOpen = (row: number): boolean => !isUnseen.has(row) && request.isOpen(row);
      await setImmediate();
      const doubt = await doubtChoice(host, autoDoubt, { ...request, count: count - unseen.length, isOpen });
      if (unseen.length === 0) return doubt;
      return { ...doubt, candidates: mixed(doubt.candidates, unseen, count), explanation: `${doubt.explanation}${unseenToo}` };
    }
    default:
      return strategy satisfies never;
  }
}

/** Counts of labels to learn from, by class and by cluster. */
function labelState(host: Host, isOpen: RowTest): { classCounts: number[]; clusterCounts: number[] } {
  const [classIds, isTest, clusterIds] = [classColumn(host), testColumn(host), clusterColumn(host)];
  const classes = new Map<number, number>(
    host
      .workspace()
      .project.classes.list()
      .map(({ id }) => [id, 0]),
  );
  const clusters = new Map<number, number>();
  const isClusterOpen = new Set<number>();
  classIds.forEach((classId, row) => {
    const cluster = clusterIds[row] ?? noCluster;
    if (classId === noClass || isTest[row] === 1) {
      if (cluster !== noCluster && !isClusterOpen.has(cluster) && isOpen(row)) isClusterOpen.add(cluster);
      return;
    }
    classes.set(classId, (classes.get(classId) ?? 0) + 1);
    clusters.set(cluster, (clusters.get(cluster) ?? 0) + 1);
  });
  return { classCounts: [...classes.values()], clusterCounts: [...isClusterOpen].map((cluster) => clusters.get(cluster) ?? 0) };
}

async function coverChoice(host: Host, strategy: 'typical' | 'probcover', request: CandidatesRequest): Promise<Choice> {
  const { count } = request;
  const isOpen = withoutOutliers(host, request.isOpen);
  const random = drawn(host, request.isOpen);
  if (strategy === 'probcover') {
    const covering = await coveringRows(host, isOpen, count);
    if (covering !== null) return { strategy, candidates: chained(covering, random), explanation: explanations.probcover };
    return { strategy, candidates: random, explanation: 'What covers much is known once there is a map: images drawn at random follow.' };
  }
  const typical = unseenFirst(host, fromBatch(host, isOpen));
  if (typical.length >= count) return { strategy, candidates: typical, explanation: explanations.typical };
  const rest = (await doubtful(host, autoDoubt, request))?.candidates ?? [];
  const then = rest.length > 0 ? 'those that lie between two classes follow' : 'images drawn at random follow';
  const explanation =
    typical.length > 0
      ? `${explanations.typical} Few of them are left, so ${then}.`
      : `${newestBatch(host).length > 0 ? 'No typical images are left' : 'Typical images are known once there is a map'}: ${then}.`;
  return { strategy, candidates: chained(typical, rest, random), explanation };
}

async function doubtChoice(host: Host, strategy: DoubtStrategy, request: CandidatesRequest): Promise<Choice> {
  const found = await doubtful(host, strategy, request);
  const random = drawn(host, request.isOpen);
  if (found !== null) return { strategy, candidates: chained(found.candidates, random), explanation: found.explanation };
  const why =
    request.predictions.model === null
      ? 'Doubts are known once there is a map and two classes have labels'
      : 'The classifier has seen none of the images that are left';
  return { strategy, candidates: random, explanation: `${why}, so images are drawn at random.` };
}

/** By the newest classifier where it knows most labels, or where there is no map; else by a quick probe on the labels at hand. Null where neither can be asked. */
async function doubtful(
  host: Host,
  strategy: DoubtStrategy,
  { predictions, isRecent, isOpen, count }: CandidatesRequest,
): Promise<{ candidates: Candidate[]; explanation: string } | null> {
  const isWanted = withoutOutliers(host, isOpen);
  const byModel = (): Candidate[] => byMargin(host, predictions, isWanted, count);
  const first = strategy === 'margin' && isRecent ? byModel() : [];
  if (first.length > 0) return { candidates: first, explanation: byClassifier };
  const byProbe = await doubtfulByProbe(host, strategy, isWanted, count);
  if (byProbe !== null && byProbe.length > 0) return { candidates: byProbe, explanation: explanations[strategy] };
  const last = byModel();
  return last.length > 0 ? { candidates: last, explanation: byClassifier } : null;
}

function withoutOutliers(host: Host, isOpen: RowTest): RowTest {
  const isOutlier = outlierColumn(host);
  return (row) => isOutlier[row] === 0 && isOpen(row);
}

function newestBatch(host: Host): readonly { imageId: number; reason: string }[] {
  return host.memo(
    'queue.batch',
    ['maps', 'models', 'images', 'sources'],
    () => host.workspace().project.suggestions.latest()?.suggestions ?? [],
  );
}

function fromBatch(host: Host, isOpen: RowTest): Candidate[] {
  const { ids } = baseColumns(host);
  return newestBatch(host).flatMap(({ imageId, reason }) => {
    const row = rowOf(ids, imageId);
    return row >= 0 && isOpen(row) ? [{ row, reason }] : [];
  });
}

/** Those of clusters without labels before the others, each in their order. */
function unseenFirst(host: Host, candidates: readonly Candidate[]): Candidate[] {
  const isSeen = seenClusters(host);
  const clusterIds = clusterColumn(host);
  const rank = ({ row }: Candidate): number => Number(isSeen.has(clusterIds[row] ?? noCluster));
  return candidates.toSorted((a, b) => rank(a) - rank(b));
}

/** An image of every cluster without labels, a typical one where it is known; where all clusters have labels, typical images of any. */
function unseenCandidates(host: Host, isOpen: RowTest, count: number): Candidate[] {
  const isSeen = seenClusters(host);
  const clusterIds = clusterColumn(host);
  const isWanted = withoutOutliers(
    host,
    (row) => clusterIds[row] !== noCluster && !isSeen.has(clusterIds[row] ?? noCluster) && isOpen(row),
  );
  const used = new Set<number>();
  const picked: Candidate[] = [];
  for (const candidate of chained(fromBatch(host, isWanted), drawn(host, isWanted))) {
    const cluster = clusterIds[candidate.row] ?? noCluster;
    if (picked.length === count) break;
    if (used.has(cluster)) continue;
    used.add(cluster);
    picked.push({ ...candidate, reason: 'of a group without labels' });
  }
  return picked.length > 0 ? picked : fromBatch(host, withoutOutliers(host, isOpen)).slice(0, count);
}

/** Clusters with labels to learn from. */
function seenClusters(host: Host): ReadonlySet<number> {
  return host.memo('queue.seenClusters', ['labels', 'classes', 'maps', 'models', 'images', 'sources'], () => {
    const [classIds, isTest, clusterIds] = [classColumn(host), testColumn(host), clusterColumn(host)];
    return new Set(clusterIds.filter((_, row) => classIds[row] !== noClass && isTest[row] === 0));
  });
}

/** The others spread evenly among the first of `main`, `count` in all, and then the rest of `main`. */
function* mixed(main: Iterable<Candidate>, others: readonly Candidate[], count: number): Generator<Candidate> {
  const order = spreadAmong(count - others.length, others.length);
  let place = 0;
  for (const candidate of main) {
    for (let next = order[place]; next !== undefined && !next.isMain; next = order[++place]) yield others[next.at] as Candidate;
    place++;
    yield candidate;
  }
  for (const { isMain, at } of order.slice(place)) if (!isMain) yield others[at] as Candidate;
}

/** Shortlisted per image wanted, so that the clusters to choose among differ. */
const oversample = 10;

/** By rising margin, cluster after cluster in turns: the least sure image of each, then the second of each, ... */
function byMargin(host: Host, predictions: PredictionColumns, isOpen: RowTest, count: number): Candidate[] {
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

/** Rows that have a margin, the least sure first: sorted once for a classifier. */
function rowsByMargin(host: Host, { margin }: PredictionColumns): Int32Array {
  return host.memo('queue.byMargin', ['predictions', 'models', 'classes', 'images', 'sources'], () => {
    const rows = Int32Array.from(margin.keys()).filter((row) => !Number.isNaN(margin[row]));
    return rows.sort((a, b) => (margin[a] as number) - (margin[b] as number) || a - b);
  });
}
