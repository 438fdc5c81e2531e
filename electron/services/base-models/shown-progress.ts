/** Progress of work that is no job of a project, with its estimate, as often as a person can follow. */
import type { Progress } from '../../contract/progress.ts';
import { systemClock } from '../../jobs/clock.ts';
import type { Clock } from '../../jobs/clock.ts';
import { Estimator } from '../../jobs/estimator.ts';
import { Throttle } from '../../jobs/throttle.ts';

const intervalMs = 100;

export interface ShownProgress {
  readonly onProgress: (progress: Progress) => void;
  /** Drops what has not been shown. */
  readonly stop: () => void;
}

/** Calls `show` at most ten times a second with the latest progress and the time that is left, null while unknown. */
export function shownProgress(show: (progress: Progress, remainingMs: number | null) => void, clock: Clock = systemClock): ShownProgress {
  const estimator = new Estimator();
  let latest: Progress = { phase: '', done: 0, total: null };
  const throttle = new Throttle(clock, intervalMs, () => show(latest, estimator.remainingMs(clock.now())));
  return {
    onProgress: (progress) => {
      latest = progress;
      estimator.update(progress, clock.now());
      throttle.request();
    },
    stop: () => throttle.stop(),
  };
}
