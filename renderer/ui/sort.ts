/** Which column a table is sorted by, and which way. */
export interface Sort {
  readonly key: string;
  readonly descending: boolean;
}

/** Rows by `value`, numbers by size and words as people sort them (`IMG_2` before `IMG_10`); null always last. Stable. */
export function sortedBy<Row>(rows: readonly Row[], value: (row: Row) => string | number | null, descending: boolean): Row[] {
  const sign = descending ? -1 : 1;
  const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' });
  return [...rows].sort((a, b) => {
    const [x, y] = [value(a), value(b)];
    if (x === null || y === null) return x === y ? 0 : x === null ? 1 : -1;
    return sign * (typeof x === 'number' && typeof y === 'number' ? x - y : collator.compare(String(x), String(y)));
  });
}
