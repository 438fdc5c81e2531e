/**
 * The safetensors file format: eight bytes with the header's length, a JSON header, then the tensors' bytes.
 * Reading trusts nothing: tensors must fill the file exactly, without holes or overlaps, as the reference reader demands.
 */
import { z } from 'zod';
import { AppError } from '../contract/errors.ts';
import type { HostTensor, HostTensors } from '../tensor/program.ts';

export interface SafetensorsFile {
  readonly metadata: Readonly<Record<string, string>>;
  readonly tensors: HostTensors;
}

/** The reference reader's limit. */
const maxHeaderBytes = 100_000_000;

const metadataKey = '__metadata__';
const headerSchema = z.record(z.string(), z.unknown());
const metadataSchema = z.record(z.string(), z.string());
const count = z.int().nonnegative();
const entrySchema = z.object({ dtype: z.string(), shape: z.array(count).max(8), data_offsets: z.tuple([count, count]) });

interface Entry {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

interface Encoding {
  readonly bytesPerElement: number;
  /** Decodes a copy of the tensor's bytes; the copy starts at a fresh, aligned buffer. */
  readonly decode: (bytes: Uint8Array<ArrayBuffer>, name: string) => Pick<HostTensor, 'dtype' | 'data'>;
}

const encodings: Readonly<Record<string, Encoding>> = {
  F32: { bytesPerElement: 4, decode: (bytes) => ({ dtype: 'float32', data: new Float32Array(bytes.buffer) }) },
  F16: {
    bytesPerElement: 2,
    decode: (bytes) => ({ dtype: 'float32', data: Float32Array.from(new Uint16Array(bytes.buffer), halfToNumber) }),
  },
  BF16: { bytesPerElement: 2, decode: (bytes) => ({ dtype: 'float32', data: bfloat16ToFloat32(new Uint16Array(bytes.buffer)) }) },
  F64: { bytesPerElement: 8, decode: (bytes) => ({ dtype: 'float32', data: Float32Array.from(new Float64Array(bytes.buffer)) }) },
  I64: { bytesPerElement: 8, decode: (bytes, name) => ({ dtype: 'int32', data: int64ToInt32(new BigInt64Array(bytes.buffer), name) }) },
  I32: { bytesPerElement: 4, decode: (bytes) => ({ dtype: 'int32', data: new Int32Array(bytes.buffer) }) },
  U8: { bytesPerElement: 1, decode: (bytes) => ({ dtype: 'uint8', data: bytes }) },
};

const dtypeNames = { float32: 'F32', int32: 'I32', uint8: 'U8' } as const;

/** IEEE 754 binary16 to number. */
function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >>> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** A bfloat16 is the upper half of a float32. */
function bfloat16ToFloat32(values: Uint16Array): Float32Array {
  return new Float32Array(Uint32Array.from(values, (bits) => bits << 16).buffer);
}

function int64ToInt32(values: BigInt64Array, name: string): Int32Array {
  return Int32Array.from(values, (value) => {
    const narrowed = Number(BigInt.asIntN(32, value));
    if (BigInt(narrowed) !== value) throw invalid(`tensor ${JSON.stringify(name)} holds ${String(value)}, which does not fit 32 bits`);
    return narrowed;
  });
}

function invalid(reason: string, cause?: unknown): AppError {
  return new AppError('invalid-input', `This is not a usable safetensors file: ${reason}. Download or export it again.`, { cause });
}

/** The product of `shape`, or infinity where it passes what a file could hold. */
function numElements(shape: readonly number[]): number {
  if (shape.includes(0)) return 0;
  const product = shape.reduce((total, size) => total * size, 1);
  return Number.isSafeInteger(product) ? product : Infinity;
}

function readHeader(bytes: Uint8Array): { readonly header: Record<string, unknown>; readonly dataStart: number } {
  if (bytes.length < 8) throw invalid(`it holds ${bytes.length} bytes, fewer than the smallest header`);
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true));
  if (length > maxHeaderBytes) throw invalid(`its header claims ${length} bytes, more than the ${maxHeaderBytes} allowed`);
  if (length > bytes.length - 8)
    throw invalid(`its header claims ${length} bytes but only ${bytes.length - 8} follow; it may be cut short`);
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(8, 8 + length)));
  } catch (cause) {
    throw invalid('its header is not JSON', cause);
  }
  const header = headerSchema.safeParse(json);
  if (!header.success) throw invalid('its header is not a JSON object', header.error);
  // zod drops a key named __proto__; taking the parsed JSON itself keeps it, so that it is judged like any other name.
  return { header: json as Record<string, unknown>, dataStart: 8 + length };
}

function readEntry(name: string, value: unknown): Entry {
  const parsed = entrySchema.safeParse(value);
  if (!parsed.success) throw invalid(`the header's entry ${JSON.stringify(name)} is malformed`, parsed.error);
  const { dtype, shape, data_offsets } = parsed.data;
  return { name, dtype, shape, begin: data_offsets[0], end: data_offsets[1] };
}

function encodingOf(entry: Entry): Encoding {
  const encoding = Object.hasOwn(encodings, entry.dtype) ? encodings[entry.dtype] : undefined;
  if (encoding === undefined) {
    const known = Object.keys(encodings).join(', ');
    throw new AppError('unsupported', `Tensor ${JSON.stringify(entry.name)} is of type ${entry.dtype}; convert it to one of ${known}.`);
  }
  return encoding;
}

