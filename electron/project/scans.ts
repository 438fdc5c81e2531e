/** Brings the image table up to date with what a scan of a source's folder found. */
import type { Connection } from './connection.ts';

/** One file a scan found. An image that was readable carries everything; an unreadable one says why, and its hash where that could be taken. */
export type ScannedFile = {
  /** Below the source's folder, with forward slashes. */
  readonly relativePath: string;
  readonly sizeBytes: number;
  readonly modifiedMs: number;
} & (
  | { readonly status: 'ok'; readonly contentHash: string; readonly width: number; readonly height: number; readonly format: string }
  | {
      readonly status: 'unreadable';
      readonly contentHash: string | null;
      readonly problem: { readonly code: string; readonly message: string };
    }
);

/** What is known of a file: where size and time are unchanged, a scan need not read the file again. */
export interface KnownFile {
  readonly relativePath: string;
  readonly sizeBytes: number;
  readonly modifiedMs: number;
  readonly contentHash: string;
  readonly width: number;
  readonly height: number;
  readonly format: string;
}

/** What a finished scan changed. */
export interface ScanSummary {
  readonly numAdded: number;
  /** Found again by their content at another path, or at their old one after having been missing. Labels came along. */
  readonly numMoved: number;
  /** Same path, other content: labels were kept, embeddings and predictions dropped. Worth showing to the user. */
  readonly changedIds: Int32Array;
  /** Gone since the last scan. */
  readonly numMissing: number;
  /** All that cannot be read at present. */
  readonly numUnreadable: number;
}

/** Rows of `images` that are there, beside the entry the scan has for their path. */
const presentWithEntry = `
  images i JOIN scan_entries e ON e.source_id = i.source_id AND e.relative_path = i.relative_path WHERE i.source_id = @sourceId AND i.status <> 'missing'`;

/**
 * Pairs images that are gone from their path (or missing already, in any source) with files of the same content at paths where that content is
 * new. Copies are paired one to one, and an image that is back at its old path comes first.
 */
const findMoves = `
  INSERT INTO temp.scan_moves (image_id, relative_path)
  WITH arrived AS (
    SELECT e.relative_path, e.content_hash FROM scan_entries e
    LEFT JOIN images i ON i.source_id = e.source_id AND i.relative_path = e.relative_path AND i.status <> 'missing'
    WHERE e.source_id = @sourceId AND e.content_hash IS NOT NULL AND (i.id IS NULL OR i.content_hash <> e.content_hash)
  ), gone AS (
    SELECT i.id, i.source_id, i.relative_path, i.content_hash FROM images i
    LEFT JOIN scan_entries e ON e.source_id = i.source_id AND e.relative_path = i.relative_path
    WHERE i.content_hash IS NOT NULL
      AND (i.status = 'missing' OR (i.source_id = @sourceId AND (e.relative_path IS NULL OR e.content_hash <> i.content_hash)))
  ), returned AS (
    SELECT min(gone.id) AS id, relative_path FROM gone JOIN arrived USING (relative_path, content_hash) WHERE gone.source_id = @sourceId GROUP BY relative_path
  ), numbered_gone AS (
    SELECT id, content_hash, row_number() OVER (PARTITION BY content_hash ORDER BY source_id <> @sourceId, id) AS n FROM gone
    WHERE id NOT IN (SELECT id FROM returned)
  ), numbered_arrived AS (
    SELECT relative_path, content_hash, row_number() OVER (PARTITION BY content_hash ORDER BY relative_path) AS n FROM arrived
    WHERE relative_path NOT IN (SELECT relative_path FROM returned)
  )
  SELECT id, relative_path FROM returned
  UNION ALL
  SELECT numbered_gone.id, numbered_arrived.relative_path FROM numbered_gone JOIN numbered_arrived USING (content_hash, n)`;

