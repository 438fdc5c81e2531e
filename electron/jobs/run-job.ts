/** The life of a job: queued, running with progress and checkpoints, ended; and going on where an earlier attempt stopped. */
import { AppError } from '../contract/errors.ts';
import type { Progress, RunContext } from '../contract/progress.ts';
import type { Checkpoint } from '../project/checkpoints.ts';
import type { JobRecord, JobState } from '../project/job-records.ts';
import type { Project } from '../project/project.ts';
import { systemClock } from './clock.ts';
import type { Clock } from './clock.ts';
import { Estimator } from './estimator.ts';
import { Interruption } from './interruption.ts';
import { Throttle } from './throttle.ts';

const snapshotIntervalMs = 100;
/** Progress in the file is only for looking at a job after a crash, and every write waits for the disk. */
const recordIntervalMs = 1_000;

/** A command: two with equal kind and parameters are the same. Whatever decides the result belongs into the parameters. */
export interface JobCommand {
  readonly kind: string;
  readonly params: unknown;
  /** Drops the checkpoints of an earlier attempt. */
  readonly startOver?: boolean;
}

/** What a job's work is given. */
export interface JobContext extends RunContext {
  readonly jobId: number;
  /** Where an earlier attempt at the same command stopped; null on a fresh start. */
  readonly checkpoint: Checkpoint | null;
  /** Keeps a checkpoint. When it returns, the checkpoint survives a crash; if the process dies before, the one before it does. */
  readonly saveCheckpoint: (meta: unknown, bytes: Uint8Array) => void;
}

/** The whole state of a job, as pushed to listeners. */
export interface JobSnapshot extends JobRecord {
  /** Of the present phase; null while unknown or not running. */
  readonly remainingMs: number | null;
}

export interface JobOptions {
  /** Aborting with an `Interruption` leaves the job `interrupted`, with anything else `cancelled`. */
  readonly signal?: AbortSignal;
  /** Told at the start, at most ten times a second while running, and at the end. */
  readonly onSnapshot?: (snapshot: JobSnapshot) => void;
  readonly clock?: Clock;
}

/**
 * Queues a command. An earlier attempt at it that did not succeed is taken up again under its old id, with its checkpoints. Throws `conflict`
 * where the same command is running already.
 */
export function enqueueJob(project: Project, command: JobCommand): JobRecord {
  return project.transaction(() => {
    const earlier = project.jobs.findCommand(command.kind, command.params);
    if (!earlier || earlier.state.status === 'succeeded') return project.jobs.add(command.kind, command.params);
    if (project.jobs.isInProgress(earlier.id)) {
      throw new AppError('conflict', 'The same job is already running. Wait for it, or cancel it first.', {
        details: { jobId: earlier.id },
      });
    }
    if (command.startOver) project.checkpoints.clear(earlier.id);
    project.jobs.requeue(earlier.id);
    return project.jobs.get(earlier.id);
  });
}

/** Queues a command and runs it at once; see `enqueueJob` and `runQueuedJob`. */
export async function runJob<Result>(
  project: Project,
  command: JobCommand,
  work: (context: JobContext) => Promise<Result> | Result,
  options: JobOptions = {},
): Promise<Result> {
  return await runQueuedJob(project, enqueueJob(project, command).id, work, options);
}

/**
 * Runs a queued job. The work's result is kept as JSON and returned, and the checkpoints go. Where the work throws, the job is `cancelled` or
 * `interrupted` if it threw the signal's reason, else `failed`; its checkpoints stay and the error is thrown on. Throws `conflict` where
 * the job is not queued.
 */
