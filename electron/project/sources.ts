import { existsSync } from 'node:fs';
import { dirname, isAbsolute, relative, resolve, sep } from 'node:path';
import { AppError } from '../contract/errors.ts';
import type { Connection } from './connection.ts';

/** A folder whose images belong to the project. */
export interface Source {
  readonly id: number;
  /** Where the folder is now: beside the project file where that still holds, else where it was when it was added. */
  readonly rootPath: string;
  /** Whether a folder is there; false for an unplugged disk. */
  readonly isPresent: boolean;
  readonly addedAt: number;
  readonly numImages: number;
}

interface SourceRow {
  readonly id: number;
  readonly root_path: string;
  readonly relative_root: string | null;
  readonly added_at: number;
  readonly num_images: number;
}

const selectSources = `
  SELECT s.*, (SELECT count(*) FROM images i WHERE i.source_id = s.id AND i.status <> 'missing') AS num_images FROM sources s`;

function contains(outer: string, inner: string): boolean {
  const between = relative(outer, inner);
  return between === '' || (!isAbsolute(between) && between !== '..' && !between.startsWith(`..${sep}`));
}

/** The folders a project takes its images from. */
export class SourceTable {
  readonly #db: Connection;
  readonly #now: () => number;

  constructor(connection: Connection, now: () => number) {
    this.#db = connection;
    this.#now = now;
  }

  list(): Source[] {
    return this.#db
      .query<SourceRow>(`${selectSources} ORDER BY s.id`)
      .all()
      .map((row) => this.#locate(row));
  }

  /** Throws `not-found`. */
  get(id: number): Source {
    const row = this.#db.query<SourceRow>(`${selectSources} WHERE s.id = ?`).get(id);
    if (!row) throw new AppError('not-found', `The project has no source folder number ${id}. Choose one of its folders.`);
    return this.#locate(row);
  }

  /** Adds the folder at an absolute path, or returns it where it is a source already. Throws `conflict` where it overlaps another source. */
  add(rootPath: string): Source {
    return this.#db.transaction(() => {
      const root = resolve(rootPath);
      for (const other of this.list()) {
        if (other.rootPath === root) return other;
        this.#refuseOverlap(root, other);
      }
      const sql = 'INSERT INTO sources (root_path, relative_root, added_at) VALUES (?, ?, ?)';
      return this.get(this.#db.query(sql).run(root, this.#relativeRoot(root), this.#now()).id);
    });
  }

  /** Tells the project where a source's folder has gone. Scan it afterwards. */
  relocate(id: number, rootPath: string): Source {
    return this.#db.transaction(() => {
      const root = resolve(rootPath);
      for (const other of this.list()) if (other.id !== id) this.#refuseOverlap(root, other);
      this.get(id);
      this.#db.query('UPDATE sources SET root_path = ?, relative_root = ? WHERE id = ?').run(root, this.#relativeRoot(root), id);
      return this.get(id);
    });
  }

  /** Removes a source with its images, their labels and everything computed from them; cannot be undone. Nothing on disk is touched. */
  remove(id: number): void {
    this.#db.transaction(() => {
      this.get(id);
      // Analyses keep their image ids in one column, which no foreign key can mend; they are quick to compute again.
      this.#db.query('DELETE FROM analyses').run();
      this.#db.query('DELETE FROM sources WHERE id = ?').run(id);
    });
  }

  #refuseOverlap(root: string, other: Source): void {
    if (!contains(other.rootPath, root) && !contains(root, other.rootPath)) return;
    throw new AppError(
      'conflict',
      `${root} overlaps the folder ${other.rootPath}, which is part of the project. Remove that folder first.`,
    );
  }

  /** Kept with forward slashes; null where the folder is on another drive. */
  #relativeRoot(root: string): string | null {
    const path = relative(dirname(this.#db.path), root);
    return isAbsolute(path) ? null : path.split(sep).join('/');
  }

  #locate(row: SourceRow): Source {
    const beside = row.relative_root === null ? null : resolve(dirname(this.#db.path), row.relative_root);
    const isBeside = beside !== null && existsSync(beside);
    return {
      id: row.id,
      rootPath: isBeside ? beside : row.root_path,
      isPresent: isBeside || existsSync(row.root_path),
      addedAt: row.added_at,
      numImages: row.num_images,
    };
  }
}