/** Takes images without a file, and images whose path another one took, off their paths, which frees those for swaps. */
const unseat = `
  UPDATE images SET status = 'missing', problem_code = 'missing', problem_message = 'The file is no longer at this path.'
  WHERE source_id = @sourceId AND status <> 'missing' AND (
    relative_path NOT IN (SELECT relative_path FROM scan_entries WHERE source_id = @sourceId)
    OR relative_path IN (SELECT relative_path FROM temp.scan_moves))`;

const refresh = `
  UPDATE images SET content_hash = coalesce(e.content_hash, images.content_hash), size_bytes = e.size_bytes, modified_ms = e.modified_ms,
    width = coalesce(e.width, images.width), height = coalesce(e.height, images.height), format = coalesce(e.format, images.format),
    status = e.status, problem_code = e.problem_code, problem_message = e.problem_message
  FROM scan_entries e
  WHERE images.source_id = @sourceId AND images.status <> 'missing' AND e.source_id = @sourceId AND e.relative_path = images.relative_path
    AND (images.content_hash, images.size_bytes, images.modified_ms, images.width, images.height, images.format, images.status,
      images.problem_code, images.problem_message)
    IS NOT (e.content_hash, e.size_bytes, e.modified_ms, e.width, e.height, e.format, e.status, e.problem_code, e.problem_message)`;

const insertNew = `
  INSERT INTO images (source_id, relative_path, content_hash, size_bytes, modified_ms, width, height, format, status, problem_code,
    problem_message, added_at)
  SELECT e.source_id, e.relative_path, e.content_hash, e.size_bytes, e.modified_ms, e.width, e.height, e.format, e.status, e.problem_code,
    e.problem_message, @now
  FROM scan_entries e
  WHERE e.source_id = @sourceId AND NOT EXISTS (
    SELECT 1 FROM images i WHERE i.source_id = e.source_id AND i.relative_path = e.relative_path AND i.status <> 'missing')
  ORDER BY e.relative_path`;

/**
 * New files of an unfinished scan whose content the project has never had: they cannot be anything that moved, so they need not wait for the
 * scan's end.
 */
const insertArrived = `
  INSERT INTO images (source_id, relative_path, content_hash, size_bytes, modified_ms, width, height, format, status, added_at)
  SELECT e.source_id, e.relative_path, e.content_hash, e.size_bytes, e.modified_ms, e.width, e.height, e.format, e.status, @now
  FROM json_each(@paths) wanted CROSS JOIN scan_entries e ON e.source_id = @sourceId AND e.relative_path = wanted.value
  WHERE e.status = 'ok' AND NOT EXISTS (SELECT 1 FROM images i WHERE i.content_hash = e.content_hash)
    AND NOT EXISTS (SELECT 1 FROM images i WHERE i.source_id = e.source_id AND i.relative_path = e.relative_path AND i.status <> 'missing')
  ORDER BY e.relative_path`;

/** Scans in progress. A scan adds what it finds in batches, which survive a crash, and takes effect as a whole when it finishes. */
export class ScanTable {
  readonly #db: Connection;
  readonly #now: () => number;

  constructor(connection: Connection, now: () => number) {
    this.#db = connection;
    this.#now = now;
  }

  /** Readable files of a source as last seen, by an unfinished scan first and else by the last finished one. */
  *known(sourceId: number): Generator<KnownFile> {
    const sql = `
      SELECT relative_path AS relativePath, size_bytes AS sizeBytes, modified_ms AS modifiedMs, content_hash AS contentHash, width, height, format
      FROM scan_entries WHERE source_id = @sourceId AND status = 'ok'
      UNION ALL
      SELECT relative_path, size_bytes, modified_ms, content_hash, width, height, format
      FROM images i WHERE source_id = @sourceId AND status = 'ok'
        AND NOT EXISTS (SELECT 1 FROM scan_entries e WHERE e.source_id = @sourceId AND e.relative_path = i.relative_path)`;
    yield* this.#db.query<KnownFile>(sql).all({ sourceId });
  }

