import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Project } from '../../electron/project/project.ts';
import type { ScannedFile, ScanSummary } from '../../electron/project/scans.ts';
import { readable, temporaryProject, unreadable } from './temporary-project.ts';

function scan(project: Project, sourceId: number, files: ScannedFile[]): ScanSummary {
  project.scans.add(sourceId, files);
  return project.scans.finish(sourceId);
}

/** The project with one source; `paths()` gives the present images by id. */
function setup(files: ScannedFile[]): {
  project: Project;
  sourceId: number;
  idOf: (path: string) => number;
  paths: () => Record<number, string>;
} {
  const project = temporaryProject();
  const sourceId = project.sources.add(join(project.path, '..', 'images')).id;
  scan(project, sourceId, files);
  const present = () => project.images.getMany(project.images.find()).filter((image) => image.status !== 'missing');
  return {
    project,
    sourceId,
    idOf: (path) => present().find((image) => image.relativePath === path)!.id,
    paths: () => Object.fromEntries(present().map((image) => [image.id, image.relativePath])),
  };
}

describe('a finished scan', () => {
  it('adds images, in odd scripts too, and lists unreadable ones with the reason', () => {
    const { project, sourceId } = setup([]);
    const names = ['b.png', '鳥/花 1.png', "o'brien.png", 'Ü.png', 'U\u0308.png', '100%_\\.png'];
    expect(scan(project, sourceId, [...names.map((name) => readable(name)), unreadable('bad.jpg')])).toEqual({
      numAdded: 7,
      numMoved: 0,
      changedIds: new Int32Array(0),
      numMissing: 0,
      numUnreadable: 1,
    });
    expect(
      project.images
        .getMany(project.images.usable())
        .map((image) => image.relativePath)
        .sort(),
    ).toEqual(names.sort());
    expect(project.images.problems()).toMatchObject([{ relativePath: 'bad.jpg', contentHash: null, problem: { code: 'truncated' } }]);
    expect(project.images.counts()).toEqual({ ok: 6, unreadable: 1, missing: 0, excluded: 0 });
  });

  it('changes nothing the second time', () => {
    const files = [readable('a'), readable('b'), unreadable('c')];
    const { project, sourceId, paths } = setup(files);
    const before = paths();
    expect(scan(project, sourceId, files)).toMatchObject({ numAdded: 0, numMoved: 0, numMissing: 0 });
    expect(paths()).toEqual(before);
  });

  it('finds a moved image by its content and keeps its label', () => {
    const { project, sourceId, idOf } = setup([readable('a', 'A'), readable('b', 'B')]);
    const id = idOf('a');
    const finch = project.classes.add({ name: 'finch', colour: '#111' });
    project.labels.assign([id], finch.id);
    expect(scan(project, sourceId, [readable('deep/er/a', 'A'), readable('b', 'B')])).toMatchObject({
      numAdded: 0,
      numMoved: 1,
      numMissing: 0,
    });
    expect(idOf('deep/er/a')).toBe(id);
    expect(project.labels.get(id)).toMatchObject({ classId: finch.id });
  });

  it('follows two images that swapped their names, and a chain of renames', () => {
    const { project, sourceId, idOf } = setup([readable('a', 'A'), readable('b', 'B'), readable('c', 'C')]);
    const [a, b, c] = [idOf('a'), idOf('b'), idOf('c')];
    expect(scan(project, sourceId, [readable('b', 'A'), readable('a', 'B'), readable('c', 'C')]).numMoved).toBe(2);
    expect([idOf('b'), idOf('a'), idOf('c')]).toEqual([a, b, c]);
    expect(scan(project, sourceId, [readable('b', 'B'), readable('c', 'A'), readable('d', 'C')]).numMoved).toBe(3);
    expect([idOf('b'), idOf('c'), idOf('d')]).toEqual([b, a, c]);
  });

  it('takes a file of new content at the path of an image that moved for a new image', () => {
    const { project, sourceId, idOf } = setup([readable('a', 'A'), readable('b', 'B')]);
    const a = idOf('a');
    const summary = scan(project, sourceId, [readable('a', 'N'), readable('b', 'B'), readable('c', 'A')]);
    expect(summary).toMatchObject({ numMoved: 1, numAdded: 1, numMissing: 0, changedIds: new Int32Array(0) });
    expect(idOf('c')).toBe(a);
    expect(idOf('a')).not.toBe(a);
  });

  it('counts what has gone apart from what has come back', () => {
    const { project, sourceId } = setup([readable('a', 'A'), readable('b', 'B')]);
    expect(scan(project, sourceId, [readable('b', 'B')])).toMatchObject({ numMissing: 1 });
    expect(scan(project, sourceId, [readable('a', 'A'), readable('c', 'C')])).toMatchObject({ numMissing: 1, numMoved: 1, numAdded: 1 });
    expect(scan(project, sourceId, [readable('a', 'A'), readable('c', 'C')])).toMatchObject({ numMissing: 0 });
  });

  it('keeps a missing image with its label until it comes back, under its old name or another', () => {
    const { project, sourceId, idOf } = setup([readable('a', 'A'), readable('b', 'B')]);
    const a = idOf('a');
    expect(scan(project, sourceId, [readable('b', 'B')])).toMatchObject({ numMissing: 1 });
    expect(project.images.get(a)).toMatchObject({ status: 'missing', relativePath: 'a' });
    expect(scan(project, sourceId, [readable('b', 'B'), readable('a', 'A')])).toMatchObject({ numMoved: 1, numMissing: 0, numAdded: 0 });
    expect(idOf('a')).toBe(a);
    expect(project.images.get(a).problem).toBeNull();
    scan(project, sourceId, [readable('b', 'B')]);
    scan(project, sourceId, [readable('b', 'B'), readable('z', 'A')]);
    expect(idOf('z')).toBe(a);
  });

  it('gives the path of a deleted image to another that took it', () => {
    const { project, sourceId, idOf } = setup([readable('a', 'A'), readable('b', 'B')]);
    const [a, b] = [idOf('a'), idOf('b')];
    expect(scan(project, sourceId, [readable('a', 'B')])).toMatchObject({ numMoved: 1, numMissing: 1, numAdded: 0 });
    expect(idOf('a')).toBe(b);
    expect(project.images.get(a)).toMatchObject({ status: 'missing', relativePath: 'a' });
    // Both are back.
    scan(project, sourceId, [readable('a', 'A'), readable('b', 'B')]);
    expect([idOf('a'), idOf('b')]).toEqual([a, b]);
  });

  it('pairs copies one to one, each returning to its own path first', () => {
    const { project, sourceId, idOf } = setup([readable('a', 'S'), readable('b', 'S'), readable('c', 'S')]);
    const [a, b, c] = [idOf('a'), idOf('b'), idOf('c')];
    scan(project, sourceId, []);
    expect(project.images.counts()).toMatchObject({ ok: 0, missing: 3 });
    expect(scan(project, sourceId, [readable('b', 'S'), readable('x', 'S')])).toMatchObject({ numMoved: 2, numAdded: 0 });
    expect([idOf('b'), idOf('x')]).toEqual([b, a]);
    expect(
      scan(
        project,
        sourceId,
        ['b', 'x', 'y', 'z'].map((path) => readable(path, 'S')),
      ),
    ).toMatchObject({ numMoved: 1, numAdded: 1 });
    expect(idOf('y')).toBe(c);
  });

  it('finds an image again that moved to another source', () => {
    const { project, sourceId, idOf } = setup([readable('a', 'A')]);
    const a = idOf('a');
    const other = project.sources.add(join(project.path, '..', 'more')).id;
    scan(project, sourceId, []);
    expect(scan(project, other, [readable('q', 'A')])).toMatchObject({ numMoved: 1, numAdded: 0 });
    expect(project.images.get(a)).toMatchObject({ sourceId: other, relativePath: 'q', status: 'ok' });
  });

  it('keeps the label of an image changed in place, reports it, and drops what was computed', () => {
    const { project, sourceId, idOf } = setup([readable('a', 'A'), readable('b', 'B')]);
    const [a, b] = [idOf('a'), idOf('b')];
    project.labels.assign([a], project.classes.add({ name: 'finch', colour: '#111' }).id);
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
    project.embeddings.write(key, [a, b], new Float32Array(4));
    project.predictions.write(model.id, [a, b], new Float32Array(4));
    expect(scan(project, sourceId, [readable('a', 'A2'), readable('b', 'B')]).changedIds).toEqual(Int32Array.of(a));
    expect(project.images.get(a).contentHash).toBe('A2');
    expect(project.labels.get(a)).not.toBeNull();
    expect(project.embeddings.missing(key)).toEqual(Int32Array.of(a));
    expect(project.predictions.readAll(model.id).imageIds).toEqual(Int32Array.of(b));
  });

  it('keeps an image that cannot be read for a while', () => {
    const { project, sourceId, idOf } = setup([readable('a', 'A')]);
    const a = idOf('a');
    scan(project, sourceId, [unreadable('a')]);
    expect(project.images.get(a)).toMatchObject({ status: 'unreadable', contentHash: 'A', width: 4 });
    scan(project, sourceId, [readable('a', 'A')]);
    expect(project.images.get(a)).toMatchObject({ status: 'ok', problem: null });
  });

  it('goes on after an interruption with what was added, and forgets it when told', () => {
    const { project, sourceId } = setup([readable('a', 'A')]);
    project.scans.add(sourceId, [readable('b', 'B')]);
    expect([...project.scans.known(sourceId)].map((file) => file.relativePath)).toEqual(['b', 'a']);
    project.scans.discard(sourceId);
    expect([...project.scans.known(sourceId)].map((file) => file.relativePath)).toEqual(['a']);
  });
});
