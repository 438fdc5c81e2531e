/** What to label next: images worth it, mixed with some to check with, each with a guess at its class. */
import { setImmediate } from 'node:timers/promises';
import type { LabelQueue, QueueItem } from '../../contract/domain.ts';
import { baseColumns, classColumn, clusterColumn, noClass, predictionColumns, rowOf, testColumn } from '../catalog/image-catalog.ts';
import type { PredictionColumns } from '../catalog/image-catalog.ts';
import { groupOfCopy } from '../catalog/near-copies.ts';
import type { Host } from '../host.ts';
import { classGuesser } from './class-means.ts';
import { createCandidates } from './queue-candidates.ts';
import type { Choice, QueueStrategy } from './queue-candidates.ts';
import { firstOf, randomOrder } from './queue-rows.ts';
import type { Candidate, RowTest } from './queue-rows.ts';

export interface QueueRequest {
  readonly count: number;
  readonly strategy?: 'auto' | QueueStrategy | undefined;
  readonly clusterId?: number | undefined;
  readonly sourceId?: number | undefined;
  readonly skippedIds?: readonly number[] | undefined;
}

/** One in so many is drawn from the images kept apart, until there are enough of them to measure with. */
const testEvery = 5;
const testLabelsWanted = 60;

/** Chooses from columns in memory; fast enough to ask after every few labels. */
export async function labelQueue(host: Host, request: QueueRequest): Promise<LabelQueue> {
  for (;;) {
    const predictions = await predictionColumns(host);
    const isRecent = predictions.model !== null && shareLabelledBefore(host, predictions.model.createdAt) > 0.5;
    const isTest = testColumn(host);
    const isOpen = openTest(host, request);
    const strategy = request.strategy ?? 'auto';
    const isWanted = (row: number): boolean => isTest[row] === 0 && isOpen(row);
    const choice = await createCandidates(host, { strategy, count: request.count, predictions, isRecent, isOpen: isWanted });
    await setImmediate();
    // Choosing lets other calls in between: rows of other images would mean nothing any more.
    if (baseColumns(host).ids === predictions.ids) return describe(host, request, choice, predictions, isRecent);
  }
}

function describe(
  host: Host,
  request: QueueRequest,
  { strategy, candidates, explanation }: Choice,
  predictions: PredictionColumns,
  isRecent: boolean,
): LabelQueue {
  const { ids } = baseColumns(host);
  // Labels may have come while it was chosen.
  const [isTest, classIds, isOpen] = [testColumn(host), classColumn(host), openTest(host, request)];
  const picked = withoutCopies(host, candidates, request.count).filter(({ row }) => isOpen(row));
  // Part of a cluster or folder is no random sample of all images, so nothing from it may serve to check with.
  const isWhole = request.clusterId === undefined && request.sourceId === undefined;
  let numTestLabelled = 0;
  for (let row = 0; row < ids.length; row++) if (isTest[row] === 1 && classIds[row] !== noClass) numTestLabelled += 1;
  const numTests = isWhole ? Math.max(0, Math.min(request.count, testLabelsWanted - numTestLabelled)) : 0;
  const tests = numTests === 0 ? [] : firstOf(randomOrder(host), (row) => isTest[row] === 1 && isOpen(row), numTests);
  const guess = guesser(host, predictions, isRecent);
  const order = interleave(picked, tests, request.count);
  const items = order.map(({ row, reason, forTest }): QueueItem => {
    const imageId = ids[row] as number;
    // A guess shown beside an image sways whoever labels it; what checks the classifier is labelled without.
    return { imageId, reason, isTest: forTest, suggestion: forTest ? null : guess(imageId, row) };
  });
  const hasTests = items.some((item) => item.isTest);
  const checking = hasTests ? ' About one in five is drawn at random from the images kept apart, to check the classifier with.' : '';
  return { strategy, explanation: `${explanation}${checking}`, items };
}

/** Usable, unlabelled, not skipped, within the scope, and no copy of a labelled image. */
function openTest(host: Host, { clusterId, sourceId, skippedIds = [] }: QueueRequest): RowTest {
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
  { predictedIds, confidence }: PredictionColumns,
  isRecent: boolean,
): (imageId: number, row: number) => QueueItem['suggestion'] {
  const byMeans = classGuesser(host);
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
