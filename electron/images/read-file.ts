import { closeSync, constants, fstatSync, openSync, readSync, statSync } from 'node:fs';
import type { Stats } from 'node:fs';
import { fromSystemError, ImageError } from './problem.ts';
import { readSignature, SIGNATURE_BYTES } from './signature.ts';
import type { ImageFormat } from './signature.ts';

/** An image file in memory. `modifiedMs` is whole milliseconds since 1970. */
export interface ImageFile {
  readonly bytes: Buffer;
  readonly format: ImageFormat;
  readonly sizeBytes: number;
  readonly modifiedMs: number;
}

/** A modification time as it is stored and compared: whole milliseconds, since file systems differ in what is below. */
export function wholeMs(stats: Stats): number {
  return Math.floor(stats.mtimeMs);
}

/** What to say of a thing that is not a regular file; undefined for one that is. */
export function notAFile(stats: Pick<Stats, 'isFile' | 'isDirectory' | 'isFIFO' | 'isSocket'>): string | undefined {
  if (stats.isFile()) return undefined;
  if (stats.isDirectory())
    return 'A folder with the name of an image file. Images inside it are imported; rename it to be rid of this note.';
  const kind = stats.isFIFO() ? 'named pipe' : stats.isSocket() ? 'socket' : 'device';
  return `A ${kind}, not a regular file. Remove it from the folder or rename it.`;
}

function fill(file: number, bytes: Buffer, from: number): number {
  let numBytes = from;
  while (numBytes < bytes.length) {
    const bytesRead = readSync(file, bytes, numBytes, bytes.length - numBytes, numBytes);
    if (bytesRead === 0) break;
    numBytes += bytesRead;
  }
  return numBytes;
}

function readOpened(file: number, path: string, maxFileBytes: number): ImageFile {
  const before = fstatSync(file);
  const refused = notAFile(before);
  if (refused !== undefined) throw new ImageError(path, 'not-a-file', refused);

  const head = Buffer.alloc(Math.min(before.size, SIGNATURE_BYTES));
  const headBytes = fill(file, head, 0);
  const signature = readSignature(head.subarray(0, headBytes), path.replaceAll('\\', '/'));
  if (!('format' in signature)) throw new ImageError(path, signature.code, signature.message);
  if (before.size > maxFileBytes) {
    const megabytes = (n: number): string => `${Math.round(n / 2 ** 20)} MB`;
    throw new ImageError(
      path,
      'too-large',
      `The file has ${megabytes(before.size)}; at most ${megabytes(maxFileBytes)} are read. Cut the image into tiles.`,
    );
  }
  const bytes = Buffer.allocUnsafe(before.size);
  head.copy(bytes);
  const numBytes = fill(file, bytes, headBytes);
  const after = fstatSync(file);
  if (numBytes !== before.size || after.size !== before.size || after.mtimeMs !== before.mtimeMs) {
    throw new ImageError(path, 'changed', 'The file was being written while it was read. Import again when the copy is finished.');
  }
  return { bytes, format: signature.format, sizeBytes: before.size, modifiedMs: wholeMs(before) };
}

/**
 * Reads an image file into memory, once. Its kind is judged by its first bytes before the rest is read. Never blocks on a pipe or device.
 * Synchronous, since it runs on decoding threads, where seven turns of an event loop cost more than reading a small file.
 *
 * @throws ImageError for anything that is not a readable image file of at most `maxFileBytes`
 */
export function readImageFile(path: string, maxFileBytes: number): ImageFile {
  let file: number | undefined;
  try {
    // Opening a device can have effects and opening a pipe can block: look first, and open without blocking in case it was swapped.
    const refused = notAFile(statSync(path));
    if (refused !== undefined) throw new ImageError(path, 'not-a-file', refused);
    // Node's types say that the flag always exists; on Windows it does not.
    const nonBlocking = (constants as { O_NONBLOCK?: number }).O_NONBLOCK ?? 0;
    file = openSync(path, constants.O_RDONLY | nonBlocking);
    return readOpened(file, path, maxFileBytes);
  } catch (error) {
    throw error instanceof ImageError ? error : fromSystemError(path, error);
  } finally {
    if (file !== undefined) closeSync(file);
  }
}
