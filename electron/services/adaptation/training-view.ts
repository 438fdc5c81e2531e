/** A training as a person watches it. */
import type { HealthView, KeptPointView } from '../../contract/domain.ts';
import { healthLosses, healthThresholds, judgeHealth } from '../../learn/health.ts';
import type { HealthRecord } from '../../learn/health.ts';
import type { KeptNetwork } from '../../learn/kept-network.ts';

/** A record, perhaps of a training from before all of its figures were measured. */
export type KnownHealth = Pick<HealthRecord, 'step' | 'elapsedMs' | 'spread' | 'rankMe' | 'agreement'> &
  Partial<Pick<HealthRecord, 'alphaReq' | 'clusterStability' | 'steadiness' | 'labelAccuracy' | 'outputSpread' | 'alarms'>>;

/**
 * Health with one figure for collapse: 1 where training is stopped, by whichever of spread and rank has come nearer to it since the start. The
 * first record is the start.
 */
export function healthViews(records: readonly KnownHealth[]): HealthView[] {
  const start = records[0];
  if (start === undefined) return [];
  const share = (lost: number, stop: number): number => (Number.isFinite(lost) ? Math.min(1, Math.max(0, lost / stop)) : 1);
  return records.map((record) => {
    const lost = healthLosses(record, start);
    const { step, elapsedMs, spread, rankMe, agreement, alphaReq, clusterStability, steadiness, labelAccuracy, outputSpread, alarms } =
      record;
    return {
      step,
      elapsedMs,
      collapse: Math.max(
        share(lost.spread, healthThresholds.stopSpreadLoss),
        share(lost.rank, healthThresholds.stopRankLoss),
        outputSpread == null ? 0 : share(1 - outputSpread, 1 - healthThresholds.stopOutputSpread),
      ),
      spread,
      rankMe,
      agreement,
      alphaReq: alphaReq ?? null,
      clusterStability: clusterStability ?? null,
      steadiness: steadiness ?? null,
      labelAccuracy: labelAccuracy ?? null,
      // Older trainings kept none: what is alarming is decided here alone, and the window is told.
      alarms: alarms ?? judgeHealth(record, start).alarms,
    };
  });
}

type Kept = Omit<KeptNetwork, 'weights'>;

export function keptViews(kept: Kept | null): KeptPointView[] {
  return (kept?.points ?? []).map(({ step, progress, accuracy }, i) => ({ step, progress, accuracy, isChosen: i === kept?.chosen }));
}

const percentOf = (share: number): string => `${Math.round(100 * share)} %`;

/** Which network is the result, and why. Null where none was set aside. */
export function keptNote(kept: Kept | null): string | null {
  const chosen = kept?.points[kept.chosen];
  const last = kept?.points.at(-1);
  if (kept === null || chosen === undefined || last === undefined) return null;
  const where = chosen.step === 0 ? 'at the start, unchanged' : `at ${percentOf(chosen.progress)} of the time`;
  if (chosen.accuracy === null) {
    return chosen === last
      ? 'Kept the network at the end.'
      : `Kept the network ${where}: what came after had lost too much of its variety.`;
  }
  const first = kept.points[0];
  if (chosen === last) {
    const before =
      first === undefined || first === last || first.accuracy === null ? '' : ` against ${percentOf(first.accuracy)} at the start`;
    return `Kept the network at the end: cross-validated on the labels, ${percentOf(chosen.accuracy)} right${before}.`;
  }
  const end = last.accuracy === null ? '' : ` against ${percentOf(last.accuracy)} at the end`;
  const sure = last.accuracy !== null && chosen.accuracy <= last.accuracy ? '; its predictions are surer where they are right' : '';
  return `Kept the network ${where}: cross-validated on the labels, ${percentOf(chosen.accuracy)} right${end}${sure}.`;
}
