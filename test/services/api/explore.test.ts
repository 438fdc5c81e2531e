import { beforeEach, describe, expect, it } from 'vitest';
import { exploreHandlers } from '../../../electron/services/api/explore.ts';
import { imageHandlers } from '../../../electron/services/api/images.ts';
import { queueHandlers } from '../../../electron/services/api/queue.ts';
import { buildMap } from '../../../electron/services/mapping/build-map.ts';
import { listMaps } from '../../../electron/services/mapping/maps.ts';
import { cancelledAfter, gaussianMixture, quietContext } from '../../explore/mixtures.ts';
import { addNamed, fakeHost } from '../fake-host.ts';
import type { FakeHost } from '../fake-host.ts';

const px = 32;
const mixture = gaussianMixture({ sizes: [60, 50, 40, 30, 20], numDims: 24, spread: 0.3, seed: 3 });
const { features, numDims, numImages, components } = mixture;
// Image 1 is a copy of image 0, image 2 unlike all others.
const vectors = features.slice();
vectors.copyWithin(numDims, 0, numDims);
for (let d = 0; d < numDims; d++) vectors[2 * numDims + d] = d % 2 === 0 ? 3 : -3;

let host: FakeHost;
let ids: number[];
let modelId: number;
let request: Parameters<typeof buildMap>[1];

const allParts = ['sources', 'images', 'classes', 'models', 'maps', 'predictions', 'labels'] as const;

function addModel(name: string, parentId: number | null, kind: 'base' | 'adapted' = 'base'): number {
  const rest = { arch: 'tiny', method: 'scratch', px, settings: {}, metrics: {}, outputs: null, weights: new Uint8Array(1) };
  return host.workspace().project.models.add({ name, kind, parentId, ...rest }).id;
}

beforeEach(() => {
  host = fakeHost();
  ids = addNamed(
    host,
    Array.from({ length: numImages }, (_, i) => `${i}.png`),
  );
  modelId = addModel('base', null);
  host.workspace().project.embeddings.write({ modelId, px }, ids, vectors);
  request = { modelId, px, numClusters: null, seed: 0 };
});

async function map(): Promise<ReturnType<typeof buildMap>> {
  const report = await buildMap(host.workspace(), request, quietContext());
  host.changed(allParts);
  return report;
}

/** Classes for the components, and labels on some images. */
function label(perClass: number): number[] {
  const { classes, labels } = host.workspace().project;
  const classIds = [0, 1, 2, 3, 4].map((component) => classes.add({ name: `class ${component}`, colour: '#000000' }).id);
  const entries = classIds.flatMap((classId, component) =>
    ids
      .filter((_, i) => components[i] === component && i > 2)
      .slice(0, perClass)
      .map((imageId) => ({ imageId, classId })),
  );
  labels.assignEach(entries);
  host.changed(allParts);
  return classIds;
}

