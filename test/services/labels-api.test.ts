import { classPalette } from '../../electron/contract/class-palette.ts';
import { describe, expect, it } from 'vitest';
import { folderOfPictures, temporaryApp } from './temporary-host.ts';
import type { TestApp } from './temporary-host.ts';

async function opened(counts: Readonly<Record<string, number>>): Promise<{ app: TestApp; ids: Int32Array; path: string }> {
  const app = temporaryApp();
  const { path } = await app.call('project.openFolder', { path: await folderOfPictures(counts) });
  await app.lastEnded();
  const { ids } = await app.call('images.query', { filter: {} });
  return { app, ids, path };
}

describe('classes and labels', () => {
  it('give a class the next colour and key, and undo removal and merging, also after the project was closed', async () => {
    const { app, ids, path } = await opened({ a: 3 });
    app.host.workspace().project.splits.assign('audit', 'pool', ids);
    const [x, y] = [await app.call('classes.add', { name: ' robin ' }), await app.call('classes.add', { name: 'wren', key: null })];
    expect([x, y]).toMatchObject([
      { name: 'robin', colour: classPalette[0], key: '1' },
      { name: 'wren', colour: classPalette[1], key: null },
    ]);
    const assigned = await app.call('labels.assign', { ids: [ids[0]!, ids[1]!], classId: x.id });
    expect(assigned.change).toMatchObject({ action: 'assign', imageIds: ids.slice(0, 2), classIds: Int32Array.of(x.id, x.id) });
    expect(assigned.classes.map(({ numLabels }) => numLabels)).toEqual([2, 0]);
    expect(assigned.history).toEqual({ undo: 'assign', redo: null });
    expect(assigned).toEqual({ ...app.payloads('labels.changed').at(-1), numLeftOut: 0 });
    expect((await app.call('labels.assign', { ids: [ids[0]!], classId: x.id })).change).toBeNull();
    const accepted = await app.call('labels.assign', { ids: [ids[2]!], classId: y.id, isSuggestion: true });
    expect(accepted.change?.action).toBe('accept');
    expect(app.host.workspace().project.labels.get(ids[2]!)?.source).toBe('suggested-accepted');

    const merged = await app.call('classes.merge', { fromId: x.id, intoId: y.id });
    expect(merged.classes).toMatchObject([{ id: y.id, numLabels: 3 }]);
    await app.call('project.close', {});
    await app.call('project.open', { path });
    const undone = await app.call('labels.undo', {});
    expect(undone.change).toMatchObject({ action: 'undo', classIds: Int32Array.of(x.id, x.id) });
    expect(undone.classes.map(({ id, numLabels }) => [id, numLabels])).toEqual([
      [x.id, 2],
      [y.id, 1],
    ]);
    expect((await app.call('labels.redo', {})).classes).toHaveLength(1);
    await app.call('labels.undo', {});
    const removed = await app.call('classes.remove', { id: y.id });
    expect(removed.change?.classIds).toEqual(Int32Array.of(0));
    expect((await app.call('labels.undo', {})).classes).toHaveLength(2);
    const cleared = await app.call('labels.clear', { ids: [...ids] });
    expect(cleared.change?.imageIds).toEqual(ids);
    expect((await app.call('project.view', {}))?.counts).toMatchObject({ labelled: 0, labelledForTest: 0 });
  });

  it('of many images at once leave those kept apart alone until each has its label, and say how many', async () => {
    const { app, ids } = await opened({ a: 5 });
    const { project } = app.host.workspace();
    project.splits.assign('audit', 'pool', ids.slice(0, 3));
    project.splits.assign('audit', 'test', ids.slice(3));
    app.host.changed(['images']);
    const [x, y] = [await app.call('classes.add', { name: 'x' }), await app.call('classes.add', { name: 'y' })];
    const bulk = await app.call('labels.assign', { ids: [...ids], classId: x.id });
    expect(bulk.numLeftOut).toBe(2);
    expect(bulk.change?.imageIds).toEqual(ids.slice(0, 3));
    expect(await app.call('labels.assign', { ids: [...ids.slice(3)], classId: x.id })).toMatchObject({ change: null, numLeftOut: 2 });
    // One at a time is how they get their labels; from then on they can be put right like all others.
    expect(await app.call('labels.assign', { ids: [ids[3]!], classId: x.id })).toMatchObject({ numLeftOut: 0 });
    const again = await app.call('labels.assign', { ids: [...ids], classId: y.id });
    expect([again.numLeftOut, again.change?.imageIds]).toEqual([1, ids.slice(0, 4)]);
  });

  it('export labels as text that imports to the same labels, whatever classes and files are called', async () => {
    const { app, ids } = await opened({ 'a, "b"; c': 2, 'd\te': 1, plain: 1 });
    const names = ['comma, "quoted"', 'semicolon; tab\there', '=1+1', 'plain'];
    for (const [i, name] of names.entries()) {
      const { id } = await app.call('classes.add', { name });
      await app.call('labels.assign', { ids: [ids[i]!], classId: id });
    }
    const { fileName, text } = await app.call('labels.exportFile', { format: 'csv' });
    expect(fileName).toBe('birds-labels.csv');
    const before = app.host.workspace().project.labels.all();
    await app.call('labels.clear', { ids: [...ids] });
    const report = await app.call('labels.importFile', { name: fileName, text });
    expect(report).toMatchObject({ numLabelled: 4, numUnmatched: 0 });
    expect(app.host.workspace().project.labels.all()).toEqual(before);
    expect(app.payloads('labels.changed').at(-1)?.change.action).toBe('import');
    await expect(app.call('labels.importFile', { name: 'other.csv', text: 'path,label\nnowhere.png,x\n' })).rejects.toThrow(
      'other.csv labels no image',
    );
  });

  it('take labels from folders', async () => {
    const { app } = await opened({ robin: 3, wren: 2 });
    const report = await app.call('labels.importFolders', {});
    expect(report.classes).toEqual([
      { name: 'robin', numLabels: 3 },
      { name: 'wren', numLabels: 2 },
    ]);
  });
});
