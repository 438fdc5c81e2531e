/** The app's jobs of the open project: queued, watched, stopped, gone on with. */
import type { JobKind, JobView, TrainingView } from '../contract/domain.ts';
import { AppError } from '../contract/errors.ts';
import type { Emit, ProjectPart } from '../contract/events.ts';
import { enqueueJob } from '../jobs/run-job.ts';
import type { JobSnapshot } from '../jobs/run-job.ts';
import type { JobRecord } from '../project/job-records.ts';
import { isJobKind, prepareJob } from './app-jobs/all.ts';
import { leftInside } from './app-jobs/nested-jobs.ts';
import { phaseInWords } from './app-jobs/phases.ts';
import type { PreparedJob } from './app-jobs/all.ts';
import { ComputeQueue } from './compute/compute-queue.ts';
import type { QueuedJob } from './compute/compute-queue.ts';
import type { StartThread } from './compute/compute-thread.ts';
import type { ComputeSetup, StopKind } from './compute/messages.ts';
import type { TaskInputs, TaskName, TaskResults } from './compute/tasks.ts';
import type { Workspace } from './workspace.ts';

/** What the board needs of the host. */
export interface BoardHost {
  readonly emit: Emit;
  readonly current: Workspace | null;
  workspace(): Workspace;
  changed(parts: readonly ProjectPart[]): void;
  computeSetup(): ComputeSetup;
  /** A job has succeeded. */
  jobSucceeded(kind: JobKind, request: unknown): void;
}

const prefix = 'app.';
const numListed = 50;
const numLookedThrough = 1000;
/** A pausing job makes a checkpoint first; one that takes longer is cut off and goes on from the checkpoint before. */
const patienceMs = 20_000;

const stopping: Readonly<Record<StopKind, string>> = { finish: 'Finishing', pause: 'Pausing', cancel: 'Cancelling' };

function kindOf(record: JobRecord): JobKind | null {
  const kind = record.kind.slice(prefix.length);
  return record.kind.startsWith(prefix) && isJobKind(kind) ? kind : null;
}

export class JobBoard {
  readonly #host: BoardHost;
  readonly #queue: ComputeQueue;
  readonly #live = new Map<number, JobSnapshot>();
  readonly #stopping = new Map<number, StopKind>();
  readonly #titles = new Map<number, string>();
  #training: TrainingView | null = null;

  constructor(host: BoardHost, startThread?: StartThread) {
    this.#host = host;
    this.#queue = new ComputeQueue(
      {
        onNews: (news) => {
          switch (news.type) {
            case 'snapshot': {
              this.#follow(news.jobId, news.snapshot);
              return;
            }
            case 'training':
              this.#training = { ...news.training, jobId: news.jobId };
              {
                host.emit('training.progressed', this.#training);
                return;
              }
            case 'changed': {
              host.changed(news.parts);
              return;
            }
            case 'warning': {
              host.emit('warning.raised', { message: news.message });
              return;
            }
            default:
              return news satisfies never;
          }
        },
        onEnded: (job, { error, died }) => this.#settle(job, error, died),
      },
      startThread,
    );
  }

  /** The newest first. */
  list(): JobView[] {
    const { jobs } = this.#host.workspace().project;
    return jobs.list({ prefix, limit: numListed }).flatMap((record) => {
      const view = this.#view(record);
      return view === null ? [] : [view];
    });
  }

  /** The training that is running, or null. */
  get training(): TrainingView | null {
    return this.#training;
  }

  /** Whether a job runs or waits. */
  get isBusy(): boolean {
    return this.#queue.hasJobs;
  }

