import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ScannedFile } from '../../electron/project/scans.ts';
import { readable, temporaryProject } from './temporary-project.ts';

const numImages = 100_000;

describe('a project of 100,000 images', () => {
  it('scans, moves, labels, undoes and embeds all of them', () => {
    const project = temporaryProject();
    const sourceId = project.sources.add(join(project.path, '..', 'images')).id;
    const scan = (folder: string): ReturnType<typeof project.scans.finish> => {
      const files: ScannedFile[] = Array.from({ length: numImages }, (_, i) => readable(`${folder}/${i}.jpg`, `${i}`));
      for (let start = 0; start < numImages; start += 20_000) project.scans.add(sourceId, files.slice(start, start + 20_000));
      return project.scans.finish(sourceId);
    };
    expect(scan('a')).toMatchObject({ numAdded: numImages, numMoved: 0 });
    expect(scan('b')).toMatchObject({ numAdded: 0, numMoved: numImages, numMissing: 0 });
    const ids = project.images.usable();
    expect(ids).toHaveLength(numImages);
    expect(project.images.getMany(ids.subarray(50_000)).at(-1)?.relativePath).toMatch(/^b\//);
    const [finch, wren] = ['finch', 'wren'].map((name) => project.classes.add({ name, colour: '' }).id) as [number, number];
    project.labels.assign(ids, finch);
    project.labels.assign(ids.subarray(0, 60_000), wren);
    expect(project.labels.undo()?.imageIds).toHaveLength(60_000);
    expect(project.images.find({ classId: finch, text: '99.jpg' })).toHaveLength(1_000);
    project.images.setExcluded(ids.subarray(0, 99_000), true);
    project.splits.assign('audit', 'test', ids);
    expect(project.splits.imageIds('audit', 'test')).toHaveLength(numImages);
    const model = project.models.add({
      name: 'm',
      arch: 'tiny',
      kind: 'base',
      parentId: null,
      method: 'imported',
      px: 8,
      settings: {},
      metrics: {},
      outputs: null,
      weights: new Uint8Array(1),
    });
    const key = { modelId: model.id, px: 8 };
    project.embeddings.write(
      key,
      ids,
      new Float32Array(numImages * 16).map((_, i) => i),
    );
    expect(project.embeddings.missing(key)).toHaveLength(0);
    expect(project.embeddings.read(key, ids).vectors.at(-1)).toBe(Math.fround(numImages * 16 - 1));
    expect(project.embeddings.readAll(key).imageIds).toHaveLength(1_000);
  });
});
