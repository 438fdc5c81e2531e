/** Choosing what to label next by the map's reduced features, on the thread that answers the window: on parts small enough to be done at once. */
import { setImmediate } from 'node:timers/promises';
import type { RunContext } from '../../contract/progress.ts';
import { suggestByGradient } from '../../explore/badge.ts';
import { suggestByDropout } from '../../explore/dropquery.ts';
import { suggestByMargin } from '../../explore/margin.ts';
import { gatherRows } from '../../explore/normalise.ts';
import { suggestCovering } from '../../explore/probcover.ts';
import type { Suggestions } from '../../explore/selection.ts';
import { fitQuickProbe } from '../../learn/quick-probe.ts';
import type { QuickProbe } from '../../learn/quick-probe.ts';
import { createRandom } from '../../tensor/random.ts';
import { baseColumns, classColumn, noClass, rowsOf, testColumn } from '../catalog/image-catalog.ts';
import { groupOfCopy } from '../catalog/near-copies.ts';
import { compactFeatures } from '../catalog/similar-images.ts';
import type { Host } from '../host.ts';
import { numPseudoClasses, reasons } from './choose-images.ts';
import type { DoubtStrategy } from './choose-images.ts';
import { centredRows } from './class-means.ts';
import { randomOrder } from './queue-rows.ts';
import type { Candidate, RowTest } from './queue-rows.ts';

/** Images that doubts are looked for among: a random part of a large project, since each batch is a small part of that again. */
const maxDoubted = 8192;
/** Images that are covered, and that cover: every one is compared with every other. */
const maxCovered = 2000;
/** Labels that the probe is fitted to, a random part where there are more: fitting cannot be interrupted. */
const maxFitted = 400;
/** Rows looked at, and rows classified, before other calls may be answered: a few milliseconds. */
const [looksPerTurn, classifiedPerTurn] = [4096, 1024];
const seed = 0;

const quiet: RunContext = { signal: new AbortController().signal, onProgress: () => undefined };

const featureParts = ['maps', 'models', 'images', 'sources'] as const;

/** The position of every row of the catalogue in the reduced features, -1 where it has none; null without a map. */
function featureRows(host: Host): Int32Array | null {
  const compact = compactFeatures(host);
  if (compact === null) return null;
  return host.memo('queue.featureRows', featureParts, () => {
    const { ids } = baseColumns(host);
    const rows = new Int32Array(ids.length).fill(-1);
    rowsOf(ids, compact.imageIds).forEach((row, at) => {
      if (row >= 0) rows[row] = at;
    });
    return rows;
  });
}

interface Known {
  /** [N, dim] of all images with features, of length 1 about their mean. */
  readonly features: Float32Array;
  readonly dim: number;
  readonly rowOf: Int32Array;
}

/** Features to choose by, read and centred once; null without a map. */
export function queueFeatures(host: Host): Known | null {
  const compact = compactFeatures(host);
  const rowOf = featureRows(host);
  return compact === null || rowOf === null ? null : { features: centredRows(host, compact), dim: compact.dim, rowOf };
}

/** Rows with labels to learn from and features. */
function labelledRows(host: Host, { rowOf }: Known): Int32Array {
  const [classIds, isTest] = [classColumn(host), testColumn(host)];
  return Int32Array.from(classIds.keys()).filter((row) => classIds[row] !== noClass && isTest[row] === 0 && (rowOf[row] ?? -1) >= 0);
}

/** A probe on the labels at hand; null without a map or labels of two classes. */
function quickProbe(host: Host, all: Known): QuickProbe | null {
  return host.memo('queue.probe', ['labels', 'classes', ...featureParts], () => {
    const rows = labelledRows(host, all);
    const some =
      rows.length <= maxFitted
        ? rows
        : createRandom(seed)
            .permutation(rows.length)
            .slice(0, maxFitted)
            .map((at) => rows[at] as number);
    const classIds = classColumn(host);
    const present = [...new Set(some.map((row) => classIds[row] as number))];
    if (present.length < 2) return null;
    const labels = some.map((row) => present.indexOf(classIds[row] as number));
    return fitQuickProbe(featuresOf(all, some), labels, present.length);
  });
}

