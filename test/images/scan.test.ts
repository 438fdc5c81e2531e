import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RunContext } from '../../electron/contract/progress.ts';
import { absolutePath, scanFolders } from '../../electron/images/scan.ts';
import type { ScanEntry, ScanProblem } from '../../electron/images/scan.ts';

let dir: string;
beforeEach(async () => (dir = await mkdtemp(join(tmpdir(), 'acclimate-scan-'))));
afterEach(() => rm(dir, { recursive: true }));

const context: RunContext = { signal: new AbortController().signal, onProgress: () => undefined };

async function touch(...names: string[]): Promise<void> {
  for (const name of names) {
    await mkdir(join(dir, name, '..'), { recursive: true });
    await writeFile(join(dir, name), 'x');
  }
}

async function scanAll(roots: string[], ctx = context): Promise<{ entries: ScanEntry[]; problems: ScanProblem[]; numIgnored: number }> {
  const all = { entries: [] as ScanEntry[], problems: [] as ScanProblem[], numIgnored: 0 };
  for await (const batch of scanFolders(roots, ctx)) {
    all.entries.push(...batch.entries);
    all.problems.push(...batch.problems);
    all.numIgnored += batch.numIgnored;
  }
  return all;
}

const names = (scan: { entries: ScanEntry[] }): string[] => scan.entries.map(({ relativePath }) => relativePath);

describe('scanFolders', () => {
  it('finds candidates by name, in byte order, and counts the rest', async () => {
    await touch(
      'b.PNG',
      'a.jpg',
      'sub/c.tiff',
      'sub/deep/d',
      'e.txt',
      '.hidden.jpg',
      '._a.jpg',
      '.git/f.jpg',
      '__MACOSX/a.jpg',
      'Thumbs.db',
      'g.cr2',
    );
    const scan = await scanAll([dir]);
    expect(names(scan)).toEqual(['a.jpg', 'b.PNG', 'g.cr2', 'sub/c.tiff', 'sub/deep/d']);
    expect(scan.numIgnored).toBe(6);
    expect(scan.problems).toEqual([]);
    expect(scan.entries[0]).toMatchObject({ root: dir, sizeBytes: 1 });
    expect(Number.isInteger(scan.entries[0]!.modifiedMs)).toBe(true);
  });

  it('leaves out given folders below a root, also behind a link, and says so', async () => {
    await touch('a.jpg', 'own/samples/1.jpg', 'other/2.jpg');
    await symlink(join(dir, 'own'), join(dir, 'linked'), 'dir');
    const leftOut: string[] = [];
    const options = { leaveOut: [join(dir, 'own'), join(dir, 'nowhere')], onLeftOut: (path: string) => leftOut.push(path) };
    const found: string[] = [];
    for await (const { entries } of scanFolders([dir], context, options)) found.push(...entries.map(({ relativePath }) => relativePath));
    expect(found).toEqual(['a.jpg', 'other/2.jpg']);
    expect(leftOut).toEqual([join(dir, 'own'), join(dir, 'linked')]);

    // What lies in the app's own folder can be opened by itself, as the sample is.
    const own: string[] = [];
    for await (const { entries } of scanFolders([join(dir, 'own', 'samples')], context, options))
      own.push(...entries.map(({ relativePath }) => relativePath));
    expect(own).toEqual(['1.jpg']);
  });

  it('does not scan repeated, nested or differently written roots twice', async () => {
    await touch('a/1.jpg', 'a/b/2.jpg', 'ab/3.jpg');
    const [a, b, ab] = [join(dir, 'a'), join(dir, 'a', 'b'), join(dir, 'ab')];
    const scan = await scanAll([b, a, `${a}/`, ab, join(dir, 'a', '.', 'b', '..')]);
    expect(scan.entries.map(({ root, relativePath }) => [root, relativePath])).toEqual([
      [a, '1.jpg'],
      [a, 'b/2.jpg'],
      [ab, '3.jpg'],
    ]);
  });

  it.skipIf(process.platform === 'win32')('follows links once, without circles, and prefers the real place', async () => {
    await touch('z-real/1.jpg', 'z-real/deep/2.jpg');
    const outside = await mkdtemp(join(tmpdir(), 'acclimate-outside-'));
    await writeFile(join(outside, '3.jpg'), 'x');
    await symlink(dir, join(dir, 'z-real', 'deep', 'back'));
    await symlink('z-real', join(dir, 'a-link'));
    await symlink(outside, join(dir, 'b-link'));
    await symlink(dir, join(outside, 'back'));
    const scan = await scanAll([dir]);
    expect(names(scan)).toEqual(['z-real/1.jpg', 'z-real/deep/2.jpg', 'b-link/3.jpg']);
    expect(scan.problems).toEqual([]);
    await rm(outside, { recursive: true });
  });

  it('reports roots that are gone or are files, and goes on', async () => {
    await touch('a.jpg', 'sub/b.jpg');
    const scan = await scanAll([join(dir, 'gone'), join(dir, 'a.jpg'), join(dir, 'sub')]);
    expect(scan.problems).toMatchObject([
      { code: 'vanished', path: join(dir, 'gone'), relativePath: '' },
      { code: 'not-a-file', path: join(dir, 'a.jpg'), message: 'Not a folder. Choose the folder that holds the images.' },
    ]);
    expect(names(scan)).toEqual(['b.jpg']);
  });

  it.skipIf(process.platform !== 'linux')('reports names that are not text, of files and of folders', async () => {
    const odd = Buffer.concat([Buffer.from(`${dir}/`), Buffer.from([0x61, 0xe9])]);
    await mkdir(odd);
    await writeFile(Buffer.concat([odd, Buffer.from('.jpg')]), 'x');
    const scan = await scanAll([dir]);
    expect(scan.problems.map(({ relativePath, code }) => [relativePath, code])).toEqual([
      ['a\\xe9', 'odd-name'],
      ['a\\xe9.jpg', 'odd-name'],
    ]);
  });

  it('gives many files in parts and keeps names as they are on the disk', async () => {
    const many = Array.from({ length: 700 }, (_, i) => `${String(i).padStart(4, '0')}.jpg`);
    await touch(...many, 'caf\u0065\u0301/\u00e9.png');
    let numBatches = 0;
    let done = 0;
    const ctx = { ...context, onProgress: (progress: { done: number }) => void (done = progress.done) };
    const found: ScanEntry[] = [];
    for await (const batch of scanFolders([dir], ctx)) {
      numBatches++;
      found.push(...batch.entries);
    }
    expect(numBatches).toBeGreaterThan(2);
    expect(done).toBe(701);
    expect(found.map(({ relativePath }) => relativePath)).toEqual([...many, 'caf\u0065\u0301/\u00e9.png']);
    expect(absolutePath(dir, 'caf\u0065\u0301/\u00e9.png')).toBe(join(dir, 'caf\u0065\u0301', '\u00e9.png'));
  });

  it('stops on abort and wants at least one root', async () => {
    await touch('a/1.jpg', 'b/2.jpg');
    const controller = new AbortController();
    const onProgress = (): void => controller.abort(new Error('enough'));
    await expect(scanAll([dir], { signal: controller.signal, onProgress })).rejects.toThrow('enough');
    expect(() => scanFolders([], context)).toThrow('No folder was given');
  });
});
