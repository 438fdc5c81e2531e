import { fromJson, toJson } from './columns.ts';
import type { Connection } from './connection.ts';

/** An image worth labelling next. */
export interface Suggestion {
  readonly imageId: number;
  /** Why it is worth it, in the words of the strategy. */
  readonly reason: string;
  readonly score: number | null;
}

/** Suggestions made at one time, best first. */
export interface SuggestionBatch {
  readonly id: number;
  readonly strategy: string;
  readonly modelId: number | null;
  /** JSON; validate before use. */
  readonly params: unknown;
  readonly createdAt: number;
  readonly suggestions: readonly Suggestion[];
}

interface BatchRow {
  readonly id: number;
  readonly strategy: string;
  readonly model_id: number | null;
  readonly params: string;
  readonly created_at: number;
}

/** Which images to label next, as suggested so far. */
export class SuggestionTable {
  readonly #db: Connection;
  readonly #now: () => number;

  constructor(connection: Connection, now: () => number) {
    this.#db = connection;
    this.#now = now;
  }

  /** Keeps a batch, best first, and returns its id. */
  add(batch: Omit<SuggestionBatch, 'id' | 'createdAt'>): number {
    return this.#db.transaction(() => {
      const sql = 'INSERT INTO suggestion_batches (strategy, model_id, params, created_at) VALUES (?, ?, ?, ?)';
      const { id } = this.#db.query(sql).run(batch.strategy, batch.modelId, toJson(batch.params), this.#now());
      const insert = this.#db.query('INSERT INTO suggestions (batch_id, position, image_id, reason, score) VALUES (?, ?, ?, ?, ?)');
      batch.suggestions.forEach((each, position) => insert.run(id, position, each.imageId, each.reason, each.score));
      return id;
    });
  }

  /** The newest batch, or null. With `unlabelledOnly`, without the images that have a label by now. */
  latest(options: { readonly unlabelledOnly?: boolean } = {}): SuggestionBatch | null {
    return this.#db.snapshot(() => {
      const row = this.#db.query<BatchRow>('SELECT * FROM suggestion_batches ORDER BY id DESC LIMIT 1').get();
      if (!row) return null;
      const sql = `SELECT image_id AS imageId, reason, score FROM suggestions s
        WHERE batch_id = ? AND (? = 0 OR NOT EXISTS (SELECT 1 FROM labels l WHERE l.image_id = s.image_id)) ORDER BY position`;
      const suggestions = this.#db.query<Suggestion>(sql).all(row.id, Number(options.unlabelledOnly ?? false));
      const { id, strategy, model_id: modelId, created_at: createdAt } = row;
      return { id, strategy, modelId, params: fromJson(row.params), createdAt, suggestions };
    });
  }

  /** Forgets all batches but the newest `numKept`. */
  prune(numKept: number): void {
    this.#db
      .query('DELETE FROM suggestion_batches WHERE id NOT IN (SELECT id FROM suggestion_batches ORDER BY id DESC LIMIT ?)')
      .run(numKept);
  }
}
