import { createHash } from 'node:crypto';

function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOrder);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, inOrder(inner)]),
  );
}

/** A hash by which equal parameters are recognised, whatever the order of their keys. */
export function parametersKey(params: unknown): string {
  // Through JSON first, so that what is compared is what is kept: undefined members vanish, dates become text.
  const text = JSON.stringify(inOrder(JSON.parse(JSON.stringify(params ?? null))));
  return createHash('sha256').update(text).digest('hex');
}
