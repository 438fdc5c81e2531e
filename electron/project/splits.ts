import { idList } from './columns.ts';
import type { Connection } from './connection.ts';

/** Named ways of dividing the images into parts, for instance 'audit' into 'test' and 'rest'. An image is in at most one part of a split. */
export class SplitTable {
  readonly #db: Connection;

  constructor(connection: Connection) {
    this.#db = connection;
  }

  /** Puts images into a part, taking them out of any other part of the same split. */
  assign(name: string, part: string, imageIds: Iterable<number>): void {
    const sql = 'INSERT OR REPLACE INTO splits (name, image_id, part) SELECT ?, value, ? FROM json_each(?)';
    this.#db.query(sql).run(name, part, idList(imageIds));
  }

  /** Replaces a whole split: parts by name. */
  replace(name: string, parts: Readonly<Record<string, Iterable<number>>>): void {
    this.#db.transaction(() => {
      this.remove(name);
      for (const [part, imageIds] of Object.entries(parts)) this.assign(name, part, imageIds);
    });
  }

  /** Takes images out of a split. */
  withdraw(name: string, imageIds: Iterable<number>): void {
    this.#db.query('DELETE FROM splits WHERE name = ? AND image_id IN (SELECT value FROM json_each(?))').run(name, idList(imageIds));
  }

  /** The images of one part, in the order they were added to the project. */
  imageIds(name: string, part: string): Int32Array {
    return Int32Array.from(
      this.#db.values<number>('SELECT image_id FROM splits WHERE name = ? AND part = ? ORDER BY image_id').all(name, part),
    );
  }

  /** How many images are in one part. */
  count(name: string, part: string): number {
    return this.#db.values<number>('SELECT count(*) FROM splits WHERE name = ? AND part = ?').get(name, part) ?? 0;
  }

  /** The part of every image in a split, by image id. */
  parts(name: string): Map<number, string> {
    const rows = this.#db
      .query<{ image_id: number; part: string }>('SELECT image_id, part FROM splits WHERE name = ? ORDER BY image_id')
      .all(name);
    return new Map(rows.map((row) => [row.image_id, row.part]));
  }

  /** The names of all splits. */
  names(): string[] {
    return this.#db.values<string>('SELECT DISTINCT name FROM splits ORDER BY name').all();
  }

  remove(name: string): void {
    this.#db.query('DELETE FROM splits WHERE name = ?').run(name);
  }
}
