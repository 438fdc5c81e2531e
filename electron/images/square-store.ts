import { closeSync, fstatSync, ftruncateSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { systemErrorCode } from './problem.ts';

/*
 * Two files hold the squares of one size. "<name>.pixels" is an array of slots, one [px, px, 3] record each. "<name>.index" is a header and one
 * entry per slot: content hash (32 bytes), CRC-32 of the record, time of last use (a counter, as a double), CRC-32 of the entry so far.
 * A record is written before its entry, and whatever is read is checked against the entry's CRC. So a process killed at any moment, or
 * another process writing to the same files, costs records but never yields wrong pixels.
 */

const headerBytes = 16;
const entryBytes = 48;

/** Change it whenever `decodeSquare` yields other pixels for the same file: old caches are then not used. */
const formatName = 'ACSQ0002';

interface Slot {
  readonly index: number;
  readonly checksum: number;
  lastUse: number;
}

function writeFully(fd: number, bytes: Uint8Array, position: number): void {
  for (let at = 0; at < bytes.length;) at += writeSync(fd, bytes, at, bytes.length - at, position + at);
}

function readFully(fd: number, bytes: Uint8Array, position: number): boolean {
  for (let at = 0; at < bytes.length;) {
    const numBytes = readSync(fd, bytes, at, bytes.length - at, position + at);
    if (numBytes === 0) return false;
    at += numBytes;
  }
  return true;
}

/** The sizes of squares of which there are stores in a folder listing. */
export function storedSizes(fileNames: readonly string[]): number[] {
  return fileNames.flatMap((name) => {
    const px = /^squares-(\d+)\.index$/.exec(name)?.[1];
    return px === undefined ? [] : [Number(px)];
  });
}

/** Decoded squares of one size on disk. Not bounded by itself: `PixelCache` decides when it grows. Calls are synchronous. */
export class SquareStore {
  readonly px: number;
  readonly recordBytes: number;
  readonly #paths: readonly [pixels: string, index: string];
  readonly #pixelsFd: number;
  readonly #indexFd: number;
  /** In order of last use, the least recent first. */
  readonly #slots = new Map<string, Slot>();
  readonly #free: number[] = [];
  #numSlots = 0;
  #lastUse = 0;

  /** Opens or creates the store in an existing folder. Throws the file system's error where that is refused. */
  constructor(dir: string, px: number) {
    this.px = px;
    this.recordBytes = px * px * 3;
    this.#paths = [join(dir, `squares-${px}.pixels`), join(dir, `squares-${px}.index`)];
    const [pixels, index] = this.#paths.map((path) => {
      try {
        return openSync(path, 'r+');
      } catch (error) {
        if (systemErrorCode(error) !== 'ENOENT') throw error;
        return openSync(path, 'w+');
      }
    });
    if (pixels === undefined || index === undefined) throw new Error('two files were opened');
    this.#pixelsFd = pixels;
    this.#indexFd = index;
    this.#load();
  }

  /** Bytes taken on disk. */
  get numBytes(): number {
    return this.#numSlots * (this.recordBytes + entryBytes);
  }

  /** Whether a record can be written without growing: a slot is free or can be reused. */
  get hasSlots(): boolean {
    return this.#numSlots > 0;
  }

  /** When a record was last read or written; 0 for an empty store. */
  get lastUse(): number {
    return this.#lastUse;
  }

  has(contentHash: string): boolean {
    return this.#slots.has(contentHash);
  }

  /** Reads a square into `out` [px, px, 3] at `offset`; false, with `out` spoilt there, where there is no sound record. */
  read(contentHash: string, out: Uint8Array, offset: number, now: number): boolean {
    const slot = this.#slots.get(contentHash);
    if (slot === undefined) return false;
    const record = out.subarray(offset, offset + this.recordBytes);
    this.#slots.delete(contentHash);
    if (!readFully(this.#pixelsFd, record, slot.index * this.recordBytes) || crc32(record) !== slot.checksum) {
      this.#free.push(slot.index);
      return false;
    }
    slot.lastUse = now;
    this.#lastUse = now;
    this.#slots.set(contentHash, slot);
    return true;
  }

  /** Writes a square [px, px, 3], in a new slot where it `mayGrow`, else over the least recently used. Throws the file system's error. */
  write(contentHash: string, square: Uint8Array, mayGrow: boolean, now: number): void {
    const index = this.#free.pop() ?? (mayGrow ? this.#numSlots++ : this.#evict());
    const slot: Slot = { index, checksum: crc32(square), lastUse: now };
    writeFully(this.#pixelsFd, square, index * this.recordBytes);
    writeFully(this.#indexFd, encodeEntry(contentHash, slot), headerBytes + index * entryBytes);
    this.#slots.set(contentHash, slot);
    this.#lastUse = now;
  }

  /** Writes the times of last use and closes the files. The store is of no use afterwards. */
  close(): void {
    try {
      const entries = Buffer.alloc(this.#numSlots * entryBytes);
      for (const [contentHash, slot] of this.#slots) encodeEntry(contentHash, slot).copy(entries, slot.index * entryBytes);
      writeFully(this.#indexFd, entries, headerBytes);
    } finally {
      closeSync(this.#pixelsFd);
      closeSync(this.#indexFd);
    }
  }

  /** Closes and deletes the files. */
  drop(): void {
    closeSync(this.#pixelsFd);
    closeSync(this.#indexFd);
    for (const path of this.#paths) rmSync(path, { force: true });
  }

  #evict(): number {
    const oldest = this.#slots.entries().next().value;
    if (oldest === undefined) throw new Error(`no slot of ${this.px} px to reuse`);
    this.#slots.delete(oldest[0]);
    return oldest[1].index;
  }

  #load(): void {
    const header = Buffer.alloc(headerBytes);
    header.write(formatName, 'latin1');
    header.writeUInt32LE(this.px, 8);
    const found = Buffer.alloc(headerBytes);
    if (!readFully(this.#indexFd, found, 0) || !found.equals(header)) {
      ftruncateSync(this.#pixelsFd);
      ftruncateSync(this.#indexFd);
      writeFully(this.#indexFd, header, 0);
      return;
    }
    const numEntries = Math.max(0, Math.floor((fstatSync(this.#indexFd).size - headerBytes) / entryBytes));
    this.#numSlots = Math.min(numEntries, Math.floor(fstatSync(this.#pixelsFd).size / this.recordBytes));
    const entries = Buffer.alloc(this.#numSlots * entryBytes);
    readFully(this.#indexFd, entries, headerBytes);
    const loaded = Array.from({ length: this.#numSlots }, (_, index) => decodeEntry(entries, index));
    const sound = loaded.filter((entry) => entry !== undefined).sort((a, b) => a.slot.lastUse - b.slot.lastUse);
    this.#lastUse = sound.at(-1)?.slot.lastUse ?? 0;
    for (const { contentHash, slot } of sound) {
      const other = this.#slots.get(contentHash);
      if (other !== undefined) this.#free.push(other.index);
      this.#slots.delete(contentHash);
      this.#slots.set(contentHash, slot);
    }
    loaded.forEach((entry, index) => {
      if (entry === undefined) this.#free.push(index);
    });
  }
}

function encodeEntry(contentHash: string, slot: Slot): Buffer {
  const entry = Buffer.alloc(entryBytes);
  entry.write(contentHash, 'hex');
  entry.writeUInt32LE(slot.checksum, 32);
  entry.writeDoubleLE(slot.lastUse, 36);
  entry.writeUInt32LE(crc32(entry.subarray(0, 44)), 44);
  return entry;
}

function decodeEntry(entries: Buffer, index: number): { readonly contentHash: string; readonly slot: Slot } | undefined {
  const entry = entries.subarray(index * entryBytes, (index + 1) * entryBytes);
  if (entry.readUInt32LE(44) !== crc32(entry.subarray(0, 44))) return undefined;
  return {
    contentHash: entry.toString('hex', 0, 32),
    slot: { index, checksum: entry.readUInt32LE(32), lastUse: entry.readDoubleLE(36) },
  };
}
