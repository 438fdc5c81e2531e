import sharp from 'sharp';
import type { Sharp } from 'sharp';
import { cropSquare, enlargeSquare, reduceSquare, squareGeometry } from './geometry.ts';
import type { RgbImage } from './geometry.ts';
import { ImageError } from './problem.ts';
import { readImageFile } from './read-file.ts';
import type { ImageFile } from './read-file.ts';
import type { ImageFormat } from './signature.ts';
import { readTiffDirectory, TIFF_TAG } from './tiff-directory.ts';
import { endsEarly } from './truncation.ts';
import { toEightBits } from './wide-samples.ts';

/** Limits beyond which an image is refused before it is decoded. */
export interface DecodeLimits {
  /** Pixels of one page, width times height. Default 268,402,689 (0x3fff squared). */
  readonly maxPixels?: number;
  /** Bytes of the file. Default 2 GiB - 1. */
  readonly maxFileBytes?: number;
}

/** Facts from an image's header. `width` and `height` are in pixels after EXIF orientation, of the first page or frame. */
export interface ImageHeader {
  readonly format: ImageFormat;
  readonly width: number;
  readonly height: number;
  /** As stored: 1 grey, 2 grey with alpha, 3 RGB or palette, 4 RGB with alpha or CMYK. */
  readonly channels: number;
  readonly bitsPerSample: number;
  readonly numPages: number;
}

/** An image whose header is read and whose pixels are yet to be decoded. */
export interface OpenedImage extends ImageHeader {
  readonly path: string;
  readonly file: ImageFile;
  readonly samples: 'uchar' | 'ushort' | 'float';
  readonly isGrey: boolean;
  /** Whether the last channel is transparency, to be laid over the background, and not some other measurement, to be left out. */
  readonly hasTransparency: boolean;
}

/** What shows through transparent pixels. */
const background = { r: 255, g: 255, b: 255 };

const defaultMaxPixels = 0x3fff * 0x3fff;
const defaultMaxFileBytes = 2 ** 31 - 1;

/** failOn 'error' reports truncated and damaged files, but not oddities that decode well, such as rubbish after the end or in the EXIF block. */
export function openSharp(file: ImageFile): Sharp {
  return sharp(file.bytes, { failOn: 'error', limitInputPixels: false, autoOrient: true });
}

function fromDecoder(path: string, file: ImageFile, error: unknown): ImageError {
  const message = error instanceof Error ? error.message : String(error);
  const name = file.format.toUpperCase();
  if (endsEarly(file.format, file.bytes, message)) {
    const said = `The end of this ${name} file is missing: a copy or download that was cut short.`;
    return new ImageError(path, 'truncated', `${said} Copy it again from where it came from.`, error);
  }
  if (/unsupported|not supported|compression support is not configured/i.test(message) && file.format !== 'jpeg') {
    const said = `A variant of ${name} that is not supported (${message.split('\n')[0] ?? ''}).`;
    return new ImageError(path, 'unsupported-format', `${said} Save it as PNG or plain TIFF, then import again.`, error);
  }
  return new ImageError(path, 'corrupt', `This ${name} file is damaged. Copy it again from where it came from, or save it anew.`, error);
}

/** What `decode` returns; an error of the decoder becomes an ImageError that says what is wrong with the file. */
export async function decoding<T>(path: string, file: ImageFile, decode: () => Promise<T>): Promise<T> {
  try {
    return await decode();
  } catch (error) {
    throw fromDecoder(path, file, error);
  }
}

function sampleKind(depth: string | undefined): OpenedImage['samples'] | undefined {
  if (depth === 'uchar' || depth === 'ushort') return depth;
  return depth === 'float' || depth === 'uint' || depth === 'int' ? 'float' : undefined;
}

/** TIFF may carry channels that are not transparency, such as near infrared (tag ExtraSamples: 1 and 2 are alpha, 0 is unspecified). */
function extraIsTransparency(file: ImageFile): boolean {
  if (file.format !== 'tiff') return true;
  const extra = readTiffDirectory(file.bytes)?.get(TIFF_TAG.extraSamples)?.[0];
  return extra === 1 || extra === 2;
}

