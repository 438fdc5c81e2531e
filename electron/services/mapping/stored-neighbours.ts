/** Neighbours of a few images under several models: from a map where there is one, else by comparing with every image. */
import { setImmediate } from 'node:timers/promises';
import { AppError } from '../../contract/errors.ts';
import type { NeighbourView } from '../../contract/domain.ts';
import { squaredDistance } from '../../explore/normalise.ts';
import { l2Normalise } from '../../explore/normalise.ts';
import type { Host } from '../host.ts';
import { rowOf } from '../catalog/image-catalog.ts';
import type { FeatureKey } from '../classifiers/labelled-features.ts';
import { listMaps, readNeighbourIds } from './maps.ts';

/** Images read and compared before other events may run. */
const pageRows = 512;

/** The `k` nearest images of each of `ids` by this model's features, nearest first. Throws `conflict` where the model has none of them yet. */
export async function neighboursUnder(host: Host, modelId: number, ids: readonly number[], k: number): Promise<NeighbourView> {
  const { models, embeddings } = host.workspace().project;
  const { name } = models.get(modelId);
  const map = listMaps(host).findLast((each) => each.modelId === modelId);
  const px = map?.px ?? embeddings.sizes(modelId).at(-1);
  if (px === undefined) throw new AppError('conflict', `${name} has no features of the images yet. Compute its map first.`);
  const key = { modelId, px };
  const common = { ...key, name, k };
  const kept = map === undefined ? null : fromMap(host, key, ids, k);
  return { ...common, ids: kept ?? (await byComparing(host, key, name, ids, k)) };
}

/** [ids, k], or null where the map lacks one of the images or has shorter lists. */
function fromMap(host: Host, key: FeatureKey, ids: readonly number[], k: number): Int32Array | null {
  const stored = host.memo(`maps.neighbours.${key.modelId}.${key.px}`, ['maps', 'models', 'sources'], () =>
    readNeighbourIds(host.workspace(), key),
  );
  if (stored === null || stored.k < k) return null;
  const out = new Int32Array(ids.length * k);
  for (const [i, id] of ids.entries()) {
    const row = rowOf(stored.imageIds, id);
    if (row < 0) return null;
    out.set(stored.ids.subarray(row * stored.k, row * stored.k + k), i * k);
  }
  return out;
}

async function byComparing(host: Host, key: FeatureKey, name: string, ids: readonly number[], k: number): Promise<Int32Array> {
  const { embeddings } = host.workspace().project;
  const all = embeddings.imageIds(key);
  const numKept = Math.min(k, all.length - 1);
  if (ids.some((id) => rowOf(all, id) < 0))
    throw new AppError('conflict', `${name} has no features of some of these images. Compute its map first.`);
  const { vectors, dim } = embeddings.read(key, ids);
  const queries = l2Normalise(vectors, { numImages: ids.length, numDims: dim });
  const best = ids.map((): { id: number; squared: number }[] => []);
  for (let start = 0; start < all.length; start += pageRows) {
    const page = all.subarray(start, start + pageRows);
    const rows = l2Normalise(embeddings.read(key, page).vectors, { numImages: page.length, numDims: dim });
    best.forEach((found, i) => {
      page.forEach((id, row) => {
        if (id === ids[i]) return;
        const squared = squaredDistance(queries, i, rows, row, dim);
        if (found.length >= numKept && squared >= (found.at(-1)?.squared ?? Infinity)) return;
        const at = found.findIndex((other) => other.squared > squared);
        found.splice(at < 0 ? found.length : at, 0, { id, squared });
        if (found.length > numKept) found.pop();
      });
    });
    await setImmediate();
  }
  const out = new Int32Array(ids.length * k);
  best.forEach((found, i) => found.forEach(({ id }, rank) => (out[i * k + rank] = id)));
  return out;
}
