/** How fast one labels. */

const windowMs = 5 * 60e3;
/** A rate over less than this says little. */
const leastMs = 15e3;

/**
 * Labels a minute over the last five minutes; null before there is enough to say. `times` are in ms, in any order. What came with the first label
 * took its time before that, so it starts the clock and does not count itself.
 */
export function labelsPerMinute(times: Iterable<number>, now: number): number | null {
  const recent = [...times].filter((time) => time > now - windowMs);
  const first = recent.reduce((least, time) => Math.min(least, time), now);
  const count = recent.filter((time) => time > first).length;
  const elapsed = now - first;
  return count < 2 || elapsed < leastMs ? null : count / (elapsed / 60e3);
}
