import { hash } from 'node:crypto';
import { decodeSquarePixels, openImageFile } from './decode.ts';
import type { DecodeLimits, ImageHeader } from './decode.ts';

/** What is known of an image file after reading it once. */
export interface ImageFacts extends ImageHeader {
  /** SHA-256 of the file's bytes, 64 hexadecimal digits. */
  readonly contentHash: string;
  readonly sizeBytes: number;
  /** Modification time, whole milliseconds since 1970. */
  readonly modifiedMs: number;
  /** The pixels of `decodeSquare`, [squarePx, squarePx, 3], where `squarePx` was given. */
  readonly square?: Uint8Array;
}

/** What `readImage` shall do besides hashing and reading the header. */
export interface ReadOptions extends DecodeLimits {
  /** Also decode the centre square of this size. Only then are damage and truncation behind the header noticed. */
  readonly squarePx?: number;
}

/** The type of `readImage`, for those who take it as an argument. */
export type ReadImage = (path: string, options?: ReadOptions) => Promise<ImageFacts>;

/**
 * Reads an image file once: its content hash, the facts of its header and, if asked for, its centre square.
 *
 * @throws ImageError with the reason and a way out, for everything that can be wrong with one file
 */
export async function readImage(path: string, options: ReadOptions = {}): Promise<ImageFacts> {
  const image = await openImageFile(path, options);
  const { format, width, height, channels, bitsPerSample, numPages, file } = image;
  const square = options.squarePx === undefined ? undefined : await decodeSquarePixels(image, options.squarePx);
  return {
    contentHash: hash('sha256', file.bytes, 'hex'),
    sizeBytes: file.sizeBytes,
    modifiedMs: file.modifiedMs,
    format,
    width,
    height,
    channels,
    bitsPerSample,
    numPages,
    ...(square === undefined ? {} : { square }),
  };
}
