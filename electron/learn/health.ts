/** What is measured of a run's features, and what it means. */
import type { FeatureFigures } from './feature-health.ts';

export type HealthVerdict = 'good' | 'warning' | 'collapsed';

/**
 * What a person should know: the features lost their spread, or the number of directions they use; some are no numbers; what the loss compares is
 * nearly the same for all images; or the loss has stayed where guessing would put it.
 */
export type HealthAlarm = 'spread' | 'rank' | 'not-numbers' | 'outputs' | 'chance-loss';

export interface HealthRecord {
  readonly step: number;
  readonly elapsedMs: number;
  /** Share of the budget used. */
  readonly progress: number;
  readonly spread: number;
  readonly rankMe: number;
  /** Null where there are too few images for one. */
  readonly alphaReq: number | null;
  /** How well k-means from several starts agrees, as adjusted Rand index. */
  readonly clusterStability: number;
  /** Mean share of each image's 10 nearest others that it had at step 0. */
  readonly agreement: number;
  /** The same against the check before; 1 at the first. */
  readonly steadiness: number;
  /** Adjusted Rand index of the clusters against those of the check before; 1 at the first. */
  readonly clusterSteadiness: number;
  /** Share of labelled images whose nearest labelled others vote for their label; null without labels, and where looking at them was too dear. */
  readonly labelAccuracy: number | null;
  /** Spread of what the loss compares, over the newest steps; null where the method does not tell. */
  readonly outputSpread: number | null;
  readonly verdict: HealthVerdict;
  readonly alarms: readonly HealthAlarm[];
}

/** What later figures are compared with. */
export type HealthReference = FeatureFigures;

export interface HealthThresholds {
  /** Losing this share of step 0's spread warns, or stops. */
  readonly warnSpreadLoss: number;
  readonly stopSpreadLoss: number;
  /** Losing this share of step 0's RankMe warns, or stops. */
  readonly warnRankLoss: number;
  readonly stopRankLoss: number;
  /** Spread of the loss's outputs, not relative to anything. */
  readonly warnOutputSpread: number;
  readonly stopOutputSpread: number;
}

/**
 * lightly's collapse levels (warn .5, stop .8) and a halved RankMe, relative to step 0: pretrained features after a ReLU start
 * far from an even spread, so absolute levels would alarm on healthy networks. Halving RankMe only warns: moving from
 * ImageNet's thousand kinds to a domain of a few lowers it in runs that help. Outputs start evenly spread, so theirs are absolute: BYOL from
 * ImageNet weights keeps .84, without its predictor it was down to .15 after an eighth of the run, and at ten times the rate to .06. From nothing and
 * with layer norm in its heads it passes .15 in health, hence a lower level to stop at than lightly's .2.
 */
export const healthThresholds: HealthThresholds = {
  warnSpreadLoss: 0.5,
  stopSpreadLoss: 0.8,
  warnRankLoss: 0.5,
  stopRankLoss: 0.85,
  warnOutputSpread: 0.2,
  stopOutputSpread: 0.1,
};

type Judged = Pick<HealthRecord, 'spread' | 'rankMe'>;

/** Shares of step 0's spread and rank that are lost; NaN where a figure is none. A RankMe of 1 is the least there is, so its loss is measured from there. */
export function healthLosses(now: Judged, reference: Judged): { readonly spread: number; readonly rank: number } {
  return {
    spread: 1 - now.spread / reference.spread,
    rank: reference.rankMe <= 1 ? 0 : 1 - (now.rankMe - 1) / (reference.rankMe - 1),
  };
}

