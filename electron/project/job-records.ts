import type { ErrorCode } from '../contract/errors.ts';
import { AppError } from '../contract/errors.ts';
import type { Progress } from '../contract/progress.ts';
import { fromJson, idList, toJson } from './columns.ts';
import type { Connection } from './connection.ts';
import { parametersKey } from './parameters-key.ts';

/** How a job stands. A cancelled, failed or interrupted one can be started again and then goes on from its last checkpoint. */
export type JobState =
  | { readonly status: 'queued' }
  | { readonly status: 'running'; readonly phase: string; readonly done: number; readonly total: number | null }
  | { readonly status: 'succeeded'; readonly result: unknown }
  | { readonly status: 'failed'; readonly error: { readonly code: ErrorCode; readonly message: string } }
  | { readonly status: 'cancelled' }
  | { readonly status: 'interrupted' };

export type JobStatus = JobState['status'];

/** A long-running command and how it went. */
export interface JobRecord {
  readonly id: number;
  readonly kind: string;
  /** JSON; validate before use. */
  readonly params: unknown;
  readonly state: JobState;
  /** The last progress it made, whatever its state. */
  readonly progress: Progress;
  /** Whether a checkpoint is kept that it can go on from. */
  readonly hasCheckpoint: boolean;
  readonly pid: number | null;
  readonly createdAt: number;
  readonly startedAt: number | null;
  readonly updatedAt: number;
  readonly finishedAt: number | null;
}

interface JobRow {
  readonly id: number;
  readonly kind: string;
  readonly params: string;
  readonly status: JobStatus;
  readonly phase: string;
  readonly done: number;
  readonly total: number | null;
  readonly result: string | null;
  readonly error_code: ErrorCode | null;
  readonly error_message: string | null;
  readonly has_checkpoint: number;
  readonly pid: number | null;
  readonly created_at: number;
  readonly started_at: number | null;
  readonly updated_at: number;
  readonly finished_at: number | null;
}

function toState(row: JobRow): JobState {
  const { status } = row;
  switch (status) {
    case 'queued':
    case 'cancelled':
    case 'interrupted':
      return { status };
    case 'running':
      return { status, phase: row.phase, done: row.done, total: row.total };
    case 'succeeded':
      return { status, result: fromJson(row.result) };
    case 'failed':
      return { status, error: { code: row.error_code ?? 'internal', message: row.error_message ?? '' } };
    default:
      return status satisfies never;
  }
}

function toJob(row: JobRow): JobRecord {
  return {
    id: row.id,
    kind: row.kind,
    params: fromJson(row.params),
    state: toState(row),
    progress: { phase: row.phase, done: row.done, total: row.total },
    hasCheckpoint: row.has_checkpoint === 1,
    pid: row.pid,
    createdAt: row.created_at,
    startedAt: row.started_at,
    updatedAt: row.updated_at,
    finishedAt: row.finished_at,
  };
}

const selectJobs =
  'SELECT j.*, EXISTS (SELECT 1 FROM checkpoints c WHERE c.job_id = j.id AND c.size_bytes >= 0) AS has_checkpoint FROM jobs j';

/** The jobs of a project. `electron/jobs` runs them. */
export class JobTable {
  readonly #db: Connection;
  readonly #now: () => number;
  readonly #inProgress = new Set<number>();

  constructor(connection: Connection, now: () => number) {
    this.#db = connection;
    this.#now = now;
  }

  /** The newest jobs, newest first; with `prefix` those whose kind starts with it. */
  list(options: { readonly limit?: number; readonly prefix?: string } = {}): JobRecord[] {
    const { limit = 100, prefix = '' } = options;
    return this.#db
      .query<JobRow>(`${selectJobs} WHERE substr(j.kind, 1, length(@prefix)) = @prefix ORDER BY j.id DESC LIMIT @limit`)
      .all({ prefix, limit })
      .map(toJob);
  }

  /** Throws `not-found`. */
  get(id: number): JobRecord {
    const row = this.#db.query<JobRow>(`${selectJobs} WHERE j.id = ?`).get(id);
    if (!row) throw new AppError('not-found', `There is no job number ${id}.`);
    return toJob(row);
  }

