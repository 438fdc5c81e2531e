import { chmod, mkdir, mkdtemp, rm, unlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Progress, RunContext } from '../../electron/contract/progress.ts';
import { readImage } from '../../electron/images/identify.ts';
import { importImages } from '../../electron/images/import-images.ts';
import type { ImportBatch, ImportOptions, ImportSummary, KnownFile } from '../../electron/images/import-images.ts';
import type { OddFile } from './odd-files.ts';
import { ODD_SIZE, picture, writeOddFiles } from './odd-files.ts';

const context: RunContext = { signal: new AbortController().signal, onProgress: () => undefined };

async function importAll(
  roots: string[],
  known: (root: string, relativePath: string) => KnownFile | undefined = () => undefined,
  options: ImportOptions = {},
  ctx = context,
): Promise<{
  summary: ImportSummary;
  images: ImportBatch['images'];
  problems: ImportBatch['problems'];
  unchanged: ImportBatch['unchanged'];
}> {
  const batches: ImportBatch[] = [];
  const summary = await importImages(roots, known, ctx, (batch) => void batches.push(batch), options);
  return {
    summary,
    images: batches.flatMap((batch) => batch.images),
    problems: batches.flatMap((batch) => batch.problems),
    unchanged: batches.flatMap((batch) => batch.unchanged),
  };
}

describe('a folder of odd files', () => {
  let dir: string;
  let made: OddFile[];
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'acclimate-odd-'));
    made = await writeOddFiles(dir);
  });
  afterAll(() => rm(dir, { recursive: true }));

  it('holds at least thirty kinds of bad files', () => {
    expect(made.filter(({ expected }) => expected !== 'ok').length).toBeGreaterThanOrEqual(30);
  });

  it('imports the good ones and names and explains every bad one', async () => {
    const { images, problems, summary } = await importAll([dir]);
    const outcome = new Map<string, string>();
    for (const image of images) outcome.set(image.relativePath, 'ok');
    for (const problem of problems) outcome.set(problem.relativePath, problem.code);
    const sorted = (entries: Iterable<[string, string]>): [string, string][] => [...entries].sort((a, b) => (a[0] < b[0] ? -1 : 1));
    expect(sorted(outcome)).toEqual(sorted(made.map(({ name, expected }) => [name, expected])));
    expect(images.length + problems.length).toBe(made.length);
    expect(summary).toMatchObject({ numImages: images.length, numProblems: problems.length, numUnchanged: 0 });
    for (const problem of problems) {
      expect(problem.message, problem.relativePath).toMatch(/^[A-Z0-9].{30,}\.$/s);
      expect(problem.path.startsWith(dir)).toBe(true);
    }
  });

  it('tells duplicates by their hash and gives sizes after orientation', async () => {
    const { images } = await importAll([dir]);
    const named = (name: string) => images.find((image) => image.relativePath === name)!;
    expect(named('duplicate-a.jpg').contentHash).toBe(named('duplicate-b.jpg').contentHash);
    expect(named('oriented-6.jpg')).toMatchObject({ width: ODD_SIZE.height, height: ODD_SIZE.width });
    expect(named('pages.tif')).toMatchObject({ ...ODD_SIZE, numPages: 2 });
    expect(named('12-bits-in-16.tif')).toMatchObject({ format: 'tiff', channels: 1, bitsPerSample: 16 });
    expect(named('png-named.jpg').format).toBe('png');
  });

  it('reads nothing again where nothing changed', async () => {
    const first = await importAll([dir]);
    const recorded = new Map(first.images.map((image) => [image.relativePath, image]));
    const read: string[] = [];
    const second = await importAll([dir], (_root, relativePath) => recorded.get(relativePath), {
      read: (path, options) => {
        read.push(path.slice(dir.length + 1));
        return readImage(path, options);
      },
    });
    expect(second.images).toEqual([]);
    expect(second.unchanged.map(({ relativePath }) => relativePath).sort()).toEqual([...recorded.keys()].sort());
    expect(read.filter((name) => recorded.has(name))).toEqual([]);
    expect(read).toContain('truncated.jpg');
    expect(second.problems.length).toBe(first.problems.length);
  });

  it.skipIf(process.getuid?.() !== 0)('explains a file and a folder the user may not read', async () => {
    await mkdir(join(dir, 'locked'));
    await chmod(join(dir, 'locked'), 0o700);
    await chmod(dir, 0o755);
    process.seteuid!(65534);
    try {
      const { problems, images } = await importAll([dir]);
      const refused = problems.filter(({ code }) => code === 'unreadable');
      expect(refused.map(({ relativePath }) => relativePath).sort()).toEqual(['locked', 'no-permission.jpg']);
      expect(refused[0]!.message).toMatch(/permission/i);
      expect(images.length).toBe(made.filter(({ expected }) => expected === 'ok').length - 1);
    } finally {
      process.seteuid!(0);
    }
  });
});

