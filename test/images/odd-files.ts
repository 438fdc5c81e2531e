import { execFileSync } from 'node:child_process';
import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32, deflateSync } from 'node:zlib';
import sharp from 'sharp';
import type { Sharp } from 'sharp';
import { createRandom } from '../../electron/tensor/random.ts';
import type { ImageProblemCode } from '../../electron/images/problem.ts';
import { makeTiff } from './make-tiff.ts';

/** One file of the odd folder, by its path in it ('/' between parts), and what an import must make of it. */
export interface OddFile {
  readonly name: string;
  readonly expected: 'ok' | ImageProblemCode;
}

/** Width and height of most of the odd images. */
export const ODD_SIZE = { width: 120, height: 80 } as const;

/** A photograph-like picture that differs with `seed`: gradients, a disc and noise, so that no format compresses it to nothing. */
export function picture(seed: number, width: number = ODD_SIZE.width, height: number = ODD_SIZE.height): Sharp {
  const random = createRandom(seed);
  const data = new Uint8Array(width * height * 3);
  const [cx, cy] = [random.next() * width, random.next() * height];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const inDisc = Math.hypot(x - cx, y - cy) < Math.min(width, height) / 4;
      const at = (y * width + x) * 3;
      data[at] = (x * 200) / width + random.int(40);
      data[at + 1] = (y * 200) / height + random.int(40);
      data[at + 2] = inDisc ? 220 : 30 + random.int(40);
    }
  }
  return sharp(data, { raw: { width, height, channels: 3 } });
}

/** Red, green, blue and white quarters (upper left, upper right, lower left, lower right). */
export function quarters(): Sharp {
  const { width, height } = ODD_SIZE;
  const colours = [
    [255, 0, 0],
    [0, 255, 0],
    [0, 0, 255],
    [255, 255, 255],
  ];
  const data = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) data.set(colours[(y < height / 2 ? 0 : 2) + (x < width / 2 ? 0 : 1)] ?? [], (y * width + x) * 3);
  }
  return sharp(data, { raw: { width, height, channels: 3 } });
}

/** A horizontal ramp from 0 to `brightest`, [height, width], as 16-bit samples. */
export function ramp(brightest: number): Uint16Array {
  const { width, height } = ODD_SIZE;
  return Uint16Array.from({ length: width * height }, (_, i) => Math.round(((i % width) / (width - 1)) * brightest));
}

/** A PNG whose header promises `width` x `height` pixels of grey, with next to nothing behind it. */
export function bombPng(width: number, height: number): Buffer {
  const chunk = (type: string, body: Buffer): Buffer => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(body.length);
    const typed = Buffer.concat([Buffer.from(type, 'latin1'), body]);
    const checksum = Buffer.alloc(4);
    checksum.writeUInt32BE(crc32(typed));
    return Buffer.concat([length, typed, checksum]);
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header[8] = 8;
  const signature = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');
  return Buffer.concat([signature, chunk('IHDR', header), chunk('IDAT', deflateSync(Buffer.alloc(4096))), chunk('IEND', Buffer.alloc(0))]);
}

/** A JPEG with an EXIF block of rubbish after the "Exif" mark. */
function withBrokenExif(jpeg: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from('Exif\0\0', 'latin1'), Buffer.from('II*\0\xff\xff\xff\xff\x99\x99'.repeat(5), 'latin1')]);
  const head = Buffer.from([0xff, 0xd8, 0xff, 0xe1, 0, 0]);
  head.writeUInt16BE(body.length + 2, 4);
  return Buffer.concat([head, body, jpeg.subarray(2)]);
}

function damaged(bytes: Buffer): Buffer {
  const out = Buffer.from(bytes);
  out.fill(0x5a, Math.floor(out.length * 0.4), Math.floor(out.length * 0.6));
  return out;
}

function cut(bytes: Buffer): Buffer {
  return bytes.subarray(0, Math.floor(bytes.length * 0.6));
}

