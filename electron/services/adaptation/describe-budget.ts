/** A budget in words. */
export function describeBudget(budget: { readonly minutes: number } | { readonly steps: number }): string {
  if ('steps' in budget) return budget.steps === 1 ? '1 step' : `${budget.steps.toLocaleString('en')} steps`;
  return budget.minutes < 1 ? `${Math.round(budget.minutes * 60)} s` : `${Number(budget.minutes.toFixed(1))} min`;
}
