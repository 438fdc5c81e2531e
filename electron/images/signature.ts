import type { ImageProblemCode } from './problem.ts';

/** The formats that are read. */
export type ImageFormat = 'jpeg' | 'png' | 'webp' | 'tiff' | 'gif' | 'avif';

/** What the first bytes say: a format that is read, or why it is refused. */
export type Signature = { readonly format: ImageFormat } | { readonly code: ImageProblemCode; readonly message: string };

/** How many bytes of the beginning `readSignature` wants. */
export const SIGNATURE_BYTES = 4096;

const rawExtensions = 'dng nef nrw cr2 cr3 crw arw sr2 srf srw orf rw2 raf pef 3fr erf kdc dcr mos iiq rwl x3f'.split(' ');
const candidateExtensions = new Set([
  ...'jpg jpeg jpe jfif png apng webp tif tiff gif avif avifs'.split(' '),
  ...'heic heif hif bmp dib svg svgz jp2 j2k jpf jpx jxl psd ico exr hdr pbm pgm ppm pnm tga jxr wdp'.split(' '),
  ...rawExtensions,
]);

/** The part of a file's name after its last dot, in lower case; empty if there is none. */
export function extensionOf(name: string): string {
  const base = name.slice(name.lastIndexOf('/') + 1);
  const dot = base.lastIndexOf('.');
  return dot <= 0 ? '' : base.slice(dot + 1).toLowerCase();
}

/** Whether a name could be an image's: an extension of an image format, read here or not, or no extension at all. */
export function isCandidateName(name: string): boolean {
  const extension = extensionOf(name);
  return extension === '' || candidateExtensions.has(extension);
}

const asJpegOrPng = 'Save it as JPEG, PNG or TIFF, then import again.';

function unsupported(what: string, wayOut = asJpegOrPng): Signature {
  return { code: 'unsupported-format', message: `${what}, which is not supported. ${wayOut}` };
}

function foreign(what: string, wayOut = 'Remove it from the folder or rename it.'): Signature {
  return { code: 'not-an-image', message: `Not an image: it holds ${what}. ${wayOut}` };
}

/** ISO base media files (AVIF, HEIC, video) are told apart by the brands in their first box. */
function readBrands(head: Buffer): Signature {
  const boxEnd = Math.min(head.length, Math.max(16, head.readUInt32BE(0)));
  const brands = new Set<string>();
  for (let at = 8; at + 4 <= boxEnd; at += at === 8 ? 8 : 4) brands.add(head.toString('latin1', at, at + 4));
  const has = (...names: string[]): boolean => names.some((name) => brands.has(name));
  if (has('avif', 'avis')) return { format: 'avif' };
  if (has('heic', 'heix', 'hevc', 'hevx', 'heim', 'heis', 'mif1', 'msf1')) {
    return unsupported('A HEIC image', 'Save it as JPEG (on an iPhone: Settings, Camera, Formats, Most Compatible), then import again.');
  }
  if (has('crx ')) return unsupported('A camera RAW image (CR3)', 'Develop it to JPEG or TIFF, then import again.');
  return foreign('a video', 'Export its frames as JPEG or PNG to use them.');
}