async function goodFiles(): Promise<Record<string, Buffer>> {
  const { width, height } = ODD_SIZE;
  const jpeg = await picture(1).jpeg().toBuffer();
  const png = await picture(2).png().toBuffer();
  const grey16 = (samples: Uint16Array): Sharp => sharp(samples, { raw: { width, height, channels: 1 } }).toColourspace('grey16');
  const frames = [await quarters().png().toBuffer(), await picture(9).png().toBuffer()];
  const animation = (): Sharp => sharp(frames, { join: { animated: true } });
  const files: Record<string, Buffer> = {
    'good.jpg': jpeg,
    'good.png': png,
    'good.webp': await picture(3).webp().toBuffer(),
    'good.tif': await picture(4).tiff({ compression: 'lzw' }).toBuffer(),
    'good.gif': await picture(5).gif().toBuffer(),
    'good.avif': await picture(6).avif({ effort: 0 }).toBuffer(),
    'CAPITALS.JPG': await picture(7).jpeg().toBuffer(),
    'no-extension': await picture(8).png().toBuffer(),
    'png-named.jpg': await quarters().png().toBuffer(),
    'jpeg-named.heic': await picture(10).jpeg().toBuffer(),
    'progressive.jpg': await quarters().jpeg({ progressive: true, quality: 95 }).toBuffer(),
    'grey.jpg': await picture(11).toColourspace('b-w').jpeg().toBuffer(),
    'cmyk.jpg': await quarters().toColourspace('cmyk').jpeg({ quality: 95 }).toBuffer(),
    'garbage-after-the-end.jpg': Buffer.concat([jpeg, Buffer.from('more bytes from a camera')]),
    'broken-exif.jpg': withBrokenExif(await quarters().jpeg({ quality: 95 }).toBuffer()),
    'grey16.tif': await grey16(ramp(65535)).tiff({ compression: 'lzw' }).toBuffer(),
    'grey16.png': await grey16(ramp(65535)).png().toBuffer(),
    '12-bits-in-16.tif': await grey16(ramp(4095)).tiff({ compression: 'deflate' }).toBuffer(),
    'float.tif': makeTiff({
      ...{ width, height, bits: 32, sampleFormat: 3, channels: 1, photometric: 1 },
      samples: Float32Array.from(ramp(1000), (value) => value / 1000 - 0.5),
    }),
    'near-infrared.tif': makeTiff({
      ...{ width, height, bits: 8, sampleFormat: 1, channels: 4, photometric: 2 },
      samples: Uint8Array.from({ length: width * height * 4 }, (_, i) => [200, 100, 50, 0][i % 4] ?? 0),
    }),
    'palette.png': await quarters().png({ palette: true }).toBuffer(),
    'transparent.png': await sharp({ create: { width, height, channels: 4, background: { r: 0, g: 0, b: 0, alpha: 0 } } })
      .png()
      .toBuffer(),
    'animated.gif': await animation().gif().toBuffer(),
    'animated.webp': await animation().webp({ lossless: true }).toBuffer(),
    'pages.tif': await animation().tiff({ compression: 'lzw' }).toBuffer(),
    'one-pixel.png': await sharp({ create: { width: 1, height: 1, channels: 3, background: '#1e90ff' } })
      .png()
      .toBuffer(),
    'one-column.png': await picture(12, 1, 3000).png().toBuffer(),
    'one-row.png': await picture(13, 3000, 1).png().toBuffer(),
    'duplicate-a.jpg': await picture(14).jpeg().toBuffer(),
    'duplicate-b.jpg': await picture(14).jpeg().toBuffer(),
    '-leading-dash.jpg': await picture(15).jpeg().toBuffer(),
    'two words & 100% #1.jpg': await picture(16).jpeg().toBuffer(),
    'microscope \u{1F52C}.jpg': await picture(17).jpeg().toBuffer(),
    '\u05EA\u05DE\u05D5\u05E0\u05D4.jpg': await picture(18).jpeg().toBuffer(),
    'cafe\u0301.jpg': await picture(19).jpeg().toBuffer(),
    '\u663E\u5FAE\u955C.jpg': await picture(20).jpeg().toBuffer(),
    [`${'long'.repeat(60)}.jpg`]: await picture(21).jpeg().toBuffer(),
    'deeper/and/deeper/good.jpg': await picture(22).jpeg().toBuffer(),
  };
  for (let orientation = 1; orientation <= 8; orientation++) {
    files[`oriented-${orientation}.jpg`] = await quarters().withMetadata({ orientation }).jpeg({ quality: 95 }).toBuffer();
  }
  return files;
}

