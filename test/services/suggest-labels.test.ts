import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { suggestLabels } from '../../electron/services/labelling/suggest-labels.ts';
import type { SuggestRequest } from '../../electron/services/labelling/suggest-labels.ts';
import { buildMap } from '../../electron/services/mapping/build-map.ts';
import { newestMap, readClusters } from '../../electron/services/mapping/maps.ts';
import { gaussianMixture, quietContext } from '../explore/mixtures.ts';
import { addNamed, fakeHost } from './fake-host.ts';
import type { FakeHost } from './fake-host.ts';

const px = 32;
const mixture = gaussianMixture({ sizes: [60, 40, 20], numDims: 12, spread: 0.3, seed: 3 });
const { components, numImages } = mixture;

let host: FakeHost;
let ids: number[];
let modelId: number;

beforeEach(() => {
  host = fakeHost();
  ids = addNamed(
    host,
    Array.from({ length: numImages }, (_, i) => `${i % 3 === 0 ? 'left/deep' : 'right'}/${i}.png`),
  );
  const { project } = host.workspace();
  const rest = { arch: 'tiny', method: 'scratch', px, settings: {}, metrics: {}, outputs: null, weights: new Uint8Array(1) };
  modelId = project.models.add({ name: 'base', kind: 'base', parentId: null, ...rest }).id;
  project.embeddings.write({ modelId, px }, ids, mixture.features);
});

const suggest = (request: Partial<SuggestRequest>) =>
  suggestLabels(host.workspace(), { modelId, px, budget: 12, strategy: 'auto', seed: 0, ...request });

function label(perClass: number): void {
  const { classes, labels } = host.workspace().project;
  const entries = [0, 1, 2].flatMap((component) => {
    const classId = classes.add({ name: `class ${component}`, colour: '#000000' }).id;
    const members = ids.filter((_, i) => components[i] === component);
    return members.slice(0, perClass).map((imageId) => ({ imageId, classId }));
  });
  labels.assignEach(entries);
}

describe('suggestLabels', () => {
  it('keeps to a folder, named by its path or by its path below the project’s', async () => {
    const [source] = host.workspace().project.sources.list();
    for (const folder of ['left', 'left/deep/', join(source!.rootPath, 'left')]) {
      const { paths } = await suggest({ folder });
      expect(paths).toHaveLength(12);
      expect(paths.every((path) => path.startsWith('left/deep/'))).toBe(true);
    }
    await expect(suggest({ folder: 'lef' })).rejects.toMatchObject({ code: 'not-found' });
  });

  it('keeps to a cluster of the map', async () => {
    await expect(suggest({ clusterId: 0 })).rejects.toThrow('no map');
    await buildMap(host.workspace(), { modelId, px, numClusters: 3, seed: 0 }, quietContext());
    const { imageIds, clusterIds } = readClusters(host.workspace(), newestMap(host.workspace())!)!;
    const found = await suggest({ clusterId: 1, budget: 5 });
    expect(found.imageIds.map((id) => clusterIds[imageIds.indexOf(id)])).toEqual([1, 1, 1, 1, 1]);
    await expect(suggest({ clusterId: 7 })).rejects.toThrow('0 to 2');
  });

  it('says why each image was chosen, keeps that, and never asks for an image that cannot be used', async () => {
    const { project } = host.workspace();
    const before = await suggest({ budget: 3 });
    expect(before.reasons).toEqual(Array.from({ length: 3 }, () => 'typical of a cluster without labels'));
    project.images.setExcluded(before.imageIds, true);
    label(6);
    const after = await suggest({ budget: 10 });
    expect(after.reasons).toContain('the classifier is undecided');
    expect(after.imageIds.some((id) => before.imageIds.includes(id))).toBe(false);
    expect(project.suggestions.latest()?.suggestions.map(({ reason }) => reason)).toEqual(after.reasons);
  });

  it('follows a strategy by name', async () => {
    label(3);
    expect((await suggest({ strategy: 'badge', budget: 2 })).reasons).toEqual(
      Array.from({ length: 2 }, () => 'its label would change the classifier most'),
    );
    expect((await suggest({ strategy: 'probcover', budget: 2 })).reasons[0]).toBe('many unlabelled images look like it');
  });
});
