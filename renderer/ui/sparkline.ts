/** An SVG path through `values` in a box of `width` x `height` px, the lowest at the bottom; what is not a number breaks the line. */
export function sparklinePath(values: ArrayLike<number>, width: number, height: number, inset = 2): string {
  const finite = Array.from(values).filter((value) => Number.isFinite(value));
  if (finite.length === 0) return '';
  const low = finite.reduce((a, b) => Math.min(a, b));
  const range = finite.reduce((a, b) => Math.max(a, b)) - low;
  const step = values.length > 1 ? (width - 2 * inset) / (values.length - 1) : 0;
  let path = '';
  let pen = 'M';
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? NaN;
    if (!Number.isFinite(value)) {
      pen = 'M';
      continue;
    }
    const share = range === 0 ? 0.5 : (value - low) / range;
    path += `${pen}${(inset + i * step).toFixed(1)} ${(height - inset - share * (height - 2 * inset)).toFixed(1)}`;
    pen = 'L';
  }
  return path;
}