/**
 * Reads the header of an image file in memory and checks it against the limits.
 *
 * @throws ImageError where it is damaged, too large, or of a variant that is not read
 */
async function openImage(path: string, file: ImageFile, limits: DecodeLimits = {}): Promise<OpenedImage> {
  const header = await decoding(path, file, () => openSharp(file).metadata());
  const { width, height } = header.autoOrient;
  const maxPixels = limits.maxPixels ?? defaultMaxPixels;
  if (width * height > maxPixels) {
    const size = `${width} x ${height} pixels (${Math.round((width * height) / 1e6)} megapixels)`;
    const wayOut = 'Make it smaller or cut it into tiles, then import again.';
    throw new ImageError(path, 'too-large', `${size}; at most ${Math.round(maxPixels / 1e6)} megapixels are read. ${wayOut}`);
  }
  const samples = sampleKind(header.depth);
  if (samples === undefined) {
    const said = `Samples of the kind "${header.depth}" are not supported.`;
    throw new ImageError(path, 'unsupported-format', `${said} Save it with 8 or 16 bits per channel, unsigned, then import again.`);
  }
  const isGrey = header.space === 'b-w' || header.space === 'grey16';
  const maxChannels = isGrey && header.channels > 2 ? 0 : header.space === 'cmyk' ? 5 : 4;
  if (header.channels > maxChannels && !(isGrey && samples === 'float' && header.channels <= 4)) {
    const said = `An image of ${header.channels} channels; grey, RGB and CMYK are read.`;
    throw new ImageError(path, 'unsupported-format', `${said} Save the channels to use as an RGB image, then import again.`);
  }
  return {
    path,
    file,
    format: file.format,
    width,
    height,
    channels: header.channels,
    bitsPerSample: header.bitsPerSample ?? (samples === 'uchar' ? 8 : samples === 'ushort' ? 16 : 32),
    numPages: header.pages ?? 1,
    samples,
    isGrey,
    hasTransparency: header.hasAlpha && samples !== 'float' && extraIsTransparency(file),
  };
}

/** Grey or colour, with or without alpha, as RGB over the background. */
function toRgb(pixels: Uint8Array, channels: number): Uint8Array {
  if (channels === 3) return pixels;
  const numPixels = pixels.length / channels;
  const out = new Uint8Array(numPixels * 3);
  const behind = [background.r, background.g, background.b];
  for (let i = 0; i < numPixels; i++) {
    const alpha = channels % 2 === 0 ? (pixels[(i + 1) * channels - 1] ?? 255) : 255;
    for (let c = 0; c < 3; c++) {
      const value = pixels[i * channels + (channels > 2 ? c : 0)] ?? 0;
      out[i * 3 + c] = Math.round((value * alpha + (behind[c] ?? 0) * (255 - alpha)) / 255);
    }
  }
  return out;
}

/** All pixels of an image of more than 8 bits per sample, at 8 bits. */
async function decodeWide(image: OpenedImage, clippedShare?: number): Promise<RgbImage> {
  const { samples } = image;
  const input = image.hasTransparency ? openSharp(image.file) : openSharp(image.file).removeAlpha();
  const wide = samples === 'ushort' ? input.toColourspace(image.isGrey ? 'grey16' : 'rgb16') : input;
  const { data, info } = await wide.raw({ depth: samples }).toBuffer({ resolveWithObject: true });
  const buffer = data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength);
  const values = samples === 'ushort' ? new Uint16Array(buffer) : new Float32Array(buffer);
  const pixels = toEightBits({ samples: values, channels: info.channels }, clippedShare);
  return { width: info.width, height: info.height, data: toRgb(pixels, info.channels) };
}