/** Signatures of what is refused: byte offset, the bytes as latin1, and what to say. */
const refusals: readonly (readonly [at: number, bytes: string, signature: Signature])[] = [
  [8, 'CR\x02', unsupported('A camera RAW image (CR2)', 'Develop it to JPEG or TIFF, then import again.')],
  [0, 'FUJIFILMCCD-RAW', unsupported('A camera RAW image (RAF)', 'Develop it to JPEG or TIFF, then import again.')],
  [0, 'IIRO', unsupported('A camera RAW image (ORF)', 'Develop it to JPEG or TIFF, then import again.')],
  [0, 'IIU\0', unsupported('A camera RAW image (RW2)', 'Develop it to JPEG or TIFF, then import again.')],
  [0, 'II\xbc', unsupported('A JPEG XR image')],
  [0, '\0\0\0\x0cjP  ', unsupported('A JPEG 2000 image')],
  [0, '\xff\x4f\xff\x51', unsupported('A JPEG 2000 image')],
  [0, '\0\0\0\x0cJXL ', unsupported('A JPEG XL image')],
  [0, '\xff\x0a', unsupported('A JPEG XL image')],
  [0, '8BPS', unsupported('A Photoshop document')],
  [0, '\0\0\x01\0', unsupported('An icon (ICO)')],
  [0, '\x76\x2f\x31\x01', unsupported('An OpenEXR image')],
  [0, '#?RADIANCE', unsupported('A Radiance HDR image')],
  [0, 'SIMPLE  =', unsupported('A FITS image', 'Save it as 16-bit TIFF, then import again.')],
  [128, 'DICM', unsupported('A DICOM image', 'Save it as 16-bit TIFF or PNG, then import again.')],
  [0, '\x89HDF', unsupported('An HDF5 file', 'Save its images as TIFF or PNG, then import again.')],
  [0, '%PDF', foreign('a PDF document', 'Save its pages as PNG or JPEG to use them.')],
  [0, 'PK\x03\x04', foreign('a ZIP archive or an office document', 'Unpack it to use the images inside.')],
  [0, '\x1f\x8b', foreign('gzip-compressed data', 'Unpack it to use the images inside.')],
  [0, 'Rar!', foreign('a RAR archive', 'Unpack it to use the images inside.')],
  [0, '7z\xbc\xaf', foreign('a 7-Zip archive', 'Unpack it to use the images inside.')],
  [0, 'SQLite format 3', foreign('a database')],
  [
    0,
    'version https://git-lfs',
    foreign('a Git LFS pointer in place of the image', 'Run "git lfs pull" in its repository, then import again.'),
  ],
];

function readText(head: Buffer): Signature | undefined {
  const start = head.toString('utf8').replace(/^\uFEFF/, '');
  if (/^\s*</.test(start) && /<svg[\s>]/i.test(start)) return unsupported('An SVG drawing', 'Save it as PNG, then import again.');
  if (/^\s*<(!doctype html|html|head|body)/i.test(start)) {
    return foreign('a web page', 'This happens when a download was answered with an error page: download the image again.');
  }
  if (/^P[1-7]\s/.test(start)) return unsupported('A Netpbm image');
  const isText = ![...head].some((byte) => byte < 9 || (byte > 13 && byte < 32 && byte !== 27)) && !start.slice(0, -1).includes('\uFFFD');
  return isText ? foreign('text') : undefined;
}

/**
 * Tells from a file's beginning whether it is an image that is read here, whatever its name; the name only tells camera RAW files from
 * plain TIFF, which they start like.
 *
 * @param head the first SIGNATURE_BYTES bytes, or the whole file where it is shorter
 */
export function readSignature(head: Buffer, name: string): Signature {
  if (head.length === 0) return { code: 'empty', message: 'The file is empty (0 bytes). Copy it again from where it came from.' };
  const starts = (bytes: string, at = 0): boolean => head.toString('latin1', at, at + bytes.length) === bytes;
  if (starts('\xff\xd8\xff')) return { format: 'jpeg' };
  if (starts('\x89PNG\r\n\x1a\n')) return { format: 'png' };
  if (starts('RIFF') && starts('WEBP', 8)) return { format: 'webp' };
  if (starts('GIF87a') || starts('GIF89a')) return { format: 'gif' };
  const refusal = refusals.find(([at, bytes]) => starts(bytes, at));
  if (refusal !== undefined) return refusal[2];
  if (starts('II*\0') || starts('MM\0*') || starts('II+\0') || starts('MM\0+')) {
    const extension = extensionOf(name);
    if (!rawExtensions.includes(extension)) return { format: 'tiff' };
    return unsupported(`A camera RAW image (${extension.toUpperCase()})`, 'Develop it to JPEG or TIFF, then import again.');
  }
  if (starts('ftyp', 4) && head.length >= 12) return readBrands(head);
  if (starts('BM') && head.length >= 26 && head.readUInt32LE(6) === 0) return unsupported('A BMP image');
  const text = readText(head);
  if (text !== undefined) return text;
  if (head.every((byte) => byte === 0)) {
    return {
      code: 'corrupt',
      message: 'The file holds only zeros: a copy or download that failed. Copy it again from where it came from.',
    };
  }
  return foreign('data of an unknown kind');
}
