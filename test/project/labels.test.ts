import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openProject } from '../../electron/project/open-project.ts';
import type { Project } from '../../electron/project/project.ts';
import { addImages, temporaryProject } from './temporary-project.ts';

function setup(numImages = 4): { project: Project; ids: number[]; finch: number; wren: number } {
  const project = temporaryProject();
  const ids = addImages(project, numImages);
  const finch = project.classes.add({ name: 'finch', colour: '#111' }).id;
  const wren = project.classes.add({ name: 'wren', colour: '#222' }).id;
  return { project, ids, finch, wren };
}

function asRecord(project: Project): Record<number, number> {
  const { imageIds, classIds } = project.labels.all();
  return Object.fromEntries([...imageIds].map((id, i) => [id, classIds[i]!]));
}

describe('labels', () => {
  it('are assigned, replaced and cleared, noting who and when', () => {
    const { project, ids, finch, wren } = setup();
    project.labels.assign(ids, finch);
    expect(project.labels.assign(ids.slice(0, 2), wren, 'import')?.imageIds).toEqual(Int32Array.from(ids.slice(0, 2)));
    expect(project.labels.get(ids[0]!)).toMatchObject({ classId: wren, source: 'import' });
    expect(project.labels.get(ids[3]!)).toMatchObject({ classId: finch, source: 'user' });
    project.labels.clear([ids[3]!]);
    expect(project.labels.get(ids[3]!)).toBeNull();
    expect(project.classes.list().map((each) => each.numLabels)).toEqual([1, 2]);
    expect(project.images.find({ classId: wren })).toEqual(Int32Array.from(ids.slice(0, 2)));
    expect(project.images.find({ isLabelled: false })).toEqual(Int32Array.of(ids[3]!));
  });

  it('are not journaled where nothing changes, which keeps what can be redone', () => {
    const { project, ids, finch, wren } = setup();
    project.labels.assign(ids, finch);
    project.labels.assign(ids, wren);
    project.labels.undo();
    expect(project.labels.assign(ids, finch)).toBeNull();
    expect(project.labels.clear([])).toBeNull();
    expect(project.labels.history()).toEqual({ undo: 'assign', redo: 'assign' });
  });

  it('take the later of two entries for one image', () => {
    const { project, ids, finch, wren } = setup(1);
    const change = project.labels.assignEach([
      { imageId: ids[0]!, classId: wren },
      { imageId: ids[0]!, classId: finch },
    ]);
    expect(change?.imageIds).toHaveLength(1);
    expect(project.labels.get(ids[0]!)?.classId).toBe(finch);
  });

  it('refuse unknown images and classes, changing nothing', () => {
    const { project, ids, finch } = setup();
    expect(() => project.labels.assign([...ids, 999], finch)).toThrow(expect.objectContaining({ code: 'not-found' }));
    expect(() => project.labels.assign(ids, 999)).toThrow(expect.objectContaining({ code: 'not-found' }));
    expect(asRecord(project)).toEqual({});
    expect(project.labels.history()).toEqual({ undo: null, redo: null });
  });

  it('come back exactly as they were, also after the project was closed', () => {
    const { project, ids, finch, wren } = setup();
    project.labels.assign(ids.slice(0, 1), finch, 'import');
    const before = project.labels.get(ids[0]!);
    project.labels.assign(ids, wren);
    project.close();
    const again = openProject(project.path);
    expect(again.labels.history()).toEqual({ undo: 'assign', redo: null });
    expect(again.labels.undo()?.imageIds).toHaveLength(4);
    expect(again.labels.get(ids[0]!)).toEqual(before);
    expect(asRecord(again)).toEqual({ [ids[0]!]: finch });
    again.close();
    const third = openProject(project.path);
    third.labels.redo();
    expect(Object.values(asRecord(third))).toEqual([wren, wren, wren, wren]);
    third.close();
  });

  it('lose a removed class and get it back with undo', () => {
    const { project, ids, finch, wren } = setup();
    project.labels.assign(ids.slice(0, 2), finch);
    project.labels.assign(ids.slice(2), wren);
    expect(project.labels.removeClass(finch).imageIds).toHaveLength(2);
    expect(project.classes.list().map((each) => each.id)).toEqual([wren]);
    expect(() => project.labels.assign(ids, finch)).toThrow(expect.objectContaining({ code: 'not-found' }));
    project.labels.undo();
    expect(project.classes.get(finch).numLabels).toBe(2);
    project.labels.redo();
    expect(project.classes.findByName('finch')).toBeNull();
    project.classes.add({ name: 'finch', colour: '#333' });
    expect(() => project.labels.undo()).toThrow(expect.objectContaining({ code: 'conflict' }));
    expect(Object.keys(asRecord(project))).toHaveLength(2);
  });

  it('move to the class another is merged into', () => {
    const { project, ids, finch, wren } = setup();
    project.labels.assign(ids.slice(0, 2), finch, 'import');
    project.labels.assign(ids.slice(2), wren);
    project.labels.mergeClasses(finch, wren);
    expect(project.classes.list()).toMatchObject([{ id: wren, numLabels: 4 }]);
    expect(project.labels.get(ids[0]!)).toMatchObject({ classId: wren, source: 'import' });
    project.labels.undo();
    expect(project.classes.list().map((each) => each.numLabels)).toEqual([2, 2]);
    expect(() => project.labels.mergeClasses(wren, wren)).toThrow(expect.objectContaining({ code: 'invalid-input' }));
  });

  it('undo and redo like a plain list of states', () => {
    const { project, ids, finch, wren } = setup(6);
    const classes = [finch, wren];
    const subset = fc.uniqueArray(fc.integer({ min: 0, max: 5 }), { maxLength: 6 });
    const command = fc.oneof(
      fc.record({ type: fc.constant('assign' as const), images: subset, of: fc.integer({ min: 0, max: 1 }) }),
      fc.record({ type: fc.constant('clear' as const), images: subset }),
      fc.record({ type: fc.constant('undo' as const) }),
      fc.record({ type: fc.constant('redo' as const) }),
    );
    // One project for all runs: each begins by clearing, and its list of states with that.
    const apply = (state: Record<number, number>, images: number[], classId: number | null): Record<number, number> => {
      const next = { ...state };
      for (const i of images) {
        if (classId === null) Reflect.deleteProperty(next, ids[i]!);
        else next[ids[i]!] = classId;
      }
      return next;
    };
    fc.assert(
      fc.property(fc.array(command, { maxLength: 25 }), (commands) => {
        project.labels.clear(ids);
        project.labels.assign([ids[0]!], finch);
        let states = [{ [ids[0]!]: finch }];
        let at = 0;
        for (const each of commands) {
          if (each.type === 'undo') {
            if (at > 0) {
              expect(project.labels.undo()).not.toBeNull();
              at--;
            }
          } else if (each.type === 'redo') {
            expect(project.labels.redo() !== null).toBe(at < states.length - 1);
            at = Math.min(at + 1, states.length - 1);
          } else {
            const images = each.images.map((i) => ids[i]!);
            const classId = each.type === 'assign' ? classes[each.of]! : null;
            if (classId === null) project.labels.clear(images);
            else project.labels.assign(images, classId);
            const next = apply(states[at]!, each.images, classId);
            if (JSON.stringify(next) !== JSON.stringify(states[at])) {
              states = [...states.slice(0, at + 1), next];
              at++;
            }
          }
          expect(asRecord(project)).toEqual(states[at]);
        }
      }),
      { seed: 7, numRuns: 60 },
    );
  });
});