async function rawRgb(pipeline: Sharp): Promise<RgbImage> {
  const { data, info } = await pipeline.toColourspace('srgb').raw().toBuffer({ resolveWithObject: true });
  const pixels = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return { width: info.width, height: info.height, data: toRgb(pixels, info.channels) };
}

function opaque(image: OpenedImage): Sharp {
  const input = openSharp(image.file);
  return image.hasTransparency ? input.flatten({ background }) : input.removeAlpha();
}

/**
 * An opened image as a pipeline of opaque 8-bit pixels to resize and encode; 8-bit files are then decoded no larger than needed. `clippedShare` is
 * that of `toEightBits`.
 */
export async function opaquePipeline(image: OpenedImage, clippedShare?: number): Promise<Sharp> {
  if (image.samples === 'uchar') return opaque(image);
  const { width, height, data } = await decodePixels(image, clippedShare);
  return sharp(data, { raw: { width, height, channels: 3 }, limitInputPixels: false });
}

/** `decodeFull` of an opened image. */
export function decodePixels(image: OpenedImage, clippedShare?: number): Promise<RgbImage> {
  return decoding(image.path, image.file, () => (image.samples === 'uchar' ? rawRgb(opaque(image)) : decodeWide(image, clippedShare)));
}

/** From here on the decoder shrinks while it reads, which is much faster for large pictures and close enough. */
const maxExactFactor = 4;

/** `decodeSquare` of an opened image. */
export async function decodeSquarePixels(image: OpenedImage, px: number): Promise<Uint8Array> {
  const geometry = squareGeometry(image.width, image.height, px);
  const factor = Math.min(image.width, image.height) / px;
  if (factor < 1) return enlargeSquare(await decodePixels(image), geometry, px);
  if (factor < maxExactFactor) return reduceSquare(await decodePixels(image), geometry, px);
  const input = await opaquePipeline(image);
  const resized = await decoding(image.path, image.file, () =>
    rawRgb(input.resize(geometry.width, geometry.height, { fit: 'fill', kernel: 'linear' })),
  );
  // Cut out here and not in the decoder's pipeline: libvips would not read the rows below the square, and not notice that they are missing.
  return cropSquare(resized, geometry, px);
}

/** Reads a file and its header; throws ImageError for what `readImageFile` and `openImage` refuse. */
export async function openImageFile(path: string, limits: DecodeLimits): Promise<OpenedImage> {
  return await openImage(path, readImageFile(path, limits.maxFileBytes ?? defaultMaxFileBytes), limits);
}

/**
 * Decodes the centre square of an image, [px, px, 3] sRGB.
 *
 * The image is brought upright by its EXIF orientation, its transparency laid over white, its colours converted to sRGB by its own profile,
 * more than 8 bits brought to 8 (see `toEightBits`). The first page or frame counts. Then, with w x h the upright size:
 *
 * 1. the shorter side is resized to px and the longer one to round(longer * px / shorter), each axis with its own exact factor,
 *    by an antialiased triangle filter of radius max(1, factor) source pixels, pixel centres at half positions, borders repeated
 *    (ONNX: Resize, mode linear, antialias 1, coordinate_transformation_mode half_pixel);
 * 2. the square is cut out at left = floor((w' - px) / 2), top = floor((h' - px) / 2).
 *
 * Reductions to a quarter and below are done in two steps, the first a box average by a whole factor (for JPEG and WebP inside the decoder); that differs
 * from the single triangle by about one grey level on average.
 *
 * @throws ImageError where the file cannot be read or decoded to its end
 */
export async function decodeSquare(path: string, px: number, limits: DecodeLimits = {}): Promise<Uint8Array> {
  return decodeSquarePixels(await openImageFile(path, limits), px);
}

/**
 * Decodes all pixels of an image as `decodeSquare` does, but without resizing or cutting.
 *
 * @returns data of shape [height, width, 3]
 * @throws ImageError where the file cannot be read or decoded to its end
 */
export async function decodeFull(path: string, limits: DecodeLimits = {}): Promise<RgbImage> {
  return decodePixels(await openImageFile(path, limits));
}
