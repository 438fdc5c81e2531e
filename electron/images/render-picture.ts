/** Pictures for people to look at: encoded thumbnails, and the stored samples of one image. */
import { decoding, openImageFile, opaquePipeline, openSharp } from './decode.ts';
import type { DecodeLimits, OpenedImage } from './decode.ts';
import { toBins } from './wide-samples.ts';

/** How large a picture is: fitting into a square of this side without being enlarged, or the centre square at exactly this side. */
export interface PictureSize {
  readonly side: number;
  readonly crop: boolean;
}

export interface Picture {
  /** A JPEG file. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Of the file it was made from, to tell whether that is still the one that was imported. */
  readonly sizeBytes: number;
  readonly modifiedMs: number;
}

/** Interleaved samples as they are stored, 1 or 3 channels. */
export interface Samples {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly bitsPerSample: 8 | 16;
  readonly data: Uint8Array<ArrayBuffer> | Uint16Array<ArrayBuffer>;
  readonly fullWidth: number;
  readonly fullHeight: number;
}

/** Small pictures show every artefact, large ones would take long to send. */
const smallQuality = 90;
const largeQuality = 86;
const largeSide = 1024;
/** In small pictures of more than 8 bits, so that some hundred hot pixels or specks of dust leave the rest visible. Large ones show what networks see. */
const smallClippedShare = 5e-3;

/**
 * An image file as a JPEG by the rules of `decodeFull`: upright, transparency over white, sRGB, more than 8 bits brought to 8, in small pictures
 * with more of the extremes cut off.
 *
 * @throws ImageError where the file cannot be read or decoded
 */
export async function renderPicture(path: string, { side, crop }: PictureSize, limits: DecodeLimits = {}): Promise<Picture> {
  const image = await openImageFile(path, limits);
  const isSmall = side < largeSide;
  const input = await opaquePipeline(image, isSmall ? smallClippedShare : undefined);
  const quality = isSmall ? smallQuality : largeQuality;
  const encoded = await decoding(path, image.file, () =>
    input
      .resize(side, side, crop ? { fit: 'cover' } : { fit: 'inside', withoutEnlargement: true })
      .toColourspace('srgb')
      .jpeg({ quality, chromaSubsampling: '4:4:4' })
      .toBuffer(),
  );
  // Small results of sharp share a pool of memory that must not be given away.
  return { bytes: new Uint8Array(encoded), sizeBytes: image.file.sizeBytes, modifiedMs: image.file.modifiedMs };
}

/**
 * The samples of an image file, upright and without transparency: grey stays one channel, 16 bits stay 16; floating point is spread over its
 * own range, CMYK and profiles become sRGB. Averaged over whole blocks until it fits into `maxSide`.
 *
 * @throws ImageError where the file cannot be read or decoded
 */
export async function readSamples(path: string, maxSide: number, limits: DecodeLimits = {}): Promise<Samples> {
  const image = await openImageFile(path, limits);
  const { width, height, channels, data } = await decoding(path, image.file, () => rawSamples(image));
  const factor = Math.ceil(Math.max(width, height) / maxSide);
  return {
    ...reduceSamples(data, { width, height, channels }, factor),
    channels,
    bitsPerSample: data instanceof Uint16Array ? 16 : 8,
    fullWidth: width,
    fullHeight: height,
  };
}

async function rawSamples(
  image: OpenedImage,
): Promise<{ width: number; height: number; channels: number; data: Uint8Array | Uint16Array }> {
  const { samples, isGrey } = image;
  const input = openSharp(image.file).removeAlpha();
  const spaces = { uchar: isGrey ? 'b-w' : 'srgb', ushort: isGrey ? 'grey16' : 'rgb16', float: null };
  const space = spaces[samples];
  const { data, info } = await (space === null ? input : input.toColourspace(space))
    .raw({ depth: samples })
    .toBuffer({ resolveWithObject: true });
  const buffer = data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength);
  const values = { uchar: Uint8Array, ushort: Uint16Array, float: Float32Array };
  const stored = new values[samples](buffer);
  const bins = stored instanceof Float32Array ? toBins(stored) : stored;
  const channels = info.channels >= 3 ? 3 : 1;
  return { width: info.width, height: info.height, channels, data: keepChannels(bins, info.channels, channels) };
}

function keepChannels<Values extends Uint8Array | Uint16Array>(values: Values, from: number, to: number): Values {
  if (from === to) return values;
  const out = values.slice(0, (values.length / from) * to) as Values;
  for (let i = 0; i * from < values.length; i++) for (let c = 0; c < to; c++) out[i * to + c] = values[i * from + c] as number;
  return out;
}

interface SampleShape {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
}

/** Means over blocks of `factor` x `factor`; blocks at the right and lower edge may be smaller. */
function reduceSamples(
  data: Uint8Array | Uint16Array,
  { width, height, channels }: SampleShape,
  factor: number,
): { width: number; height: number; data: Uint8Array<ArrayBuffer> | Uint16Array<ArrayBuffer> } {
  if (factor <= 1) return { width, height, data: data.slice() };
  const across = Math.ceil(width / factor);
  const down = Math.ceil(height / factor);
  const out = new (data instanceof Uint16Array ? Uint16Array : Uint8Array)(across * down * channels);
  const sums = new Float64Array(across * channels);
  for (let row = 0; row < down; row++) {
    sums.fill(0);
    const lastLine = Math.min((row + 1) * factor, height);
    for (let y = row * factor; y < lastLine; y++) {
      for (let x = 0; x < width; x++) {
        const to = Math.floor(x / factor) * channels;
        const from = (y * width + x) * channels;
        for (let c = 0; c < channels; c++) sums[to + c] = (sums[to + c] as number) + (data[from + c] as number);
      }
    }
    const numLines = lastLine - row * factor;
    for (let column = 0; column < across; column++) {
      const numSamples = numLines * (Math.min((column + 1) * factor, width) - column * factor);
      for (let c = 0; c < channels; c++) {
        out[(row * across + column) * channels + c] = Math.round((sums[column * channels + c] as number) / numSamples);
      }
    }
  }
  return { width: across, height: down, data: out };
}