describe('classes', () => {
  it('have distinct names and keys, in any script', () => {
    const { project, finch } = setup();
    expect(project.classes.findByName(' finch ')?.id).toBe(finch);
    const { id } = project.classes.add({ name: 'Gr\u0075\u0308n', colour: '#0f0', key: 'g' });
    expect(project.classes.findByName('Grün')?.id).toBe(id);
    expect(() => project.classes.add({ name: 'Grün', colour: '' })).toThrow(expect.objectContaining({ code: 'conflict' }));
    expect(() => project.classes.add({ name: '緑', colour: '', key: 'g' })).toThrow(expect.objectContaining({ code: 'conflict' }));
    expect(() => project.classes.add({ name: ' ', colour: '' })).toThrow(expect.objectContaining({ code: 'invalid-input' }));
    expect(project.classes.update(id, { name: '緑', key: null })).toMatchObject({ name: '緑', key: null, colour: '#0f0' });
    expect(() => project.classes.update(id, { name: 'wren' })).toThrow(expect.objectContaining({ code: 'conflict' }));
  });

  it('are put in order', () => {
    const { project, finch, wren } = setup();
    const tit = project.classes.add({ name: 'tit', colour: '' }).id;
    project.classes.reorder([tit, wren]);
    expect(project.classes.list().map((each) => each.id)).toEqual([tit, wren, finch]);
  });
});
