import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type fs from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { describe, expect, it, vi } from 'vitest';
import { exportHandlers } from '../../electron/services/api/export.ts';
import { exportJob } from '../../electron/services/app-jobs/export.ts';
import { trainJob } from '../../electron/services/app-jobs/train.ts';
import { exportLabelFolders, listName } from '../../electron/services/labelling/export-labels.ts';
import { latestExport } from '../../electron/services/classifiers/exports.ts';
import { freeName, safeName } from '../../electron/services/labelling/folder-names.ts';
import { importFolders } from '../../electron/services/intake/import-folder.ts';
import { predictionsCsv } from '../../electron/services/classifiers/predictions-csv.ts';
import { jobContext, pictureProject } from './labelled-project.ts';
import type { LabelledProject } from './labelled-project.ts';

/** What copying a file fails with, where it shall. */
const disk = vi.hoisted(() => ({ refusal: null as Error | null }));

vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof fs>();
  const copyFile: typeof real.copyFile = async (...given) => {
    if (disk.refusal !== null) throw disk.refusal;
    await real.copyFile(...given);
  };
  return { ...real, copyFile };
});

async function trained(): Promise<LabelledProject> {
  const made = await pictureProject({ red: 6, blue: 6 });
  const { labels } = made.workspace.project;
  labels.assign(made.ids('red').slice(0, 4), made.classId('red'));
  labels.assign(made.ids('blue').slice(0, 4), made.classId('blue'));
  await trainJob.run(made.workspace, { finetune: false, flip: false, seed: 1, alongside: null }, jobContext());
  return made;
}

describe('a package', () => {
  it('is planned beside the project, written, and read with its scripts', async () => {
    const { workspace, host, folder } = await trained();
    const handlers = exportHandlers(host);
    const outDir = join(folder, 'pictures-model');
    const classifier = workspace.project.models.list().at(-1)!;
    expect(await handlers['export.plan']({})).toMatchObject({ modelId: classifier.id, outDir, px: 64, classes: ['red', 'blue'] });
    expect(handlers['export.read']({})).toBeNull();
    await handlers['export.start']({ modelId: classifier.id, outDir });
    const request = host.started[0]!.request as { modelId: number; outDir: string };
    expect(await exportJob.run(workspace, request, jobContext())).toContain("12 of 12 predictions agree with the app's");
    expect(latestExport(workspace)).toBe(outDir);
    const view = (await handlers['export.read']({}))!;
    expect(view).toMatchObject({ outDir, modelId: classifier.id, numCompared: 12, numAgreeing: 12 });
    expect(view.maxDifference).toBeLessThan(1e-3);
    expect(view.files.map(({ name }) => name).sort()).toEqual(readdirSync(outDir).sort());
    expect(view.snippets.map(({ language }) => language)).toEqual(['Python', 'Node.js', 'Browser']);
    expect(view.snippets[0]!.code).toBe(readFileSync(join(outDir, 'predict.py'), 'utf8'));
    rmSync(outDir, { recursive: true });
    expect(latestExport(workspace)).toBeNull();
  });

  it('is as large as it was, though a classifier on an unchanged network is kept without a copy of it', async () => {
    const { workspace, host, folder } = await trained();
    const { models } = workspace.project;
    const classifier = models.list().at(-1)!;
    expect(models.sizeBytes(classifier.id)).toBeLessThan(models.sizeBytes(classifier.parentId!) / 10);
    const { numBytes } = (await exportHandlers(host)['export.plan']({}))!;
    const outDir = join(folder, 'pictures-model');
    await exportJob.run(workspace, { modelId: classifier.id, outDir }, jobContext());
    expect(numBytes / readFileSync(join(outDir, 'model.onnx')).length).toBeCloseTo(1, 1);
    expect(() => models.remove(classifier.parentId!)).toThrow('was made from it');
  });

  it('goes to another folder where that one holds something else, and only for a classifier', async () => {
    const { workspace, host, folder } = await trained();
    const handlers = exportHandlers(host);
    const outDir = join(folder, 'pictures-model');
    mkdirSync(outDir);
    writeFileSync(join(outDir, 'thesis.txt'), 'mine');
    expect((await handlers['export.plan']({}))?.outDir).toBe(`${outDir}-2`);
    const { id } = workspace.project.models.list().at(-1)!;
    await expect(handlers['export.start']({ modelId: id, outDir })).rejects.toThrow('is not empty and not an earlier export');
    await expect(handlers['export.start']({ modelId: 1, outDir: `${outDir}-2` })).rejects.toThrow('is not a classifier');
    expect(host.started).toEqual([]);
  });
});

