import { chmodSync, existsSync, mkdirSync, readFileSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, it, onTestFinished } from 'vitest';
import { AppError } from '../../electron/contract/errors.ts';
import { createProject, openProject } from '../../electron/project/open-project.ts';
import { addImages, temporaryFolder, temporaryProject } from './temporary-project.ts';

function errorOf(work: () => unknown): AppError {
  try {
    work();
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error('Nothing was thrown.');
}

describe('createProject and openProject', () => {
  it('create a file that can be opened again and is one file once closed', () => {
    const folder = temporaryFolder();
    const path = join(folder, 'birds.acclimate');
    const project = createProject(path);
    project.settings.set('theme', { dark: true });
    expect(readdirSync(folder)).toContain('birds.acclimate-lock');
    project.close();
    project.close();
    expect(readdirSync(folder)).toEqual(['birds.acclimate']);
    const again = openProject(path);
    expect(again.settings.get('theme')).toEqual({ dark: true });
    expect(again.backupPath).toBeNull();
    expect(again.checkIntegrity()).toEqual([]);
    again.close();
  });

  it('keep labels safe from a power cut, enforce references and use strict tables', () => {
    const { connection } = temporaryProject();
    expect(connection.pragma('journal_mode')).toBe('wal');
    expect(connection.pragma('synchronous')).toBe(2);
    expect(connection.pragma('foreign_keys')).toBe(1);
    const lax = connection
      .query<{ name: string }>("SELECT name FROM pragma_table_list WHERE type = 'table' AND strict = 0 AND name NOT LIKE 'sqlite_%'")
      .all();
    expect(lax).toEqual([]);
    expect(errorOf(() => connection.query('INSERT INTO labels VALUES (1, 1, ?, 0)').run('user')).code).toBe('invalid-input');
  });

  it('take names in any script, with spaces, quotes and percent signs', () => {
    const folder = temporaryFolder();
    for (const name of ['鳥 と 花', 'Größe "50%" #1?', 'птицы', 'طيور', "it's 🦜", 'file:x']) {
      mkdirSync(join(folder, name));
      const path = join(folder, name, `${name}.acclimate`);
      const project = createProject(path);
      const { id } = project.classes.add({ name, colour: '#000' });
      project.sources.add(join(folder, name, 'images'));
      project.close();
      const again = openProject(path, { readonly: true });
      expect(again.classes.get(id).name).toBe(name.normalize('NFC'));
      expect(again.sources.list()[0]?.rootPath).toBe(join(folder, name, 'images'));
      again.close();
    }
  });

  it('refuse to create over something and to open nothing', () => {
    const path = join(temporaryFolder(), 'a.acclimate');
    expect(errorOf(() => openProject(path))).toMatchObject({ code: 'not-found' });
    expect(existsSync(path)).toBe(false);
    createProject(path).close();
    expect(errorOf(() => createProject(path))).toMatchObject({ code: 'conflict' });
    expect(errorOf(() => createProject(join(path, '..', 'nowhere', 'a.acclimate')))).toMatchObject({ code: 'not-found' });
  });

  it.each([
    ['a text file', (path: string) => writeFileSync(path, 'name,label\n'.repeat(50))],
    ['a short file', (path: string) => writeFileSync(path, 'SQL')],
    ['another database', (path: string) => new Database(path).exec('CREATE TABLE t (a)').close()],
    [
      'another database with a log left behind',
      (path: string) => {
        const other = new Database(path);
        other.pragma('journal_mode = WAL');
        other.exec('CREATE TABLE t (a)');
        const [file, log] = [readFileSync(path), readFileSync(`${path}-wal`)];
        other.close();
        writeFileSync(path, file);
        writeFileSync(`${path}-wal`, log);
      },
    ],
  ])('refuse %s and leave it as it is', (_, write) => {
    const path = join(temporaryFolder(), 'a.acclimate');
    write(path);
    const before = readFileSync(path);
    expect(errorOf(() => openProject(path)).code).toBe('unsupported');
    expect(errorOf(() => openProject(path, { readonly: true })).code).toBe('unsupported');
    expect(readFileSync(path).equals(before)).toBe(true);
  });

  it('refuse a folder', () => {
    expect(errorOf(() => openProject(temporaryFolder()))).toMatchObject({
      code: 'invalid-input',
      message: expect.stringContaining('is a folder') as string,
    });
  });

  it('finish a file that a crash left blank', () => {
    const path = join(temporaryFolder(), 'a.acclimate');
    const database = new Database(path);
    database.pragma('journal_mode = WAL');
    database.close();
    const project = openProject(path);
    expect(project.images.counts().ok).toBe(0);
    project.close();
  });

  // Permissions do not bind the superuser.
  it.skipIf(process.getuid?.() === 0)('refuse to write into a read-only folder, and read there', () => {
    const folder = join(temporaryFolder(), 'shared');
    mkdirSync(folder);
    const path = join(folder, 'a.acclimate');
    createProject(path).close();
    chmodSync(folder, 0o555);
    onTestFinished(() => chmodSync(folder, 0o755));
    expect(errorOf(() => openProject(path))).toMatchObject({ code: 'io', message: expect.stringContaining('read-only') as string });
    expect(errorOf(() => createProject(join(folder, 'b.acclimate'))).code).toBe('io');
    const reader = openProject(path, { readonly: true });
    expect(reader.images.counts().ok).toBe(0);
    reader.close();
  });

  it('allow one writer and any number of readers, who see what is committed', () => {
    const project = temporaryProject();
    expect(errorOf(() => openProject(project.path))).toMatchObject({
      code: 'conflict',
      message: expect.stringContaining(`process ${process.pid}`) as string,
    });
    const reader = openProject(project.path, { readonly: true });
    expect(reader.readonly).toBe(true);
    addImages(project, 3);
    expect(reader.images.find()).toHaveLength(3);
    expect(errorOf(() => reader.settings.set('a', 1))).toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('reading only') as string,
    });
    // A writer may come and go while others read.
    project.close();
    const next = openProject(project.path);
    next.settings.set('a', 1);
    expect(reader.settings.get('a')).toBe(1);
    next.close();
    expect(reader.settings.get('a')).toBe(1);
    reader.close();
  });

  it('move with the images beside it', () => {
    const folder = temporaryFolder();
    const [old, moved] = [join(folder, 'old'), join(folder, 'moved')];
    mkdirSync(join(old, 'images'), { recursive: true });
    const project = createProject(join(old, 'a.acclimate'));
    const { id } = project.sources.add(join(old, 'images'));
    project.close();
    renameSync(old, moved);
    const again = openProject(join(moved, 'a.acclimate'));
    expect(again.sources.get(id)).toMatchObject({ rootPath: join(moved, 'images'), isPresent: true });
    again.close();
    renameSync(join(moved, 'a.acclimate'), join(folder, 'a.acclimate'));
    renameSync(moved, old);
    const apart = openProject(join(folder, 'a.acclimate'));
    expect(apart.sources.get(id)).toMatchObject({ rootPath: join(old, 'images'), isPresent: true });
    apart.close();
  });
});
