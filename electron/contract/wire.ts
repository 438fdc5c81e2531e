/**
 * Values with typed arrays as bytes, for transports that carry nothing richer. Layout: length of the JSON in bytes (uint32, little-endian), the JSON
 * (UTF-8, padded with spaces to a multiple of 8), then the arrays, each starting at a multiple of 8. In the JSON an array stands as
 * `{"$array": [type, offset, length]}`, offsets counting from the end of the JSON.
 */
import { AppError } from './errors.ts';

const types = { Uint8Array, Uint16Array, Int32Array, Float32Array } as const;
type ArrayType = keyof typeof types;
type WireArray = InstanceType<(typeof types)[ArrayType]>;

const headBytes = 8;
const marker = '$array';

function typeOf(value: unknown): ArrayType | null {
  for (const name of Object.keys(types) as ArrayType[]) if (value instanceof types[name]) return name;
  return null;
}

const padded = (numBytes: number): number => Math.ceil(numBytes / 8) * 8;

/** A value of plain objects, lists, texts, numbers and typed arrays as bytes. Numbers that JSON lacks (NaN, infinities) become null. */
export function encodeWire(value: unknown): Uint8Array<ArrayBuffer> {
  const arrays: { array: WireArray; offset: number }[] = [];
  let numArrayBytes = 0;
  const json = JSON.stringify(value, function (this: Record<string, unknown>, key: string, item: unknown) {
    // Not `item`: Node's buffers have become a list of numbers by then.
    const array = this[key] as WireArray;
    const type = typeOf(array);
    if (type === null) return item;
    const offset = numArrayBytes;
    arrays.push({ array, offset });
    numArrayBytes = padded(numArrayBytes + array.byteLength);
    return { [marker]: [type, offset, array.length] };
  }) as string | undefined;
  const text = new TextEncoder().encode(json ?? 'null');
  const numTextBytes = padded(text.length);
  const bytes = new Uint8Array(headBytes + numTextBytes + numArrayBytes);
  new DataView(bytes.buffer).setUint32(0, numTextBytes, true);
  bytes.fill(0x20, headBytes, headBytes + numTextBytes);
  bytes.set(text, headBytes);
  for (const { array, offset } of arrays) {
    bytes.set(new Uint8Array(array.buffer, array.byteOffset, array.byteLength), headBytes + numTextBytes + offset);
  }
  return bytes;
}

/** The value again; arrays are copies. Throws `invalid-input` for bytes that `encodeWire` did not write. */
export function decodeWire(bytes: Uint8Array): unknown {
  const refuse = (what: string): never => {
    throw new AppError('invalid-input', `The message could not be read: ${what}.`);
  };
  if (bytes.byteLength < headBytes) refuse('it is too short');
  const numTextBytes = new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, true);
  const start = headBytes + numTextBytes;
  if (start > bytes.byteLength) refuse('its end is missing');
  // Arrays that shared their bytes would let a short message take any amount of memory.
  let numBytesLeft = bytes.byteLength - start;
  const restore = (_: string, item: unknown): unknown => {
    if (typeof item !== 'object' || item === null || !(marker in item)) return item;
    const [type, offset, length] = Array.isArray(item[marker]) ? (item[marker] as unknown[]) : [];
    if (typeof type !== 'string' || !Object.hasOwn(types, type) || !isCount(offset) || !isCount(length))
      return refuse('an array is misdescribed');
    const Type = types[type as ArrayType];
    const from = start + offset;
    const to = from + length * Type.BYTES_PER_ELEMENT;
    numBytesLeft -= to - from;
    if (to > bytes.byteLength || numBytesLeft < 0) return refuse('an array is cut short');
    // Not `slice`, which copies nothing where the bytes are Node's buffer.
    return new Type(new Uint8Array(bytes.subarray(from, to)).buffer);
  };
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(headBytes, start)), restore);
  } catch (error) {
    return error instanceof AppError ? refuse(error.message) : refuse('it is not JSON');
  }
}

function isCount(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0;
}
