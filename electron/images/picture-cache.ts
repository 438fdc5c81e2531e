/**
 * Rendered pictures kept on disk, by the content of the image and the size. One SQLite file: a folder of 200,000 small files would be slow to
 * write, to bound and to delete. All in it can be made again, so writes do not wait for the disk, and a file that cannot be used is begun anew.
 */
import Database from 'better-sqlite3';
import { mkdirSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';

export interface PictureCacheOptions {
  /** Of the pictures; SQLite's own needs come on top. */
  readonly maxBytes: number;
}

interface Unwritten {
  readonly hash: string;
  readonly variant: string;
  readonly bytes: Uint8Array;
}

interface Statements {
  readonly get: Database.Statement<[string, string], { id: number; bytes: Uint8Array }>;
  readonly touch: Database.Statement<[{ readonly id: number; readonly today: number }]>;
  readonly put: Database.Statement<[Unwritten & { readonly today: number }]>;
  readonly total: Database.Statement<[], number>;
  readonly oldest: Database.Statement<[], { id: number; size: number }>;
  readonly drop: Database.Statement<[number]>;
}

/** Sizes are in an index, so that adding them up reads no pictures. */
const schema = `
  CREATE TABLE IF NOT EXISTS pictures (
    id INTEGER PRIMARY KEY, hash TEXT NOT NULL, variant TEXT NOT NULL, size INTEGER NOT NULL, used INTEGER NOT NULL, bytes BLOB NOT NULL,
    UNIQUE (hash, variant)
  ) STRICT;
  CREATE INDEX IF NOT EXISTS pictures_by_use ON pictures (used, id, size);
  PRAGMA user_version = 1`;

/** When a picture is used again soon, noting that would cost more than it tells. */
const dayMs = 86_400_000;
/** Written together, since each transaction costs more than a picture. */
const writeDelayMs = 250;
const maxUnwritten = 64;

export class PictureCache {
  readonly #path: string;
  readonly #maxBytes: number;
  readonly #unwritten = new Map<string, Unwritten>();
  #database: Database.Database | null = null;
  #statements: Statements | null = null;
  #numBytes = 0;
  #timer: NodeJS.Timeout | null = null;

  /** Opens or makes the file. Where the disk refuses, the cache stays empty and keeps nothing; nobody need know. */
  constructor(path: string, { maxBytes }: PictureCacheOptions) {
    this.#path = path;
    this.#maxBytes = maxBytes;
    if (!this.#open() && this.#remove()) this.#open();
  }

  get(hash: string, variant: string): Uint8Array | undefined {
    const fresh = this.#unwritten.get(`${variant} ${hash}`);
    if (fresh !== undefined) return fresh.bytes;
    return this.#attempt((statements) => {
      const row = statements.get.get(hash, variant);
      if (row === undefined) return undefined;
      const today = Math.floor(Date.now() / dayMs);
      statements.touch.run({ id: row.id, today });
      return row.bytes;
    });
  }

  /** Keeps a picture; it reaches the disk a moment later. */
  put(hash: string, variant: string, bytes: Uint8Array): void {
    if (this.#statements === null) return;
    this.#unwritten.set(`${variant} ${hash}`, { hash, variant, bytes });
    if (this.#unwritten.size >= maxUnwritten) this.flush();
    else this.#timer ??= setTimeout(() => this.flush(), writeDelayMs).unref();
  }

  /** Writes what waits, and makes room where that is too much. */
  flush(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    const entries = [...this.#unwritten.values()];
    this.#unwritten.clear();
    if (entries.length === 0) return;
    this.#attempt((statements) => {
      const today = Math.floor(Date.now() / dayMs);
      this.#database?.transaction(() => {
        for (const entry of entries) {
          statements.put.run({ ...entry, today });
          this.#numBytes += entry.bytes.byteLength;
        }
        this.#makeRoom(statements);
      })();
    });
  }

  close(): void {
    this.flush();
    this.#statements = null;
    this.#database?.close();
    this.#database = null;
  }

  /** Removes the longest unused until a tenth is free; the pages are used again, so the file grows no further. */
  #makeRoom(statements: Statements): void {
    if (this.#numBytes <= this.#maxBytes) return;
    this.#numBytes = statements.total.get() ?? 0;
    while (this.#numBytes > this.#maxBytes * 0.9) {
      const oldest = statements.oldest.get();
      if (oldest === undefined) return;
      statements.drop.run(oldest.id);
      this.#numBytes -= oldest.size;
    }
  }

  #remove(): boolean {
    try {
      for (const end of ['', '-wal', '-shm']) rmSync(this.#path + end, { force: true });
      return true;
    } catch {
      return false;
    }
  }

  #open(): boolean {
    try {
      mkdirSync(dirname(this.#path), { recursive: true });
      const database = new Database(this.#path, { timeout: 200 });
      this.#database = database;
      database.pragma('journal_mode = WAL');
      database.pragma('synchronous = OFF');
      database.exec(schema);
      this.#statements = {
        get: database.prepare('SELECT id, bytes FROM pictures WHERE hash = ? AND variant = ?'),
        touch: database.prepare('UPDATE pictures SET used = @today WHERE id = @id AND used <> @today'),
        put: database.prepare(
          'INSERT OR REPLACE INTO pictures (hash, variant, bytes, size, used) VALUES (@hash, @variant, @bytes, length(@bytes), @today)',
        ),
        total: database.prepare<[], number>('SELECT coalesce(sum(size), 0) FROM pictures').pluck(),
        oldest: database.prepare('SELECT id, size FROM pictures ORDER BY used, id LIMIT 1'),
        drop: database.prepare('DELETE FROM pictures WHERE id = ?'),
      };
      this.#numBytes = this.#statements.total.get() ?? 0;
      return true;
    } catch {
      this.#statements = null;
      this.#database?.close();
      this.#database = null;
      return false;
    }
  }

  /** Another process may hold the file, or the disk be full: a cache that fails is only a slower one. */
  #attempt<T>(work: (statements: Statements) => T): T | undefined {
    if (this.#statements === null) return undefined;
    try {
      return work(this.#statements);
    } catch {
      return undefined;
    }
  }
}
