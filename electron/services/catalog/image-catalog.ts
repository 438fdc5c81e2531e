/** What filters, sorts and lists need of every image, as columns that are kept in memory and read again only where they have changed. */
import { setImmediate } from 'node:timers/promises';
import type { ImageColumns } from '../../contract/domain.ts';
import type { ModelRecord } from '../../project/models.ts';
import type { Host } from '../host.ts';
import { newestMap, readClusters } from '../mapping/maps.ts';
import { searchKey } from './natural-order.ts';
import { testImages } from '../intake/test-split.ts';
import type { Workspace } from '../workspace.ts';

/** Columns over the images in the order of their ids. */
interface BaseColumns {
  readonly ids: Int32Array;
  readonly sourceIds: Int32Array;
  readonly status: Uint8Array;
  readonly isExcluded: Uint8Array;
  readonly sizeBytes: Float64Array;
}

/** What the newest classifier says; all zero or NaN without one. */
export interface PredictionColumns {
  /** The images they are of: the `ids` of the base columns then. */
  readonly ids: Int32Array;
  readonly model: ModelRecord | null;
  readonly predictedIds: Int32Array;
  readonly confidence: Float32Array;
  /** The most probable class's probability less the second's; NaN where there is none. */
  readonly margin: Float32Array;
}

export const noClass = 0;
export const noCluster = -1;

/** Times 2, plus 1 for an excluded one. */
const packedColumns = `SELECT source_id * 8 + CASE status WHEN 'ok' THEN 0 WHEN 'unreadable' THEN 2 ELSE 4 END + excluded FROM images ORDER BY id`;

/** The position of every id in the ascending `ids`, -1 where it is not among them. */
export function rowsOf(ids: Int32Array, wanted: Int32Array): Int32Array {
  const isAscending = wanted.every((id, i) => i === 0 || id > (wanted[i - 1] as number));
  if (!isAscending) return wanted.map((id) => rowOf(ids, id));
  let row = 0;
  return wanted.map((id) => {
    while (row < ids.length && (ids[row] as number) < id) row++;
    return ids[row] === id ? row : -1;
  });
}

/** The position of `id` in the ascending `ids`, or -1. */
export function rowOf(ids: Int32Array, id: number): number {
  let low = 0;
  let high = ids.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ids[middle] as number) < id) low = middle + 1;
    else high = middle;
  }
  return ids[low] === id ? low : -1;
}

/** Ids and facts that only a scan or an exclusion changes. Single values a row are read several times faster than rows of named columns. */
export function baseColumns(host: Host): BaseColumns {
  return host.memo('catalog.base', ['images', 'sources'], () => {
    const { connection } = host.workspace().project;
    return connection.snapshot(() => {
      const ids = Int32Array.from(connection.values<number>('SELECT id FROM images ORDER BY id').all());
      const packed = connection.values<number>(packedColumns).all();
      return {
        ids,
        sourceIds: Int32Array.from(packed, (value) => Math.floor(value / 8)),
        status: Uint8Array.from(packed, (value) => (value % 8) >> 1),
        isExcluded: Uint8Array.from(packed, (value) => value % 2),
        sizeBytes: Float64Array.from(connection.values<number>('SELECT size_bytes FROM images ORDER BY id').all()),
      };
    });
  });
}

/** Paths below their sources, in the order of the ids. */
export function imageNames(host: Host): readonly string[] {
  return host.memo('catalog.names', ['images', 'sources'], () =>
    host.workspace().project.connection.values<string>('SELECT relative_path FROM images ORDER BY id').all(),
  );
}

/** The same for searching in. */
export function foldedNames(host: Host): readonly string[] {
  return host.memo('catalog.folded', ['images', 'sources'], () => imageNames(host).map(searchKey));
}

/** 1 for images kept apart for testing. */
export function testColumn(host: Host): Uint8Array {
  return host.memo('catalog.test', ['images', 'sources'], () => {
    const { ids } = baseColumns(host);
    const isTest = new Uint8Array(ids.length);
    for (const row of rowsOf(ids, testImages(host.workspace()))) if (row >= 0) isTest[row] = 1;
    return isTest;
  });
}

const [classesKey, classesParts] = ['catalog.classes', ['labels', 'classes', 'images', 'sources']] as const;

/** The class of every image, 0 for none: the one column that changes with every key press, so it is read alone. */
export function classColumn(host: Host): Int32Array {
  return host.memo(classesKey, classesParts, () => {
    const { ids } = baseColumns(host);
    const { connection } = host.workspace().project;
    const [imageIds, classIds] = connection.snapshot(() => [
      Int32Array.from(connection.values<number>('SELECT image_id FROM labels ORDER BY image_id').all()),
      connection.values<number>('SELECT class_id FROM labels ORDER BY image_id').all(),
    ]);
    const column = new Int32Array(ids.length);
    rowsOf(ids, imageIds).forEach((row, i) => {
      if (row >= 0) column[row] = classIds[i] ?? noClass;
    });
    return column;
  });
}

