import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { newestVersion } from '../../electron/project/migrate.ts';
import type { Migration } from '../../electron/project/migrate.ts';
import { migrations } from '../../electron/project/migrations/all.ts';
import { createProject, openProject } from '../../electron/project/open-project.ts';
import { addImages, temporaryFolder } from './temporary-project.ts';

const second: Migration = { version: 2, sql: "ALTER TABLE classes ADD COLUMN note TEXT NOT NULL DEFAULT ''" };
const third: Migration = { version: 3, sql: 'CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT' };

function projectOfVersion1(): string {
  const path = join(temporaryFolder(), 'a.acclimate');
  const project = createProject(path);
  project.classes.add({ name: 'finch', colour: '#111' });
  project.labels.assign(addImages(project, 5), 1);
  project.close();
  return path;
}

describe('migrations', () => {
  it('are numbered without gaps', () => {
    expect(newestVersion(migrations)).toBe(migrations.length);
    expect(() => newestVersion([second])).toThrow(/numbered/);
    expect(() => newestVersion([...migrations, third])).toThrow(/numbered/);
  });

  it('bring an older file up to date, keeping a copy of it as it was', () => {
    const path = projectOfVersion1();
    const project = openProject(path, { migrations: [...migrations, second, third] });
    expect(project.connection.pragma('user_version')).toBe(3);
    expect(project.connection.values('SELECT note FROM classes').all()).toEqual(['']);
    expect(project.labels.all().imageIds).toHaveLength(5);
    expect(project.backupPath).toBe(`${path}.v1.backup`);
    project.close();
    const copy = openProject(`${path}.v1.backup`);
    expect(copy.connection.pragma('user_version')).toBe(1);
    expect(copy.labels.all().imageIds).toHaveLength(5);
    expect(copy.checkIntegrity()).toEqual([]);
    copy.close();
    const again = openProject(path, { migrations: [...migrations, second, third] });
    expect(again.backupPath).toBeNull();
    again.close();
  });

  it('never overwrite an older copy', () => {
    const path = projectOfVersion1();
    writeFileSync(`${path}.v1.backup`, 'precious');
    const project = openProject(path, { migrations: [...migrations, second] });
    expect(project.backupPath).toBe(`${path}.v1-2.backup`);
    project.close();
    expect(readFileSync(`${path}.v1.backup`, 'utf8')).toBe('precious');
  });

  it('make no copy of a new file', () => {
    const path = join(temporaryFolder(), 'a.acclimate');
    createProject(path, { migrations: [...migrations, second] }).close();
    expect(readdirSync(dirname(path))).toEqual(['a.acclimate']);
  });

  it('leave the last complete version where one fails', () => {
    const path = projectOfVersion1();
    const broken: Migration = { version: 3, sql: 'CREATE TABLE half (a INTEGER) STRICT; INSERT INTO nowhere VALUES (1)' };
    expect(() => openProject(path, { migrations: [...migrations, second, broken] })).toThrow(/no such table/);
    const project = openProject(path, { migrations: [...migrations, second] });
    expect(project.connection.pragma('user_version')).toBe(2);
    expect(project.connection.values("SELECT name FROM sqlite_schema WHERE name = 'half'").all()).toEqual([]);
    expect(project.labels.all().imageIds).toHaveLength(5);
    project.close();
  });

  it('of the future are refused and the file stays as it is', () => {
    const path = projectOfVersion1();
    openProject(path, { migrations: [...migrations, second] }).close();
    const before = readFileSync(path);
    for (const readonly of [false, true]) {
      expect(() => openProject(path, { readonly })).toThrow(
        expect.objectContaining({ code: 'unsupported', message: expect.stringContaining('newer Acclimate') as string }),
      );
    }
    expect(readFileSync(path).equals(before)).toBe(true);
    expect(readdirSync(dirname(path)).sort()).toEqual(['a.acclimate', 'a.acclimate.v1.backup']);
  });

  it('are not made by a reader, who is told to open for writing', () => {
    const path = projectOfVersion1();
    expect(() => openProject(path, { readonly: true, migrations: [...migrations, second] })).toThrow(
      expect.objectContaining({ code: 'conflict' }),
    );
  });
});
