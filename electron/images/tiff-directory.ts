const typeBytes: Readonly<Record<number, number>> = { 1: 1, 3: 2, 4: 4, 16: 8 };

/** The TIFF tags looked at here. */
export const TIFF_TAG = { stripOffsets: 273, stripByteCounts: 279, tileOffsets: 324, tileByteCounts: 325, extraSamples: 338 } as const;

/**
 * The first directory of a TIFF file: values of the integer tags by tag number (TIFF 6.0, section 2; BigTIFF as well).
 *
 * @returns undefined where the directory or a value it points at lies beyond the end of the bytes
 */
export function readTiffDirectory(bytes: Buffer): ReadonlyMap<number, readonly number[]> | undefined {
  const little = bytes[0] === 0x49;
  const read = (at: number, numBytes: number): number => {
    if (numBytes === 8) return Number(little ? bytes.readBigUInt64LE(at) : bytes.readBigUInt64BE(at));
    return little ? bytes.readUIntLE(at, numBytes) : bytes.readUIntBE(at, numBytes);
  };
  const tags = new Map<number, readonly number[]>();
  try {
    const big = read(2, 2) === 43;
    const [wordBytes, countBytes, entryBytes] = big ? [8, 8, 20] : [4, 2, 12];
    const directory = read(big ? 8 : 4, wordBytes);
    const numEntries = read(directory, countBytes);
    for (let i = 0; i < numEntries; i++) {
      const at = directory + countBytes + i * entryBytes;
      const numValues = read(at + 4, wordBytes);
      const size = typeBytes[read(at + 2, 2)];
      if (size === undefined) continue;
      const inline = numValues * size <= wordBytes;
      const start = inline ? at + 4 + wordBytes : read(at + 4 + wordBytes, wordBytes);
      if (start + numValues * size > bytes.length) return undefined;
      tags.set(
        read(at, 2),
        Array.from({ length: numValues }, (_, k) => read(start + k * size, size)),
      );
    }
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
  return tags;
}
