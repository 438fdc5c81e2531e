/** Rows of the catalogue that wait for a label, in an order. */
import { baseColumns } from '../catalog/image-catalog.ts';
import type { Host } from '../host.ts';

/** An image that might be labelled next. */
export interface Candidate {
  readonly row: number;
  readonly reason: string;
}

export type RowTest = (row: number) => boolean;

/** Every row, in an order that looks random, but stays the same from one answer to the next, however many are labelled between. */
export function randomOrder(host: Host): Int32Array {
  return host.memo('queue.order', ['images', 'sources'], () => {
    const { ids } = baseColumns(host);
    const places = Float64Array.from(ids, (id, row) => scramble(id) * 2 ** 20 + row).sort();
    return Int32Array.from(places, (place) => place % 2 ** 20);
  });
}

/** The first `count` of `rows` that are wanted, in their order. */
export function firstOf(rows: Int32Array, isWanted: RowTest, count: number): number[] {
  const found: number[] = [];
  for (const row of rows) {
    if (found.length === count) break;
    if (isWanted(row)) found.push(row);
  }
  return found;
}

/** Wanted rows in random order, found as they are asked for. */
export function* drawn(host: Host, isWanted: RowTest): Generator<Candidate> {
  for (const row of randomOrder(host)) if (isWanted(row)) yield { row, reason: 'drawn at random' };
}

export function* chained(...lists: Iterable<Candidate>[]): Generator<Candidate> {
  for (const list of lists) yield* list;
}

/** 32 bits that depend on the id in no visible way (the finaliser of MurmurHash3). */
function scramble(id: number): number {
  let z = Math.imul(id, 0x9e3779b1);
  z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
  z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
  return (z ^ (z >>> 16)) >>> 0;
}