async function badFiles(): Promise<Record<string, [ImageProblemCode, Buffer]>> {
  const { width, height } = ODD_SIZE;
  const box = (brand: string): Buffer => Buffer.from(`\0\0\0\x18ftyp${brand}\0\0\0\0${brand}mif1`.padEnd(200, '\0'), 'latin1');
  const tiff = (channels: number, sampleFormat: 1 | 2, samples: ArrayBufferView, bits: number): Buffer =>
    makeTiff({ width, height, bits, sampleFormat, channels, photometric: 1, samples });
  return {
    'truncated.jpg': ['truncated', cut(await picture(30).jpeg().toBuffer())],
    'truncated-progressive.jpg': ['truncated', cut(await picture(31).jpeg({ progressive: true }).toBuffer())],
    'truncated.png': ['truncated', cut(await picture(32).png().toBuffer())],
    'truncated.webp': ['truncated', cut(await picture(33).webp().toBuffer())],
    'truncated.gif': ['truncated', cut(await picture(34).gif().toBuffer())],
    'truncated.tif': ['truncated', cut(await picture(35).tiff({ compression: 'lzw' }).toBuffer())],
    'truncated.avif': ['truncated', cut(await picture(36).avif({ effort: 0 }).toBuffer())],
    'truncated-below-the-square.jpg': ['truncated', (await picture(37, 100, 1000).jpeg().toBuffer()).subarray(0, -300)],
    'only-a-header.jpg': ['truncated', (await picture(38).jpeg().toBuffer()).subarray(0, 100)],
    'damaged.png': ['corrupt', damaged(await picture(39).png().toBuffer())],
    'damaged.tif': ['corrupt', damaged(await picture(40).tiff({ compression: 'lzw' }).toBuffer())],
    'zeros.jpg': ['corrupt', Buffer.alloc(5000)],
    'empty.jpg': ['empty', Buffer.alloc(0)],
    'web-page.jpg': ['not-an-image', Buffer.from('\n<!DOCTYPE html><html><body>404 Not Found</body></html>')],
    'text.png': ['not-an-image', Buffer.from('caf\u00e9, plot 7, 12:30\n')],
    'document.tif': ['not-an-image', Buffer.from('%PDF-1.7\n%\xe2\xe3\n1 0 obj', 'latin1')],
    'archive.png': ['not-an-image', Buffer.from('PK\x03\x04\x14\0\0\0', 'latin1')],
    'video.jpg': ['not-an-image', box('isom').fill(0, 20)],
    'noise.jpg': ['not-an-image', Buffer.from(Array.from({ length: 300 }, (_, i) => (i * 37 + 1) % 256))],
    'lfs-pointer.png': ['not-an-image', Buffer.from('version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n')],
    'phone.heic': ['unsupported-format', box('heic')],
    'heic-named.jpg': ['unsupported-format', box('heic')],
    'camera.cr2': ['unsupported-format', Buffer.from('II*\0\x10\0\0\0CR\x02\0'.padEnd(100, '\0'), 'latin1')],
    'camera.nef': ['unsupported-format', await picture(41).tiff().toBuffer()],
    'drawing-named.png': ['unsupported-format', Buffer.from('<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"/>')],
    'bitmap.bmp': ['unsupported-format', Buffer.from('BM\x46\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0'.padEnd(70, '\0'), 'latin1')],
    'wavelets.jp2': ['unsupported-format', Buffer.from('\0\0\0\x0cjP  \r\n\x87\n'.padEnd(60, '\0'), 'latin1')],
    'five-channels.tif': ['unsupported-format', tiff(5, 1, new Uint8Array(width * height * 5), 8)],
    'signed.tif': ['unsupported-format', tiff(1, 2, new Int16Array(width * height), 16)],
    'decompression-bomb.png': ['too-large', bombPng(60_000, 60_000)],
  };
}

