import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parametersKey } from '../../electron/project/parameters-key.ts';
import { addImages, temporaryProject } from './temporary-project.ts';

describe('sources', () => {
  it('are added once and may not overlap', () => {
    const project = temporaryProject();
    const folder = join(project.path, '..', 'birds');
    const source = project.sources.add(folder);
    expect(project.sources.add(`${folder}/`)).toEqual(source);
    expect(source).toMatchObject({ isPresent: false, numImages: 0 });
    expect(() => project.sources.add(join(folder, 'in'))).toThrow(expect.objectContaining({ code: 'conflict' }));
    expect(() => project.sources.add(join(folder, '..'))).toThrow(expect.objectContaining({ code: 'conflict' }));
    project.sources.add(`${folder}2`);
    expect(project.sources.relocate(source.id, join(folder, '..', 'elsewhere')).rootPath).toBe(join(project.path, '..', 'elsewhere'));
    expect(() => project.sources.relocate(source.id, `${folder}2`)).toThrow(expect.objectContaining({ code: 'conflict' }));
  });

  it('take everything computed from their images with them', () => {
    const project = temporaryProject();
    const ids = addImages(project, 3);
    project.labels.assign(ids, project.classes.add({ name: 'finch', colour: '' }).id);
    project.analyses.put({ kind: 'clusters', modelId: null, params: {} }, {});
    project.sources.remove(1);
    expect(project.images.find()).toHaveLength(0);
    expect(project.labels.history()).toEqual({ undo: null, redo: null });
    expect(project.labels.undo()).toBeNull();
    expect(project.analyses.latest('clusters')).toBeNull();
    expect(project.checkIntegrity()).toEqual([]);
    // An id never comes back as another image.
    expect(addImages(project, 1)[0]).toBe(ids[2]! + 1);
  });
});

describe('images', () => {
  it('are found by what is asked for', () => {
    const project = temporaryProject();
    const ids = addImages(project, 4);
    project.splits.assign('audit', 'test', ids.slice(0, 2));
    project.images.setExcluded([ids[1]!], true);
    project.images.setUnreadable(ids[2]!, { code: 'gone', message: 'It went.' });
    expect(project.images.find({ text: '3.PNG' })).toEqual(Int32Array.of(ids[3]!));
    expect(project.images.find({ text: '%' })).toHaveLength(0);
    expect(project.images.find({ split: { name: 'audit', part: 'test' }, isExcluded: false })).toEqual(Int32Array.of(ids[0]!));
    expect(project.images.usable()).toEqual(Int32Array.of(ids[0]!, ids[3]!));
    expect(project.images.counts()).toEqual({ ok: 3, unreadable: 1, missing: 0, excluded: 1 });
    expect(project.images.getMany([ids[3]!, ids[0]!]).map((image) => image.id)).toEqual([ids[3], ids[0]]);
    expect(() => project.images.getMany([ids[0]!, 99])).toThrow(expect.objectContaining({ code: 'not-found' }));
    expect(() => project.images.get(99)).toThrow(expect.objectContaining({ code: 'not-found' }));
    project.scans.finish(1);
    expect(project.images.counts().missing).toBe(4);
    expect(project.images.forgetMissing()).toBe(4);
  });
});

describe('splits', () => {
  it('hold an image in one part at most', () => {
    const project = temporaryProject();
    const ids = addImages(project, 4);
    project.splits.assign('audit', 'test', ids.slice(0, 3));
    project.splits.assign('audit', 'rest', ids.slice(2));
    expect(project.splits.imageIds('audit', 'test')).toEqual(Int32Array.from(ids.slice(0, 2)));
    project.splits.withdraw('audit', [ids[0]!]);
    expect(project.splits.parts('audit')).toEqual(new Map([[ids[1]!, 'test'], [ids[2]!, 'rest'], [ids[3]!, 'rest']])); // prettier-ignore
    project.splits.replace('folds', { '0': ids.slice(0, 2), '1': ids.slice(2) });
    expect(project.splits.names()).toEqual(['audit', 'folds']);
    project.splits.remove('audit');
    expect(project.splits.names()).toEqual(['folds']);
  });
});