  /** Queues a job; one that is asked for twice at a time runs once. Throws `invalid-input`. */
  start(kind: JobKind, request: unknown): JobView {
    const { project } = this.#host.workspace();
    prepareJob(kind, request);
    const earlier = project.jobs.findCommand(prefix + kind, request);
    if (earlier !== null && this.#isPending(earlier.id)) return this.#viewOf(earlier.id);
    return this.#enqueue(enqueueJob(project, { kind: prefix + kind, params: request }).id, kind, request);
  }

  /** The newest job that was asked for just so, or null. */
  findId(kind: JobKind, request: unknown): number | null {
    return this.#host.current?.project.jobs.findCommand(prefix + kind, request)?.id ?? null;
  }

  /** Lets a training end now and keep what was learnt. Throws `conflict` where the job is not running or is no training. */
  finish(id: number): JobView {
    if (this.#prepared(this.#get(id))?.canFinish !== true) {
      throw new AppError('conflict', 'This job cannot be ended early with a result. Wait for it, or cancel it.');
    }
    if (!this.#stop(id, 'finish')) throw new AppError('conflict', 'This job is not running. Only a running training can be ended early.');
    return this.#viewOf(id);
  }

  /** Stops at a checkpoint, to go on later. */
  pause(id: number): JobView {
    return this.#halt(id, 'pause', 'interrupted');
  }

  cancel(id: number): JobView {
    return this.#halt(id, 'cancel', 'cancelled');
  }

  /** Goes on with a job that was interrupted, cancelled or failed. Throws `conflict` for others. */
  resume(id: number): JobView {
    const record = this.#get(id);
    const kind = kindOf(record);
    const { status } = record.state;
    if (this.#isPending(id)) return this.#viewOf(id);
    if (kind === null || status === 'succeeded') throw new AppError('conflict', 'This job has ended. Start a new one.');
    prepareJob(kind, record.params);
    this.#host.workspace().project.jobs.requeue(id);
    return this.#enqueue(id, kind, record.params);
  }

  /** Forgets a job that is not pending, with what was left unfinished inside it. Throws `conflict` for one that is. */
  dismiss(id: number): void {
    if (this.#isPending(id)) throw new AppError('conflict', 'This job is still running. Cancel it first.');
    const record = this.#get(id);
    const { project } = this.#host.workspace();
    const inside = leftInside(project.jobs.list({ limit: numLookedThrough }), record, prefix);
    project.transaction(() => {
      for (const each of [record, ...inside]) project.jobs.remove(each.id);
    });
    this.#titles.delete(id);
    this.#host.emit('job.removed', { id });
  }

  /** A short piece of work; see `ComputeQueue.task`. */
  async task<Name extends TaskName>(
    name: Name,
    input: TaskInputs[Name],
    options?: { readonly inOrder?: boolean },
  ): Promise<TaskResults[Name]> {
    return await this.#queue.task(name, input, this.#host.computeSetup(), options);
  }

  /** Requests of the jobs that run or wait. */
  pending(): { readonly kind: JobKind; readonly request: unknown }[] {
    const { runningJobId, waitingJobIds } = this.#queue;
    const ids = runningJobId === null ? waitingJobIds : [runningJobId, ...waitingJobIds];
    return ids.flatMap((id) => {
      const record = this.#get(id);
      const kind = kindOf(record);
      return kind === null ? [] : [{ kind, request: record.params }];
    });
  }

  /** Pauses what runs, leaves what waits as interrupted, and ends the threads. The project is still open then. */
  async close(): Promise<void> {
    for (const id of this.#queue.waitingJobIds) this.#halt(id, 'pause', 'interrupted');
    const { runningJobId } = this.#queue;
    if (runningJobId !== null) {
      this.#stop(runningJobId, 'pause');
      let timer: NodeJS.Timeout | undefined;
      const patience = new Promise<void>((resolve) => (timer = setTimeout(resolve, patienceMs)));
      await Promise.race([this.#queue.whenIdle(), patience]);
      clearTimeout(timer);
    }
    await this.#queue.close();
    this.#host.current?.project.jobs.interruptAbandoned();
    this.#live.clear();
    this.#stopping.clear();
    this.#titles.clear();
    this.#training = null;
  }

  #enqueue(jobId: number, kind: JobKind, request: unknown): JobView {
    this.#stopping.delete(jobId);
    const view = this.#viewOf(jobId);
    this.#host.emit('job.changed', view);
    this.#queue.add({ jobId, kind, request, setup: this.#host.computeSetup() });
    return view;
  }

  #isPending(id: number): boolean {
    return this.#queue.runningJobId === id || this.#queue.waitingJobIds.includes(id);
  }

  #stop(id: number, how: StopKind): boolean {
    if (!this.#queue.stop(id, how)) return false;
    this.#stopping.set(id, how);
    this.#host.emit('job.changed', this.#viewOf(id));
    return true;
  }

  #halt(id: number, how: 'pause' | 'cancel', status: 'interrupted' | 'cancelled'): JobView {
    const record = this.#get(id);
    if (this.#stop(id, how)) return this.#viewOf(id);
    this.#queue.withdraw(id);
    // One that failed keeps the reason.
    if (record.state.status !== 'succeeded' && record.state.status !== 'failed') {
      this.#host.workspace().project.jobs.setStopped(id, { status });
      this.#host.emit('job.changed', this.#viewOf(id));
    }
    return this.#viewOf(id);
  }

  #follow(jobId: number, snapshot: JobSnapshot): void {
    if (snapshot.state.status !== 'running' || this.#queue.runningJobId !== jobId) return;
    this.#live.set(jobId, snapshot);
    const view = this.#view(snapshot);
    if (view !== null) this.#host.emit('job.changed', view);
  }

  /** Never throws: nobody is there to catch it. */
  #settle(job: QueuedJob, error: { readonly code: string; readonly message: string } | null, died: string | null): void {
    const { jobId, kind, request } = job;
    this.#live.delete(jobId);
    this.#stopping.delete(jobId);
    if (this.#training?.jobId === jobId) this.#training = null;
    try {
      const { jobs } = this.#host.workspace().project;
      const { status } = jobs.get(jobId).state;
      if (died !== null) {
        // Whatever the thread was doing is marked in the file as running by nobody.
        jobs.interruptAbandoned(this.#queue.waitingJobIds);
        this.#host.emit('warning.raised', {
          message: `${this.#viewOf(jobId).title} was cut off: the computing thread ended unexpectedly (${died}). What it had saved is kept; resume it to go on.`,
        });
      } else if (status === 'queued' || status === 'running') {
        const message = error?.message ?? 'The job ended without a result.';
        jobs.setStopped(jobId, { status: 'failed', error: { code: error?.code === 'io' ? 'io' : 'internal', message } });
      }
      const prepared = prepareJob(kind, request);
      this.#host.changed(prepared.changes);
      const view = this.#viewOf(jobId);
      if (view.status === 'succeeded') this.#host.jobSucceeded(kind, request);
      this.#host.emit('job.changed', view);
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      this.#host.emit('warning.raised', { message: `How a job ended could not be noted: ${why}` });
    }
  }

  /** Throws `not-found`, also for the jobs within jobs: those are not for the window to touch. */
  #get(id: number): JobRecord {
    const record = this.#host.workspace().project.jobs.get(id);
    if (kindOf(record) === null) throw new AppError('not-found', `There is no job number ${id}.`);
    return record;
  }

  #viewOf(id: number): JobView {
    const view = this.#view(this.#get(id));
    if (view === null) throw new AppError('not-found', `There is no job number ${id}.`);
    return view;
  }

  #prepared(record: JobRecord): PreparedJob | null {
    const kind = kindOf(record);
    try {
      return kind === null ? null : prepareJob(kind, record.params);
    } catch {
      // Left by another version: it can be looked at and dismissed, not resumed.
      return null;
    }
  }

  #title(record: JobRecord, prepared: PreparedJob | null): string {
    const known = this.#titles.get(record.id);
    if (known !== undefined) return known;
    let title = record.kind.slice(prefix.length);
    try {
      title = prepared?.title(this.#host.workspace()) ?? title;
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
    }
    this.#titles.set(record.id, title);
    return title;
  }

  #view(record: JobRecord): JobView | null {
    const kind = kindOf(record);
    if (kind === null) return null;
    const prepared = this.#prepared(record);
    const { state } = record;
    const live = this.#live.get(record.id);
    const { phase, done, total } = live?.progress ?? record.progress;
    const stop = this.#stopping.get(record.id);
    return {
      id: record.id,
      kind,
      title: this.#title(record, prepared),
      status: state.status,
      phase: stop === undefined ? phaseInWords(phase) : stopping[stop],
      done,
      total,
      unit: prepared?.unit(phase) ?? 'steps',
      remainingMs: live?.remainingMs ?? null,
      error: state.status === 'failed' ? state.error : null,
      outcome: state.status === 'succeeded' && typeof state.result === 'string' ? state.result : null,
      canFinish: prepared?.canFinish === true && state.status === 'running' && stop === undefined,
      createdAt: record.createdAt,
      startedAt: record.startedAt,
      finishedAt: record.finishedAt,
    };
  }
}
