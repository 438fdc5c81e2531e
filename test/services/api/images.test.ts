import { join } from 'node:path';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import sharp from 'sharp';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { ImageFilterInput } from '../../../electron/contract/calls.ts';
import { ImageServer } from '../../../electron/services/catalog/image-server.ts';
import { importFolders } from '../../../electron/services/intake/import-folder.ts';
import { imageHandlers } from '../../../electron/services/api/images.ts';
import { createRandom } from '../../../electron/tensor/random.ts';
import { addNamed, fakeHost } from '../fake-host.ts';
import type { FakeHost } from '../fake-host.ts';

let host: FakeHost;
let images: ReturnType<typeof imageHandlers>;

beforeEach(() => {
  host = fakeHost();
  images = imageHandlers(host);
});

async function namesFor(
  filter: ImageFilterInput,
  by?: 'name' | 'added' | 'size' | 'class' | 'cluster' | 'confidence',
  descending = false,
): Promise<string[]> {
  const { ids } = await images['images.query']({ filter, ...(by && { sort: { by, descending } }) });
  return host
    .workspace()
    .project.images.getMany(ids)
    .map((image) => image.relativePath);
}

describe('images.query', () => {
  it('finds names regardless of case, accents and how those are encoded', async () => {
    addNamed(host, ['Cafe\u0301/One.png', 'caf\u00e9/two.png', 'stra\u00dfe.png', '\u039f\u0394\u039f\u03a3.png', 'plain.png']);
    expect(await namesFor({ text: 'CAF\u00c9' })).toEqual(['Cafe\u0301/One.png', 'caf\u00e9/two.png']);
    expect(await namesFor({ text: 'cafe\u0301/o' })).toEqual(['Cafe\u0301/One.png']);
    expect(await namesFor({ text: 'cafe' })).toEqual(['Cafe\u0301/One.png', 'caf\u00e9/two.png']);
    expect(await namesFor({ text: 'STRASSE' })).toEqual(['stra\u00dfe.png']);
    expect(await namesFor({ text: '\u03bf\u03b4\u03bf\u03c2' })).toEqual(['\u039f\u0394\u039f\u03a3.png']);
    expect(await namesFor({ text: '  ' })).toHaveLength(5);
    expect(await namesFor({ text: '%' })).toEqual([]);
  });

  it('sorts names as people do', async () => {
    const sorted = ['a/2.png', 'a/10.png', 'a/010b.png', 'B/1.png', 'img9.png', 'IMG10.png', 'img11.png', '\u00e9.png'];
    addNamed(host, sorted.toReversed());
    expect(await namesFor({}, 'name')).toEqual(sorted);
    expect(await namesFor({}, 'name', true)).toEqual(sorted.toReversed());
  });

  it('puts what has no value last in both directions, ties in the order of adding', async () => {
    const [a, b, , d] = addNamed(
      host,
      ['a', 'b', 'c', 'd'].map((name) => `${name}.png`),
    );
    const { classes, labels } = host.workspace().project;
    const second = classes.add({ name: 'second', colour: '#000000' });
    const first = classes.add({ name: 'first', colour: '#000000' });
    labels.assign([a!, d!], first.id);
    labels.assign([b!], second.id);
    expect(await namesFor({}, 'class')).toEqual(['b.png', 'a.png', 'd.png', 'c.png']);
    expect(await namesFor({}, 'class', true)).toEqual(['a.png', 'd.png', 'b.png', 'c.png']);
  });

  it('agrees with brute force over 100,000 images, for every filter and sort', async () => {
    const numImages = 100_000;
    const { project } = host.workspace();
    const random = createRandom(7);
    const ids = addNamed(
      host,
      Array.from({ length: numImages }, (_, i) => `set ${i % 13}/Image ${i}.png`),
    );
    const classIds = ['ant', 'bee', 'cat'].map((name) => project.classes.add({ name, colour: '#000000' }).id);
    const truth = ids.map((id, i) => ({
      id,
      name: `set ${i % 13}/Image ${i}.png`,
      classId: random.next() < 0.3 ? classIds[random.int(3)]! : 0,
      predictedId: classIds[i % 3]!,
      isTest: random.next() < 0.2,
      isExcluded: random.next() < 0.1,
      confidence: 0,
    }));
    project.labels.assignEach(truth.filter(({ classId }) => classId > 0).map(({ id, classId }) => ({ imageId: id, classId })));
    project.splits.assign(
      'audit',
      'test',
      truth.filter(({ isTest }) => isTest).map(({ id }) => id),
    );
    project.images.setExcluded(
      truth.filter(({ isExcluded }) => isExcluded).map(({ id }) => id),
      true,
    );
    const model = project.models.add({
      ...{ name: 'c', arch: 'tiny', kind: 'classifier', parentId: null, method: 'probe', px: 32, settings: {}, metrics: {} },
      ...{ outputs: classIds.map((classId) => ({ classId, name: '' })), weights: new Uint8Array(1) },
    });
    const probabilities = new Float32Array(numImages * 3);
    truth.forEach((image, i) => {
      const confident = 0.4 + 0.6 * random.next();
      for (let c = 0; c < 3; c++) probabilities[i * 3 + c] = c === i % 3 ? confident : (1 - confident) / 2;
      image.confidence = probabilities[i * 3 + (i % 3)]!;
    });
    project.predictions.write(model.id, ids, probabilities);

    type Image = (typeof truth)[number];
    const cases: [ImageFilterInput, (image: Image) => boolean][] = [
      [{ isLabelled: false, isExcluded: false }, (image) => image.classId === 0 && !image.isExcluded],
      [{ classId: classIds[1]!, isTest: true }, (image) => image.classId === classIds[1] && image.isTest],
      [{ predictedId: classIds[2]!, minConfidence: 0.9 }, (image) => image.predictedId === classIds[2] && image.confidence >= 0.9],
      [{ maxConfidence: 0.5 }, (image) => image.confidence <= 0.5],
      [{ isDisagreeing: true }, (image) => image.classId !== 0 && image.classId !== image.predictedId],
      [{ text: 'SET 12/image 1' }, (image) => image.name.startsWith('set 12/Image 1')],
      [{ ids: ids.filter((_, i) => i % 7 === 0), isTest: false }, (image) => ids.indexOf(image.id) % 7 === 0 && !image.isTest],
      [{ sourceId: 1, status: 'ok', clusterId: 4 }, () => false],
    ];
    const place = new Map(ids.map((id, i) => [id, i] as const));
    for (const [filter, fits] of cases) {
      const expected = filter.ids ? truth.filter((image) => place.get(image.id)! % 7 === 0 && !image.isTest) : truth.filter(fits);
      const { ids: found } = await images['images.query']({ filter });
      expect(Array.from(found)).toEqual(expected.map(({ id }) => id).sort((x, y) => x - y));
    }
    const { ids: byConfidence } = await images['images.query']({ filter: {}, sort: { by: 'confidence', descending: true } });
    const confidences = Array.from(byConfidence, (id) => truth[place.get(id)!]!.confidence);
    expect(confidences.every((value, i) => i === 0 || value <= confidences[i - 1]! + 1e-6)).toBe(true);
    const { ids: byName } = await images['images.query']({ filter: { text: 'set 3/' }, sort: { by: 'name', descending: false } });
    const numbers = Array.from(byName, (id) => place.get(id)!);
    expect(numbers).toEqual(numbers.toSorted((x, y) => x - y));
    expect(numbers).toHaveLength(Math.ceil((numImages - 3) / 13));
  });
});

