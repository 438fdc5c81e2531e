/** How learning rates and the target's momentum move over a run. Everything is a function of the step and of progress in [0, 1]. */

/** When a run ends: at whichever limit comes first. At least one is given. */
export interface Budget {
  readonly minutes?: number;
  readonly steps?: number;
}

/** The larger of the used shares of the budget, in [0, 1]. `numSteps` have been made in `elapsedMs`. */
export function budgetProgress(budget: Budget, numSteps: number, elapsedMs: number): number {
  const bySteps = budget.steps === undefined ? 0 : numSteps / budget.steps;
  const byTime = budget.minutes === undefined ? 0 : elapsedMs / (budget.minutes * 60_000);
  return Math.min(1, Math.max(bySteps, byTime));
}

/** From 1 at progress 0 to 0 at progress 1 along half a cosine (Loshchilov and Hutter 2017, eq. 5, one cycle). */
export function cosineDecay(progress: number): number {
  return 0.5 * (1 + Math.cos(Math.PI * progress));
}

/**
 * The factor on the learning rate at `step` (from 0): linear warm-up over `warmupSteps`, times the cosine of progress. With a
 * step budget the warm-up takes at most a tenth of it.
 */
export function learningRateFactor(step: number, progress: number, warmupSteps: number, budget: Budget): number {
  const numWarmup = Math.min(warmupSteps, Math.floor((budget.steps ?? Infinity) / 10));
  return (numWarmup > 0 ? Math.min(1, (step + 1) / numWarmup) : 1) * cosineDecay(progress);
}

/** BYOL's target momentum: from `start` at progress 0 to 1 at progress 1 (Grill et al. 2020, section 3.3). */
export function targetMomentum(start: number, progress: number): number {
  return 1 - (1 - start) * cosineDecay(progress);
}
