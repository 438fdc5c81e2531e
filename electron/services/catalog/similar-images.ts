/** Images that look alike, by the newest map's features. */
import { setImmediate } from 'node:timers/promises';
import { AppError } from '../../contract/errors.ts';
import { gatherRows } from '../../explore/normalise.ts';
import type { Host } from '../host.ts';
import { baseColumns, classColumn, noClass, rowOf, rowsOf } from './image-catalog.ts';
import type { FeatureKey } from '../classifiers/labelled-features.ts';
import { newestMap, readCompact } from '../mapping/maps.ts';

/** Reduced features of one map, rows of unit length. */
export interface CompactFeatures {
  readonly key: FeatureKey;
  readonly imageIds: Int32Array;
  /** [N, dim] */
  readonly unit: Float32Array;
  readonly dim: number;
}

/** Rows compared before other events may run: a few milliseconds. */
const rowsPerTurn = 16_384;
/** Candidates read again at full length, as the reduced features order them only nearly. */
const oversample = 4;
const minCandidates = 128;

/** The newest map's reduced features, kept in memory: a twentieth of the full ones, 26 MB at 100,000 images. Null without a map. */
export function compactFeatures(host: Host): CompactFeatures | null {
  return host.memo('maps.compact', ['maps', 'models', 'images', 'sources'], () => {
    const key = newestMap(host.workspace());
    const compact = key === null ? null : readCompact(host.workspace(), key);
    if (key === null || compact === null) return null;
    const { imageIds, vectors, dim } = compact;
    for (let start = 0; start < vectors.length; start += dim) {
      let sum = 0;
      for (let d = start; d < start + dim; d++) sum += (vectors[d] as number) ** 2;
      const scale = sum > 0 ? 1 / Math.sqrt(sum) : 0;
      for (let d = start; d < start + dim; d++) vectors[d] = (vectors[d] as number) * scale;
    }
    return { key, imageIds, unit: vectors, dim };
  });
}

/**
 * The `count` images most like image `id`, nearest first, with the distance between their unit-length features (0 to 2). Usable images only,
 * not itself. Throws `not-found` for an unknown image, `conflict` where it or the project has no features yet.
 */
export async function similarImages(
  host: Host,
  id: number,
  count: number,
  unlabelledOnly: boolean,
): Promise<{ ids: Int32Array; distances: Float32Array }> {
  host.workspace().project.images.get(id);
  const compact = compactFeatures(host);
  const row = compact === null ? -1 : rowOf(compact.imageIds, id);
  if (compact === null || row < 0) {
    throw new AppError('conflict', 'This image has no features yet, so nothing can be compared with it. Compute the map first.');
  }
  const candidates = await nearestRows(
    compact,
    row,
    allowedRows(host, compact, id, unlabelledOnly),
    Math.max(minCandidates, oversample * count),
  );
  return rankExactly(host, compact, id, candidates, count);
}

/** Per row of the features, 1 where the image may be answered with. */
function allowedRows(host: Host, { imageIds }: CompactFeatures, id: number, unlabelledOnly: boolean): Uint8Array {
  const { ids, status, isExcluded } = baseColumns(host);
  const classIds = classColumn(host);
  return Uint8Array.from(rowsOf(ids, imageIds), (row, i) => {
    const isUsable = row >= 0 && status[row] === 0 && isExcluded[row] === 0;
    return Number(isUsable && imageIds[i] !== id && (!unlabelledOnly || classIds[row] === noClass));
  });
}

async function nearestRows({ unit, dim, imageIds }: CompactFeatures, row: number, allowed: Uint8Array, count: number): Promise<Int32Array> {
  const cosines = new Float32Array(imageIds.length).fill(-Infinity);
  const query = unit.slice(row * dim, (row + 1) * dim);
  for (let start = 0; start < imageIds.length; start += rowsPerTurn) {
    const end = Math.min(start + rowsPerTurn, imageIds.length);
    for (let i = start; i < end; i++) {
      if (allowed[i] === 0) continue;
      let sum = 0;
      for (let d = 0, at = i * dim; d < dim; d++, at++) sum += (query[d] as number) * (unit[at] as number);
      cosines[i] = sum;
    }
    await setImmediate();
  }
  const worst = cosines.slice().sort().at(-Math.min(count, cosines.length)) ?? -Infinity;
  const rows: number[] = [];
  cosines.forEach((cosine, i) => {
    if (cosine >= worst && cosine !== -Infinity) rows.push(i);
  });
  // Many copies may tie at the end of the list.
  return Int32Array.from(rows.sort((a, b) => (cosines[b] as number) - (cosines[a] as number) || a - b).slice(0, count));
}

/** Orders candidates by their full features; by the reduced ones where some have lost theirs, because a file has changed. */
function rankExactly(
  host: Host,
  compact: CompactFeatures,
  id: number,
  rows: Int32Array,
  count: number,
): { ids: Int32Array; distances: Float32Array } {
  const ids = rows.map((row) => compact.imageIds[row] as number);
  const { vectors, dim } = featuresOf(host, compact, id, rows);
  const lengthOf = (i: number): number => {
    let sum = 0;
    for (let d = i * dim; d < (i + 1) * dim; d++) sum += (vectors[d] as number) ** 2;
    return Math.sqrt(sum) || 1;
  };
  const own = lengthOf(0);
  const found = Array.from(ids, (each, i) => {
    const length = lengthOf(i + 1);
    let sum = 0;
    for (let d = 0; d < dim; d++) {
      const difference = (vectors[d] as number) / own - (vectors[(i + 1) * dim + d] as number) / length;
      sum += difference * difference;
    }
    return { id: each, distance: Math.sqrt(sum) };
  });
  found.sort((a, b) => a.distance - b.distance || a.id - b.id);
  const nearest = found.slice(0, count);
  return { ids: Int32Array.from(nearest, (each) => each.id), distances: Float32Array.from(nearest, ({ distance }) => distance) };
}

/** Features of the image and then of the candidates. */
function featuresOf(
  host: Host,
  { key, imageIds, unit, dim }: CompactFeatures,
  id: number,
  rows: Int32Array,
): { vectors: Float32Array; dim: number } {
  try {
    return host.workspace().project.embeddings.read(key, [id, ...rows.map((row) => imageIds[row] as number)]);
  } catch (error) {
    if (!(error instanceof AppError && error.code === 'not-found')) throw error;
    return { vectors: gatherRows(unit, dim, Int32Array.of(rowOf(imageIds, id), ...rows)), dim };
  }
}
