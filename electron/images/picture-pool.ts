/**
 * Threads that render pictures for the window. Fewer than there are cores, so that an import or a training hardly slows down while somebody
 * scrolls; what was asked for last is rendered first, since what was asked for before may have been scrolled away.
 */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { AppError } from '../contract/errors.ts';
import { ImageError } from './problem.ts';
import type { ImageProblem } from './problem.ts';
import type { Picture, PictureSize, Samples } from './render-picture.ts';

export type PictureTask =
  | { readonly kind: 'picture'; readonly path: string; readonly size: PictureSize }
  | { readonly kind: 'samples'; readonly path: string; readonly maxSide: number };

/** What the pool asks of a thread. */
export interface PictureRequest {
  readonly id: number;
  readonly task: PictureTask;
}

/** What a thread answers: a result, what is wrong with the file, or what is wrong with the program. */
export type PictureAnswer =
  | { readonly id: number; readonly result: Picture | Samples }
  | { readonly id: number; readonly problem: ImageProblem }
  | { readonly id: number; readonly failure: string };

interface Pending {
  readonly id: number;
  readonly task: PictureTask;
  readonly resolve: (result: Picture | Samples) => void;
  readonly reject: (error: unknown) => void;
}

interface Thread {
  readonly worker: Worker;
  readonly pending: Map<number, Pending>;
}

export interface PicturePoolOptions {
  /** Half the cores unless told, 4 at most. */
  readonly numThreads?: number;
  /** Tasks that may wait; the oldest beyond are given up. */
  readonly maxWaiting?: number;
}

/** One picture decoding while the next is read from the disk. */
const numLanes = 2;
/** More than a large screen shows at a time. */
const maxWaiting = 1024;

/** The reason to give a task up: nobody is waiting for it any more. */
export function givenUp(): DOMException {
  return new DOMException('The picture was scrolled away before it was made.', 'AbortError');
}

export class PicturePool {
  readonly #numThreads: number;
  readonly #maxWaiting: number;
  readonly #threads: Thread[] = [];
  /** Oldest first; taken from the end. */
  readonly #waiting: Pending[] = [];
  #nextId = 0;

  /** Threads start when first needed. */
  constructor(options: PicturePoolOptions = {}) {
    this.#numThreads = options.numThreads ?? Math.min(4, Math.max(1, availableParallelism() >> 1));
    this.#maxWaiting = options.maxWaiting ?? maxWaiting;
  }

  /**
   * Renders a picture; the newest request is served first. Throws ImageError with what is wrong with the file, and an 'AbortError' where the
   * signal aborts before the work has begun or too many newer requests have come.
   */
  render(path: string, size: PictureSize, signal?: AbortSignal): Promise<Picture> {
    return this.#run({ kind: 'picture', path, size }, signal) as Promise<Picture>;
  }

  /** The samples of an image, reduced until they fit into `maxSide`. Throws as `render` does. */
  samples(path: string, maxSide: number, signal?: AbortSignal): Promise<Samples> {
    return this.#run({ kind: 'samples', path, maxSide }, signal) as Promise<Samples>;
  }

  /** Ends the threads; what they were working on fails. */
  async close(): Promise<void> {
    for (const { reject } of this.#waiting.splice(0)) reject(givenUp());
    await Promise.all(this.#threads.splice(0).map(({ worker }) => worker.terminate()));
  }

  #run(task: PictureTask, signal: AbortSignal | undefined): Promise<Picture | Samples> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true) {
        reject(givenUp());
        return;
      }
      const pending: Pending = { id: this.#nextId++, task, resolve, reject };
      signal?.addEventListener('abort', () => this.#giveUp(pending), { once: true });
      this.#waiting.push(pending);
      const oldest = this.#waiting.length > this.#maxWaiting ? this.#waiting[0] : undefined;
      if (oldest !== undefined) this.#giveUp(oldest);
      this.#dispatch();
    });
  }

  #giveUp(pending: Pending): void {
    const at = this.#waiting.indexOf(pending);
    if (at < 0) return;
    this.#waiting.splice(at, 1);
    pending.reject(givenUp());
  }

  #dispatch(): void {
    for (let thread = this.#free(); thread !== undefined && this.#waiting.length > 0; thread = this.#free()) {
      const next = this.#waiting.pop();
      if (next === undefined) return;
      if (thread.pending.size === 0) thread.worker.ref();
      thread.pending.set(next.id, next);
      thread.worker.postMessage({ id: next.id, task: next.task } satisfies PictureRequest);
    }
  }

  #free(): Thread | undefined {
    const idle = this.#threads.find(({ pending }) => pending.size === 0);
    if (idle !== undefined) return idle;
    if (this.#waiting.length > 0 && this.#threads.length < this.#numThreads) return this.#start();
    return this.#threads.find(({ pending }) => pending.size < numLanes);
  }

  #start(): Thread {
    const thread: Thread = { worker: new Worker(new URL('./picture-worker.ts', import.meta.url)), pending: new Map() };
    thread.worker.on('message', (answer: PictureAnswer) => this.#settle(thread, answer));
    thread.worker.on('error', (cause) => this.#fail(thread, new AppError('internal', 'A rendering thread stopped. Try again.', { cause })));
    thread.worker.on('exit', () => this.#fail(thread, new AppError('internal', 'A rendering thread has ended. Try again.')));
    this.#threads.push(thread);
    return thread;
  }

  #settle({ worker, pending }: Thread, answer: PictureAnswer): void {
    const waiting = pending.get(answer.id);
    pending.delete(answer.id);
    this.#dispatch();
    // A thread with nothing to do keeps no process alive.
    if (pending.size === 0) worker.unref();
    if (waiting === undefined) return;
    const { path } = waiting.task;
    if ('result' in answer) waiting.resolve(answer.result);
    else if ('problem' in answer) waiting.reject(new ImageError(path, answer.problem.code, answer.problem.message));
    else waiting.reject(new AppError('internal', `Rendering ${path} failed in an unforeseen way: ${answer.failure}`));
  }

  #fail(thread: Thread, error: Error): void {
    const at = this.#threads.indexOf(thread);
    if (at >= 0) this.#threads.splice(at, 1);
    for (const { reject } of thread.pending.values()) reject(error);
    thread.pending.clear();
    if (at >= 0) this.#dispatch();
  }
}
