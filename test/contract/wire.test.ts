import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AppError } from '../../electron/contract/errors.ts';
import { decodeWire, encodeWire } from '../../electron/contract/wire.ts';

const seed = { seed: 3 };

/** The same numbers as a view that does not begin where its buffer does. */
function unaligned(bytes: Uint8Array, before: number): Uint8Array {
  const buffer = new Uint8Array(before + bytes.length + 3);
  buffer.set(bytes, before);
  return buffer.subarray(before, before + bytes.length);
}

const arrays = fc.oneof(
  fc.tuple(fc.uint8Array({ maxLength: 20 }), fc.nat(9)).map(([bytes, before]) => unaligned(bytes, before)),
  fc.uint16Array({ maxLength: 20 }).map((array) => array.subarray(Math.min(1, array.length))),
  fc.int32Array({ maxLength: 20 }).map((array) => array.subarray(Math.min(1, array.length))),
  // NaN and infinities included.
  fc.float32Array({ maxLength: 20 }),
);
/** What survives JSON: -0 becomes 0, and the marker of arrays is not a name of the contract. */
const numbers = fc.oneof(fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true })).map((value) => (value === 0 ? 0 : value));
const names = fc.string({ unit: 'grapheme' }).filter((name) => name !== '$array' && name !== '__proto__' && name !== 'toJSON');
const { value: values } = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom(null, true, false, '$array', '{"$array":["Uint8Array",0,1]}'),
    numbers,
    fc.string({ unit: 'grapheme' }),
    arrays,
    fc.array(tie('value'), { maxLength: 5 }),
    fc.dictionary(names, tie('value'), { maxKeys: 5, noNullPrototype: true }),
  ),
}));

describe('the wire format', () => {
  it('brings back any nested value, with arrays of the same type', () => {
    fc.assert(
      fc.property(values, fc.nat(9), (value, before) => {
        expect(decodeWire(unaligned(encodeWire(value), before))).toStrictEqual(plain(value));
      }),
      { ...seed, numRuns: 2000 },
    );
  });

  it('keeps NaN in arrays, and turns it into null elsewhere', () => {
    const value = { confidence: Float32Array.of(NaN, 0.5, -Infinity), mean: NaN };
    expect(decodeWire(encodeWire(value))).toStrictEqual({ confidence: Float32Array.of(NaN, 0.5, -Infinity), mean: null });
  });

  it('leaves out what is undefined, and answers null for nothing', () => {
    expect(decodeWire(encodeWire({ a: undefined, b: 1 }))).toStrictEqual({ b: 1 });
    expect(decodeWire(encodeWire(undefined))).toBeNull();
  });

  it('takes bytes as Node reads them from files and tables', () => {
    expect(decodeWire(encodeWire({ pixels: Buffer.from([1, 2, 3]) }))).toStrictEqual({ pixels: Uint8Array.of(1, 2, 3) });
  });

  it('reads what arrives as such bytes', () => {
    const value = { ids: Int32Array.of(1, 2), confidence: Float32Array.of(0.5) };
    expect(decodeWire(Buffer.from(encodeWire(value)))).toStrictEqual(value);
  });

  it('gives arrays of their own, which can be written to', () => {
    const bytes = encodeWire([Uint8Array.of(1), Uint8Array.of(2)]);
    const [first] = decodeWire(bytes) as [Uint8Array];
    first[0] = 9;
    expect(decodeWire(bytes)).toStrictEqual([Uint8Array.of(1), Uint8Array.of(2)]);
  });
});

describe('bytes that are no message', () => {
  const decodesOrRefuses = (bytes: Uint8Array): boolean => {
    try {
      decodeWire(bytes);
      return true;
    } catch (error) {
      return error instanceof AppError && error.code === 'invalid-input';
    }
  };

  it('are refused with words, whatever they are', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), decodesOrRefuses), { ...seed, numRuns: 5000 });
  });

  it('are refused where a message was changed or cut', () => {
    fc.assert(
      fc.property(values, fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 }), fc.nat(), (value, changes, end) => {
        const bytes = encodeWire(value);
        for (const [at, byte] of changes) bytes[at % bytes.length] = byte;
        return decodesOrRefuses(bytes.subarray(0, end % (bytes.length + 1)));
      }),
      { ...seed, numRuns: 3000 },
    );
  });

  const message = (json: string, numArrayBytes = 0): Uint8Array => {
    const text = new TextEncoder().encode(json);
    const bytes = new Uint8Array(8 + text.length + numArrayBytes);
    new DataView(bytes.buffer).setUint32(0, text.length, true);
    bytes.set(text, 8);
    return bytes;
  };

  it.each([
    ['an unknown type', '{"$array":["BigInt64Array",0,1]}'],
    ['a name every object has for a type', '{"$array":["constructor",0,1]}'],
    ['a negative offset', '{"$array":["Uint8Array",-8,1]}'],
    ['a fraction of a length', '{"$array":["Uint8Array",0,0.5]}'],
    ['more than there is', '{"$array":["Uint8Array",0,9]}'],
    ['more than can be counted', '{"$array":["Float32Array",0,9007199254740991]}'],
    ['no description', '{"$array":null}'],
    ['the same bytes twice, which would grow without end', '[{"$array":["Uint8Array",0,8]},{"$array":["Uint8Array",0,8]}]'],
    ['nesting without end', '['.repeat(500_000)],
    ['a closed nesting without end', `${'['.repeat(200_000)}${']'.repeat(200_000)}`],
  ])('are refused for %s', (_, json) => {
    expect(() => decodeWire(message(json, 8))).toThrow(AppError);
  });

  it('cannot reach into the prototype of everything', () => {
    const value = decodeWire(message('{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}'));
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    expect(Object.keys(value as object).sort()).toEqual(['__proto__', 'constructor']);
  });
});

/** The value with views copied out of their buffers, as they arrive. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array || value instanceof Uint16Array || value instanceof Int32Array || value instanceof Float32Array)
    return value.slice();
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, plain(item)]));
}
