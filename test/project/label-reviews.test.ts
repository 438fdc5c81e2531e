import { describe, expect, it } from 'vitest';
import { annotatorSetting } from '../../electron/project/labels.ts';
import { addImages, temporaryProject } from './temporary-project.ts';

describe('marks on labels', () => {
  it('stay with the label they were given to, also through undo', () => {
    const project = temporaryProject();
    const [a, b, c] = addImages(project, 3) as [number, number, number];
    const finch = project.classes.add({ name: 'finch', colour: '#111' }).id;
    const wren = project.classes.add({ name: 'wren', colour: '#222' }).id;
    project.labels.assign([a, b], finch);
    expect(project.labelReviews.confirm([a, c])).toBe(1);
    expect(project.labelReviews.confirmed()).toEqual(Int32Array.of(a));
    project.labels.assign([a], wren);
    expect(project.labelReviews.confirmed()).toHaveLength(0);
    project.labels.undo();
    expect(project.labelReviews.confirmed()).toEqual(Int32Array.of(a));
    expect(project.labelReviews.withdraw([a, b])).toBe(1);
    expect(project.labelReviews.confirmed()).toHaveLength(0);
  });

  it('audit labels that were given many at once', () => {
    const project = temporaryProject();
    const [a, b, c] = addImages(project, 3) as [number, number, number];
    const finch = project.classes.add({ name: 'finch', colour: '#111' }).id;
    project.labels.assign([a, b], finch, 'bulk');
    project.labels.assign([c], finch);
    expect(project.labelReviews.unaudited()).toEqual(Int32Array.of(a, b));
    project.labelReviews.confirm([b]);
    expect(project.labelReviews.unaudited()).toEqual(Int32Array.of(a));
  });
});

describe('who labelled', () => {
  it('is kept with every change, and follows undo', () => {
    const project = temporaryProject();
    const [a, b] = addImages(project, 2) as [number, number];
    const finch = project.classes.add({ name: 'finch', colour: '#111' }).id;
    const wren = project.classes.add({ name: 'wren', colour: '#222' }).id;
    project.labels.assign([b], finch);
    project.settings.set(annotatorSetting, 'Ada');
    project.labels.assign([a], finch);
    project.settings.set(annotatorSetting, 'Ben');
    project.labels.assign([a], wren);
    expect(project.labels.annotators()).toEqual(new Map([[a, 'Ben']]));
    project.labels.undo();
    expect(project.labels.annotators()).toEqual(new Map([[a, 'Ada']]));
    project.labels.clear([a]);
    expect(project.labels.annotators().size).toBe(0);
  });
});
