import { AppError } from '../contract/errors.ts';
import { idList } from './columns.ts';
import type { Connection } from './connection.ts';

export type ImageStatus = 'ok' | 'unreadable' | 'missing';

/** One image of the project. */
export interface ImageRecord {
  readonly id: number;
  readonly sourceId: number;
  /** Below the source's folder, with forward slashes. A missing image keeps the path it was last seen at. */
  readonly relativePath: string;
  /** Null only for a file that could never be read. */
  readonly contentHash: string | null;
  readonly sizeBytes: number;
  readonly modifiedMs: number;
  readonly width: number | null;
  readonly height: number | null;
  readonly format: string | null;
  readonly status: ImageStatus;
  readonly problem: { readonly code: string; readonly message: string } | null;
  readonly isExcluded: boolean;
}

/** Which images to find; what is left out does not matter. */
export interface ImageFilter {
  readonly sourceId?: number;
  readonly status?: ImageStatus;
  readonly isExcluded?: boolean;
  readonly isLabelled?: boolean;
  readonly classId?: number;
  /** A part of the path, regardless of case for ASCII letters. */
  readonly text?: string;
  readonly split?: { readonly name: string; readonly part: string };
}

interface ImageRow {
  readonly id: number;
  readonly source_id: number;
  readonly relative_path: string;
  readonly content_hash: string | null;
  readonly size_bytes: number;
  readonly modified_ms: number;
  readonly width: number | null;
  readonly height: number | null;
  readonly format: string | null;
  readonly status: ImageStatus;
  readonly problem_code: string | null;
  readonly problem_message: string | null;
  readonly excluded: number;
}

function toImage(row: ImageRow): ImageRecord {
  return {
    id: row.id,
    sourceId: row.source_id,
    relativePath: row.relative_path,
    contentHash: row.content_hash,
    sizeBytes: row.size_bytes,
    modifiedMs: row.modified_ms,
    width: row.width,
    height: row.height,
    format: row.format,
    status: row.status,
    problem: row.problem_code === null ? null : { code: row.problem_code, message: row.problem_message ?? '' },
    isExcluded: row.excluded === 1,
  };
}

const columns = `
  i.id, i.source_id, i.relative_path, i.content_hash, i.size_bytes, i.modified_ms, i.width, i.height, i.format, i.status, i.problem_code,
    i.problem_message, i.excluded`;
const selectImages = `SELECT ${columns} FROM images i`;

const flag = (value: boolean | undefined): number | null => (value === undefined ? null : Number(value));

/** The images of the project. Rows come and go by scanning (`ScanTable`). */
export class ImageTable {
  readonly #db: Connection;

  constructor(connection: Connection) {
    this.#db = connection;
  }

  /** Throws `not-found`. */
  get(id: number): ImageRecord {
    const row = this.#db.query<ImageRow>(`${selectImages} WHERE i.id = ?`).get(id);
    if (!row) throw new AppError('not-found', `The project has no image number ${id}. Scan its folder again.`, { details: { id } });
    return toImage(row);
  }

  /** The images with these ids, in this order. Throws `not-found` where one of them is not in the project. */
  getMany(ids: readonly number[] | Int32Array): ImageRecord[] {
    // CROSS JOIN keeps the list outermost; the other order would read the whole list for every image.
    const sql = `SELECT ${columns} FROM json_each(?) wanted CROSS JOIN images i ON i.id = wanted.value ORDER BY wanted.key`;
    const rows = this.#db.query<ImageRow>(sql).all(idList(ids));
    if (rows.length !== ids.length) {
      throw new AppError(
        'not-found',
        `${ids.length - rows.length} of ${ids.length} images are no longer in the project. Scan its folders again.`,
      );
    }
    return rows.map(toImage);
  }

  /** Ids of the images that fit `filter`, in the order they were added. */
  find(filter: ImageFilter = {}): Int32Array {
    const ids = this.#db.values<number>(`
      SELECT i.id FROM images i LEFT JOIN labels l ON l.image_id = i.id
      WHERE (@sourceId IS NULL OR i.source_id = @sourceId) AND (@status IS NULL OR i.status = @status) AND (@isExcluded IS NULL OR i.excluded = @isExcluded)
        AND (@isLabelled IS NULL OR (l.class_id IS NOT NULL) = @isLabelled) AND (@classId IS NULL OR l.class_id = @classId)
        AND (@text IS NULL OR instr(lower(i.relative_path), lower(@text)) > 0)
        AND (@split IS NULL OR EXISTS (SELECT 1 FROM splits s WHERE s.name = @split AND s.image_id = i.id AND s.part = @part))
      ORDER BY i.id`);
    return Int32Array.from(
      ids.all({
        sourceId: filter.sourceId ?? null,
        status: filter.status ?? null,
        isExcluded: flag(filter.isExcluded),
        isLabelled: flag(filter.isLabelled),
        classId: filter.classId ?? null,
        text: filter.text ?? null,
        split: filter.split?.name ?? null,
        part: filter.split?.part ?? null,
      }),
    );
  }

  /** Ids of the images that can be learnt from: readable, present and not excluded. */
  usable(): Int32Array {
    return this.find({ status: 'ok', isExcluded: false });
  }

  /** How many images there are of each status, and how many of the readable ones are excluded. */
  counts(): { ok: number; unreadable: number; missing: number; excluded: number } {
    const counts = { ok: 0, unreadable: 0, missing: 0, excluded: 0 };
    const sql = 'SELECT status, count(*) AS num, sum(excluded) AS num_excluded FROM images GROUP BY status';
    for (const row of this.#db.query<{ status: ImageStatus; num: number; num_excluded: number }>(sql).all()) {
      counts[row.status] = row.num;
      if (row.status === 'ok') counts.excluded = row.num_excluded;
    }
    return counts;
  }

  /** The images that are unreadable or missing, by path. */
  problems(): ImageRecord[] {
    return this.#db.query<ImageRow>(`${selectImages} WHERE i.status <> 'ok' ORDER BY i.source_id, i.relative_path`).all().map(toImage);
  }

  /** Leaves images out of learning (a duplicate, a dark frame) or takes them in again. */
  setExcluded(ids: Iterable<number>, isExcluded: boolean): void {
    this.#db.query('UPDATE images SET excluded = ? WHERE id IN (SELECT value FROM json_each(?))').run(Number(isExcluded), idList(ids));
  }

  /** Notes that an image turned out unreadable after it was scanned, with the reason. */
  setUnreadable(id: number, problem: { readonly code: string; readonly message: string }): void {
    const sql = "UPDATE images SET status = 'unreadable', problem_code = ?, problem_message = ? WHERE id = ? AND status <> 'missing'";
    this.#db.query(sql).run(problem.code, problem.message, id);
  }

  /** Forgets missing images for good, with their labels; returns how many. Cannot be undone. */
  forgetMissing(): number {
    return this.#db.query("DELETE FROM images WHERE status = 'missing'").run().numChanged;
  }
}
