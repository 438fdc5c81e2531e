/**
 * Downloads a file into a partial one: goes on where an earlier attempt stopped, tries again where the connection breaks, and believes the server
 * nothing that can be checked.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, statfs } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { AppError } from '../../contract/errors.ts';
import type { RunContext } from '../../contract/progress.ts';
import { openSource, PassingTrouble } from './http-source.ts';
import type { Source } from './http-source.ts';
import type { PartialFile } from './partial-file.ts';

export interface DownloadRequest {
  readonly address: string;
  /** The file's exact size, or null where it is not known. */
  readonly sizeBytes: number | null;
  /** Anything larger is not taken. */
  readonly maxBytes: number;
  /** Hexadecimal; null where it is not known. */
  readonly sha256: string | null;
}

export interface DownloadTuning {
  /** Silence of this length counts as a broken connection. */
  readonly stallMs: number;
  /** Attempts in a row that bring nothing new. */
  readonly maxAttempts: number;
  /** Wait after the first of them; it doubles each time. */
  readonly retryDelayMs: number;
}

export const downloadTuning: DownloadTuning = { stallMs: 30_000, maxAttempts: 6, retryDelayMs: 1_000 };

export interface Downloaded {
  readonly numBytes: number;
  readonly sha256: string;
}

const maxRetryWaitMs = 30_000;
const maxUnansweredAttempts = 2;
/** Bytes of a safetensors file before its header. */
const headerRoom = 8;

const megabytes = (numBytes: number): string => `${(numBytes / 1e6).toFixed(1)} MB`;

/**
 * Downloads into `partial`, which is complete and checked when this returns; the caller moves it. Throws `AppError` 'io' where the server cannot be
 * reached or does not deliver and 'mismatch' where it offers another file, and the signal's reason. What was downloaded stays, unless it was wrong.
 */
export async function downloadFile(
  request: DownloadRequest,
  partial: PartialFile,
  ctx: RunContext,
  tuning: DownloadTuning = downloadTuning,
): Promise<Downloaded> {
  const isResumed = partial.note(request.address) !== null;
  const first = await downloadAndHash(request, partial, ctx, tuning);
  if (request.sha256 === null || first.sha256 === request.sha256) return first;
  partial.discard();
  // Pieces of two files, perhaps: the whole one deserves a try.
  const whole = isResumed ? await downloadAndHash(request, partial, ctx, tuning) : first;
  if (whole.sha256 === request.sha256) return whole;
  partial.discard();
  throw new AppError(
    'mismatch',
    `The file at ${request.address} is not the one that was expected: its checksum is ${whole.sha256}, not ${request.sha256}. It was deleted. Try again later; if it stays so, do not use that source.`,
  );
}

async function downloadAndHash(
  request: DownloadRequest,
  partial: PartialFile,
  ctx: RunContext,
  tuning: DownloadTuning,
): Promise<Downloaded> {
  await fetchAll(request, partial, ctx, tuning);
  const numBytes = partial.numBytes;
  ctx.onProgress({ phase: 'checksum', done: 0, total: numBytes });
  return { numBytes, sha256: await hashFile(partial.path, numBytes, ctx) };
}

async function hashFile(path: string, total: number, { signal, onProgress }: RunContext): Promise<string> {
  const hash = createHash('sha256');
  let done = 0;
  for await (const chunk of createReadStream(path, { signal, highWaterMark: 2 ** 20 }) as AsyncIterable<Uint8Array>) {
    hash.update(chunk);
    done += chunk.length;
    onProgress({ phase: 'checksum', done, total });
  }
  return hash.digest('hex');
}

