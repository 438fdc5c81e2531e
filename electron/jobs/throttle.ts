import type { Clock } from './clock.ts';

/** Calls `emit` at most once per interval, and once more after the last request, so that no news is lost while nothing else happens. */
export class Throttle {
  readonly #clock: Clock;
  readonly #intervalMs: number;
  readonly #emit: () => void;
  #lastMs = -Infinity;
  #cancelTimer: (() => void) | null = null;

  constructor(clock: Clock, intervalMs: number, emit: () => void) {
    this.#clock = clock;
    this.#intervalMs = intervalMs;
    this.#emit = emit;
  }

  /** Emits now, or as soon as the interval allows. */
  request(): void {
    const waitMs = this.#lastMs + this.#intervalMs - this.#clock.now();
    if (waitMs <= 0) this.#fire();
    else this.#cancelTimer ??= this.#clock.after(waitMs, () => this.#fire());
  }

  /** Drops what is waiting. */
  stop(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = null;
  }

  #fire(): void {
    this.stop();
    this.#lastMs = this.#clock.now();
    this.#emit();
  }
}