describe('map.read', () => {
  it('shows every image with clusters by size, their medoids and present labels', async () => {
    expect(await map()).toMatchObject({ numImages, numDuplicateGroups: 1 });
    const view = await exploreHandlers(host)['map.read']({ modelId, px });
    expect(Array.from(view.ids)).toEqual(ids.toSorted((a, b) => a - b));
    for (const column of [view.x, view.y]) expect(column.every((value) => Math.abs(value) <= 1)).toBe(true);
    const sizes = view.clusters.map(({ size }) => size);
    expect(sizes).toEqual(sizes.toSorted((a, b) => b - a));
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(numImages);
    for (const { id, size, medoids, numLabelled, purity } of view.clusters) {
      expect(view.clusterIds.filter((cluster) => cluster === id)).toHaveLength(size);
      expect(medoids.every((image) => view.clusterIds[view.ids.indexOf(image)] === id)).toBe(true);
      expect([numLabelled, purity]).toEqual([0, null]);
    }
    label(4);
    const labelled = await exploreHandlers(host)['map.read']({ modelId, px });
    expect(labelled.clusters.reduce((sum, { numLabelled }) => sum + numLabelled, 0)).toBe(20);
    expect(labelled.clusters.every(({ purity }) => purity === null || purity > 0.9)).toBe(true);
    expect(() => exploreHandlers(host)['map.read']({ modelId, px: 99 })).toThrow('no map');
  });

  it('goes on where a run was cut off, and is made anew where images have come', async () => {
    await expect(buildMap(host.workspace(), request, cancelledAfter(4, new Error('cut')))).rejects.toThrow('cut');
    expect(listMaps(host)).toEqual([]);
    const kept = host.workspace().project.analyses.latest('map.compact');
    expect(kept).not.toBeNull();
    await map();
    expect(host.workspace().project.analyses.latest('map.compact')?.id).toBe(kept?.id);
    expect(listMaps(host)).toMatchObject([{ modelId, px, numImages, isStale: false }]);
    const positions = await exploreHandlers(host)['map.read']({ modelId, px });
    await map();
    expect((await exploreHandlers(host)['map.read']({ modelId, px })).x).toEqual(positions.x);
    addNamed(host, ['late.png'], 'more');
    host.changed(allParts);
    expect(listMaps(host)).toMatchObject([{ isStale: true }]);
  });

  it('starts the map of an adapted model from that of its base', async () => {
    await map();
    const base = await exploreHandlers(host)['map.read']({ modelId, px });
    const adapted = addModel('adapted', modelId, 'adapted');
    host.workspace().project.embeddings.write({ modelId: adapted, px }, ids, vectors);
    request = { ...request, modelId: adapted };
    await map();
    const view = await exploreHandlers(host)['map.read']({ modelId: adapted, px });
    const moved = view.ids.reduce((sum, _, i) => sum + Math.hypot(view.x[i]! - base.x[i]!, view.y[i]! - base.y[i]!), 0) / numImages;
    expect(moved).toBeLessThan(0.3);
  });
});

describe('copies, outliers and neighbours', () => {
  it('lists copies that are still usable, and says which conflict', async () => {
    await map();
    expect(await exploreHandlers(host)['explore.duplicates']({})).toEqual([
      { imageIds: [ids[0], ids[1]], isExact: false, isConflicting: false },
    ]);
    const [a, b] = label(0);
    host.workspace().project.labels.assignEach([
      { imageId: ids[0]!, classId: a! },
      { imageId: ids[1]!, classId: b! },
    ]);
    host.changed(['labels']);
    expect(await exploreHandlers(host)['explore.duplicates']({})).toMatchObject([{ isConflicting: true }]);
    await imageHandlers(host)['images.exclude']({ ids: [ids[1]!], isExcluded: true });
    expect(await exploreHandlers(host)['explore.duplicates']({})).toEqual([]);
  });

  it('lists outliers, strangest first', async () => {
    await map();
    const [first] = await exploreHandlers(host)['explore.outliers']({});
    expect(first?.imageId).toBe(ids[2]);
    expect(first?.score).toBeGreaterThan(1.5);
  });

  it('finds the same neighbours by comparing as on the map, and by images.similar', async () => {
    const ask = { ids: [ids[5]!, ids[9]!], k: 6, modelIds: [modelId] };
    const compared = await exploreHandlers(host)['adapt.neighbours'](ask);
    await map();
    const kept = await exploreHandlers(host)['adapt.neighbours'](ask);
    expect(kept).toEqual(compared);
    const similar = await imageHandlers(host)['images.similar']({ id: ids[9]!, count: 6 });
    expect(similar.ids).toEqual(kept[0]!.ids.subarray(6));
    const distances = Array.from(similar.distances);
    expect(distances).toEqual(distances.toSorted((a, b) => a - b));
    await expect(exploreHandlers(host)['adapt.neighbours']({ ...ask, modelIds: [addModel('other', null)] })).rejects.toThrow('no features');
  });

  it('finds only unlabelled ones where that is asked for', async () => {
    await map();
    const images = imageHandlers(host);
    const before = await images['images.similar']({ id: ids[9]!, count: 5 });
    const { id: classId } = host.workspace().project.classes.add({ name: 'x', colour: '#000000' });
    host.workspace().project.labels.assign([before.ids[0]!], classId);
    host.changed(['labels']);
    expect((await images['images.similar']({ id: ids[9]!, count: 4, unlabelledOnly: true })).ids).toEqual(before.ids.subarray(1));
  });
});

