/** What the figures of a training mean, in a word. */
import type { HealthView } from '../../../electron/contract/domain.ts';

export type HealthWord = 'waiting' | 'start' | 'good' | 'still' | 'guessing' | 'warning' | 'collapsed';

/** Above this, neighbours are as good as unchanged. */
const unchanged = 0.97;

/** The verdict on the newest figures, the first of which are those of the start. */
export function healthWord(health: readonly HealthView[]): HealthWord {
  const last = health.at(-1);
  if (last === undefined) return 'waiting';
  if (last.collapse >= 1) return 'collapsed';
  if (last.alarms.some((alarm) => alarm !== 'chance-loss')) return 'warning';
  if (last.alarms.includes('chance-loss')) return 'guessing';
  if (health.length === 1) return 'start';
  // Early on little has changed yet, which says nothing.
  return health.length > 3 && last.agreement >= unchanged ? 'still' : 'good';
}

export const healthTones = {
  waiting: 'info',
  start: 'info',
  good: 'success',
  still: 'info',
  guessing: 'warning',
  warning: 'warning',
  collapsed: 'error',
} as const satisfies Readonly<Record<HealthWord, string>>;