/** Judges figures against those of step 0. Figures that are not finite are a collapse. */
export function judgeHealth(
  now: Judged & { readonly outputSpread?: number | null },
  reference: Judged,
  thresholds: HealthThresholds = healthThresholds,
): { readonly verdict: HealthVerdict; readonly alarms: readonly HealthAlarm[] } {
  const { spread, rank } = healthLosses(now, reference);
  if (!Number.isFinite(spread) || !Number.isFinite(rank)) return { verdict: 'collapsed', alarms: ['not-numbers'] };
  const alarms: HealthAlarm[] = [];
  if (spread >= thresholds.warnSpreadLoss) alarms.push('spread');
  if (rank >= thresholds.warnRankLoss) alarms.push('rank');
  const outputs = now.outputSpread ?? Infinity;
  if (outputs <= thresholds.warnOutputSpread) alarms.push('outputs');
  const isCollapsed = spread >= thresholds.stopSpreadLoss || rank >= thresholds.stopRankLoss || outputs <= thresholds.stopOutputSpread;
  return { verdict: isCollapsed ? 'collapsed' : alarms.length > 0 ? 'warning' : 'good', alarms };
}

/** A loss within this share of chance, after this share of the budget, is no better than guessing. */
const nearChance = 0.02;
const chanceAfter = 0.25;

/**
 * Whether the loss has stayed where a network that tells nothing apart would have it: DINO at ln K, InfoNCE at ln(queue + 1), DIET at ln N. `recent` are the
 * newest points of the curve.
 */
export function isAtChance(recent: readonly number[], chanceLoss: number | undefined, progress: number): boolean {
  if (chanceLoss === undefined || recent.length === 0 || progress < chanceAfter) return false;
  return recent.every((loss) => loss >= (1 - nearChance) * chanceLoss);
}

/** From here on, a run may end for want of movement; what moves before the rate has fallen is no guide. */
const plateauFrom = 0.5;
const plateauChecks = 3;
/** Neighbours kept from check to check that count as none moving. */
const unmoved = 0.95;

/**
 * Whether nothing has moved over the last three checks: neighbours stay as they are, and where labelled images were looked at, their neighbours tell
 * them apart no better than before.
 */
export function hasPlateaued(records: readonly Pick<HealthRecord, 'progress' | 'steadiness' | 'labelAccuracy' | 'verdict'>[]): boolean {
  const last = records.slice(-plateauChecks);
  const before = records.slice(0, -plateauChecks);
  if (before.length === 0 || last.some(({ progress }) => progress < plateauFrom)) return false;
  if (last.some(({ steadiness, verdict }) => steadiness < unmoved || verdict === 'collapsed')) return false;
  const best = (list: typeof records): number => Math.max(...list.map(({ labelAccuracy }) => labelAccuracy ?? 0));
  return best(last) <= best(before);
}

/** What is always measured, as shares of the budget: early enough to end a collapse within the first tenth. */
const always = [0, 0.03, 0.07, 0.1, 0.25, 0.5, 0.75, 1];
/** What is measured beside, where measuring has taken less than a twentieth of the time. */
const affordable = [0.01, 0.02, 0.04, 0.05, 0.06, 0.08, 0.2, 0.3, 0.4, 0.6, 0.7, 0.8, 0.9];
const dearShare = 0.05;
/** Early in a long run, at least this often. */
const earlyEveryMs = 60_000;

export interface Measured {
  readonly progress: number;
  readonly elapsedMs: number;
}

/** Whether so little time has gone into measuring that more than the necessary may be measured. */
export function isAffordable(spentMs: number, elapsedMs: number): boolean {
  return spentMs <= dearShare * elapsedMs;
}

/** Whether a moment has come to measure since `last`; `spentMs` have been spent on measuring. */
export function isHealthDue(now: Measured, last: Measured | null, spentMs: number): boolean {
  if (last === null) return true;
  const passed = (moments: readonly number[]): boolean =>
    moments.some((moment) => now.progress >= moment - 1e-9 && last.progress < moment - 1e-9);
  if (passed(always)) return true;
  if (!isAffordable(spentMs, now.elapsedMs)) return false;
  return passed(affordable) || (now.progress < 0.1 && now.elapsedMs - last.elapsedMs >= earlyEveryMs);
}