describe('images.columns and images.rows', () => {
  it('tell the same, and follow labels, exclusions and predictions', async () => {
    const ids = addNamed(host, ['a.png', 'b.png', 'c.png']);
    const { project } = host.workspace();
    const { id: classId } = project.classes.add({ name: 'ant', colour: '#000000' });
    project.splits.assign('audit', 'test', [ids[2]!]);
    const before = await images['images.columns']({});
    expect(before).toMatchObject({ ids: Int32Array.from(ids), classIds: new Int32Array(3), clusterIds: Int32Array.of(-1, -1, -1) });
    expect(Array.from(before.confidence)).toEqual([NaN, NaN, NaN]);
    project.labels.assign([ids[1]!], classId);
    host.changed(['labels']);
    const after = await images['images.columns']({});
    expect(Array.from(after.classIds)).toEqual([0, classId, 0]);
    expect(after.ids).toBe(before.ids);
    expect(await images['images.exclude']({ ids: [ids[0]!, ids[0]!], isExcluded: true })).toEqual({ numChanged: 1 });
    expect(await images['images.exclude']({ ids: [ids[0]!], isExcluded: true })).toEqual({ numChanged: 0 });
    expect(host.told).toEqual(['labels', 'images']);
    expect(Array.from((await images['images.columns']({})).isExcluded)).toEqual([1, 0, 0]);
    const rows = await images['images.rows']({ ids: [ids[2]!, 999, ids[1]!] });
    expect(rows.map(({ relativePath, isTest, classId: own }) => [relativePath, isTest, own])).toEqual([
      ['c.png', true, null],
      ['b.png', false, classId],
    ]);
    expect(rows[0]).toMatchObject({ prediction: null, clusterId: null, status: 'ok', isExcluded: false, width: 4 });
    expect(() => images['images.exclude']({ ids: [12345], isExcluded: true })).toThrow('no image number 12345');
  });
});

describe('pictures', () => {
  it('are served by id, and what cannot be shown is told with its reason', async () => {
    const folder = join(host.dataDir, 'photos');
    mkdirSync(folder);
    await sharp({ create: { width: 300, height: 200, channels: 3, background: '#336699' } })
      .png()
      .toFile(join(folder, 'good.png'));
    await sharp({ create: { width: 30, height: 20, channels: 3, background: '#336699' } })
      .png()
      .toFile(join(folder, 'gone.png'));
    writeFileSync(join(folder, 'broken.png'), 'no image');
    await importFolders(host.workspace(), [folder]);
    rmSync(join(folder, 'gone.png'));
    const server = new ImageServer(host, { cacheDir: join(host.dataDir, 'cache') });
    onTestFinished(() => server.close());
    const ids = new Map(
      host
        .workspace()
        .project.images.getMany(host.workspace().project.images.find())
        .map((image) => [image.relativePath, image.id]),
    );
    const { mime, bytes } = await server.get(ids.get('good.png')!, 'thumb');
    expect(mime).toBe('image/jpeg');
    expect(await sharp(bytes).metadata()).toMatchObject({ format: 'jpeg', width: 256, height: 171 });
    await expect(server.get(ids.get('gone.png')!, 'thumb')).rejects.toMatchObject({ code: 'not-found', details: { code: 'vanished' } });
    await expect(server.get(ids.get('broken.png')!, 'thumb')).rejects.toMatchObject({
      code: 'not-found',
      details: { code: 'not-an-image' },
    });
    await expect(server.get(ids.get('broken.png')!, 'thumb')).rejects.toThrow('broken.png: ');
    await expect(server.get(98765, 'thumb')).rejects.toMatchObject({ code: 'not-found' });
    expect(await images['images.samples']({ id: ids.get('good.png')! })).toMatchObject({
      width: 300,
      height: 200,
      channels: 3,
      bitsPerSample: 8,
    });
    await expect(images['images.samples']({ id: ids.get('gone.png')! })).rejects.toMatchObject({ code: 'not-found' });
  });
});
