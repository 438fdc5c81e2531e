/** Calls about images: finding, listing, looking closely, similar ones, leaving out. */
import type { Handlers } from '../../contract/calls.ts';
import type { ImageView } from '../../contract/domain.ts';
import { AppError } from '../../contract/errors.ts';
import { PicturePool } from '../../images/picture-pool.ts';
import type { ImageRecord } from '../../project/images.ts';
import type { Host } from '../host.ts';
import {
  classColumn,
  clusterColumn,
  imageColumns,
  noClass,
  noCluster,
  predictionColumns,
  rowsOf,
  testColumn,
  baseColumns,
} from '../catalog/image-catalog.ts';
import { queryImages } from '../catalog/image-query.ts';
import { imageFile, notShown } from '../catalog/image-server.ts';
import { similarImages } from '../catalog/similar-images.ts';

const maxSampleSide = 2048;

type ImageCalls = 'images.query' | 'images.rows' | 'images.columns' | 'images.samples' | 'images.similar' | 'images.exclude';

export function imageHandlers(host: Host): Pick<Handlers, ImageCalls> {
  // Apart from the threads of the thumbnails, so that looking at one image closely waits for no wall of others.
  const pool = new PicturePool({ numThreads: 1 });
  return {
    'images.query': async ({ filter, sort }) => ({ ids: await queryImages(host, filter, sort) }),
    'images.rows': ({ ids }) => imageRows(host, ids),
    'images.columns': () => imageColumns(host),
    'images.samples': async ({ id }) => {
      const { path } = imageFile(host.workspace(), id);
      try {
        const { width, height, channels, bitsPerSample, data, fullWidth, fullHeight } = await pool.samples(path, maxSampleSide);
        return { width, height, channels, bitsPerSample, data, fullWidth, fullHeight };
      } catch (error) {
        throw notShown(error, id);
      }
    },
    'images.similar': ({ id, count, unlabelledOnly }) => similarImages(host, id, count, unlabelledOnly ?? false),
    'images.exclude': ({ ids, isExcluded }) => excludeImages(host, ids, isExcluded),
  };
}

/** What a list shows of these images, in this order. Those that are no longer in the project are left out. */
async function imageRows(host: Host, ids: readonly number[]): Promise<ImageView[]> {
  const { predictedIds, confidence } = await predictionColumns(host);
  const { project } = host.workspace();
  const known = baseColumns(host).ids;
  const rows = rowsOf(known, Int32Array.from(ids));
  const present = ids.filter((_, i) => rows[i] !== -1);
  const [isTest, classIds, clusterIds] = [testColumn(host), classColumn(host), clusterColumn(host)];
  const orNull = (value: number | undefined, none: number): number | null => (value === undefined || value === none ? null : value);
  const at = rows.filter((row) => row >= 0);
  return project.images.getMany(present).map((image, i): ImageView => {
    const row = at[i] ?? -1;
    const predicted = predictedIds[row] ?? noClass;
    return {
      ...factsOf(image),
      isTest: isTest[row] === 1,
      classId: orNull(classIds[row], noClass),
      prediction: predicted === noClass ? null : { classId: predicted, confidence: confidence[row] ?? 0 },
      clusterId: orNull(clusterIds[row], noCluster),
    };
  });
}

function factsOf(image: ImageRecord): Omit<ImageView, 'isTest' | 'classId' | 'prediction' | 'clusterId'> {
  const { id, sourceId, relativePath, width, height, format, sizeBytes, status, problem, isExcluded } = image;
  return { id, sourceId, relativePath, width, height, format, sizeBytes, status, problem, isExcluded };
}

function excludeImages(host: Host, ids: readonly number[], isExcluded: boolean): { numChanged: number } {
  const { project } = host.workspace();
  const columns = baseColumns(host);
  const unique = Int32Array.from(new Set(ids)).sort();
  const rows = rowsOf(columns.ids, unique);
  const unknown = unique.find((_, i) => rows[i] === -1);
  if (unknown !== undefined) throw new AppError('not-found', `The project has no image number ${unknown}. Scan its folder again.`);
  const wanted = unique.filter((_, i) => columns.isExcluded[rows[i] as number] !== Number(isExcluded));
  if (wanted.length === 0) return { numChanged: 0 };
  project.images.setExcluded(wanted, isExcluded);
  host.changed(['images']);
  return { numChanged: wanted.length };
}
