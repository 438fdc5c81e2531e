/** How fast one labels. */

const windowMs = 5 * 60e3;
/** A rate over less than this says little. */
const leastMs = 15e3;

/** Labels a minute over the last five minutes; null before there is enough to say. `times` are in ms, in any order. */
export function labelsPerMinute(times: Iterable<number>, now: number): number | null {
  let count = 0;
  let first = now;
  for (const time of times) {
    if (time <= now - windowMs) continue;
    count += 1;
    first = Math.min(first, time);
  }
  const elapsed = now - first;
  return count < 3 || elapsed < leastMs ? null : count / (elapsed / 60e3);
}
