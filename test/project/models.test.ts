import { describe, expect, it } from 'vitest';
import type { NewModel } from '../../electron/project/models.ts';
import { addImages, temporaryProject } from './temporary-project.ts';

const base: NewModel = {
  name: 'base',
  arch: 'tiny',
  kind: 'base',
  parentId: null,
  method: 'imported',
  px: 32,
  settings: { a: [1, null] },
  metrics: {},
  outputs: null,
  weights: new Uint8Array([1, 2, 3]),
};

describe('models', () => {
  it('keep weights that span several pieces, and empty ones', () => {
    const project = temporaryProject();
    for (const size of [0, 1, 8 * 2 ** 20, 20_000_003]) {
      const weights = Uint8Array.from({ length: size }, (_, i) => (i * 7 + (i >> 9)) & 255);
      const { id } = project.models.add({ ...base, weights });
      expect(Buffer.compare(project.models.weights(id), weights)).toBe(0);
    }
    expect(project.connection.values('SELECT max(length(bytes)) FROM model_weights').get()).toBe(8 * 2 ** 20);
  });

  it('tell where they came from', () => {
    const project = temporaryProject();
    const first = project.models.add(base);
    const second = project.models.add({ ...base, kind: 'adapted', method: 'dino', parentId: first.id });
    const outputs = [{ classId: 3, name: 'finch' }];
    const third = project.models.add({ ...base, kind: 'classifier', parentId: second.id, outputs });
    project.models.add({ ...base, parentId: first.id });
    expect(project.models.lineage(third.id).map((model) => model.id)).toEqual([first.id, second.id, third.id]);
    expect(project.models.get(third.id)).toMatchObject({ outputs, settings: { a: [1, null] } });
    expect(project.models.children(first.id)).toHaveLength(2);
    expect(() => project.models.remove(second.id)).toThrow(expect.objectContaining({ code: 'conflict' }));
    project.models.remove(third.id);
    project.models.remove(second.id);
    expect(project.models.list()).toHaveLength(2);
    expect(() => project.models.weights(second.id)).toThrow(expect.objectContaining({ code: 'not-found' }));
    expect(() => project.models.add({ ...base, parentId: 99 })).toThrow(expect.objectContaining({ code: 'not-found' }));
  });
});

describe('embeddings', () => {
  it('are written in batches, resumed and read as one matrix', () => {
    const project = temporaryProject();
    const ids = addImages(project, 5);
    const key = { modelId: project.models.add(base).id, px: 32 };
    expect(project.embeddings.readAll(key)).toMatchObject({ dim: 0 });
    expect(project.embeddings.missing(key)).toEqual(Int32Array.from(ids));
    project.embeddings.write(key, ids.slice(1, 3), Float32Array.of(1, 2, 3, 4, 5, 6));
    project.embeddings.write(key, [], new Float32Array(0));
    expect(project.embeddings.missing(key)).toEqual(Int32Array.of(ids[0]!, ids[3]!, ids[4]!));
    project.embeddings.write(key, Int32Array.of(ids[0]!, ids[1]!), Float32Array.of(7, 8, 9, 10, 11, 12));
    expect(project.embeddings.readAll(key)).toEqual({
      imageIds: Int32Array.from(ids.slice(0, 3)),
      vectors: Float32Array.of(7, 8, 9, 10, 11, 12, 4, 5, 6),
      dim: 3,
    });
    expect(project.embeddings.read(key, [ids[2]!, ids[0]!, ids[2]!]).vectors).toEqual(Float32Array.of(4, 5, 6, 7, 8, 9, 4, 5, 6));
    expect(() => project.embeddings.read(key, [ids[4]!])).toThrow(expect.objectContaining({ code: 'not-found' }));
    expect(() => project.embeddings.write(key, [ids[4]!], new Float32Array(2))).toThrow(expect.objectContaining({ code: 'invalid-input' }));
    project.images.setExcluded([ids[0]!, ids[4]!], true);
    expect(project.embeddings.readAll(key).vectors).toEqual(Float32Array.of(10, 11, 12, 4, 5, 6));
    expect(project.embeddings.missing(key)).toEqual(Int32Array.of(ids[3]!));
    expect(project.embeddings.count(key)).toBe(3);
    expect(project.embeddings.count({ ...key, px: 64 })).toBe(0);
    project.models.remove(key.modelId);
    expect(project.embeddings.count(key)).toBe(0);
  });

  it('of an unknown model or image are refused as a whole', () => {
    const project = temporaryProject();
    const ids = addImages(project, 1);
    const key = { modelId: project.models.add(base).id, px: 32 };
    expect(() => project.embeddings.write({ ...key, modelId: 99 }, ids, new Float32Array(2))).toThrow(
      expect.objectContaining({ code: 'invalid-input' }),
    );
    expect(() => project.embeddings.write(key, [ids[0]!, 99], new Float32Array(4))).toThrow(
      expect.objectContaining({ code: 'invalid-input' }),
    );
    expect(project.embeddings.count(key)).toBe(0);
  });
});

describe('predictions and evaluations', () => {
  it('are kept per model', () => {
    const project = temporaryProject();
    const ids = addImages(project, 3);
    const { id } = project.models.add(base);
    project.predictions.write(id, ids.slice(1), Float32Array.of(0.25, 0.75, 1, 0));
    project.predictions.write(id, ids.slice(1, 2), Float32Array.of(0.5, 0.5));
    expect(project.predictions.readAll(id)).toEqual({
      imageIds: Int32Array.from(ids.slice(1)),
      probabilities: Float32Array.of(0.5, 0.5, 1, 0),
      numClasses: 2,
    });
    project.evaluations.add({ modelId: id, split: 'audit', metrics: { accuracy: 0.5 }, cases: [] });
    project.evaluations.add({ modelId: id, split: 'audit', metrics: { accuracy: 0.75 }, cases: [[ids[0], 1]] });
    expect(project.evaluations.latest(id, 'audit')).toMatchObject({ metrics: { accuracy: 0.75 }, cases: [[ids[0], 1]] });
    expect(project.evaluations.list(id)).toHaveLength(2);
    expect(project.evaluations.latest(id, 'other')).toBeNull();
    project.predictions.remove(id);
    expect(project.predictions.readAll(id).numClasses).toBe(0);
  });
});
