/** How a weights file differs from the network it comes nearest to, tensor by tensor, as the details of an error carry it. */

export interface MissingTensor {
  readonly name: string;
  readonly expected: readonly number[];
}

export interface UnexpectedTensor {
  readonly name: string;
  readonly found: readonly number[];
}

export interface MisshapenTensor {
  readonly name: string;
  readonly expected: readonly number[];
  readonly found: readonly number[];
}

/** Names and shapes as they are in the file. Lists are cut; the numbers count everything. */
export interface WeightsMismatch {
  /** The nearest network, and how many parameters it has. */
  readonly arch: string;
  readonly numParameters: number;
  readonly missing: readonly MissingTensor[];
  readonly unexpected: readonly UnexpectedTensor[];
  readonly misshapen: readonly MisshapenTensor[];
  readonly numMissing: number;
  readonly numUnexpected: number;
  readonly numMisshapen: number;
}

/** Where an error's details carry it. */
export const mismatchKey = 'mismatch';

/** The differences that an error's details tell of, or null for any other error. */
export function mismatchOf(details: Readonly<Record<string, unknown>>): WeightsMismatch | null {
  const found = details[mismatchKey];
  return typeof found === 'object' && found !== null && 'numMisshapen' in found ? (found as WeightsMismatch) : null;
}

/** `[64, 3, 7, 7]`; `[]` is a single number. */
export function formatShape(shape: readonly number[]): string {
  return `[${shape.join(', ')}]`;
}

/** One line a tensor, at most `maxLines` of each kind, the lists' headings above: for a terminal. */
export function describeMismatch(mismatch: WeightsMismatch, maxLines = Infinity): string {
  const { missing, unexpected, misshapen, numMissing, numUnexpected, numMisshapen } = mismatch;
  const list = (heading: string, total: number, all: readonly string[]): string[] => {
    if (total === 0) return [];
    const lines = all.slice(0, maxLines);
    const rest = total > lines.length ? [`  and ${(total - lines.length).toLocaleString('en')} more`] : [];
    return [`${heading} (${total.toLocaleString('en')}):`, ...lines.map((line) => `  ${line}`), ...rest];
  };
  return [
    ...list(
      'Missing',
      numMissing,
      missing.map(({ name, expected }) => `${name}  expected ${formatShape(expected)}`),
    ),
    ...list(
      'Wrong shape',
      numMisshapen,
      misshapen.map(({ name, expected, found }) => `${name}  expected ${formatShape(expected)}, found ${formatShape(found)}`),
    ),
    ...list(
      'Unexpected',
      numUnexpected,
      unexpected.map(({ name, found }) => `${name}  found ${formatShape(found)}`),
    ),
  ].join('\n');
}
