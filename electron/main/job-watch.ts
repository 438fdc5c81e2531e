/** Knows from the engine's events whether a job runs: the computer is kept awake meanwhile, and closing the window asks. */
import type { JobView } from '../contract/domain.ts';
import type { EngineEvent } from '../contract/engine-messages.ts';

/** The part of `powerSaveBlocker` that is needed. */
export interface SleepBlocker {
  start(type: 'prevent-app-suspension'): number;
  stop(id: number): unknown;
}

export class JobWatch {
  readonly #jobs = new Map<number, JobView>();
  readonly #blocker: SleepBlocker;
  #blockId: number | null = null;

  constructor(blocker: SleepBlocker) {
    this.#blocker = blocker;
  }

  /** Titles of the jobs that run or wait. */
  get running(): readonly string[] {
    return [...this.#jobs.values()].map(({ title }) => title);
  }

  take(event: EngineEvent): void {
    if (event.name === 'project.switched') this.#jobs.clear();
    else if (event.name === 'job.removed') this.#jobs.delete(event.payload.id);
    else if (event.name === 'job.changed') {
      const { id, status } = event.payload;
      if (status === 'running' || status === 'queued') this.#jobs.set(id, event.payload);
      else this.#jobs.delete(id);
    } else return;
    this.#block();
  }

  /** The engine ended, and with it what ran. */
  clear(): void {
    this.#jobs.clear();
    this.#block();
  }

  #block(): void {
    if (this.#jobs.size > 0) this.#blockId ??= this.#blocker.start('prevent-app-suspension');
    else if (this.#blockId !== null) {
      this.#blocker.stop(this.#blockId);
      this.#blockId = null;
    }
  }
}