export async function runQueuedJob<Result>(
  project: Project,
  jobId: number,
  work: (context: JobContext) => Promise<Result> | Result,
  options: JobOptions = {},
): Promise<Result> {
  const { status } = project.jobs.get(jobId).state;
  if (status !== 'queued') throw new AppError('conflict', `This job is ${status}, not queued. Start it again.`, { details: { jobId } });
  const signal = options.signal ?? new AbortController().signal;
  const run = new JobRun(project, jobId, options);
  try {
    signal.throwIfAborted();
    const result = await work(run.context(signal));
    run.succeed(result);
    return result;
  } catch (error) {
    run.stop(stoppedState(error, signal));
    throw error;
  }
}

function stoppedState(error: unknown, signal: AbortSignal): Extract<JobState, { status: 'failed' | 'cancelled' | 'interrupted' }> {
  const isAbort = signal.aborted && (error === signal.reason || (error instanceof Error && error.name === 'AbortError'));
  if (isAbort) return { status: signal.reason instanceof Interruption ? 'interrupted' : 'cancelled' };
  if (error instanceof AppError) return { status: 'failed', error: { code: error.code, message: error.message } };
  return { status: 'failed', error: { code: 'internal', message: error instanceof Error ? error.message : String(error) } };
}

/** One attempt at a job. */
class JobRun {
  readonly #project: Project;
  readonly #job: JobRecord;
  readonly #clock: Clock;
  readonly #estimator = new Estimator();
  readonly #throttle: Throttle;
  readonly #notify: (snapshot: JobSnapshot) => void;
  #progress: Progress = { phase: '', done: 0, total: null };
  #recordedMs: number;

  constructor(project: Project, jobId: number, options: JobOptions) {
    this.#project = project;
    this.#clock = options.clock ?? systemClock;
    this.#notify = options.onSnapshot ?? (() => undefined);
    project.jobs.setRunning(jobId);
    this.#job = project.jobs.get(jobId);
    this.#recordedMs = this.#clock.now();
    this.#throttle = new Throttle(this.#clock, snapshotIntervalMs, () => this.#notify(this.#snapshot()));
  }

  context(signal: AbortSignal): JobContext {
    this.#throttle.request();
    const { id: jobId } = this.#job;
    return {
      jobId,
      signal,
      checkpoint: this.#project.checkpoints.latest(jobId),
      onProgress: (progress) => this.#report(progress),
      saveCheckpoint: (meta, bytes) => this.#project.checkpoints.save(jobId, meta, bytes),
    };
  }

  succeed(result: unknown): void {
    this.#project.transaction(() => {
      this.#project.jobs.setProgress(this.#job.id, this.#progress);
      this.#project.jobs.setSucceeded(this.#job.id, result);
    });
    this.#end();
  }

  /** Never throws: the error that stopped the job is the one to hear of, and a job left as running is found out on opening. */
  stop(state: Extract<JobState, { status: 'failed' | 'cancelled' | 'interrupted' }>): void {
    try {
      this.#project.transaction(() => {
        this.#project.jobs.setStopped(this.#job.id, state);
        this.#project.jobs.setProgress(this.#job.id, this.#progress);
      });
      this.#end();
    } catch {
      this.#throttle.stop();
      this.#notify({ ...this.#snapshot(), state });
    }
  }

  #report(progress: Progress): void {
    const now = this.#clock.now();
    const isNewPhase = progress.phase !== this.#progress.phase;
    this.#progress = progress;
    this.#estimator.update(progress, now);
    if (isNewPhase || now - this.#recordedMs >= recordIntervalMs) {
      this.#recordedMs = now;
      this.#project.jobs.setProgress(this.#job.id, progress);
    }
    this.#throttle.request();
  }

  #snapshot(): JobSnapshot {
    const now = this.#clock.now();
    const { phase, done, total } = this.#progress;
    return {
      ...this.#job,
      state: { status: 'running', phase, done, total },
      progress: this.#progress,
      updatedAt: now,
      remainingMs: this.#estimator.remainingMs(now),
    };
  }

  #end(): void {
    this.#throttle.stop();
    this.#notify({ ...this.#project.jobs.get(this.#job.id), remainingMs: null });
  }
}
