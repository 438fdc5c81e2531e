import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AppError } from '../../electron/contract/errors.ts';
import { parseSafetensors, writeSafetensors } from '../../electron/nn/safetensors.ts';
import type { HostTensor, HostTensors } from '../../electron/tensor/program.ts';

/** A file of any header and data, right or wrong. */
function fileOf(header: unknown, data: Uint8Array = new Uint8Array()): Uint8Array {
  const json = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + json.length + data.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(json.length), true);
  bytes.set(json, 8);
  bytes.set(data, 8 + json.length);
  return bytes;
}

function bytesOf(values: ArrayBufferView<ArrayBuffer>): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

const shapes = fc.array(fc.nat({ max: 4 }), { maxLength: 4 });
const tensors: fc.Arbitrary<HostTensor> = fc
  .tuple(shapes, fc.constantFrom('float32', 'int32', 'uint8'), fc.infiniteStream(fc.integer()))
  .map(([shape, dtype, bits]) => {
    // Any bits at all: NaN payloads and negative zero must survive too.
    const words = Int32Array.from({ length: shape.reduce((product, size) => product * size, 1) }, () => bits.next().value as number);
    if (dtype === 'float32') return { dtype, shape, data: new Float32Array(words.buffer) };
    return { dtype, shape, data: dtype === 'int32' ? words : Uint8Array.from(words) };
  });
const names = fc.string({ unit: 'grapheme', maxLength: 12 }).filter((name) => name !== '__metadata__');
const files = fc.tuple(fc.dictionary(names, tensors), fc.dictionary(fc.string(), fc.string()));

function bits(file: HostTensors): unknown {
  return Object.entries(file)
    .map(([name, { dtype, shape, data }]) => [name, dtype, shape, [...new Uint8Array(data.buffer, data.byteOffset, data.byteLength)]])
    .sort();
}

describe('writing, then reading', () => {
  it('gives back every bit', () => {
    fc.assert(
      fc.property(files, ([written, metadata]) => {
        const read = parseSafetensors(writeSafetensors(written, metadata));
        expect(bits(read.tensors)).toEqual(bits(written));
        expect(Object.entries(read.metadata).sort()).toEqual(Object.entries(metadata).sort());
      }),
      { seed: 1, numRuns: 200 },
    );
  });

  it('reads from a view in the middle of a larger buffer, and copies', () => {
    const bytes = writeSafetensors({ a: { dtype: 'float32', shape: [2], data: Float32Array.of(1.5, -2) } });
    const larger = new Uint8Array(bytes.length + 7);
    larger.set(bytes, 3);
    const { tensors: read } = parseSafetensors(larger.subarray(3, 3 + bytes.length));
    larger.fill(0);
    expect(read['a']!.data).toEqual(Float32Array.of(1.5, -2));
  });

  it('refuses a shape that does not fit and the name of the metadata', () => {
    const tensor: HostTensor = { dtype: 'uint8', shape: [3], data: Uint8Array.of(1, 2) };
    expect(() => writeSafetensors({ a: tensor })).toThrow('shape [3] does not fit 2 values');
    expect(() => writeSafetensors({ __metadata__: { ...tensor, shape: [2] } })).toThrow('cannot be named __metadata__');
  });
});

describe('reading other types', () => {
  const read = (dtype: string, values: ArrayBufferView<ArrayBuffer>): HostTensor => {
    const data = bytesOf(values);
    const size = dtype === 'I64' ? 8 : 2;
    return parseSafetensors(fileOf({ a: { dtype, shape: [data.length / size], data_offsets: [0, data.length] } }, data)).tensors['a']!;
  };

  it('widens F16', () => {
    const { data } = read('F16', Uint16Array.of(0x3c00, 0xc000, 0x7bff, 0x0001, 0x8000, 0x7c00, 0xfc00, 0x7e00, 0x3555));
    expect([...data]).toEqual([1, -2, 65504, 2 ** -24, -0, Infinity, -Infinity, NaN, 0.333251953125]);
  });

  it('widens BF16', () => {
    expect([...read('BF16', Uint16Array.of(0x3f80, 0xc000, 0x7f80, 0x3eab)).data]).toEqual([1, -2, Infinity, 0.333984375]);
  });

  it('narrows I64 that fits and refuses what does not', () => {
    expect(read('I64', BigInt64Array.of(-1n, 2n ** 31n - 1n))).toEqual({
      dtype: 'int32',
      shape: [2],
      data: Int32Array.of(-1, 2 ** 31 - 1),
    });
    expect(() => read('I64', BigInt64Array.of(2n ** 31n))).toThrow('does not fit 32 bits');
  });
});

