/** Small arithmetic of reports. */

/** The middle value, or the mean of the two middle ones; NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)] ?? NaN;
  const lower = sorted[Math.ceil(sorted.length / 2) - 1] ?? NaN;
  return (upper + lower) / 2;
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Over the values themselves, as NumPy's `std` and so as the peer reports it. */
export function standardDeviation(values: readonly number[]): number {
  const centre = mean(values);
  return Math.sqrt(mean(values.map((value) => (value - centre) ** 2)));
}

export function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}

/** Ours over the peer's; null without a peer. */
export function ratioTo(ours: number, peer: number | null): number | null {
  return peer === null ? null : rounded(ours / peer, 3);
}

/** The largest of the figures that are there; null where none is. */
export function largest(values: readonly (number | null)[]): number | null {
  const present = values.filter((value) => value !== null);
  return present.length === 0 ? null : Math.max(...present);
}

/** The smallest of the figures that are there; null where none is. */
export function smallest(values: readonly (number | null)[]): number | null {
  const present = values.filter((value) => value !== null);
  return present.length === 0 ? null : Math.min(...present);
}
