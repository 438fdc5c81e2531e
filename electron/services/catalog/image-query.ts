/** Which images fit a filter, in which order. */
import type { ImageFilterInput, sortFields } from '../../contract/calls.ts';
import { AppError } from '../../contract/errors.ts';
import type { Host } from '../host.ts';
import {
  baseColumns,
  classColumn,
  clusterColumn,
  foldedNames,
  imageNames,
  noClass,
  noCluster,
  predictionColumns,
  testColumn,
} from './image-catalog.ts';
import { naturalRanks, searchKey } from './natural-order.ts';

export interface ImageSort {
  readonly by: (typeof sortFields)[number];
  readonly descending: boolean;
}

const statusCodes = { ok: 0, unreadable: 1, missing: 2 } as const;

type Test = (row: number) => boolean;

/** Ids of the images that pass the filter, in the order of `sort`; by id without one. What has no value of the sort comes last either way. */
export async function queryImages(host: Host, filter: ImageFilterInput, sort?: ImageSort): Promise<Int32Array> {
  // Awaited before anything is read: what follows sees one state of the project.
  if (sort?.by === 'name') await nameRanks(host);
  const predictions = await predictionColumns(host);
  const ranks = sort?.by === 'name' ? await nameRanks(host) : null;
  if (predictions.ids !== baseColumns(host).ids) return await queryImages(host, filter, sort);
  const { ids } = baseColumns(host);
  const tests = createTests(host, filter, predictions);
  const rows = new Int32Array(ids.length);
  let numRows = 0;
  for (let row = 0; row < ids.length; row++) if (tests.every((test) => test(row))) rows[numRows++] = row;
  const ordered = inOrder(rows.subarray(0, numRows), sort, (by) => sortKeys(host, by, predictions, ranks));
  return ordered.map((row) => ids[row] as number);
}

/** Rows (ascending) in the order of `sort`. In the order they were added they are already, which spares a search its longest part. */
function inOrder(rows: Int32Array, sort: ImageSort | undefined, keysOf: (by: KeyedSort) => Keys): Int32Array {
  if (sort === undefined) return rows;
  const { by, descending } = sort;
  if (by === 'added') return descending ? rows.toReversed() : rows;
  return sortRows(rows, keysOf(by), descending);
}

/** The cheap tests first, and of texts last. */
function createTests(host: Host, filter: ImageFilterInput, predictions: Awaited<ReturnType<typeof predictionColumns>>): Test[] {
  const { ids, sourceIds, status, isExcluded } = baseColumns(host);
  const { predictedIds, confidence } = predictions;
  const { sourceId, classId, predictedId, minConfidence, maxConfidence, clusterId, isDisagreeing } = filter;
  const tests: Test[] = [];
  if (filter.ids !== undefined) {
    const wanted = new Set(filter.ids);
    tests.push((row) => wanted.has(ids[row] as number));
  }
  if (sourceId !== undefined) tests.push((row) => sourceIds[row] === sourceId);
  if (filter.status !== undefined) {
    const code = statusCodes[filter.status];
    tests.push((row) => status[row] === code);
  }
  const flag = (column: () => Uint8Array, wanted: boolean | undefined): void => {
    if (wanted === undefined) return;
    const [values, value] = [column(), Number(wanted)];
    tests.push((row) => values[row] === value);
  };
  flag(() => isExcluded, filter.isExcluded);
  flag(() => testColumn(host), filter.isTest);
  if (filter.isLabelled !== undefined || classId !== undefined || isDisagreeing !== undefined) {
    const classIds = classColumn(host);
    const { isLabelled } = filter;
    if (isLabelled !== undefined) tests.push((row) => (classIds[row] !== noClass) === isLabelled);
    if (classId !== undefined) tests.push((row) => classIds[row] === classId);
    if (isDisagreeing !== undefined) {
      const differs: Test = (row) => classIds[row] !== noClass && predictedIds[row] !== noClass && classIds[row] !== predictedIds[row];
      tests.push((row) => differs(row) === isDisagreeing);
    }
  }
  if (predictedId !== undefined) tests.push((row) => predictedIds[row] === predictedId);
  if (minConfidence !== undefined) tests.push((row) => (confidence[row] as number) >= minConfidence);
  if (maxConfidence !== undefined) tests.push((row) => (confidence[row] as number) <= maxConfidence);
  if (clusterId !== undefined) {
    const clusterIds = clusterColumn(host);
    tests.push((row) => clusterIds[row] === clusterId);
  }
  const text = searchKey(filter.text ?? '').trim();
  if (text !== '') {
    const names = foldedNames(host);
    tests.push((row) => (names[row] as string).includes(text));
  }
  return tests;
}

/** The place of every image in the natural order of names. */
export function nameRanks(host: Host): Promise<Int32Array> {
  return host.memo('catalog.nameRanks', ['images', 'sources'], () => naturalRanks(imageNames(host)));
}

/** A whole number per row of the catalogue, below 2^32; Infinity where there is none. */
type Keys = (row: number) => number;

/** What needs keys to sort by. */
type KeyedSort = Exclude<ImageSort['by'], 'added'>;

function sortKeys(host: Host, by: KeyedSort, predictions: Awaited<ReturnType<typeof predictionColumns>>, ranks: Int32Array | null): Keys {
  switch (by) {
    case 'name':
      return (row) => ranks?.[row] ?? Infinity;
    case 'size': {
      const { sizeBytes } = baseColumns(host);
      return (row) => Math.min(sizeBytes[row] as number, 2 ** 32 - 1);
    }
    case 'confidence': {
      const { confidence } = predictions;
      const scale = 2 ** 32 - 1;
      return (row) => (Number.isNaN(confidence[row]) ? Infinity : Math.round((confidence[row] as number) * scale));
    }
    case 'class': {
      const classIds = classColumn(host);
      const places = new Map(
        host
          .workspace()
          .project.classes.list()
          .map(({ id }, place) => [id, place] as const),
      );
      return (row) => places.get(classIds[row] as number) ?? Infinity;
    }
    case 'cluster': {
      const clusterIds = clusterColumn(host);
      return (row) => (clusterIds[row] === noCluster ? Infinity : (clusterIds[row] as number));
    }
    default:
      return by satisfies never;
  }
}

/** Rows beyond this many would not fit beside a key of 32 bits into the 53 that a number has. */
const maxRows = 2 ** 20;
const largestKey = 2 ** 32;

/**
 * Sorts rows (ascending) by key, ties by row. Key and position are packed into one number, so that the engine's own sort of numbers can be
 * used; with a comparing function it would take several times as long.
 */
function sortRows(rows: Int32Array, keyOf: Keys, descending: boolean): Int32Array {
  if (rows.length >= maxRows) throw new AppError('unsupported', `More than ${maxRows} images cannot be sorted. Filter them first.`);
  const packed = new Float64Array(rows.length);
  rows.forEach((row, i) => {
    const key = keyOf(row);
    const placed = key === Infinity ? largestKey : descending ? largestKey - 1 - key : key;
    packed[i] = placed * maxRows + i;
  });
  packed.sort();
  return Int32Array.from(packed, (value) => rows[value % maxRows] as number);
}
