/** Which moment of a run is worth keeping: the network is set aside at 0, 10, 25, 50 and 100 % of the budget, and the best of these is the result. */
import type { HostTensors } from '../tensor/program.ts';

export const keptMoments = [0, 0.1, 0.25, 0.5, 1] as const;

export interface KeptPoint {
  readonly step: number;
  /** Share of the budget. */
  readonly progress: number;
  /** Cross-validated on the labels at hand; null where they are too few. */
  readonly accuracy: number | null;
  readonly brierScore: number | null;
  /** Whether the features had an alarm that speaks against them. */
  readonly hasAlarm: boolean;
}

/** What is known so far, and the weights of the best point; null where those are the run's first ones. */
export interface KeptNetwork {
  readonly points: readonly KeptPoint[];
  /** Position in `points`. */
  readonly chosen: number;
  readonly weights: HostTensors | null;
}

/** Whether a kept moment lies in (last, now]; the start is one. */
export function isKeptMoment(progress: number, lastProgress: number | null): boolean {
  if (lastProgress === null) return true;
  return keptMoments.some((moment) => progress >= moment - 1e-9 && lastProgress < moment - 1e-9);
}

/**
 * The better of what was kept and a later point. With scores it is the smaller Brier score, which uses how sure the predictions are; without, the later
 * one unless it has an alarm. The later one wins where they are equal. What is refused is remembered as a point all the same.
 */
export function keepBetter(kept: KeptNetwork | null, point: KeptPoint, weights: () => HostTensors | null): KeptNetwork {
  const points = [...(kept?.points ?? []), point];
  const best = kept?.points[kept.chosen];
  const isBetter =
    best === undefined || (point.brierScore !== null && best.brierScore !== null ? point.brierScore <= best.brierScore : !point.hasAlarm);
  return isBetter
    ? { points, chosen: points.length - 1, weights: weights() }
    : { points, chosen: kept?.chosen ?? 0, weights: kept?.weights ?? null };
}
