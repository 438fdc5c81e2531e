/** A large project made in moments: as many images as asked for, named apart though few differ, with classes, a model and a map. */
import { createHash } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { saveBase } from '../../electron/nn/base-model.ts';
import { networkFor } from '../../electron/nn/registry.ts';
import { createProject } from '../../electron/project/open-project.ts';
import type { Project } from '../../electron/project/project.ts';
import type { ScannedFile } from '../../electron/project/scans.ts';
import { partKey } from '../../electron/services/mapping/maps.ts';
import { createRandom } from '../../electron/tensor/random.ts';

export interface WindowProjectRequest {
  readonly dir: string;
  readonly numImages: number;
  /** Different pictures; the rest are further names of the same files. */
  readonly numPictures: number;
  readonly numClusters: number;
  readonly numClasses: number;
}

const picturePx = 96;
const px = 64;
const numFeatures = 8;

/** Makes the project below `dir`, which must not hold one, and returns its path. */
export async function makeWindowProject(request: WindowProjectRequest): Promise<string> {
  const { dir, numImages } = request;
  rmSync(dir, { recursive: true, force: true });
  const root = join(dir, 'images');
  mkdirSync(root, { recursive: true });
  const files = await makeFiles(root, request);
  const path = join(dir, 'large.acclimate');
  const project = createProject(path);
  try {
    const source = project.sources.add(root);
    for (let start = 0; start < numImages; start += 20_000) project.scans.add(source.id, files.slice(start, start + 20_000));
    project.scans.finish(source.id);
    for (let c = 0; c < request.numClasses; c++) {
      project.classes.add({ name: `Kind ${c + 1}`, colour: '#0072b2', key: c < 9 ? String(c + 1) : null });
    }
    addMap(project, request.numClusters);
  } finally {
    project.close();
  }
  return path;
}

async function makeFiles(root: string, { numImages, numPictures }: WindowProjectRequest): Promise<ScannedFile[]> {
  const files: ScannedFile[] = [];
  for (let i = 0; i < numImages; i++) {
    const folder = `batch ${Math.floor(i / 1000) + 1}`;
    const relativePath = `${folder}/image-${String(i + 1).padStart(6, '0')}.jpg`;
    const path = join(root, relativePath);
    if (i % 1000 === 0) mkdirSync(join(root, folder), { recursive: true });
    const known = i < numPictures ? undefined : files[i % numPictures];
    if (known !== undefined) {
      linkSync(join(root, known.relativePath), path);
      files.push({ ...known, relativePath });
      continue;
    }
    await paint(path, i);
    const { size, mtimeMs } = statSync(path);
    files.push({
      relativePath,
      sizeBytes: size,
      modifiedMs: Math.floor(mtimeMs),
      contentHash: createHash('sha256').update(readFileSync(path)).digest('hex'),
      width: picturePx,
      height: picturePx,
      format: 'jpeg',
      status: 'ok',
    });
  }
  return files;
}

async function paint(path: string, seed: number): Promise<void> {
  const random = createRandom(seed);
  const cells = 6;
  const pixels = Uint8Array.from({ length: cells * cells * 3 }, () => random.int(256));
  await sharp(pixels, { raw: { width: cells, height: cells, channels: 3 } })
    .resize(picturePx, picturePx)
    .jpeg({ quality: 85 })
    .toFile(path);
}

/** A map as the app's job would leave it, with positions drawn around the clusters' centres. */
function addMap(project: Project, numClusters: number): void {
  const network = networkFor('tiny');
  const model = project.models.add({
    name: 'tiny, untrained',
    arch: network.arch,
    kind: 'base',
    parentId: null,
    method: 'scratch',
    px: 224,
    settings: { sha256: 'none' },
    metrics: {},
    outputs: null,
    weights: saveBase(network, network.init(0)),
  });
  const random = createRandom(0);
  const key = { modelId: model.id, px };
  const imageIds = project.images.usable();
  const features = Float32Array.from({ length: imageIds.length * numFeatures }, () => random.normal());
  project.embeddings.write(key, imageIds, features);
  const centres = Float32Array.from({ length: 2 * numClusters }, () => 1.6 * random.next() - 0.8);
  const clusterIds = imageIds.map((_, i) => i % numClusters);
  const positions = Float32Array.from(
    { length: 2 * imageIds.length },
    (_, at) => (centres[2 * (clusterIds[at >> 1] ?? 0) + (at & 1)] ?? 0) + 0.06 * random.normal(),
  );
  const clusters = Array.from({ length: numClusters }, (_, id) => {
    const members = imageIds.filter((__, i) => clusterIds[i] === id);
    return { id, size: members.length, medoids: [...members.subarray(0, 9)], looseness: 1 };
  });
  const common = { images: 'made for measuring', numImages: imageIds.length };
  project.analyses.put(partKey('compact', key), { summary: common, columns: { imageIds, values: features } });
  project.analyses.put(partKey('clusters', key), { summary: { ...common, clusters }, columns: { imageIds, values: clusterIds } });
  project.analyses.put(partKey('positions', key), { summary: common, columns: { imageIds, values: positions } });
}
