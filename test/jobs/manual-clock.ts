import type { Clock } from '../../electron/jobs/clock.ts';

/** A clock that stands until it is moved; timers fire as it passes them. */
export class ManualClock implements Clock {
  #nowMs = 0;
  #timers: { readonly atMs: number; readonly callback: () => void }[] = [];

  now(): number {
    return this.#nowMs;
  }

  after(delayMs: number, callback: () => void): () => void {
    const timer = { atMs: this.#nowMs + delayMs, callback };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((each) => each !== timer);
    };
  }

  advance(ms: number): void {
    const endMs = this.#nowMs + ms;
    for (;;) {
      const [next] = this.#timers.filter((timer) => timer.atMs <= endMs).sort((a, b) => a.atMs - b.atMs);
      if (!next) break;
      this.#nowMs = next.atMs;
      this.#timers = this.#timers.filter((each) => each !== next);
      next.callback();
    }
    this.#nowMs = endMs;
  }

  get numTimers(): number {
    return this.#timers.length;
  }
}
