/** Figures of a smaller classifier. */

export const studentMinutes = [5, 10, 20, 40] as const;

/** Side of the views a student learns from: as an adaptation's, unless told. */
export const studentPx = 96;

/** How many times `small` goes into `large`, in words: '5', '1.4', '440'. */
export function timesSmaller(large: number, small: number): string {
  const times = small > 0 ? large / small : 1;
  return times >= 9.95 ? Math.round(times).toLocaleString('en') : times.toFixed(1).replace(/\.0$/, '');
}