describe('predictions as text', () => {
  it('hold every usable image, its probabilities and its label', async () => {
    const { workspace, host } = await trained();
    const { project } = workspace;
    // Names that would break a table or stand for two columns.
    const [red, blue] = project.classes.list();
    project.classes.update(red!.id, { name: 'path' });
    project.classes.update(blue!.id, { name: 'blue, "dark"' });
    const { text, fileName } = await exportHandlers(host)['predictions.exportFile']({ format: 'csv' });
    expect(fileName).toBe('pictures-predictions.csv');
    const rows = parse(text, { columns: true }) as unknown as Record<string, string>[];
    expect(Object.keys(rows[0]!)).toEqual(['path', 'source', 'predicted', 'confidence', 'class path', 'blue, "dark"', 'label']);
    expect(rows).toHaveLength(12);
    for (const row of rows) {
      expect(row['source']).toBe(project.sources.list()[0]!.rootPath);
      expect(row['predicted']).toBe(row['path']!.startsWith('red/') ? 'path' : 'blue, "dark"');
      expect(Number(row['class path']) + Number(row['blue, "dark"'])).toBeCloseTo(1, 5);
      expect(Number(row['confidence'])).toBe(Math.max(Number(row['class path']), Number(row['blue, "dark"'])));
    }
    const labels = new Map(rows.map((row) => [row['path'], row['label']]));
    expect(labels.get('red/red-00.png')).toBe('path');
    expect(labels.get('red/red-05.png')).toBe('');
  });

  it('need a classifier that has predicted every image', async () => {
    const { workspace } = await pictureProject({ red: 1 });
    await expect(predictionsCsv(workspace)).rejects.toThrow('There is no classifier yet');
    const made = await trained();
    const { id } = made.workspace.project.models.list().at(-1)!;
    made.workspace.project.predictions.remove(id);
    await expect(predictionsCsv(made.workspace)).rejects.toThrow('12 of 12 images have no prediction by this classifier yet. Train again');
  });
});

describe('names of folders', () => {
  it('fit every file system', () => {
    const names = ['a/b', '..', 'con', 'Aux.txt', 'end. ', '.hidden', 'a:b*c?', '  ', 'Ärger'];
    expect(names.map(safeName)).toEqual(['a_b', '__', '_con', '_Aux.txt', 'end_', '_hidden', 'a_b_c_', '_', 'Ärger']);
    expect(Buffer.byteLength(safeName('é'.repeat(300)))).toBeLessThanOrEqual(120);
    const taken = new Set<string>();
    expect(['a.png', 'A.png', 'a.png', 'b'].map((name) => freeName(name, taken))).toEqual(['a.png', 'A (2).png', 'a (3).png', 'b']);
  });
});

