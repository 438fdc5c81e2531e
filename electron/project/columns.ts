/** How values that are no SQL types are kept in columns: JSON, booleans, typed arrays and long byte strings. */
import { AppError } from '../contract/errors.ts';

/** A value as JSON text; `undefined` becomes null. */
export function toJson(value: unknown): string {
  return JSON.stringify(value ?? null);
}

/** JSON text as a value, to be validated by whoever knows its shape; null stays null. */
export function fromJson(text: string | null): unknown {
  return text === null ? null : (JSON.parse(text) as unknown);
}

/** Row ids as the JSON array that `json_each(?)` unpacks, so that no list is too long for a query. */
export function idList(ids: Iterable<number>): string {
  return JSON.stringify(Array.from(ids));
}

/** The bytes of a typed array, without copying. */
export function bytesOf(values: Int32Array | Float32Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

/** Bytes read from a column as 32-bit floats, copied so that they are aligned. */
export function toFloats(bytes: Uint8Array): Float32Array {
  return new Float32Array(bytes.slice().buffer);
}

/** Bytes read from a column as 32-bit integers, copied so that they are aligned. */
export function toInts(bytes: Uint8Array): Int32Array {
  return new Int32Array(bytes.slice().buffer);
}

/** Copies vector `row` of a matrix [N, dim] from the bytes of a column. Throws `internal` where the column holds another length. */
export function copyVector(bytes: Uint8Array, matrix: Float32Array, row: number, dim: number): void {
  if (bytes.byteLength !== dim * 4)
    throw new AppError('internal', `A stored vector has ${bytes.byteLength} bytes where ${dim * 4} were expected.`);
  new Uint8Array(matrix.buffer, matrix.byteOffset + row * dim * 4, dim * 4).set(bytes);
}

const chunkBytes = 8 * 2 ** 20;

/** Cuts long bytes into pieces of 8 MiB, far below SQLite's limit on one value. Always at least one piece. */
export function* toChunks(bytes: Uint8Array): Generator<Uint8Array> {
  for (let start = 0; start === 0 || start < bytes.length; start += chunkBytes) yield bytes.subarray(start, start + chunkBytes);
}

/** Joins pieces in order. */
export function joinChunks(chunks: Iterable<Uint8Array>, sizeBytes: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(sizeBytes);
  let offset = 0;
  for (const chunk of chunks) {
    if (offset + chunk.length > sizeBytes) throw new AppError('internal', `Stored bytes are longer than the ${sizeBytes} they should be.`);
    bytes.set(chunk, offset);
    offset += chunk.length;
  }
  if (offset !== sizeBytes) throw new AppError('internal', `Stored bytes end after ${offset} of ${sizeBytes}.`);
  return bytes;
}