describe('importImages', () => {
  let dir: string;
  const fill = async (numImages: number): Promise<void> => {
    for (let i = 0; i < numImages; i++) await writeFile(join(dir, `${i}.png`), await picture(i, 20, 16).png().toBuffer());
  };
  afterEach(() => rm(dir, { recursive: true }));

  it('reads a file again when its size or time changed', async () => {
    dir = await mkdtemp(join(tmpdir(), 'acclimate-import-'));
    await fill(3);
    const first = await importAll([dir]);
    const recorded = new Map(first.images.map((image) => [image.relativePath, image]));
    await utimes(join(dir, '0.png'), new Date(1e12), new Date(1e12));
    await writeFile(join(dir, '1.png'), await picture(99, 30, 16).png().toBuffer());
    const second = await importAll([dir], (_root, relativePath) => recorded.get(relativePath));
    expect(second.images.map(({ relativePath }) => relativePath).sort()).toEqual(['0.png', '1.png']);
    expect(second.unchanged).toMatchObject([{ relativePath: '2.png' }]);
  });

  it('reports a file that vanishes between the scan and its reading, and goes on', async () => {
    dir = await mkdtemp(join(tmpdir(), 'acclimate-import-'));
    await fill(4);
    const { images, problems } = await importAll([dir], undefined, {
      read: async (path, options) => {
        if (path.endsWith('2.png')) await unlink(path);
        return readImage(path, options);
      },
    });
    expect(images.length).toBe(3);
    expect(problems).toMatchObject([{ relativePath: '2.png', code: 'vanished' }]);
  });

  it('hands results on in batches, one at a time, and counts up to the total', async () => {
    dir = await mkdtemp(join(tmpdir(), 'acclimate-import-'));
    await fill(2);
    const progress: Progress[] = [];
    for (let i = 2; i < 450; i++) await writeFile(join(dir, `${i}.png`), '');
    let numOpen = 0;
    const sizes: number[] = [];
    const summary = await importImages(
      [dir],
      () => undefined,
      { ...context, onProgress: (each) => void progress.push(each) },
      async (batch) => {
        expect(++numOpen).toBe(1);
        sizes.push(batch.images.length + batch.problems.length);
        await new Promise((resolve) => setImmediate(resolve));
        numOpen--;
      },
    );
    expect(summary).toEqual({ numImages: 2, numProblems: 448, numUnchanged: 0, numIgnored: 0 });
    expect(sizes.length).toBeGreaterThan(1);
    expect(sizes.reduce((a, b) => a + b)).toBe(450);
    expect(progress.filter(({ phase }) => phase === 'scan').at(-1)).toEqual({ phase: 'scan', done: 450, total: null });
    expect(progress.at(-1)).toEqual({ phase: 'import', done: 450, total: 450 });
  });

  it('stops on abort and lets errors of the machine itself through', async () => {
    dir = await mkdtemp(join(tmpdir(), 'acclimate-import-'));
    await fill(8);
    const controller = new AbortController();
    let numRead = 0;
    const aborting: ImportOptions = {
      numParallel: 1,
      read: (path, options) => {
        if (++numRead === 3) controller.abort(new Error('enough'));
        return readImage(path, options);
      },
    };
    await expect(importAll([dir], undefined, aborting, { ...context, signal: controller.signal })).rejects.toThrow('enough');
    expect(numRead).toBe(3);
    await expect(importAll([dir], undefined, { read: () => Promise.reject(new TypeError('a defect')) })).rejects.toThrow('a defect');
  });
});
