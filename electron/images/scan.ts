import type { Dirent, Stats } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { join, resolve, sep } from 'node:path';
import { AppError } from '../contract/errors.ts';
import type { RunContext } from '../contract/progress.ts';
import { fromSystemError, ImageError, systemErrorCode } from './problem.ts';
import type { ImageProblem } from './problem.ts';
import { notAFile, wholeMs } from './read-file.ts';
import { extensionOf, isCandidateName } from './signature.ts';

/** A file that may be an image. `relativePath` is below `root`, as named on the disk (not normalised), with '/' between its parts. */
export interface ScanEntry {
  readonly root: string;
  readonly relativePath: string;
  readonly sizeBytes: number;
  /** Modification time, whole milliseconds since 1970. */
  readonly modifiedMs: number;
}

/** A problem with a file or folder found below `root`; `path` is the absolute one. */
export interface ScanProblem extends ImageProblem {
  readonly root: string;
  readonly relativePath: string;
}

/** Part of a scan: what one folder, or up to a few hundred of its files, brought. Counts are of this part alone. */
export interface ScanBatch {
  readonly entries: readonly ScanEntry[];
  readonly problems: readonly ScanProblem[];
  /** Files whose names are not those of images. */
  readonly numIgnored: number;
}

export interface ScanOptions {
  /** Folders that are passed over where they are found below a root: what the app itself keeps. A root inside one of them is scanned. */
  readonly leaveOut?: readonly string[];
  /** Told of each folder of `leaveOut` that was found. */
  readonly onLeftOut?: (path: string) => void;
}

const batchSize = 256;

/** Left behind by operating systems, archives and network drives; never a user's images. Compared in lower case. */
const litter = new Set(['thumbs.db', 'ehthumbs.db', 'desktop.ini', '__macosx', '$recycle.bin', 'system volume information', '@eadir']);

interface Folder {
  readonly root: string;
  /** Empty for the root itself. */
  readonly relativePath: string;
}

/** Where a scanned file lies on this machine. */
export function absolutePath(root: string, relativePath: string): string {
  return join(root, ...relativePath.split('/'));
}

function isSkipped(name: string): boolean {
  return name.startsWith('.') || litter.has(name.toLowerCase());
}

/** Drops roots that repeat others or lie inside them; the ones that cannot be resolved stay, to be reported. */
async function outermostRoots(roots: readonly string[]): Promise<string[]> {
  const resolved = await Promise.all(roots.map((root) => realpath(root).catch(() => resolve(root))));
  return roots.filter((_, i) =>
    resolved.every((other, j) => {
      const own = resolved[i] ?? '';
      const isInside = own.startsWith(other.endsWith(sep) ? other : other + sep);
      return i === j || !(isInside || (own === other && j < i));
    }),
  );
}

function problemOf({ root, relativePath }: Folder, error: ImageError): ScanProblem {
  return { ...error.problem, root, relativePath };
}

