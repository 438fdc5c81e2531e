import { AppError } from '../contract/errors.ts';
import type { Connection } from './connection.ts';

/** A class that images can be labelled with. */
export interface ClassRecord {
  readonly id: number;
  readonly name: string;
  /** As the interface gave it, for instance '#3366cc'. */
  readonly colour: string;
  /** The key that assigns the class, or null. */
  readonly key: string | null;
  readonly numLabels: number;
}

const selectClasses = `
  SELECT c.id, c.name, c.colour, c.key, (SELECT count(*) FROM labels l WHERE l.class_id = c.id) AS numLabels
  FROM classes c WHERE c.deleted_at IS NULL`;

function cleanName(name: string): string {
  const clean = name.normalize('NFC').trim();
  if (clean === '') throw new AppError('invalid-input', 'A class needs a name. Type one.');
  return clean;
}

/** The classes, in the user's order. Removing and merging them belongs to the labels, since both can be undone. */
export class ClassTable {
  readonly #db: Connection;
  readonly #now: () => number;

  constructor(connection: Connection, now: () => number) {
    this.#db = connection;
    this.#now = now;
  }

  list(): ClassRecord[] {
    return this.#db.query<ClassRecord>(`${selectClasses} ORDER BY c.position, c.id`).all();
  }

  /** Throws `not-found`, also for a class that has been removed. */
  get(id: number): ClassRecord {
    const found = this.#db.query<ClassRecord>(`${selectClasses} AND c.id = ?`).get(id);
    if (!found) throw new AppError('not-found', `There is no class number ${id}. It may have been removed; choose another.`);
    return found;
  }

  /** The class with this name (in any Unicode normalisation), or null. */
  findByName(name: string): ClassRecord | null {
    return this.#db.query<ClassRecord>(`${selectClasses} AND c.name = ?`).get(name.normalize('NFC').trim()) ?? null;
  }

  /** Adds a class after the others. Throws `invalid-input` without a name, `conflict` where the name or the key is taken. */
  add(given: { readonly name: string; readonly colour: string; readonly key?: string | null }): ClassRecord {
    return this.#db.transaction(() => {
      const name = cleanName(given.name);
      const key = given.key ?? null;
      this.#refuseTaken(null, name, key);
      const sql = `INSERT INTO classes (name, colour, key, position, created_at)
        VALUES (?, ?, ?, (SELECT coalesce(max(position), 0) + 1 FROM classes), ?)`;
      return this.get(this.#db.query(sql).run(name, given.colour, key, this.#now()).id);
    });
  }

  /** Changes what is given. Throws as `add` does. */
  update(id: number, change: { readonly name?: string; readonly colour?: string; readonly key?: string | null }): ClassRecord {
    return this.#db.transaction(() => {
      const old = this.get(id);
      const name = change.name === undefined ? old.name : cleanName(change.name);
      const key = change.key === undefined ? old.key : change.key;
      this.#refuseTaken(id, name, key);
      this.#db.query('UPDATE classes SET name = ?, colour = ?, key = ? WHERE id = ?').run(name, change.colour ?? old.colour, key, id);
      return this.get(id);
    });
  }

  /** Puts the classes in this order; those left out follow in their old order. */
  reorder(ids: readonly number[]): void {
    this.#db.transaction(() => {
      const rest = this.list().map((each) => each.id);
      const order = [...ids, ...rest.filter((id) => !ids.includes(id))];
      order.forEach((id, position) => this.#db.query('UPDATE classes SET position = ? WHERE id = ?').run(position, id));
    });
  }

  #refuseTaken(id: number | null, name: string, key: string | null): void {
    for (const other of this.list()) {
      if (other.id === id) continue;
      if (other.name === name) throw new AppError('conflict', `There is already a class named ${name}. Choose another name.`);
      if (key !== null && other.key === key)
        throw new AppError('conflict', `The key ${key} already assigns ${other.name}. Choose another key.`);
    }
  }
}
