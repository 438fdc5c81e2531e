/** A training as a person watches it. */
import type { HealthView } from '../../contract/domain.ts';
import { healthThresholds } from '../../learn/health.ts';
import type { HealthRecord } from '../../learn/health.ts';

/**
 * Health with one figure for collapse: 1 where training is stopped, by whichever of spread and rank has come nearer to it since the start. The
 * first record is the start.
 */
export function healthViews(records: readonly HealthRecord[]): HealthView[] {
  const start = records[0];
  if (start === undefined) return [];
  const share = (lost: number, stop: number): number => (Number.isFinite(lost) ? Math.min(1, Math.max(0, lost / stop)) : 1);
  return records.map(({ step, elapsedMs, spread, rankMe, agreement }) => {
    const spreadLoss = share(1 - spread / start.spread, healthThresholds.stopSpreadLoss);
    const rankLoss = start.rankMe <= 1 ? 0 : share(1 - (rankMe - 1) / (start.rankMe - 1), healthThresholds.stopRankLoss);
    return { step, elapsedMs, collapse: Math.max(spreadLoss, rankLoss), spread, rankMe, agreement };
  });
}
