/** A folder of class folders, divided as the protocol of label efficiency says (the peer script states it exactly). */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { AppError } from '../../electron/contract/errors.ts';
import { readImage } from '../../electron/images/identify.ts';
import type { ReadImage } from '../../electron/images/identify.ts';
import type { PixelSource } from '../../electron/learn/pixel-source.ts';

export interface LabelledFolder {
  readonly root: string;
  readonly classes: readonly string[];
  /** `<class>/<file name>` */
  readonly names: readonly string[];
  /** [N], in 0..classes.length-1. */
  readonly labels: Int32Array;
  /** Images never adapted on, never shown, never trained on. */
  readonly test: Int32Array;
  /** All others. */
  readonly pool: Int32Array;
}

const sha1 = (text: string): string => createHash('sha1').update(text).digest('hex');

/** Reads the names below `root`; an image is a test image when int(sha1(name)[:8], 16) % 3 == 0. Throws `not-found`. */
export function readLabelledFolder(root: string): LabelledFolder {
  if (!existsSync(root)) throw new AppError('not-found', `There is no folder ${root}. Check the path.`);
  const sorted = (names: string[]): string[] => names.sort((a, b) => (a < b ? -1 : 1));
  const classes = sorted(
    readdirSync(root, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name),
  );
  const names = classes.flatMap((name) => sorted(readdirSync(join(root, name))).map((file) => `${name}/${file}`));
  const all = Int32Array.from(names.keys());
  const isTest = (i: number): boolean => parseInt(sha1(names[i] ?? '').slice(0, 8), 16) % 3 === 0;
  return {
    root,
    classes,
    names,
    labels: Int32Array.from(names, (name) => classes.indexOf(name.split('/')[0] ?? '')),
    test: all.filter(isTest),
    pool: all.filter((i) => !isTest(i)),
  };
}

/** The first n images of the pool by sha1("<seed>/<name>"): the peer's random draw. */
export function drawRandom(folder: LabelledFolder, seed: number, numLabels: number): Int32Array {
  const keys = new Map(Array.from(folder.pool, (i) => [i, sha1(`${seed}/${folder.names[i] ?? ''}`)] as const));
  return folder.pool
    .slice()
    .sort((a, b) => ((keys.get(a) ?? '') < (keys.get(b) ?? '') ? -1 : 1))
    .slice(0, numLabels);
}

/** The images as squares of `px`, decoded on demand, or once and kept where they are read again and again. */
export function folderPixels(folder: LabelledFolder, px: number, keep: boolean, read: ReadImage = readImage): PixelSource {
  const kept = new Map<number, Uint8Array>();
  const square = async (i: number): Promise<Uint8Array> => {
    const known = kept.get(i);
    if (known !== undefined) return known;
    const { square: pixels = new Uint8Array() } = await read(join(folder.root, folder.names[i] ?? ''), { squarePx: px });
    if (keep) kept.set(i, pixels);
    return pixels;
  };
  return {
    numImages: folder.names.length,
    px,
    read: async (indices) => {
      const bytes = px * px * 3;
      const batch = new Uint8Array(indices.length * bytes);
      await Promise.all(Array.from(indices, async (i, at) => batch.set(await square(i), at * bytes)));
      return batch;
    },
  };
}
