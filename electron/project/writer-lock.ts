/**
 * One writer per project. The lock is SQLite's exclusive lock on an empty file beside the project: the operating system lets go of it when the
 * process ends, however it ends, so a crash never leaves a project locked and a process number used again never fools anyone.
 */
import { rmSync, statSync } from 'node:fs';
import { hostname } from 'node:os';
import Database from 'better-sqlite3';
import { AppError } from '../contract/errors.ts';
import { explainDatabaseError } from './connection.ts';
import type { Connection } from './connection.ts';

/** A held lock. */
export interface WriterLock {
  release(): void;
}

function fileNumber(path: string): bigint | null {
  return statSync(path, { bigint: true, throwIfNoEntry: false })?.ino ?? null;
}

function tryLock(lockPath: string): Database.Database | null {
  const database = new Database(lockPath, { timeout: 0 });
  try {
    database.pragma('journal_mode = MEMORY');
    database.exec('BEGIN EXCLUSIVE');
    return database;
  } catch (error) {
    database.close();
    if (error instanceof Database.SqliteError && error.code.startsWith('SQLITE_BUSY')) return null;
    throw error;
  }
}

/** Takes the lock of the project at `path`, or returns null where another connection holds it. */
export function takeWriterLock(path: string): WriterLock | null {
  const lockPath = `${path}-lock`;
  for (;;) {
    const before = fileNumber(lockPath);
    let database: Database.Database | null;
    try {
      database = tryLock(lockPath);
    } catch (error) {
      throw explainDatabaseError(error, path);
    }
    if (!database) return null;
    const held = database;
    // The last holder may have removed the file between our opening and locking it; a lock on a removed file protects nothing.
    const now = fileNumber(lockPath);
    if (now !== null && (before === null || before === now)) {
      return {
        release: () => {
          // Windows cannot remove an open file; there an empty file may stay behind, which does no harm.
          if (process.platform !== 'win32') rmSync(lockPath, { force: true });
          held.close();
        },
      };
    }
    held.close();
  }
}

/** The error for a project that another process is writing to, naming that process where the project tells. */
export function alreadyOpen(connection: Connection): AppError {
  // A project that is being created this moment has no tables yet.
  const isReady = connection.values<number>("SELECT 1 FROM sqlite_schema WHERE name = 'writer'").get() === 1;
  const writer = isReady ? connection.query<{ pid: number; host: string }>('SELECT pid, host FROM writer WHERE id = 1').get() : undefined;
  const who = writer ? `process ${writer.pid} on ${writer.host}` : 'another program';
  return new AppError(
    'conflict',
    `${connection.path} is already open for writing by ${who}. Close it there, or open it for reading only.`,
    {
      details: { path: connection.path, ...writer },
    },
  );
}

/** Writes down who holds the lock, for `alreadyOpen` in other processes. */
export function signWriter(connection: Connection, now: number): void {
  connection.query('INSERT OR REPLACE INTO writer (id, pid, host, since) VALUES (1, ?, ?, ?)').run(process.pid, hostname(), now);
}
