/** Work for the computing thread, one piece after the other, and what came of each. */
import type { JobKind } from '../../contract/domain.ts';
import { AppError } from '../../contract/errors.ts';
import { unwrap } from '../../contract/result.ts';
import type { WireError } from '../../contract/result.ts';
import { ComputeThread } from './compute-thread.ts';
import type { StartThread } from './compute-thread.ts';
import type { ComputeSetup, FromThread, StopKind } from './messages.ts';
import type { TaskInputs, TaskName, TaskResults } from './tasks.ts';

export interface QueuedJob {
  readonly jobId: number;
  readonly kind: JobKind;
  readonly request: unknown;
  readonly setup: ComputeSetup;
}

export interface QueueListener {
  /** What a job says while it runs. */
  readonly onNews: (news: Extract<FromThread, { type: 'snapshot' | 'training' | 'changed' | 'warning' }>) => void;
  /** A job's last word. `died` says why its thread ended under it, and is null otherwise. */
  readonly onEnded: (job: QueuedJob, outcome: { readonly error: WireError | null; readonly died: string | null }) => void;
}

type Settle = (answer: Extract<FromThread, { type: 'answer' }>['result']) => void;
type Entry = { readonly job: QueuedJob } | { readonly taskId: number; readonly begin: () => void; readonly settle: Settle };

const threadDied = (reason: string): AppError =>
  new AppError('internal', `The computing thread ended unexpectedly (${reason}). Try again.`);

export class ComputeQueue {
  readonly #listener: QueueListener;
  readonly #main: ComputeThread;
  readonly #side: ComputeThread;
  readonly #tasks = new Map<number, { readonly thread: ComputeThread; readonly settle: Settle }>();
  #waiting: Entry[] = [];
  #current: Entry | null = null;
  #idle: (() => void)[] = [];
  #nextTaskId = 1;

  readonly #start: StartThread | undefined;

  constructor(listener: QueueListener, start?: StartThread) {
    this.#listener = listener;
    this.#start = start;
    this.#main = this.#thread(() => this.#main, true);
    this.#side = this.#thread(() => this.#side, false);
  }

  /** Whether nothing runs or waits. */
  get isIdle(): boolean {
    return this.#current === null && this.#waiting.length === 0;
  }

  /** Whether a job runs or waits. */
  get hasJobs(): boolean {
    return [this.#current, ...this.#waiting].some((entry) => entry !== null && 'job' in entry);
  }

  /** The job that is running, or null. */
  get runningJobId(): number | null {
    return this.#current !== null && 'job' in this.#current ? this.#current.job.jobId : null;
  }

  /** Jobs that wait for their turn, in order. */
  get waitingJobIds(): number[] {
    return this.#waiting.flatMap((entry) => ('job' in entry ? [entry.job.jobId] : []));
  }

  /** Runs a job once its turn has come. */
  add(job: QueuedJob): void {
    this.#waiting.push({ job });
    this.#next();
  }

  /** Tells the running job to stop. Returns false where another or none runs. */
  stop(jobId: number, how: StopKind): boolean {
    if (this.runningJobId !== jobId) return false;
    this.#main.post({ type: 'stop', jobId, how });
    return true;
  }

  /** Takes a waiting job out of the queue. Returns false where it does not wait. */
  withdraw(jobId: number): boolean {
    const before = this.#waiting.length;
    this.#waiting = this.#waiting.filter((entry) => !('job' in entry) || entry.job.jobId !== jobId);
    return this.#waiting.length < before;
  }

  /**
   * A short piece of work: on the computing thread where that is idle, else on a thread beside it. With `inOrder` it waits for its turn on the
   * computing thread, so that nothing runs at the same time.
   */
  async task<Name extends TaskName>(
    name: Name,
    input: TaskInputs[Name],
    setup: ComputeSetup,
    options: { readonly inOrder?: boolean } = {},
  ): Promise<TaskResults[Name]> {
    const onMain = options.inOrder === true || this.isIdle;
    const id = this.#nextTaskId++;
    const result = await new Promise<Parameters<Settle>[0]>((settle) => {
      const thread = onMain ? this.#main : this.#side;
      const begin = (): void => {
        this.#tasks.set(id, { thread, settle });
        thread.post({ type: 'task', id, name, input, setup } as Parameters<ComputeThread['post']>[0]);
      };
      if (!onMain) {
        begin();
        return;
      }
      this.#waiting.push({ taskId: id, begin, settle });
      this.#next();
    });
    return unwrap(result) as TaskResults[Name];
  }

  /** Resolves once nothing runs or waits. */
  async whenIdle(): Promise<void> {
    if (!this.isIdle) await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  /** Ends the threads, whatever they are doing. Call it when nothing runs that must not be cut off. */
  async close(): Promise<void> {
    const waiting = this.#waiting.flatMap((entry) => ('settle' in entry ? [entry.settle] : []));
    this.#waiting = [];
    await Promise.all([this.#main.close(), this.#side.close()]);
    const begun = [...this.#tasks.values()].map(({ settle }) => settle);
    this.#tasks.clear();
    for (const settle of [...begun, ...waiting]) {
      settle({ ok: false, error: { code: 'conflict', message: 'The project was closed.', details: {} } });
    }
    this.#current = null;
    this.#tellIdle();
  }

  #thread(self: () => ComputeThread, isMain: boolean): ComputeThread {
    const listener = {
      onMessage: (message: FromThread) => this.#receive(message),
      onDeath: (reason: string) => this.#bury(self(), isMain, reason),
    };
    return new ComputeThread(listener, this.#start);
  }

  #next(): void {
    if (this.#current !== null) return;
    const entry = this.#waiting.shift();
    if (entry === undefined) {
      this.#tellIdle();
      return;
    }
    this.#current = entry;
    if ('job' in entry) this.#main.post({ type: 'job', ...entry.job });
    else entry.begin();
  }

  #tellIdle(): void {
    for (const resolve of this.#idle.splice(0)) resolve();
  }

  #receive(message: FromThread): void {
    if (message.type === 'answer') {
      this.#tasks.get(message.id)?.settle(message.result);
      this.#tasks.delete(message.id);
      if (this.#current !== null && 'taskId' in this.#current && this.#current.taskId === message.id) this.#advance();
    } else if (message.type === 'ended') {
      if (this.#current !== null && 'job' in this.#current && this.#current.job.jobId === message.jobId) {
        this.#end(this.#current.job, { error: message.error, died: null });
      }
    } else this.#listener.onNews(message);
  }

  #advance(): void {
    this.#current = null;
    this.#next();
  }

  #end(job: QueuedJob, outcome: Parameters<QueueListener['onEnded']>[1]): void {
    this.#current = null;
    try {
      this.#listener.onEnded(job, outcome);
    } finally {
      this.#next();
    }
  }

  #bury(thread: ComputeThread, isMain: boolean, reason: string): void {
    const { code, message } = threadDied(reason);
    for (const [id, task] of this.#tasks) {
      if (task.thread !== thread) continue;
      this.#tasks.delete(id);
      task.settle({ ok: false, error: { code, message, details: {} } });
    }
    if (!isMain || this.#current === null) return;
    if ('job' in this.#current) this.#end(this.#current.job, { error: null, died: reason });
    else this.#advance();
  }
}