/** A name that is not valid UTF-8, shown with its odd bytes as \xNN. */
function escapeName(name: Buffer): string {
  return [...name]
    .map((byte) => (byte >= 32 && byte < 127 ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, '0')}`))
    .join('');
}

/** What one name in a folder turned out to be. */
type Found =
  | { readonly kind: 'entry'; readonly entry: ScanEntry }
  | { readonly kind: 'folder'; readonly folder: Folder; readonly isLink: boolean; readonly problem?: ScanProblem }
  | { readonly kind: 'problem'; readonly problem: ScanProblem }
  | { readonly kind: 'ignored' };

class Scan {
  /** Folders already listed, by device and inode (or real path where there is no inode), so that links cannot lead in circles. */
  readonly #seen = new Set<string>();
  /** Linked folders wait until the real ones are done, so that a file reachable both ways is found where it really is. */
  readonly #linked: Folder[] = [];
  /** Their real paths. */
  readonly #leftOut = new Set<string>();
  readonly #ctx: RunContext;
  readonly #options: ScanOptions;
  #numFound = 0;

  constructor(ctx: RunContext, options: ScanOptions) {
    this.#ctx = ctx;
    this.#options = options;
  }

  async *run(roots: readonly string[]): AsyncGenerator<ScanBatch> {
    for (const path of this.#options.leaveOut ?? []) {
      const real = await realpath(path).catch(() => null);
      if (real !== null) this.#leftOut.add(real);
    }
    for (const root of await outermostRoots(roots)) {
      const pending: Folder[] = [{ root, relativePath: '' }];
      for (let folder = pending.pop(); folder !== undefined; folder = pending.pop()) yield* this.#list(folder, pending);
    }
    for (let linked = this.#linked.shift(); linked !== undefined; linked = this.#linked.shift()) {
      const pending = [linked];
      for (let folder = pending.pop(); folder !== undefined; folder = pending.pop()) yield* this.#list(folder, pending);
    }
  }

  async *#list(folder: Folder, pending: Folder[]): AsyncGenerator<ScanBatch> {
    this.#ctx.signal.throwIfAborted();
    const path = absolutePath(folder.root, folder.relativePath);
    let names: Dirent<Buffer>[];
    try {
      if (folder.relativePath !== '' && this.#leftOut.size > 0 && this.#leftOut.has(await realpath(path))) {
        this.#options.onLeftOut?.(path);
        yield { entries: [], problems: [], numIgnored: 1 };
        return;
      }
      const stats = await stat(path, { bigint: true });
      const key = stats.ino === 0n ? await realpath(path) : `${stats.dev}:${stats.ino}`;
      if (this.#seen.has(key)) return;
      this.#seen.add(key);
      names = await readdir(path, { withFileTypes: true, encoding: 'buffer' });
    } catch (error) {
      const isNoFolder = systemErrorCode(error) === 'ENOTDIR';
      const failure = isNoFolder ? new ImageError(path, 'not-a-file', 'Not a folder. Choose the folder that holds the images.') : undefined;
      yield { entries: [], problems: [problemOf(folder, failure ?? fromSystemError(path, error))], numIgnored: 0 };
      return;
    }
    names.sort((a, b) => Buffer.compare(a.name, b.name));
    const subfolders: Folder[] = [];
    for (let start = 0; start < names.length; start += batchSize) {
      this.#ctx.signal.throwIfAborted();
      const found = await Promise.all(names.slice(start, start + batchSize).map((dirent) => this.#look(folder, dirent)));
      const entries = found.flatMap((item) => (item.kind === 'entry' ? [item.entry] : []));
      const problems = found.flatMap((item) => ('problem' in item && item.problem !== undefined ? [item.problem] : []));
      for (const item of found) if (item.kind === 'folder') (item.isLink ? this.#linked : subfolders).push(item.folder);
      this.#numFound += entries.length;
      this.#ctx.onProgress({ phase: 'scan', done: this.#numFound, total: null });
      yield { entries, problems, numIgnored: found.filter((item) => item.kind === 'ignored').length };
    }
    pending.push(...subfolders.reverse());
  }

  async #look({ root, relativePath: parent }: Folder, dirent: Dirent<Buffer>): Promise<Found> {
    const name = dirent.name.toString('utf8');
    if (isSkipped(name)) return { kind: 'ignored' };
    const below = (part: string): string => (parent === '' ? part : `${parent}/${part}`);
    const isValid = Buffer.compare(Buffer.from(name, 'utf8'), dirent.name) === 0;
    const at: Folder = { root, relativePath: below(isValid ? name : escapeName(dirent.name)) };
    const path = absolutePath(root, at.relativePath);
    const looksLikeImage = extensionOf(name) !== '' && isCandidateName(name);
    const isOrdinary = dirent.isFile() || dirent.isDirectory() || dirent.isSymbolicLink();
    if (!isCandidateName(name) && !dirent.isDirectory() && !dirent.isSymbolicLink()) return { kind: 'ignored' };
    if (!isValid) {
      const what = `The name is not valid UTF-8 text. Rename the ${dirent.isDirectory() ? 'folder' : 'file'}, then import again.`;
      return { kind: 'problem', problem: problemOf(at, new ImageError(path, 'odd-name', what)) };
    }
    let stats: Stats;
    try {
      stats = await stat(path);
    } catch (error) {
      if (!looksLikeImage) return { kind: 'ignored' };
      const isDangling = dirent.isSymbolicLink() && systemErrorCode(error) === 'ENOENT';
      const what = 'A symbolic link to something that is not there. Delete it or point it at the image.';
      const failure = isDangling ? new ImageError(path, 'broken-link', what, error) : fromSystemError(path, error);
      return { kind: 'problem', problem: problemOf(at, failure) };
    }
    const refused = looksLikeImage ? notAFile(stats) : undefined;
    const problem = refused === undefined ? undefined : problemOf(at, new ImageError(path, 'not-a-file', refused));
    if (stats.isDirectory()) {
      return { kind: 'folder', folder: at, isLink: dirent.isSymbolicLink(), ...(problem === undefined ? {} : { problem }) };
    }
    if (problem !== undefined) return { kind: 'problem', problem };
    if (!stats.isFile() || !isOrdinary || !isCandidateName(name)) return { kind: 'ignored' };
    return { kind: 'entry', entry: { ...at, sizeBytes: stats.size, modifiedMs: wholeMs(stats) } };
  }
}

/**
 * Lists the files below one or several folders that may be images: those with the extension of an image format, read here or not, and those
 * without an extension. Contents are not looked at.
 *
 * Hidden files and folders (names starting with a dot) and the litter of operating systems are skipped. Symbolic links are followed, each
 * folder listed once. A root inside another one is part of that one. What cannot be read becomes a problem and never ends the scan. The
 * order is that of the names' bytes, folder by folder, linked folders last.
 *
 * @throws AppError where `roots` is empty; the signal's reason on abort
 */
export function scanFolders(roots: readonly string[], ctx: RunContext, options: ScanOptions = {}): AsyncGenerator<ScanBatch> {
  if (roots.length === 0) throw new AppError('invalid-input', 'No folder was given. Choose the folder that holds the images.');
  return new Scan(ctx, options).run(roots);
}