describe('labels as folders', () => {
  /** Three classes whose names are trouble, two images labelled of the same name. */
  async function labelled(): Promise<LabelledProject & { outDir: string }> {
    const made = await pictureProject({ red: 2, blue: 2, green: 1 });
    const { project } = made.workspace;
    project.classes.update(made.classId('red'), { name: 'a/b' });
    project.classes.update(made.classId('blue'), { name: 'A?B' });
    project.classes.update(made.classId('green'), { name: '..' });
    for (const colour of ['red', 'blue', 'green']) project.labels.assign(made.ids(colour), made.classId(colour));
    return { ...made, outDir: join(made.folder, 'labelled') };
  }
  const tree = (dir: string): string[] => (readdirSync(dir, { recursive: true }) as string[]).filter((name) => /\.png$/.test(name)).sort();
  const run = async ({ workspace }: LabelledProject, outDir: string, signal?: AbortSignal): ReturnType<typeof exportLabelFolders> =>
    await exportLabelFolders(workspace, outDir, jobContext(signal));

  it('are safe, apart, and hold the very files', async () => {
    const made = await labelled();
    expect(await run(made, made.outDir)).toMatchObject({ numCopied: 5, numKept: 0, numClasses: 3, numUnreadable: 0 });
    expect(tree(made.outDir)).toEqual(
      ['A_B (2)/blue-00.png', 'A_B (2)/blue-01.png', '__/green-00.png', 'a_b/red-00.png', 'a_b/red-01.png'].sort(),
    );
    const original = join(made.folder, 'pictures', 'red', 'red-00.png');
    expect(readFileSync(join(made.outDir, 'a_b', 'red-00.png'))).toEqual(readFileSync(original));
    expect(JSON.parse(readFileSync(join(made.outDir, listName), 'utf8'))).toMatchObject({
      isComplete: true,
      files: { 'a_b/red-00.png': { label: 'a/b', path: 'red/red-00.png' } },
    });
  });

  it('keep images of one name apart', async () => {
    const made = await labelled();
    const { project } = made.workspace;
    // Another source with files of the same paths.
    const other = await pictureProject({ red: 2 });
    await importFolders(made.workspace, [join(other.folder, 'pictures')]);
    project.labels.assign(project.images.find({ text: 'red-00' }), made.classId('red'));
    await run(made, made.outDir);
    expect(tree(made.outDir).filter((name) => name.startsWith('a_b'))).toEqual([
      'a_b/red-01.png',
      'a_b/red_red-00 (2).png',
      'a_b/red_red-00.png',
    ]);
  });

  it('never overwrite, follow the labels, and take out only copies of their own', async () => {
    const made = await labelled();
    const { labels } = made.workspace.project;
    await run(made, made.outDir);
    const edited = join(made.outDir, 'a_b', 'red-00.png');
    writeFileSync(edited, 'edited');
    writeFileSync(join(made.outDir, 'a_b', 'notes.png'), 'mine');
    labels.assign(made.ids('red'), made.classId('blue'));
    expect(await run(made, made.outDir)).toMatchObject({ numCopied: 2, numKept: 3 });
    expect(readFileSync(edited, 'utf8')).toBe('edited');
    expect(existsSync(join(made.outDir, 'a_b', 'notes.png'))).toBe(true);
    expect(existsSync(join(made.outDir, 'a_b', 'red-01.png'))).toBe(false);
    expect(tree(made.outDir).filter((name) => name.endsWith('red-01.png'))).toHaveLength(1);
  });

  it('go on where they were cut off', async () => {
    const made = await labelled();
    const abort = new AbortController();
    const ctx = { ...jobContext(abort.signal), onProgress: ({ done }: { done: number }) => done === 2 && abort.abort() };
    await expect(exportLabelFolders(made.workspace, made.outDir, ctx as ReturnType<typeof jobContext>)).rejects.toThrow('aborted');
    expect(tree(made.outDir)).toHaveLength(2);
    expect(await run(made, made.outDir)).toMatchObject({ numCopied: 3, numKept: 2 });
  });

  it('refuse a folder of something else, one among the images, and a file', async () => {
    const made = await labelled();
    const { folder, host } = made;
    const start = async (outDir: string): Promise<unknown> => await exportHandlers(host)['labels.exportFolders']({ outDir });
    mkdirSync(made.outDir);
    await start(made.outDir);
    expect(host.started).toHaveLength(1);
    writeFileSync(join(made.outDir, 'thesis.txt'), 'mine');
    await expect(start(made.outDir)).rejects.toThrow('is not empty and not an earlier export of labels');
    await expect(run(made, made.outDir)).rejects.toThrow('is not empty');
    await expect(start(join(folder, 'pictures', 'out'))).rejects.toThrow('lies among the images');
    await expect(start(join(made.outDir, 'thesis.txt'))).rejects.toThrow('is a file');
    made.workspace.project.labels.clear(['red', 'blue', 'green'].flatMap(made.ids));
    await expect(start(join(folder, 'other'))).rejects.toThrow('no labelled images');
    expect(host.started).toHaveLength(1);
  });

  it('leave out an image whose file is gone', async () => {
    const made = await labelled();
    rmSync(join(made.folder, 'pictures', 'red', 'red-00.png'));
    expect(await run(made, made.outDir)).toMatchObject({ numCopied: 4, numUnreadable: 1 });
  });

  it('say so where the disk is full or may only be read, and go on afterwards', async () => {
    const made = await labelled();
    const refusing = async (code: string): Promise<unknown> => {
      disk.refusal = Object.assign(new Error(`${code}: refused`), { code, syscall: 'copyfile' });
      return await run(made, made.outDir).finally(() => (disk.refusal = null));
    };
    const told = (text: string): object => ({ code: 'io', message: expect.stringContaining(text) as string });
    await expect(refusing('ENOSPC')).rejects.toMatchObject(told('is full. Free some space and resume'));
    await expect(refusing('EROFS')).rejects.toMatchObject(told('may only be read'));
    expect(await run(made, made.outDir)).toMatchObject({ numCopied: 5 });
    expect(readdirSync(made.outDir)).not.toContain('.acclimate-partial');
  });
});
