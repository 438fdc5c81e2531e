import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { newestVersion } from '../../electron/project/migrate.ts';
import type { Migration } from '../../electron/project/migrate.ts';
import { initial } from '../../electron/project/migrations/0001-initial.ts';
import { migrations } from '../../electron/project/migrations/all.ts';
import { createProject, openProject } from '../../electron/project/open-project.ts';
import { addImages, temporaryFolder } from './temporary-project.ts';

const second: Migration = { version: 2, sql: "ALTER TABLE classes ADD COLUMN note TEXT NOT NULL DEFAULT ''" };
const third: Migration = { version: 3, sql: 'CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT' };

/** Two migrations that no release has, after the first one. */
const twoMore = [initial, second, third];

/** A file as the first release wrote it, with a class and five labels. */
function projectOfVersion1(): string {
  const path = join(temporaryFolder(), 'a.acclimate');
  const project = createProject(path, { migrations: [initial] });
  project.classes.add({ name: 'finch', colour: '#111' });
  const ids = addImages(project, 5);
  project.connection.exec(`INSERT INTO label_groups (action, at) VALUES ('assign', 7);
    INSERT INTO label_changes (group_id, image_id, after_class_id, after_source) SELECT 1, id, 1, 'user' FROM images;
    INSERT INTO labels (image_id, class_id, source, at) SELECT id, 1, 'user', 7 FROM images WHERE id <= ${ids[4]!}`);
  project.close();
  return path;
}

describe('migrations', () => {
  it('are numbered without gaps', () => {
    expect(newestVersion(migrations)).toBe(migrations.length);
    expect(() => newestVersion([second])).toThrow(/numbered/);
    expect(() => newestVersion([initial, third])).toThrow(/numbered/);
  });

  it('bring an older file up to date, keeping a copy of it as it was', () => {
    const path = projectOfVersion1();
    const project = openProject(path, { migrations: twoMore });
    expect(project.connection.pragma('user_version')).toBe(3);
    expect(project.connection.values('SELECT note FROM classes').all()).toEqual(['']);
    expect(project.labels.all().imageIds).toHaveLength(5);
    expect(project.backupPath).toBe(`${path}.v1.backup`);
    project.close();
    const copy = openProject(`${path}.v1.backup`, { migrations: [initial] });
    expect(copy.connection.pragma('user_version')).toBe(1);
    expect(copy.labels.all().imageIds).toHaveLength(5);
    expect(copy.checkIntegrity()).toEqual([]);
    copy.close();
    const again = openProject(path, { migrations: twoMore });
    expect(again.backupPath).toBeNull();
    again.close();
  });

  it('never overwrite an older copy', () => {
    const path = projectOfVersion1();
    writeFileSync(`${path}.v1.backup`, 'precious');
    const project = openProject(path, { migrations: [initial, second] });
    expect(project.backupPath).toBe(`${path}.v1-2.backup`);
    project.close();
    expect(readFileSync(`${path}.v1.backup`, 'utf8')).toBe('precious');
  });

  it('make no copy of a new file', () => {
    const path = join(temporaryFolder(), 'a.acclimate');
    createProject(path, { migrations: [initial, second] }).close();
    expect(readdirSync(dirname(path))).toEqual(['a.acclimate']);
  });

  it('leave the last complete version where one fails', () => {
    const path = projectOfVersion1();
    const broken: Migration = { version: 3, sql: 'CREATE TABLE half (a INTEGER) STRICT; INSERT INTO nowhere VALUES (1)' };
    expect(() => openProject(path, { migrations: [initial, second, broken] })).toThrow(/no such table/);
    const project = openProject(path, { migrations: [initial, second] });
    expect(project.connection.pragma('user_version')).toBe(2);
    expect(project.connection.values("SELECT name FROM sqlite_schema WHERE name = 'half'").all()).toEqual([]);
    expect(project.labels.all().imageIds).toHaveLength(5);
    project.close();
  });

  it('of the future are refused and the file stays as it is', () => {
    const path = projectOfVersion1();
    openProject(path, { migrations: [initial, second] }).close();
    const before = readFileSync(path);
    for (const readonly of [false, true]) {
      expect(() => openProject(path, { readonly, migrations: [initial] })).toThrow(
        expect.objectContaining({ code: 'unsupported', message: expect.stringContaining('newer Acclimate') as string }),
      );
    }
    expect(readFileSync(path).equals(before)).toBe(true);
    expect(readdirSync(dirname(path)).sort()).toEqual(['a.acclimate', 'a.acclimate.v1.backup']);
  });

  it('are not made by a reader, who is told to open for writing', () => {
    const path = projectOfVersion1();
    expect(() => openProject(path, { readonly: true, migrations: [initial, second] })).toThrow(
      expect.objectContaining({ code: 'conflict' }),
    );
  });
});

describe('a file of the first release', () => {
  it('keeps its labels, their sources and what can be undone, and takes labels of every new kind', () => {
    const path = projectOfVersion1();
    const old = openProject(path, { migrations: [initial] });
    old.connection.exec(
      "UPDATE labels SET source = 'import' WHERE image_id = 2; UPDATE labels SET source = 'suggested-accepted' WHERE image_id = 3",
    );
    const before = old.connection.query('SELECT * FROM labels ORDER BY image_id').all();
    old.close();

    const project = openProject(path);
    expect(project.connection.pragma('user_version')).toBe(migrations.length);
    expect(project.backupPath).toBe(`${path}.v1.backup`);
    expect(project.connection.query('SELECT * FROM labels ORDER BY image_id').all()).toEqual(before);
    expect(project.connection.values("SELECT name FROM sqlite_schema WHERE name = 'labels_by_class'").all()).toHaveLength(1);
    expect(project.labels.history()).toEqual({ undo: 'assign', redo: null });
    expect(project.labels.annotators().size).toBe(0);

    const { id: wren } = project.classes.add({ name: 'wren', colour: '#222' });
    project.labels.assign([1], wren, 'bulk');
    project.labels.assign([2], wren, 'propagated');
    expect(project.labelReviews.unaudited()).toEqual(Int32Array.of(1, 2));
    expect(project.checkIntegrity()).toEqual([]);
    project.labels.undo();
    project.labels.undo();
    expect(project.connection.query('SELECT * FROM labels ORDER BY image_id').all()).toEqual(before);
    project.labels.undo();
    expect(project.labels.count()).toBe(0);
    project.close();
  });

  it('has labels that still go with their images', () => {
    const project = openProject(projectOfVersion1());
    project.labelReviews.confirm([1]);
    project.connection.exec('DELETE FROM images WHERE id = 1');
    expect(project.labels.count()).toBe(4);
    expect(project.labelReviews.confirmed()).toHaveLength(0);
    expect(() => project.connection.exec("INSERT INTO labels VALUES (1, 1, 'user', 0)")).toThrow(/FOREIGN KEY/);
    expect(() => project.connection.exec("UPDATE labels SET source = 'guess'")).toThrow(/CHECK/);
    project.close();
  });
});