  /** The newest job with this kind and these parameters, or null. */
  findCommand(kind: string, params: unknown): JobRecord | null {
    const row = this.#db
      .query<JobRow>(`${selectJobs} WHERE j.kind = ? AND j.params_key = ? ORDER BY j.id DESC LIMIT 1`)
      .get(kind, parametersKey(params));
    return row ? toJob(row) : null;
  }

  /** Adds a queued job. */
  add(kind: string, params: unknown): JobRecord {
    const sql = "INSERT INTO jobs (kind, params, params_key, status, created_at, updated_at) VALUES (?, ?, ?, 'queued', ?, ?)";
    const now = this.#now();
    return this.get(this.#db.query(sql).run(kind, toJson(params), parametersKey(params), now, now).id);
  }

  /** Puts a job that ended without success back into the queue. */
  requeue(id: number): void {
    const sql =
      "UPDATE jobs SET status = 'queued', error_code = NULL, error_message = NULL, finished_at = NULL, updated_at = ? WHERE id = ?";
    this.#db.query(sql).run(this.#now(), id);
  }

  /** Whether this process is running the job. A full disk can leave a job marked as running that nobody runs. */
  isInProgress(id: number): boolean {
    return this.#inProgress.has(id);
  }

  setRunning(id: number): void {
    const now = this.#now();
    const sql =
      "UPDATE jobs SET status = 'running', phase = '', done = 0, total = NULL, pid = ?, started_at = ?, updated_at = ? WHERE id = ?";
    this.#db.query(sql).run(process.pid, now, now, id);
    this.#inProgress.add(id);
  }

  setProgress(id: number, progress: Progress): void {
    const total = progress.total === null ? null : Math.round(progress.total);
    const sql = 'UPDATE jobs SET phase = ?, done = ?, total = ?, updated_at = ? WHERE id = ?';
    this.#db.query(sql).run(progress.phase, Math.round(progress.done), total, this.#now(), id);
  }

  /** Ends a job with success and drops its checkpoints. */
  setSucceeded(id: number, result: unknown): void {
    this.#db.transaction(() => {
      const now = this.#now();
      const sql = "UPDATE jobs SET status = 'succeeded', result = ?, pid = NULL, updated_at = ?, finished_at = ? WHERE id = ?";
      this.#db.query(sql).run(toJson(result), now, now, id);
      this.#db.query('DELETE FROM checkpoints WHERE job_id = ?').run(id);
    });
    this.#inProgress.delete(id);
  }

  /** Ends a job without success; its checkpoints stay. Nothing happens to one that has succeeded. */
  setStopped(id: number, state: Extract<JobState, { status: 'failed' | 'cancelled' | 'interrupted' }>): void {
    this.#inProgress.delete(id);
    const now = this.#now();
    const error = state.status === 'failed' ? state.error : { code: null, message: null };
    const sql =
      'UPDATE jobs SET status = ?, error_code = ?, error_message = ?, pid = NULL, updated_at = ?, finished_at = ? WHERE id = ? AND status <> ?';
    this.#db.query(sql).run(state.status, error.code, error.message, now, now, id, 'succeeded');
  }

  /**
   * Marks jobs that a dead process or thread left queued or running as interrupted, except those in `waitingIds`. Only right for whoever holds
   * the writer's lock and knows that nobody runs them.
   */
  interruptAbandoned(waitingIds: Iterable<number> = []): void {
    const sql = `UPDATE jobs SET status = 'interrupted', pid = NULL, finished_at = updated_at
      WHERE status IN ('queued', 'running') AND id NOT IN (SELECT value FROM json_each(?))`;
    this.#db.query(sql).run(idList(waitingIds));
  }

  /** Removes a job that is not running, with its checkpoints. Throws `conflict` for one that is. */
  remove(id: number): void {
    if (this.isInProgress(id)) throw new AppError('conflict', 'This job is still running. Cancel it first.');
    this.#db.query('DELETE FROM jobs WHERE id = ?').run(id);
  }
}
