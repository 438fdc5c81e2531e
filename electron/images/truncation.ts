import type { ImageFormat } from './signature.ts';
import { readTiffDirectory, TIFF_TAG } from './tiff-directory.ts';

function pngEndsEarly(bytes: Buffer): boolean {
  let at = 8;
  while (at + 8 <= bytes.length) {
    if (bytes.toString('latin1', at + 4, at + 8) === 'IEND') return false;
    at += 12 + bytes.readUInt32BE(at);
  }
  return true;
}

function tiffEndsEarly(bytes: Buffer): boolean {
  const tags = readTiffDirectory(bytes);
  if (tags === undefined) return true;
  const offsets = tags.get(TIFF_TAG.stripOffsets) ?? tags.get(TIFF_TAG.tileOffsets) ?? [];
  const counts = tags.get(TIFF_TAG.stripByteCounts) ?? tags.get(TIFF_TAG.tileByteCounts) ?? [];
  return offsets.some((offset, i) => offset + (counts[i] ?? 0) > bytes.length);
}

function avifEndsEarly(bytes: Buffer): boolean {
  let at = 0;
  while (at + 8 <= bytes.length) {
    const size = bytes.readUInt32BE(at);
    if (size === 0) return false; // the box runs to the end of the file
    if (size === 1 && at + 16 > bytes.length) return true;
    at += Math.max(8, size === 1 ? Number(bytes.readBigUInt64BE(at + 8)) : size);
  }
  return at !== bytes.length;
}

/**
 * Whether a file that failed to decode fails because its end is missing: by its structure, and for JPEG by what the decoder said. Asked only
 * after a failure, since decoders are the better judges of what can be read. libvips keeps its messages in one place for all threads, so
 * a message may be another file's: it is believed only where nothing else tells.
 */
export function endsEarly(format: ImageFormat, bytes: Buffer, decoderMessage: string): boolean {
  switch (format) {
    case 'jpeg':
      // The end marker of an embedded thumbnail looks like the picture's own, so the decoder's word counts too.
      return /premature end/i.test(decoderMessage) || !bytes.includes('\xff\xd9', 0, 'latin1');
    case 'png':
      return pngEndsEarly(bytes);
    case 'webp':
      return bytes.length < 12 || bytes.readUInt32LE(4) + 8 > bytes.length;
    case 'gif':
      return bytes.at(-1) !== 0x3b;
    case 'tiff':
      return tiffEndsEarly(bytes);
    case 'avif':
      return avifEndsEarly(bytes);
    default:
      throw new Error(`format ${String(format satisfies never)}`);
  }
}