/** Things only some systems and users can make: pipes, links, names of odd bytes, files without permission. */
async function writeSystemOddities(dir: string): Promise<OddFile[]> {
  await mkdir(join(dir, 'folder-named.jpg'));
  await writeFile(join(dir, 'folder-named.jpg', 'inside.png'), await picture(50).png().toBuffer());
  const made: OddFile[] = [
    { name: 'folder-named.jpg', expected: 'not-a-file' },
    { name: 'folder-named.jpg/inside.png', expected: 'ok' },
  ];
  if (process.platform === 'win32') return made;
  execFileSync('mkfifo', [join(dir, 'named-pipe.jpg')]);
  await symlink('nowhere.jpg', join(dir, 'dangling-link.jpg'));
  await symlink('circular-link.jpg', join(dir, 'circular-link.jpg'));
  await symlink('good.jpg', join(dir, 'link-to-good.jpg'));
  await symlink('..', join(dir, 'deeper', 'loop'));
  await writeFile(join(dir, 'two\nlines.jpg'), await picture(51).jpeg().toBuffer());
  await writeFile(join(dir, 'back\\slash.jpg'), await picture(52).jpeg().toBuffer());
  made.push(
    { name: 'named-pipe.jpg', expected: 'not-a-file' },
    { name: 'dangling-link.jpg', expected: 'broken-link' },
    { name: 'circular-link.jpg', expected: 'broken-link' },
    { name: 'link-to-good.jpg', expected: 'ok' },
    { name: 'two\nlines.jpg', expected: 'ok' },
    { name: 'back\\slash.jpg', expected: 'ok' },
  );
  await writeFile(join(dir, 'no-permission.jpg'), await picture(53).jpeg().toBuffer());
  await chmod(join(dir, 'no-permission.jpg'), 0);
  // The superuser may read everything.
  made.push({ name: 'no-permission.jpg', expected: process.geteuid?.() === 0 ? 'ok' : 'unreadable' });
  if (process.platform === 'linux') {
    await writeFile(
      Buffer.concat([Buffer.from(`${dir}/odd-`), Buffer.from([0xff, 0xfe]), Buffer.from('.jpg')]),
      await picture(54).jpeg().toBuffer(),
    );
    made.push({ name: 'odd-\\xff\\xfe.jpg', expected: 'odd-name' });
  }
  return made;
}

/**
 * Fills an empty folder with good images, odd ones and broken ones, and with files an import must pass over without a word (hidden ones,
 * litter, other extensions). What this system or user cannot make is left out.
 *
 * @returns everything an import must take or complain of, in no particular order
 */
export async function writeOddFiles(dir: string): Promise<OddFile[]> {
  const made: OddFile[] = [];
  await mkdir(join(dir, 'deeper', 'and', 'deeper'), { recursive: true });
  for (const [name, bytes] of Object.entries(await goodFiles())) {
    await writeFile(join(dir, name), bytes);
    made.push({ name, expected: 'ok' });
  }
  for (const [name, [expected, bytes]] of Object.entries(await badFiles())) {
    await writeFile(join(dir, name), bytes);
    made.push({ name, expected });
  }
  await mkdir(join(dir, '__MACOSX'));
  for (const name of ['.hidden.jpg', '._good.jpg', '.DS_Store', 'Thumbs.db', '__MACOSX/good.jpg', 'notes.txt', 'labels.csv', 'README']) {
    await writeFile(join(dir, name), 'not an image, and nobody said it was');
  }
  return [...made, ...(await writeSystemOddities(dir))];
}