  /** Keeps a batch of found files; a path found twice keeps the later finding. */
  add(sourceId: number, files: Iterable<ScannedFile>): void {
    const insert = this.#db.query(`
      INSERT OR REPLACE INTO scan_entries (source_id, relative_path, size_bytes, modified_ms, status, content_hash, width, height, format,
        problem_code, problem_message) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`);
    this.#db.transaction(() => {
      for (const file of files) {
        const { width, height, format } = file.status === 'ok' ? file : { width: null, height: null, format: null };
        const problem = file.status === 'unreadable' ? file.problem : { code: null, message: null };
        const times = [Math.round(file.sizeBytes), Math.round(file.modifiedMs)];
        insert.run(
          sourceId,
          file.relativePath,
          ...times,
          file.status,
          file.contentHash,
          width,
          height,
          format,
          problem.code,
          problem.message,
        );
      }
    });
  }

  /** Makes images of those of the found files that are certainly new, before the scan has finished; returns how many. */
  arrive(sourceId: number, relativePaths: readonly string[]): number {
    return this.#db.query(insertArrived).run({ sourceId, paths: JSON.stringify(relativePaths), now: this.#now() }).numChanged;
  }

  /**
   * Applies everything added for a source since its last finish, as the complete content of its folder: new files become images, images that
   * moved are found by content hash and keep their id and labels, those without a file become missing.
   */
  finish(sourceId: number): ScanSummary {
    return this.#db.transaction(() => {
      this.#db.exec(
        'CREATE TEMP TABLE IF NOT EXISTS scan_moves (image_id INTEGER PRIMARY KEY, relative_path TEXT NOT NULL UNIQUE); DELETE FROM temp.scan_moves;',
      );
      const numMoved = this.#db.query(findMoves).run({ sourceId }).numChanged;
      const numBefore = this.#countPresent(sourceId);
      const returned = "SELECT count(*) FROM temp.scan_moves m JOIN images i ON i.id = m.image_id WHERE i.status = 'missing'";
      const numReturned = this.#db.values<number>(returned).get() ?? 0;
      this.#db.query(unseat).run({ sourceId });
      this.#db
        .query(
          `UPDATE images SET source_id = @sourceId, relative_path = m.relative_path, status = 'unreadable' FROM temp.scan_moves m WHERE images.id = m.image_id`,
        )
        .run({ sourceId });
      const changedIds = this.#dropDerived(sourceId);
      this.#db.query(refresh).run({ sourceId });
      const numAdded = this.#db.query(insertNew).run({ sourceId, now: this.#now() }).numChanged;
      this.discard(sourceId);
      return {
        numAdded,
        numMoved,
        changedIds,
        numMissing: numBefore + numReturned + numAdded - this.#countPresent(sourceId),
        numUnreadable:
          this.#db.values<number>("SELECT count(*) FROM images WHERE source_id = ? AND status = 'unreadable'").get(sourceId) ?? 0,
      };
    });
  }

  /** Drops an unfinished scan. */
  discard(sourceId: number): void {
    this.#db.query('DELETE FROM scan_entries WHERE source_id = ?').run(sourceId);
  }

  #countPresent(sourceId: number): number {
    return this.#db.values<number>("SELECT count(*) FROM images WHERE source_id = ? AND status <> 'missing'").get(sourceId) ?? 0;
  }

  /** Finds images whose content changed in place and drops what was computed from the old content. */
  #dropDerived(sourceId: number): Int32Array {
    const sql = `SELECT i.id FROM ${presentWithEntry} AND e.content_hash <> i.content_hash ORDER BY i.id`;
    const ids = this.#db.values<number>(sql).all({ sourceId });
    const list = JSON.stringify(ids);
    this.#db.query('DELETE FROM embeddings WHERE image_id IN (SELECT value FROM json_each(?))').run(list);
    this.#db.query('DELETE FROM predictions WHERE image_id IN (SELECT value FROM json_each(?))').run(list);
    return Int32Array.from(ids);
  }
}
