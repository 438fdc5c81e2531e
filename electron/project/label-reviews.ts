/** Labels that a person has looked at and found right. */
import { idList } from './columns.ts';
import type { Connection } from './connection.ts';

/** A mark is of an image and the class it had: it counts again when a change of its label is taken back, and never for another class. */
export class LabelReviewTable {
  readonly #db: Connection;
  readonly #now: () => number;

  constructor(connection: Connection, now: () => number) {
    this.#db = connection;
    this.#now = now;
  }

  /** Marks the present labels of these images as right; images without a label are left alone. Returns how many are marked. */
  confirm(imageIds: Iterable<number>): number {
    const sql = `INSERT INTO label_reviews (image_id, class_id, at)
      SELECT image_id, class_id, ? FROM labels WHERE image_id IN (SELECT value FROM json_each(?))
      ON CONFLICT (image_id) DO UPDATE SET class_id = excluded.class_id, at = excluded.at`;
    return this.#db.query(sql).run(this.#now(), idList(imageIds)).numChanged;
  }

  /** Takes the marks of these images away. Returns how many had one. */
  withdraw(imageIds: Iterable<number>): number {
    return this.#db.query('DELETE FROM label_reviews WHERE image_id IN (SELECT value FROM json_each(?))').run(idList(imageIds)).numChanged;
  }

  /** The images whose present label is marked as right, ascending. */
  confirmed(): Int32Array {
    const sql =
      'SELECT r.image_id FROM label_reviews r JOIN labels l ON l.image_id = r.image_id AND l.class_id = r.class_id ORDER BY r.image_id';
    return Int32Array.from(this.#db.values<number>(sql).all());
  }

  /** The images whose label came many at once or from a near-copy and that nobody has looked at since, ascending. */
  unaudited(): Int32Array {
    const sql = `SELECT l.image_id FROM labels l LEFT JOIN label_reviews r ON r.image_id = l.image_id AND r.class_id = l.class_id
      WHERE l.source IN ('bulk', 'propagated') AND r.image_id IS NULL ORDER BY l.image_id`;
    return Int32Array.from(this.#db.values<number>(sql).all());
  }
}
