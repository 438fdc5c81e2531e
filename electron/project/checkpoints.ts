import { fromJson, joinChunks, toChunks, toJson } from './columns.ts';
import type { Connection } from './connection.ts';

/** Where a job was: small facts as JSON, large state as bytes. */
export interface Checkpoint {
  readonly seq: number;
  /** JSON; validate before use. */
  readonly meta: unknown;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly createdAt: number;
}

/** How many checkpoints a job keeps: one more than needed, for a run that must go back behind a bad state. */
const numKept = 2;

/** The checkpoints of jobs. */
export class CheckpointTable {
  readonly #db: Connection;
  readonly #now: () => number;

  constructor(connection: Connection, now: () => number) {
    this.#db = connection;
    this.#now = now;
  }

  /** Keeps a checkpoint and drops those before the last two, in one transaction: a crash at any moment leaves whole ones only. */
  save(jobId: number, meta: unknown, bytes: Uint8Array): void {
    this.#db.transaction(() => {
      const seq = (this.#db.values<number | null>('SELECT max(seq) FROM checkpoints WHERE job_id = ?').get(jobId) ?? 0) + 1;
      const sql = 'INSERT INTO checkpoints (job_id, seq, meta, size_bytes, created_at) VALUES (?, ?, ?, ?, ?)';
      this.#db.query('DELETE FROM checkpoints WHERE job_id = ? AND seq <= ?').run(jobId, seq - numKept);
      this.#db.query(sql).run(jobId, seq, toJson(meta), bytes.length, this.#now());
      let chunk = 0;
      for (const piece of toChunks(bytes)) {
        this.#db.query('INSERT INTO checkpoint_chunks (job_id, seq, chunk, bytes) VALUES (?, ?, ?, ?)').run(jobId, seq, chunk++, piece);
      }
    });
  }

  /** The last checkpoint of a job, or with `back` = 1 the one before it; null where there is none. */
  latest(jobId: number, back = 0): Checkpoint | null {
    return this.#db.snapshot(() => {
      const head = this.#db
        .query<{ seq: number; meta: string; size_bytes: number; created_at: number }>(
          'SELECT seq, meta, size_bytes, created_at FROM checkpoints WHERE job_id = ? ORDER BY seq DESC LIMIT 1 OFFSET ?',
        )
        .get(jobId, back);
      if (!head) return null;
      const chunks = this.#db.values<Uint8Array>('SELECT bytes FROM checkpoint_chunks WHERE job_id = ? AND seq = ? ORDER BY chunk');
      return {
        seq: head.seq,
        meta: fromJson(head.meta),
        bytes: joinChunks(chunks.iterate(jobId, head.seq), head.size_bytes),
        createdAt: head.created_at,
      };
    });
  }

  /** Drops every checkpoint of a job. */
  clear(jobId: number): void {
    this.#db.query('DELETE FROM checkpoints WHERE job_id = ?').run(jobId);
  }
}
