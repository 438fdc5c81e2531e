import { beforeEach, describe, expect, it } from 'vitest';
import { baseColumns, classColumn, clusterColumn, rowOf } from '../../electron/services/catalog/image-catalog.ts';
import { labelQueue } from '../../electron/services/labelling/label-queue.ts';
import type { QueueRequest } from '../../electron/services/labelling/label-queue.ts';
import { buildMap } from '../../electron/services/mapping/build-map.ts';
import { gaussianMixture, quietContext } from '../explore/mixtures.ts';
import { addNamed, fakeHost } from './fake-host.ts';
import type { FakeHost } from './fake-host.ts';

const px = 32;
const mixture = gaussianMixture({ sizes: [80, 70, 60, 50, 40], numDims: 24, spread: 0.6, seed: 3 });
const { numDims, numImages, components } = mixture;
// Image 1 is a copy of image 0, image 2 unlike all others.
const vectors = mixture.features.slice();
vectors.copyWithin(numDims, 0, numDims);
for (let d = 0; d < numDims; d++) vectors[2 * numDims + d] = d % 2 === 0 ? 5 : -5;

let host: FakeHost;
let ids: number[];

beforeEach(async () => {
  host = fakeHost();
  ids = addNamed(
    host,
    Array.from({ length: numImages }, (_, i) => `${i}.png`),
  );
  const { project } = host.workspace();
  const rest = { arch: 'tiny', method: 'scratch', px, settings: {}, metrics: {}, outputs: null, weights: new Uint8Array(1) };
  const modelId = project.models.add({ name: 'base', kind: 'base', parentId: null, ...rest }).id;
  project.embeddings.write({ modelId, px }, ids, vectors);
  await buildMap(host.workspace(), { modelId, px, numClusters: 10, seed: 0 }, quietContext());
});

/** As many labels as said of every component; a class with none is made all the same. */
function label(counts: readonly number[]): void {
  const { classes, labels } = host.workspace().project;
  const entries = counts.flatMap((count, component) => {
    const classId = classes.add({ name: `class ${component}`, colour: '#000000' }).id;
    const members = ids.filter((_, i) => components[i] === component && i > 2);
    return members.slice(0, count).map((imageId) => ({ imageId, classId }));
  });
  labels.assignEach(entries);
  host.changed(['labels', 'classes']);
}

const clusterOf = (id: number): number => clusterColumn(host)[rowOf(baseColumns(host).ids, id)]!;

const ask = (request: Partial<QueueRequest> = {}) => labelQueue(host, { count: 20, ...request });

describe('labelQueue', () => {
  it('goes from typical images to undecided ones by labels alone: no classifier is needed', async () => {
    expect((await ask()).strategy).toBe('typical');
    label([4, 4, 4, 4, 4]);
    expect((await ask()).strategy).toBe('typical');
    host.workspace().project.labels.assign([ids[50]!, ids[51]!, ids[52]!, ids[53]!, ids[54]!], 1);
    host.changed(['labels']);
    const { strategy, items, explanation } = await ask();
    expect(strategy).toBe('margin');
    expect(explanation).toContain('between two classes');
    expect(items.filter(({ reason }) => reason === 'the classifier is undecided').length).toBeGreaterThan(15);
  });

  it('keeps one in five for clusters without labels, each another one as long as there are', async () => {
    label([20, 20, 20, 0, 0]);
    const { items, explanation } = await ask();
    const unseen = items.filter(({ reason }) => reason.includes('without labels'));
    // Two of the ten clusters hold no label.
    expect(unseen).toHaveLength(2);
    expect(items.filter(({ reason }) => reason === 'the classifier is undecided')).toHaveLength(18);
    const seen = new Set(clusterColumn(host).filter((_, row) => classColumn(host)[row] !== 0));
    const found = unseen.map(({ imageId }) => clusterOf(imageId));
    expect(new Set(found).size).toBe(found.length);
    expect(found.some((cluster) => seen.has(cluster))).toBe(false);
    expect(explanation).toContain('without labels');
    // Not all at the start: what is ahead is chosen anew after ten labels.
    expect(items.slice(0, 10).filter(({ reason }) => reason.includes('without labels')).length).toBeLessThan(unseen.length);
  });

  it('follows every strategy, without outliers and with one of each group of copies', async () => {
    label([6, 6, 6, 6, 6]);
    const labelled = new Set(host.workspace().project.labels.all().imageIds);
    const reasons = new Set<string>();
    for (const strategy of ['typical', 'probcover', 'margin', 'badge', 'dropquery'] as const) {
      const answer = await ask({ strategy, count: 60 });
      expect(answer.strategy).toBe(strategy);
      reasons.add(answer.items[0]!.reason);
      const found = new Set(answer.items.map(({ imageId }) => imageId));
      expect(found.size).toBe(60);
      expect([...found].some((id) => labelled.has(id) || id === ids[2])).toBe(false);
      expect(found.has(ids[0]!) && found.has(ids[1]!)).toBe(false);
      expect((await ask({ strategy, count: 60 })).items).toEqual(answer.items);
    }
    expect(reasons.size).toBe(5);
  });

  it('keeps to a cluster with every strategy, and gives all of it in the end', async () => {
    label([6, 6, 6, 6, 6]);
    const labelled = new Set(host.workspace().project.labels.all().imageIds);
    const open = ids.filter((id) => clusterOf(id) === 1 && !labelled.has(id));
    for (const strategy of ['auto', 'typical', 'probcover', 'margin', 'badge', 'dropquery', 'random'] as const) {
      const some = await ask({ strategy, clusterId: 1, count: 5 });
      expect(some.items.every(({ imageId }) => open.includes(imageId))).toBe(true);
      const all = await ask({ strategy, clusterId: 1, count: 400 });
      expect(all.items.length).toBeGreaterThanOrEqual(open.length - 1);
    }
  });

  it('says so where doubts cannot be known yet', async () => {
    const { strategy, explanation } = await ask({ strategy: 'badge' });
    expect(strategy).toBe('badge');
    expect(explanation).toContain('drawn at random');
  });
});
