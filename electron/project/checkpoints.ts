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
/** In place of the size while a checkpoint is being written. */
const unfinished = -1;

/** The checkpoints of jobs. */
export class CheckpointTable {
  readonly #db: Connection;
  readonly #now: () => number;

  constructor(connection: Connection, now: () => number) {
    this.#db = connection;
    this.#now = now;
  }

  /**
   * Keeps a checkpoint and drops those before the last two. Written piece by piece, so that another connection (a person labelling) gets its
   * turn in between; only the last piece makes it count, so a crash at any moment leaves whole ones to go on from.
   */
  save(jobId: number, meta: unknown, bytes: Uint8Array): void {
    const seq = (this.#db.values<number | null>('SELECT max(seq) FROM checkpoints WHERE job_id = ?').get(jobId) ?? 0) + 1;
    // Room first: what a crash left unfinished, and what is older than needed.
    this.#drop(jobId, seq - numKept);
    const sql = 'INSERT INTO checkpoints (job_id, seq, meta, size_bytes, created_at) VALUES (?, ?, ?, ?, ?)';
    this.#db.query(sql).run(jobId, seq, toJson(meta), unfinished, this.#now());
    let chunk = 0;
    for (const piece of toChunks(bytes)) {
      this.#db.query('INSERT INTO checkpoint_chunks (job_id, seq, chunk, bytes) VALUES (?, ?, ?, ?)').run(jobId, seq, chunk++, piece);
    }
    this.#db.query('UPDATE checkpoints SET size_bytes = ? WHERE job_id = ? AND seq = ?').run(bytes.length, jobId, seq);
  }

  /** Removes unfinished checkpoints, and finished ones up to `upTo`, but never the last finished one. */
  #drop(jobId: number, upTo: number): void {
    const sql = `SELECT seq FROM checkpoints WHERE job_id = @jobId AND (size_bytes = @unfinished OR (seq <= @upTo
      AND seq < (SELECT max(seq) FROM checkpoints WHERE job_id = @jobId AND size_bytes <> @unfinished)))`;
    for (const seq of this.#db.values<number>(sql).all({ jobId, upTo, unfinished })) {
      const chunks = this.#db.values<number>('SELECT chunk FROM checkpoint_chunks WHERE job_id = ? AND seq = ?').all(jobId, seq);
      // No longer whole from the first piece on, so it must not count any more either.
      this.#db.query('UPDATE checkpoints SET size_bytes = ? WHERE job_id = ? AND seq = ?').run(unfinished, jobId, seq);
      for (const chunk of chunks) {
        this.#db.query('DELETE FROM checkpoint_chunks WHERE job_id = ? AND seq = ? AND chunk = ?').run(jobId, seq, chunk);
      }
      this.#db.query('DELETE FROM checkpoints WHERE job_id = ? AND seq = ?').run(jobId, seq);
    }
  }

  /** The last checkpoint of a job, or with `back` = 1 the one before it; null where there is none. */
  latest(jobId: number, back = 0): Checkpoint | null {
    return this.#db.snapshot(() => {
      const head = this.#db
        .query<{ seq: number; meta: string; size_bytes: number; created_at: number }>(
          'SELECT seq, meta, size_bytes, created_at FROM checkpoints WHERE job_id = ? AND size_bytes >= 0 ORDER BY seq DESC LIMIT 1 OFFSET ?',
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
