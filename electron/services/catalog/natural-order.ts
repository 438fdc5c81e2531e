/** Names in the order people expect: regardless of case and of how accents are encoded, and numbers by their value. */
import { setImmediate } from 'node:timers/promises';

/** A name for comparing with others: NFC and upper case, which unlike lower case depends on no context. */
export function foldName(name: string): string {
  return name.normalize('NFC').toUpperCase().normalize('NFC');
}

/** What a name is searched by: as `foldName`, and accents apart, so that `cafe` finds `café`. */
export function searchKey(name: string): string {
  return foldName(name)
    .normalize('NFD')
    .replace(/\p{M}+/gu, '')
    .normalize('NFC');
}

/** A text whose plain order is the natural order of names: each number is preceded by how many digits it has. */
function naturalKey(name: string): string {
  return foldName(name).replace(/[0-9]+/g, (digits) => {
    const number = digits.replace(/^0+(?=[0-9])/, '');
    return `0${String.fromCharCode(0x30 + Math.min(number.length, 0x4000))}${number}`;
  });
}

/** Sorted at a time; takes some milliseconds. */
const blockSize = 4096;

/** The rank of every name, ties by position. Lets other events run, since 100,000 names take longer than an answer may. */
export async function naturalRanks(names: readonly string[]): Promise<Int32Array> {
  const keys = new Array<string>(names.length);
  const compare = (a: number, b: number): number => {
    const [x, y] = [keys[a] as string, keys[b] as string];
    return x < y ? -1 : x > y ? 1 : a - b;
  };
  let runs: Int32Array[] = [];
  for (let start = 0; start < names.length; start += blockSize) {
    const end = Math.min(start + blockSize, names.length);
    for (let i = start; i < end; i++) keys[i] = naturalKey(names[i] as string);
    runs.push(Int32Array.from({ length: end - start }, (_, i) => start + i).sort(compare));
    await setImmediate();
  }
  while (runs.length > 1) {
    const merged: Int32Array[] = [];
    for (let i = 0; i < runs.length; i += 2) {
      const [a, b] = [runs[i] as Int32Array, runs[i + 1]];
      merged.push(b === undefined ? a : await mergeRuns(a, b, compare));
    }
    runs = merged;
  }
  const ranks = new Int32Array(names.length);
  runs[0]?.forEach((position, rank) => (ranks[position] = rank));
  return ranks;
}

async function mergeRuns(a: Int32Array, b: Int32Array, compare: (x: number, y: number) => number): Promise<Int32Array> {
  const out = new Int32Array(a.length + b.length);
  let i = 0;
  let j = 0;
  for (let at = 0; at < out.length; at++) {
    const takeFirst = j >= b.length || (i < a.length && compare(a[i] as number, b[j] as number) < 0);
    out[at] = takeFirst ? (a[i++] as number) : (b[j++] as number);
    if (at % (4 * blockSize) === 4 * blockSize - 1) await setImmediate();
  }
  return out;
}
