import { fromJson, toJson } from './columns.ts';
import type { Connection } from './connection.ts';

/** The project's settings: JSON values by key. */
export class SettingTable {
  readonly #db: Connection;

  constructor(connection: Connection) {
    this.#db = connection;
  }

  /** The value of `key`, or undefined; validate it before use. */
  get(key: string): unknown {
    const text = this.#db.values<string>('SELECT value FROM settings WHERE key = ?').get(key);
    return text === undefined ? undefined : fromJson(text);
  }

  set(key: string, value: unknown): void {
    this.#db
      .query('INSERT INTO settings (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value')
      .run(key, toJson(value));
  }

  remove(key: string): void {
    this.#db.query('DELETE FROM settings WHERE key = ?').run(key);
  }
}
