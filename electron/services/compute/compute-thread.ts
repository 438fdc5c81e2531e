/** One computing thread as the engine sees it: started when first needed, and started again after it has died. */
import { Worker } from 'node:worker_threads';
import type { FromThread, ToThread } from './messages.ts';

export interface ThreadListener {
  readonly onMessage: (message: FromThread) => void;
  /** The thread has ended by itself. What it was doing is lost; the next `post` starts a new one. */
  readonly onDeath: (reason: string) => void;
}

/** Starts a thread; tests keep hold of it. */
export type StartThread = () => Worker;

const startWorker: StartThread = () => new Worker(new URL('./compute-worker.ts', import.meta.url), { name: 'compute' });

export class ComputeThread {
  readonly #listener: ThreadListener;
  readonly #startWorker: StartThread;
  #worker: Worker | null = null;

  constructor(listener: ThreadListener, start: StartThread = startWorker) {
    this.#listener = listener;
    this.#startWorker = start;
  }

  post(message: ToThread): void {
    (this.#worker ??= this.#start()).postMessage(message);
  }

  /** Ends the thread whatever it is doing, and says so to nobody. */
  async close(): Promise<void> {
    const worker = this.#worker;
    this.#worker = null;
    await worker?.terminate();
  }

  #start(): Worker {
    const worker = this.#startWorker();
    let reason = '';
    worker.on('message', (message: FromThread) => {
      if (worker === this.#worker) this.#listener.onMessage(message);
    });
    worker.on('error', (error) => {
      reason = error instanceof Error ? error.message : String(error);
    });
    worker.on('exit', (code) => {
      if (worker !== this.#worker) return;
      this.#worker = null;
      this.#listener.onDeath(reason === '' ? `it ended with code ${code}` : reason);
    });
    return worker;
  }
}