function featuresOf({ features, dim, rowOf }: Known, rows: Int32Array): Float32Array {
  return gatherRows(
    features,
    dim,
    rows.map((row) => rowOf[row] as number),
  );
}

/** Up to `count` wanted rows with features, in random order, one of each group of copies. */
async function someRows(host: Host, { rowOf }: Known, isWanted: RowTest, count: number): Promise<Int32Array> {
  const { ids } = baseColumns(host);
  const groups = groupOfCopy(host);
  const taken = new Set<number>();
  const rows: number[] = [];
  for (const [at, row] of randomOrder(host).entries()) {
    if (rows.length === count) break;
    if (at % looksPerTurn === looksPerTurn - 1) await setImmediate();
    if ((rowOf[row] ?? -1) < 0 || !isWanted(row)) continue;
    const group = groups.get(ids[row] as number);
    if (group !== undefined && taken.has(group)) continue;
    if (group !== undefined) taken.add(group);
    rows.push(row);
  }
  return Int32Array.from(rows);
}

/** Images that a probe on the labels at hand is unsure of, by a strategy; null without a map or labels of two classes. */
export async function doubtfulByProbe(host: Host, strategy: DoubtStrategy, isWanted: RowTest, count: number): Promise<Candidate[] | null> {
  const all = queueFeatures(host);
  const probe = all === null ? null : quickProbe(host, all);
  if (all === null || probe === null) return null;
  await setImmediate();
  const rows = await someRows(host, all, isWanted, maxDoubted);
  const { classify, numClasses } = probe;
  const features = featuresOf(all, rows);
  const common = {
    features,
    numImages: rows.length,
    numDims: all.dim,
    labelled: new Int32Array(0),
    excluded: new Int32Array(0),
    budget: count,
    seed,
  };
  const choose = async (): Promise<Suggestions> => {
    if (strategy === 'dropquery') return suggestByDropout({ ...common, numClasses, classify }, null, quiet);
    const classified = { ...common, numClasses, probabilities: await classifyInTurns(probe, features, all.dim) };
    return strategy === 'badge' ? suggestByGradient(classified, quiet) : suggestByMargin(classified, null, quiet);
  };
  const { indices } = await choose();
  return Array.from(indices, (at) => ({ row: rows[at] as number, reason: reasons[strategy] }));
}

async function classifyInTurns({ classify, numClasses }: QuickProbe, features: Float32Array, dim: number): Promise<Float32Array> {
  const probabilities = new Float32Array((features.length / dim) * numClasses);
  for (let start = 0; start * dim < features.length; start += classifiedPerTurn) {
    probabilities.set(classify(features.subarray(start * dim, (start + classifiedPerTurn) * dim)), start * numClasses);
    await setImmediate();
  }
  return probabilities;
}

/** Images that look like many without labels; null without a map. */
export async function coveringRows(host: Host, isWanted: RowTest, count: number): Promise<Candidate[] | null> {
  const all = queueFeatures(host);
  if (all === null) return null;
  const some = await someRows(host, all, isWanted, maxCovered);
  const labelled = labelledRows(host, all);
  const rows = Int32Array.from([...some, ...labelled.subarray(Math.max(0, labelled.length - maxFitted))]);
  const request = {
    ...{ features: featuresOf(all, rows), numImages: rows.length, numDims: all.dim, excluded: new Int32Array(0), budget: count, seed },
    labelled: Int32Array.from({ length: rows.length - some.length }, (_, i) => some.length + i),
    numPseudoClasses: numPseudoClasses(host.workspace().project.classes.list().length),
  };
  const { indices } = await suggestCovering(request, null, quiet);
  return Array.from(indices, (at) => ({ row: rows[at] as number, reason: reasons.probcover }));
}
