/** The window's files, read once: a request's path is looked up among them and never becomes a path on disk. */
import { readFileSync, readdirSync } from 'node:fs';
import { extname, join, sep } from 'node:path';
import { AppError } from '../contract/errors.ts';

export interface StaticFile {
  readonly mime: string;
  readonly bytes: Uint8Array;
  /** Its name changes with its content. */
  readonly isHashed: boolean;
}

/** By the path of their address, such as '/assets/index-3f2a.js'. */
export type StaticFiles = ReadonlyMap<string, StaticFile>;

const mimes: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
  '.webp': 'image/webp',
};

/** Reads the files of a folder with all below it; those of a kind that a window does not have are left out. Throws `not-found` without a page. */
export function readStaticFiles(folder: string): StaticFiles {
  const files = new Map<string, StaticFile>();
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const mime = mimes[extname(entry.name)];
    if (!entry.isFile() || mime === undefined) continue;
    const path = join(entry.parentPath, entry.name);
    const address = path.slice(folder.length).split(sep).join('/');
    files.set(address, { mime, bytes: readFileSync(path), isHashed: address.startsWith('/assets/') });
  }
  const page = files.get('/index.html');
  if (page === undefined) throw new AppError('not-found', 'The window has not been built. Run: npm run build');
  files.set('/', page);
  return files;
}