describe('damaged files', () => {
  const entry = (begin: number, end: number, shape: unknown = [end - begin]): unknown => ({
    dtype: 'U8',
    shape,
    data_offsets: [begin, end],
  });
  const four = new Uint8Array(4);
  const claims = (length: bigint): Uint8Array => {
    const bytes = fileOf({});
    new DataView(bytes.buffer).setBigUint64(0, length, true);
    return bytes;
  };

  it.each<[string, Uint8Array, string]>([
    ['nothing', new Uint8Array(), 'fewer than the smallest header'],
    ['a header longer than the file', claims(50n), 'it may be cut short'],
    ['a huge header', claims(2n ** 63n), 'more than the 100000000 allowed'],
    ['no JSON', fileOf('{"a":'), 'its header is not JSON'],
    ['broken UTF-8', fileOf('{}').fill(0xff, 8), 'its header is not JSON'],
    ['a list', fileOf([]), 'not a JSON object'],
    ['metadata of other than text', fileOf({ __metadata__: { a: 1 } }), '__metadata__'],
    ['an entry without offsets', fileOf({ a: { dtype: 'U8', shape: [4] } }, four), 'entry "a" is malformed'],
    ['a negative size', fileOf({ a: entry(0, 4, [-4]) }, four), 'entry "a" is malformed'],
    ['a fractional size', fileOf({ a: entry(0, 4, [2.5]) }, four), 'entry "a" is malformed'],
    ['offsets past the end', fileOf({ a: entry(0, 5) }, four), 'bytes 0 to 5 of 4'],
    ['offsets in reverse', fileOf({ a: entry(4, 0, [4]) }, four), 'bytes 4 to 0 of 4'],
    ['an overlap', fileOf({ a: entry(0, 3), b: entry(2, 4) }, four), '"b" begins at byte 2 where 3 was expected'],
    ['the same bytes twice', fileOf({ a: entry(0, 4), b: entry(0, 4) }, four), '"b" begins at byte 0 where 4 was expected'],
    ['a hole', fileOf({ a: entry(0, 1), b: entry(2, 4) }, four), '"b" begins at byte 2 where 1 was expected'],
    ['bytes left over', fileOf({ a: entry(0, 3) }, four), '1 bytes at its end belong to no tensor'],
    ['a shape of another size', fileOf({ a: entry(0, 4, [2, 3]) }, four), 'of shape [2,3] has 4 bytes, not 6'],
    ['a shape past counting', fileOf({ a: entry(0, 4, [2 ** 40, 2 ** 40]) }, four), 'not Infinity'],
    ['a tensor named __proto__', fileOf('{"__proto__":{"dtype":"U8","shape":[9],"data_offsets":[0,4]}}', four), 'has 4 bytes, not 9'],
  ])('%s', (_, bytes, message) => {
    expect(() => parseSafetensors(bytes)).toThrow(message);
    expect(() => parseSafetensors(bytes)).toThrow(AppError);
  });

  it('names an element type that is not known', () => {
    const bytes = fileOf({ a: { dtype: 'F8_E4M3', shape: [4], data_offsets: [0, 4] } }, four);
    expect(() => parseSafetensors(bytes)).toThrow('Tensor "a" is of type F8_E4M3; convert it to one of F32');
  });

  it('a file cut anywhere, or with any byte changed, reads or fails with a message', () => {
    const bytes = writeSafetensors({ a: { dtype: 'float32', shape: [3], data: Float32Array.of(1, 2, 3) } }, { arch: 'x' });
    const expectOrderly = (damaged: Uint8Array): void => {
      try {
        parseSafetensors(damaged);
      } catch (error) {
        expect(error).toBeInstanceOf(AppError);
      }
    };
    for (let length = 0; length < bytes.length; length++) {
      expect(() => parseSafetensors(bytes.subarray(0, length))).toThrow(AppError);
    }
    fc.assert(
      fc.property(fc.nat({ max: bytes.length - 1 }), fc.nat({ max: 255 }), (at, value) => {
        const damaged = bytes.slice();
        damaged[at] = value;
        expectOrderly(damaged);
      }),
      { seed: 2, numRuns: 300 },
    );
  });
});