async function fetchAll(request: DownloadRequest, partial: PartialFile, ctx: RunContext, tuning: DownloadTuning): Promise<void> {
  let furthest = partial.note(request.address) === null ? 0 : partial.numBytes;
  const connection = { wasReached: false };
  for (let attempt = 1; ;) {
    try {
      await fetchOnce(request, partial, ctx, tuning.stallMs, () => (connection.wasReached = true));
      return;
    } catch (error) {
      ctx.signal.throwIfAborted();
      if (!(error instanceof PassingTrouble)) throw error;
      connection.wasReached ||= error.isAnswer;
      if (partial.numBytes > furthest) attempt = 1;
      furthest = Math.max(furthest, partial.numBytes);
      const { wasReached } = connection;
      // A machine without a network should say so soon.
      const isHopeless = !wasReached && (error.isUnreachable || attempt >= maxUnansweredAttempts);
      if (isHopeless || attempt >= tuning.maxAttempts) throw gaveUp(request, error, wasReached, furthest);
      const delayMs = Math.max(tuning.retryDelayMs * 2 ** (attempt - 1), error.retryAfterMs ?? 0);
      attempt++;
      ctx.onProgress({ phase: 'reconnect', done: partial.numBytes, total: request.sizeBytes });
      await wait(Math.min(delayMs, maxRetryWaitMs), undefined, { signal: ctx.signal });
    }
  }
}

function gaveUp({ address }: DownloadRequest, error: PassingTrouble, wasReached: boolean, numBytes: number): AppError {
  const { hostname } = new URL(address);
  const kept = numBytes > 0 ? ` What has arrived (${megabytes(numBytes)}) is kept; start the download again to go on from there.` : '';
  const message = wasReached
    ? `The download from ${hostname} did not get on: ${error.message}.${kept}`
    : `${hostname} cannot be reached: ${error.message}. Is this machine online?${kept}`;
  return new AppError('io', message, { cause: error, details: { isUnreachable: !wasReached } });
}

/** One connection: brings what is missing, or throws. */
async function fetchOnce(
  request: DownloadRequest,
  partial: PartialFile,
  ctx: RunContext,
  stallMs: number,
  onReached: () => void,
): Promise<void> {
  const note = partial.note(request.address);
  // Without a validator only a checksum could tell pieces of two files from one.
  const canResume = note !== null && (note.validator !== null || request.sha256 !== null);
  const offset = canResume ? partial.numBytes : 0;
  if (canResume && offset === (request.sizeBytes ?? note.totalBytes)) return;
  const source = await openSource(request.address, {
    headers: {
      'user-agent': 'acclimate',
      accept: '*/*',
      // Compressed, it would be neither as long nor as checkable as it claims.
      'accept-encoding': 'identity',
      ...(offset > 0 && { range: `bytes=${offset}-` }),
      ...(offset > 0 && note?.validator != null && { 'if-range': note.validator }),
    },
    signal: ctx.signal,
    stallMs,
  });
  onReached();
  try {
    await receive(request, partial, source, offset, ctx);
  } finally {
    source.close();
  }
}

async function receive(request: DownloadRequest, partial: PartialFile, source: Source, offset: number, ctx: RunContext): Promise<void> {
  const { start, total } = rangeOf(request, source, offset, partial);
  const expected = request.sizeBytes ?? total;
  if (start === 0) partial.write({ address: request.address, validator: validatorOf(source), totalBytes: expected });
  if (expected !== null) await checkSpace(partial.path, expected - start);
  const file = await open(partial.path, start === 0 ? 'w' : 'r+');
  let done = start;
  let head: Uint8Array = new Uint8Array(0);
  try {
    ctx.onProgress({ phase: 'download', done, total: expected });
    for await (const chunk of source.chunks()) {
      if (done + chunk.length > (expected ?? request.maxBytes)) throw tooLong(request, partial, expected);
      if (start === 0 && done <= headerRoom) {
        head = Buffer.concat([head, chunk.subarray(0, headerRoom + 1)]);
        checkBeginning(request, partial, head);
      }
      await writeWhole(file, chunk, done);
      done += chunk.length;
      ctx.onProgress({ phase: 'download', done, total: expected });
    }
    await file.sync();
  } catch (error) {
    throw diskTrouble(error, partial.path);
  } finally {
    await file.close();
  }
  if (expected !== null && done < expected)
    throw new PassingTrouble(`the connection ended after ${megabytes(done)} of ${megabytes(expected)}`);
  if (done === 0) throw new PassingTrouble('the server sent nothing');
}

/** A disk that is nearly full takes a part of what it is given before it refuses. */
async function writeWhole(file: FileHandle, chunk: Uint8Array, position: number): Promise<void> {
  for (let written = 0; written < chunk.length;) {
    written += (await file.write(chunk, written, chunk.length - written, position + written)).bytesWritten;
  }
}

