/** Brings a project file to the newest version, one numbered migration after another. */
import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync } from 'node:fs';
import { AppError } from '../contract/errors.ts';
import type { Connection } from './connection.ts';

/** One step from `version - 1` to `version`; `sql` runs in a transaction together with the new version number. */
export interface Migration {
  readonly version: number;
  readonly sql: string;
}

/** The newest version in a list. Throws unless the versions are 1, 2, 3, ... in order. */
export function newestVersion(migrations: readonly Migration[]): number {
  migrations.forEach((migration, i) => {
    if (migration.version !== i + 1) {
      throw new AppError('internal', `Migrations must be numbered 1, 2, 3, ...: number ${i + 1} says version ${migration.version}.`);
    }
  });
  return migrations.length;
}

/** Throws `unsupported` for a file that a newer Acclimate has written. */
export function refuseNewer(path: string, version: number, migrations: readonly Migration[]): void {
  const newest = newestVersion(migrations);
  if (version > newest) {
    throw new AppError(
      'unsupported',
      `${path} was saved by a newer Acclimate (file version ${version}; this one reads up to ${newest}). Update Acclimate to open it.`,
      { details: { path, version, newest } },
    );
  }
}

/** A free name beside the project for the copy kept from before a migration. */
function backupPath(path: string, version: number): string {
  for (let n = 1; ; n++) {
    const candidate = `${path}.v${version}${n === 1 ? '' : `-${n}`}.backup`;
    if (!existsSync(candidate)) return candidate;
  }
}

/** Writes a whole, consistent copy and returns its path. It gets its name only once it is complete and on disk. */
function setAside(connection: Connection, version: number): string {
  const target = backupPath(connection.path, version);
  const partial = `${target}.partial`;
  rmSync(partial, { force: true });
  try {
    connection.query('VACUUM INTO ?').run(partial);
    const file = openSync(partial, 'r+');
    fsyncSync(file);
    closeSync(file);
    renameSync(partial, target);
  } catch (error) {
    rmSync(partial, { force: true });
    throw error;
  }
  return target;
}

/**
 * Applies the migrations a file lacks. A file that already holds something is copied aside first; the copy's path is returned, or null
 * where there was nothing to copy or to do. Each migration is one transaction: a failure leaves the last complete version in place.
 */
export function migrate(connection: Connection, migrations: readonly Migration[]): string | null {
  const version = connection.pragma('user_version') as number;
  refuseNewer(connection.path, version, migrations);
  const pending = migrations.slice(version);
  const backup = pending.length > 0 && version > 0 ? setAside(connection, version) : null;
  for (const migration of pending) {
    connection.transaction(() => {
      connection.exec(migration.sql);
      connection.pragma(`user_version = ${migration.version}`);
    });
  }
  return backup;
}
