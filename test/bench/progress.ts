/** What a person sees on stderr while a benchmark runs. */
import { stderr } from 'node:process';
import type { RunContext } from '../../electron/contract/progress.ts';

export interface BenchContext extends RunContext {
  readonly say: (text: string) => void;
}

/** Between two lines of one phase. */
const intervalMs = 15_000;

/** A context that writes a line when a phase begins and every 15 s while it lasts. */
export function benchContext(signal: AbortSignal, write: (text: string) => void = (text) => void stderr.write(text)): BenchContext {
  let phase = '';
  let writtenMs = 0;
  return {
    signal,
    say: (text) => write(`${text}\n`),
    onProgress(progress) {
      if (progress.phase === '') return;
      const now = performance.now();
      if (progress.phase === phase && now - writtenMs < intervalMs) return;
      phase = progress.phase;
      writtenMs = now;
      write(`  ${phase} ${progress.done}${progress.total === null ? '' : ` of ${progress.total}`}\n`);
    },
  };
}

/** Seconds spent by step. */
export class Stopwatch {
  readonly #seconds = new Map<string, number>();

  /** Adds the time that `work` takes to `step`. */
  async time<T>(step: string, work: () => Promise<T> | T): Promise<T> {
    const startMs = performance.now();
    try {
      return await work();
    } finally {
      this.#seconds.set(step, (this.#seconds.get(step) ?? 0) + (performance.now() - startMs) / 1e3);
    }
  }

  /** By step, in tenths. */
  seconds(): Record<string, number> {
    return Object.fromEntries([...this.#seconds].map(([step, seconds]) => [step, Math.round(seconds * 10) / 10]));
  }
}