/** Where the body begins in the file, and how long the file is. Throws `mismatch` where it is another file, `io` where there is none. */
function rangeOf(
  request: DownloadRequest,
  source: Source,
  offset: number,
  partial: PartialFile,
): { readonly start: number; readonly total: number | null } {
  const { status, headers } = source;
  const { hostname } = new URL(source.address);
  if (status === 416) {
    partial.discard();
    throw new PassingTrouble(`${hostname} has another file there now`);
  }
  if (status === 401 || status === 403) throw new AppError('io', `${hostname} asks for a login (${status}). Download the file by hand.`);
  if (status === 404 || status === 410) throw new AppError('io', `${hostname} has no such file any more (${status}): ${request.address}.`);
  if (status !== 200 && status !== 206)
    throw new AppError('io', `${hostname} answered ${status}. Try again later, or download the file by hand.`);
  const encoding = headers['content-encoding'] ?? 'identity';
  if (encoding !== 'identity') throw new AppError('io', `${hostname} sends the file ${encoding}-compressed, which was not asked for.`);
  const length = headers['content-length'] === undefined ? null : Number(headers['content-length']);
  const partOf = /^bytes (\d+)-(\d+)\/(\d+|\*)$/.exec(headers['content-range'] ?? '');
  let start = 0;
  let total = length;
  if (status === 206) {
    start = partOf === null ? NaN : Number(partOf[1]);
    total = partOf === null || partOf[3] === '*' ? null : Number(partOf[3]);
    if (start !== offset || offset === 0) {
      partial.discard();
      throw new PassingTrouble(`${hostname} sent another part of the file than was asked for`);
    }
    // The file of which we hold the beginning had another length.
    const known = request.sizeBytes ?? partial.note(request.address)?.totalBytes ?? null;
    if (total !== null && known !== null && total !== known && request.sizeBytes === null) {
      partial.discard();
      throw new PassingTrouble(`${hostname} has another file there now`);
    }
  }
  if (/^text\/html/i.test(headers['content-type'] ?? '')) {
    throw new AppError(
      'mismatch',
      `${hostname} sent a web page instead of the file: perhaps a login of the network you are in. Open a page in your browser, then try again.`,
    );
  }
  if (total !== null && request.sizeBytes !== null && total !== request.sizeBytes) {
    throw new AppError(
      'mismatch',
      `${hostname} offers a file of ${total.toLocaleString('en')} bytes where one of ${request.sizeBytes.toLocaleString('en')} is expected. It was not downloaded.`,
    );
  }
  if (total !== null && total > request.maxBytes) throw tooLong(request, null, null);
  return { start, total };
}

function tooLong({ address, maxBytes }: DownloadRequest, partial: PartialFile | null, expected: number | null): AppError {
  partial?.discard();
  return new AppError(
    'mismatch',
    `The file at ${address} is larger than the ${(expected ?? maxBytes).toLocaleString('en')} bytes that it may have. It was not kept.`,
  );
}

/** The first bytes tell a safetensors file from anything else before the rest is waited for: a length, then a brace. */
function checkBeginning({ address }: DownloadRequest, partial: PartialFile, head: Uint8Array): void {
  if (head.length <= headerRoom || head[headerRoom] === 0x7b) return;
  partial.discard();
  throw new AppError('mismatch', `What ${new URL(address).hostname} sends is no safetensors file. It was not kept.`);
}

/** What a later request can ask the server to compare: a strong tag, or else a date. */
function validatorOf({ headers }: Source): string | null {
  const { etag } = headers;
  if (etag !== undefined && etag.startsWith('"')) return etag;
  return headers['last-modified'] ?? null;
}

async function checkSpace(path: string, numBytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(dirname(path));
  if (bavail * bsize < numBytes) {
    throw new AppError('io', `There is no room for ${megabytes(numBytes)} in ${dirname(path)}. Free some space there, then try again.`);
  }
}

function diskTrouble(error: unknown, path: string): unknown {
  if (error instanceof AppError || error instanceof PassingTrouble) return error;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === 'ENOSPC' || code === 'EDQUOT')
    return new AppError('io', `The disk of ${dirname(path)} is full. Free some space, then go on.`, { cause: error });
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS' || code === 'EIO') {
    return new AppError('io', `${path} could not be written. Check that you may write there.`, { cause: error });
  }
  return error;
}
