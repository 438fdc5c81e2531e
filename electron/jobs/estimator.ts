import type { Progress } from '../contract/progress.ts';

/** How fast older observations are forgotten: after this long they weigh 1/e. */
const memoryMs = 20_000;
/** Nothing is said before this much has been watched. */
const minimumMs = 1_000;

/**
 * Estimates how long the present phase still takes, from a rate smoothed over the last seconds: work and time are summed with weights that decay
 * exponentially with age, and their quotient is the rate. Work done before the first observation (a resumed job) does not count.
 */
export class Estimator {
  #phase: string | null = null;
  #total: number | null = null;
  #done = 0;
  #changedAtMs = 0;
  #work = 0;
  #timeMs = 0;

  /** Takes in progress as it was at `nowMs`. A new phase, or counts that go back, start afresh. */
  update(progress: Progress, nowMs: number): void {
    this.#total = progress.total;
    if (progress.phase !== this.#phase || progress.done < this.#done) {
      this.#phase = progress.phase;
      this.#done = progress.done;
      this.#changedAtMs = nowMs;
      this.#work = 0;
      this.#timeMs = 0;
    }
    const elapsedMs = nowMs - this.#changedAtMs;
    if (progress.done === this.#done || elapsedMs <= 0) return;
    const decay = Math.exp(-elapsedMs / memoryMs);
    this.#work = decay * this.#work + (progress.done - this.#done);
    this.#timeMs = decay * this.#timeMs + elapsedMs;
    this.#done = progress.done;
    this.#changedAtMs = nowMs;
  }

  /** Milliseconds until the phase is done as seen at `nowMs`; null while the total is unknown or too little has been watched. */
  remainingMs(nowMs: number): number | null {
    if (this.#total === null || this.#timeMs < minimumMs) return null;
    const left = Math.max(0, this.#total - this.#done);
    const msPerUnit = this.#timeMs / this.#work;
    // The unit in progress counts down, but a stalled one takes nothing off the units after it.
    const sinceMs = Math.min(nowMs - this.#changedAtMs, msPerUnit);
    return Math.max(0, left * msPerUnit - sinceMs);
  }
}
