/**
 * Threads that read and decode images. ONNX Runtime blocks the thread that calls it, so without threads of its own decoding would
 * come to a stand while the network computes.
 */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { AppError } from '../contract/errors.ts';
import type { ImageFacts, ReadImage, ReadOptions } from './identify.ts';
import { ImageError } from './problem.ts';
import type { ImageProblem } from './problem.ts';

/** What the pool asks of a thread. */
export interface DecodeRequest {
  readonly id: number;
  readonly path: string;
  readonly options: ReadOptions;
}

/** What a thread answers: an image, what is wrong with it, or what is wrong with the program. */
export type DecodeAnswer =
  | { readonly id: number; readonly facts: ImageFacts }
  | { readonly id: number; readonly problem: ImageProblem }
  | { readonly id: number; readonly failure: string };

interface Pending {
  readonly path: string;
  readonly resolve: (facts: ImageFacts) => void;
  readonly reject: (error: Error) => void;
}

interface Thread {
  readonly worker: Worker;
  readonly pending: Map<number, Pending>;
}

export class DecodePool {
  readonly #numThreads: number;
  readonly #threads: Thread[] = [];
  #nextId = 0;

  /** Threads start when first needed: one per core unless told. */
  constructor(numThreads = availableParallelism()) {
    this.#numThreads = numThreads;
  }

  /** `readImage` on one of the threads. Any number may be asked for at a time; a thread works on two and keeps the others waiting. */
  readonly read: ReadImage = (path, options = {}) =>
    new Promise((resolve, reject) => {
      const { worker, pending } = this.#leastBusy();
      const id = this.#nextId++;
      if (pending.size === 0) worker.ref();
      pending.set(id, { path, resolve, reject });
      worker.postMessage({ id, path, options } satisfies DecodeRequest);
    });

  /** Ends the threads; what they were reading fails. */
  async close(): Promise<void> {
    await Promise.all(this.#threads.splice(0).map(({ worker }) => worker.terminate()));
  }

  #leastBusy(): Thread {
    const idle = this.#threads.find(({ pending }) => pending.size === 0);
    if (idle !== undefined) return idle;
    if (this.#threads.length < this.#numThreads) return this.#start();
    return this.#threads.reduce((least, thread) => (thread.pending.size < least.pending.size ? thread : least));
  }

  #start(): Thread {
    const thread: Thread = { worker: new Worker(new URL('./decode-worker.ts', import.meta.url)), pending: new Map() };
    thread.worker.on('message', (answer: DecodeAnswer) => this.#settle(thread, answer));
    thread.worker.on('error', (cause) => this.#fail(thread, new AppError('internal', 'A decoding thread stopped. Try again.', { cause })));
    thread.worker.on('exit', () => this.#fail(thread, new AppError('internal', 'A decoding thread has ended. Try again.')));
    this.#threads.push(thread);
    return thread;
  }

  #settle({ worker, pending }: Thread, answer: DecodeAnswer): void {
    const waiting = pending.get(answer.id);
    pending.delete(answer.id);
    // A thread with nothing to do keeps no process alive.
    if (pending.size === 0) worker.unref();
    if (waiting === undefined) return;
    if ('facts' in answer) waiting.resolve(answer.facts);
    else if ('problem' in answer) waiting.reject(new ImageError(waiting.path, answer.problem.code, answer.problem.message));
    else waiting.reject(new AppError('internal', `Reading ${waiting.path} failed in an unforeseen way: ${answer.failure}`));
  }

  #fail(thread: Thread, error: Error): void {
    const at = this.#threads.indexOf(thread);
    if (at >= 0) this.#threads.splice(at, 1);
    for (const { reject } of thread.pending.values()) reject(error);
    thread.pending.clear();
  }
}