describe('analyses', () => {
  it('replace an older result with equal parameters and give their columns back', () => {
    const project = temporaryProject();
    const imageIds = Int32Array.of(1, 2, 3);
    const old = project.analyses.put(
      { kind: 'clusters', modelId: null, params: { k: 3, seed: 1 } },
      { columns: { imageIds, values: Int32Array.of(0, 1, 0) } },
    );
    const clusters = project.analyses.put(
      { kind: 'clusters', modelId: null, params: { seed: 1, k: 3 } },
      { summary: { names: ['a'] }, columns: { imageIds, values: Int32Array.of(2, 1, -1) } },
    );
    expect(() => project.analyses.get(old.id)).toThrow(expect.objectContaining({ code: 'not-found' }));
    expect(project.analyses.columns(clusters.id)).toEqual({ imageIds, values: Int32Array.of(2, 1, -1) });
    const map = project.analyses.put(
      { kind: 'projection', modelId: null, params: {} },
      { columns: { imageIds, values: Float32Array.of(0, 1, 2, 3, 4, 5) } },
    );
    expect(project.analyses.columns(map.id)?.values).toEqual(Float32Array.of(0, 1, 2, 3, 4, 5));
    const duplicates = project.analyses.put({ kind: 'duplicates', modelId: null, params: {} }, { summary: [[1, 2]] });
    expect(project.analyses.columns(duplicates.id)).toBeNull();
    expect(project.analyses.find({ kind: 'clusters', modelId: null, params: { k: 3, seed: 1 } })).toEqual(clusters);
    expect(project.analyses.find({ kind: 'clusters', modelId: null, params: { k: 4, seed: 1 } })).toBeNull();
    expect(project.analyses.latest('duplicates')?.summary).toEqual([[1, 2]]);
    project.analyses.remove(map.id);
    expect(project.analyses.latest('projection')).toBeNull();
  });

  it('know parameters by their value', () => {
    expect(parametersKey({ a: 1, b: { c: [1, { x: 1, y: 2 }], d: undefined } })).toBe(
      parametersKey({ b: { c: [1, { y: 2, x: 1 }] }, a: 1 }),
    );
    expect(parametersKey([1, 2])).not.toBe(parametersKey([2, 1]));
    expect(parametersKey({ a: '1' })).not.toBe(parametersKey({ a: 1 }));
    expect(parametersKey(undefined)).toBe(parametersKey(null));
  });
});

describe('suggestions', () => {
  it('keep their order and leave out what has been labelled since', () => {
    const project = temporaryProject();
    const ids = addImages(project, 3);
    expect(project.suggestions.latest()).toBeNull();
    const suggestions = [ids[2]!, ids[0]!, ids[1]!].map((imageId, i) => ({ imageId, reason: 'unsure', score: i === 2 ? null : 0.5 - i }));
    project.suggestions.add({ strategy: 'old', modelId: null, params: null, suggestions: [] });
    project.suggestions.add({ strategy: 'typiclust', modelId: null, params: { k: 3 }, suggestions });
    project.labels.assign([ids[0]!], project.classes.add({ name: 'finch', colour: '' }).id);
    expect(project.suggestions.latest()).toMatchObject({ strategy: 'typiclust', params: { k: 3 }, suggestions });
    expect(project.suggestions.latest({ unlabelledOnly: true })?.suggestions.map((each) => each.imageId)).toEqual([ids[2], ids[1]]);
    project.suggestions.prune(1);
    expect(project.connection.values('SELECT count(*) FROM suggestion_batches').get()).toBe(1);
  });
});

describe('settings', () => {
  it('are JSON by key', () => {
    const { settings } = temporaryProject();
    expect(settings.get('名前')).toBeUndefined();
    settings.set('名前', { list: [1, 'zwei', null] });
    settings.set('名前', false);
    expect(settings.get('名前')).toBe(false);
    settings.remove('名前');
    expect(settings.get('名前')).toBeUndefined();
  });
});

describe('a transaction', () => {
  it('happens as a whole or not at all, also inside another', () => {
    const project = temporaryProject();
    const work = (): void => {
      project.settings.set('a', 1);
      project.transaction(() => project.settings.set('b', 1));
      throw new Error('no');
    };
    expect(() => project.transaction(work)).toThrow('no');
    expect([project.settings.get('a'), project.settings.get('b')]).toEqual([undefined, undefined]);
  });
});