describe('labels.queue', () => {
  const ask = (request: Parameters<ReturnType<typeof queueHandlers>['labels.queue']>[0]) => queueHandlers(host)['labels.queue'](request);

  it('draws at random without a map, the same order each time', async () => {
    const first = await ask({ count: 10 });
    expect(first.strategy).toBe('typical');
    expect(first.explanation).toContain('once there is a map');
    expect((await ask({ count: 10 })).items).toEqual(first.items);
    const order = first.items.map(({ imageId }) => imageId);
    expect(order).not.toEqual(order.toSorted((a, b) => a - b));
    const next = await ask({ count: 10, skippedIds: [order[0]!] });
    expect(next.items[0]?.imageId).toBe(order[1]);
  });

  it('begins with typical images of every group, without copies, outliers and labelled ones', async () => {
    await map();
    const { items } = await ask({ count: 20 });
    const seen = new Set(items.slice(0, 10).map(({ imageId }) => components[ids.indexOf(imageId)]));
    expect(seen.size).toBe(5);
    const all = (await ask({ count: 500 })).items.map(({ imageId }) => imageId);
    expect(new Set(all).size).toBe(all.length);
    expect(all.includes(ids[0]!) && all.includes(ids[1]!)).toBe(false);
    const classIds = label(3);
    host.workspace().project.labels.assign([ids[0]!], classIds[0]!);
    host.changed(['labels']);
    const left = new Set((await ask({ count: 500 })).items.map(({ imageId }) => imageId));
    expect(left.has(ids[1]!)).toBe(false);
    expect(
      host
        .workspace()
        .project.labels.all()
        .imageIds.some((id) => left.has(id)),
    ).toBe(false);
  });

  it('guesses classes from the labels at hand', async () => {
    await map();
    const classIds = label(4);
    const { items } = await ask({ count: 60 });
    const right = items.filter(({ imageId, suggestion }) => suggestion?.classId === classIds[components[ids.indexOf(imageId)]!]);
    expect(right.length).toBeGreaterThan(55);
    expect(items.every(({ suggestion }) => suggestion !== null && suggestion.confidence > 0 && suggestion.confidence <= 1)).toBe(true);
  });

  it('mixes in images kept apart, without a guess, only where the whole is asked for', async () => {
    host.workspace().project.splits.assign('audit', 'test', ids.slice(100, 140));
    await map();
    label(4);
    const { items, explanation } = await ask({ count: 50 });
    const tests = items.filter(({ isTest }) => isTest);
    expect(tests).toHaveLength(10);
    expect(tests.every(({ imageId, suggestion }) => ids.indexOf(imageId) >= 100 && ids.indexOf(imageId) < 140 && suggestion === null)).toBe(
      true,
    );
    expect(explanation).toContain('one in five');
    expect((await ask({ count: 50, clusterId: 0 })).items.some(({ isTest }) => isTest)).toBe(false);
  });

  it('asks where the classifier is undecided once every class has a few labels', async () => {
    await map();
    const classIds = label(5);
    const { project } = host.workspace();
    const model = project.models.add({
      ...{ name: 'c', arch: 'tiny', kind: 'classifier', parentId: modelId, method: 'probe', px, settings: {}, metrics: {} },
      ...{ outputs: classIds.map((classId) => ({ classId, name: '' })), weights: new Uint8Array(1) },
    });
    const probabilities = new Float32Array(numImages * 5);
    ids.forEach((_, i) => probabilities.set(i % 10 === 7 ? [0.4, 0.38, 0.22, 0, 0] : [0.9, 0.1, 0, 0, 0], i * 5));
    project.predictions.write(model.id, ids, probabilities);
    host.changed(allParts);
    const { strategy, items } = await ask({ count: 5 });
    expect(strategy).toBe('margin');
    expect(items.every(({ imageId }) => ids.indexOf(imageId) % 10 === 7)).toBe(true);
    expect((await ask({ count: 5, strategy: 'random' })).strategy).toBe('random');
  });
});