/** Keeps `column`, which was right before the labels of some images changed, with their new classes in place of reading all labels again. */
export function keepClasses(host: Host, column: Int32Array, imageIds: Int32Array, classIds: Int32Array): void {
  host.memo(classesKey, classesParts, () => {
    const changed = column.slice();
    rowsOf(baseColumns(host).ids, imageIds).forEach((row, i) => {
      if (row >= 0) changed[row] = classIds[i] ?? noClass;
    });
    return changed;
  });
}

/** The newest map's cluster of every image, -1 for none. */
export function clusterColumn(host: Host): Int32Array {
  return host.memo('catalog.clusters', ['maps', 'models', 'images', 'sources'], () => {
    const { ids } = baseColumns(host);
    const column = new Int32Array(ids.length).fill(noCluster);
    const map = newestMap(host.workspace());
    const clusters = map === null ? null : readClusters(host.workspace(), map);
    if (clusters === null) return column;
    rowsOf(ids, clusters.imageIds).forEach((row, i) => {
      if (row >= 0) column[row] = clusters.clusterIds[i] ?? noCluster;
    });
    return column;
  });
}

/** The classifier whose predictions are shown, or null. */
export function newestClassifier(host: Host): ModelRecord | null {
  return host.memo('catalog.classifier', ['models'], () => {
    const { models } = host.workspace().project;
    return models.list().findLast(({ kind }) => kind === 'classifier') ?? null;
  });
}

/** Predictions over the same images as all other columns have when this returns; nothing else may be awaited before they are read. */
export async function predictionColumns(host: Host): Promise<PredictionColumns> {
  for (;;) {
    const columns = await keptPredictions(host);
    if (columns.ids === baseColumns(host).ids) return columns;
  }
}

/** Read in parts with other events between them: at 100,000 images and many classes it takes longer than an answer may. */
function keptPredictions(host: Host): Promise<PredictionColumns> {
  return host.memo('catalog.predictions', ['predictions', 'models', 'classes', 'images', 'sources'], () =>
    readPredictions(host.workspace(), newestClassifier(host), baseColumns(host).ids),
  );
}

const predictionPage = `SELECT image_id AS imageId, probabilities FROM predictions WHERE model_id = ? AND image_id > ? ORDER BY image_id LIMIT 4096`;

async function readPredictions({ project }: Workspace, model: ModelRecord | null, ids: Int32Array): Promise<PredictionColumns> {
  const numImages = ids.length;
  const predictedIds = new Int32Array(numImages);
  const confidence = new Float32Array(numImages).fill(NaN);
  const margin = new Float32Array(numImages).fill(NaN);
  const columns = { ids, model, predictedIds, confidence, margin };
  if (model?.outputs === null || model === null) return columns;
  const present = new Set(project.classes.list().map(({ id }) => id));
  // A class that has been removed since is no prediction any more.
  const outputs = model.outputs.map(({ classId }) => (present.has(classId) ? classId : noClass));
  const page = project.connection.query<{ imageId: number; probabilities: Uint8Array }>(predictionPage);
  let row = 0;
  let last = 0;
  for (let rows = page.all(model.id, last); rows.length > 0; rows = page.all(model.id, last)) {
    for (const { imageId, probabilities } of rows) {
      last = imageId;
      while (row < numImages && (ids[row] as number) < imageId) row++;
      if (ids[row] !== imageId) continue;
      const best = twoBest(new DataView(probabilities.buffer, probabilities.byteOffset, probabilities.byteLength));
      const classId = outputs[best.first] ?? noClass;
      if (classId === noClass) continue;
      predictedIds[row] = classId;
      confidence[row] = best.firstValue;
      margin[row] = best.firstValue - Math.max(0, best.secondValue);
    }
    await setImmediate();
    if (rows.length < 4096) break;
  }
  return columns;
}

/** SQLite's bytes need not be aligned for a Float32Array. */
function twoBest(values: DataView): { first: number; firstValue: number; secondValue: number } {
  let first = -1;
  let firstValue = -Infinity;
  let secondValue = -Infinity;
  for (let i = 0; i * 4 < values.byteLength; i++) {
    const value = values.getFloat32(i * 4, true);
    if (value > firstValue) {
      secondValue = firstValue;
      firstValue = value;
      first = i;
    } else if (value > secondValue) secondValue = value;
  }
  return { first, firstValue, secondValue };
}

/** Every column the window keeps. The arrays are shared: read only. */
export async function imageColumns(host: Host): Promise<ImageColumns> {
  const { predictedIds, confidence } = await predictionColumns(host);
  const { ids, sourceIds, status, isExcluded } = baseColumns(host);
  const common = { ids, sourceIds, status, isExcluded, isTest: testColumn(host), classIds: classColumn(host) };
  return { ...common, predictedIds, confidence, clusterIds: clusterColumn(host) };
}