/** Throws unless the entries, in the order of their bytes, follow each other exactly and end with the file. */
function checkCoverage(entries: readonly Entry[], numBytes: number): void {
  let position = 0;
  for (const entry of entries.toSorted((a, b) => a.begin - b.begin || a.end - b.end)) {
    const name = JSON.stringify(entry.name);
    if (entry.end < entry.begin || entry.end > numBytes) {
      throw invalid(`tensor ${name} lies at bytes ${entry.begin} to ${entry.end} of ${numBytes}; the file may be cut short`);
    }
    if (entry.begin !== position) throw invalid(`tensor ${name} begins at byte ${entry.begin} where ${position} was expected`);
    const expected = numElements(entry.shape) * encodingOf(entry).bytesPerElement;
    if (entry.end - entry.begin !== expected) {
      throw invalid(`tensor ${name} of shape [${entry.shape.join(',')}] has ${entry.end - entry.begin} bytes, not ${expected}`);
    }
    position = entry.end;
  }
  if (position !== numBytes) throw invalid(`${numBytes - position} bytes at its end belong to no tensor`);
}

/**
 * Reads a safetensors file held in memory. F16, BF16 and F64 become float32, I64 becomes int32; the arrays returned are copies.
 * Throws `AppError` 'invalid-input' where the file is damaged, 'unsupported' where an element type is not known here.
 */
export function parseSafetensors(bytes: Uint8Array): SafetensorsFile {
  const { header, dataStart } = readHeader(bytes);
  const { metadata, entries } = readEntries(header, bytes.length - dataStart);
  const tensors = entries.map((entry): [string, HostTensor] => {
    const copy = new Uint8Array(entry.end - entry.begin);
    copy.set(bytes.subarray(dataStart + entry.begin, dataStart + entry.end));
    return [entry.name, { shape: entry.shape, ...encodingOf(entry).decode(copy, entry.name) }];
  });
  return { metadata, tensors: Object.fromEntries(tensors) };
}

/** What a safetensors file says of itself, without its weights. */
export interface SafetensorsHeader {
  readonly metadata: Readonly<Record<string, string>>;
  readonly shapes: Readonly<Record<string, { readonly shape: readonly number[] }>>;
}

/** Bytes of the header with its length in front, from the first 8 bytes of a file. Throws `AppError` 'invalid-input' where that cannot be. */
export function safetensorsHeaderBytes(start: Uint8Array): number {
  if (start.length < 8) throw invalid(`it holds ${start.length} bytes, fewer than the smallest header`);
  const length = Number(new DataView(start.buffer, start.byteOffset, 8).getBigUint64(0, true));
  if (length > maxHeaderBytes) throw invalid(`its header claims ${length} bytes, more than the ${maxHeaderBytes} allowed`);
  return 8 + length;
}

/** Reads a header alone: the file's first `safetensorsHeaderBytes`, and how many bytes it has in all. Throws as `parseSafetensors` does. */
export function parseSafetensorsHeader(head: Uint8Array, numFileBytes: number): SafetensorsHeader {
  const { header, dataStart } = readHeader(head);
  const { metadata, entries } = readEntries(header, numFileBytes - dataStart);
  return { metadata, shapes: Object.fromEntries(entries.map(({ name, shape }) => [name, { shape }])) };
}

/** Metadata and entries, which must fill `numDataBytes` exactly. */
function readEntries(
  header: Record<string, unknown>,
  numDataBytes: number,
): { readonly metadata: Readonly<Record<string, string>>; readonly entries: readonly Entry[] } {
  const metadata = metadataSchema.safeParse(Object.hasOwn(header, metadataKey) ? header[metadataKey] : {});
  if (!metadata.success) throw invalid('its __metadata__ is not a map from text to text', metadata.error);
  const entries = Object.entries(header)
    .filter(([name]) => name !== metadataKey)
    .map(([name, value]) => readEntry(name, value));
  checkCoverage(entries, numDataBytes);
  return { metadata: metadata.data, entries };
}

/**
 * A safetensors file of `tensors`, as F32, I32 and U8; four-byte types come first so that every tensor lies aligned.
 * Throws `AppError` 'invalid-input' where a shape and its data disagree.
 */
export function writeSafetensors(tensors: HostTensors, metadata: Readonly<Record<string, string>> = {}): Uint8Array {
  const entries = Object.entries(tensors).toSorted(([, a], [, b]) => b.data.BYTES_PER_ELEMENT - a.data.BYTES_PER_ELEMENT);
  const header: [string, unknown][] = Object.keys(metadata).length > 0 ? [[metadataKey, metadata]] : [];
  let position = 0;
  for (const [name, { dtype, shape, data }] of entries) {
    if (name === metadataKey) throw new AppError('invalid-input', `A tensor cannot be named ${metadataKey}; choose another name.`);
    if (numElements(shape) !== data.length) {
      throw new AppError('invalid-input', `Tensor ${JSON.stringify(name)}: shape [${shape.join(',')}] does not fit ${data.length} values.`);
    }
    header.push([name, { dtype: dtypeNames[dtype], shape, data_offsets: [position, position + data.byteLength] }]);
    position += data.byteLength;
  }
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(header)));
  const dataStart = 8 + Math.ceil(json.length / 8) * 8;
  const bytes = new Uint8Array(dataStart + position).fill(0x20, 8 + json.length, dataStart);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(dataStart - 8), true);
  bytes.set(json, 8);
  position = dataStart;
  for (const [, { data }] of entries) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), position);
    position += data.byteLength;
  }
  return bytes;
}
