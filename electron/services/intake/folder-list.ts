/** What lies in a folder, for choosing one where the browser has no dialog. */
import { readdir, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, extname, join } from 'node:path';
import type { Dirent } from 'node:fs';
import type { FolderEntry, FolderView } from '../../contract/domain.ts';
import { AppError } from '../../contract/errors.ts';
import { extensionOf, isCandidateName } from '../../images/signature.ts';
import { allowedPath, isWithin, realPath } from './allowed-path.ts';

/** Weights in other formats are shown, too: choosing one tells how to convert it, where leaving it out would tell nothing. */
const kinds: Readonly<Record<string, FolderEntry['kind']>> = {
  '.acclimate': 'project',
  '.safetensors': 'weights',
  '.pth': 'weights',
  '.pt': 'weights',
  '.h5': 'weights',
  '.npz': 'weights',
  '.csv': 'labels',
};

const byName = new Intl.Collator('en', { numeric: true, sensitivity: 'base' });

/** 'folder', 'file', or null for what is neither or cannot be looked at. Links count as what they lead to, within `root`. */
async function typeOf(entry: Dirent, path: string, root: string | null): Promise<'folder' | 'file' | null> {
  if (entry.isDirectory()) return 'folder';
  if (entry.isFile()) return 'file';
  if (!entry.isSymbolicLink()) return null;
  const real = realPath(path);
  if (real === null || (root !== null && !isWithin(realPath(root) ?? root, real))) return null;
  try {
    const found = await stat(path);
    return found.isDirectory() ? 'folder' : found.isFile() ? 'file' : null;
  } catch {
    return null;
  }
}

async function readEntries(path: string): Promise<Dirent[]> {
  try {
    return await readdir(path, { withFileTypes: true });
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : '';
    if (code === 'ENOENT') throw new AppError('not-found', `There is no folder ${path}. Check the path.`, { cause });
    if (code === 'ENOTDIR') throw new AppError('invalid-input', `${path} is a file. Choose a folder.`, { cause });
    throw new AppError('io', `${path} cannot be read. You may lack the permission, or its disk is not connected.`, { cause });
  }
}

/**
 * The folders, projects, weights and label files in a folder, by name; hidden ones are left out. Null is `root`, or else the user's own
 * folder. Throws `invalid-input` outside `root`, `not-found` and `io` where the folder itself cannot be read.
 */
export async function listFolder(path: string | null, root: string | null): Promise<FolderView> {
  const folder = allowedPath(path ?? root ?? homedir(), root === null ? null : [root]);
  const entries: FolderEntry[] = [];
  let numImages = 0;
  for (const entry of await readEntries(folder)) {
    if (entry.name.startsWith('.')) continue;
    const at = join(folder, entry.name);
    const type = await typeOf(entry, at, root);
    if (type === 'folder') entries.push({ name: entry.name, path: at, kind: 'folder' });
    if (type !== 'file') continue;
    const kind = kinds[extname(entry.name).toLowerCase()];
    if (kind !== undefined) entries.push({ name: entry.name, path: at, kind });
    else if (extensionOf(entry.name) !== '' && isCandidateName(entry.name)) numImages++;
  }
  entries.sort((a, b) => Number(a.kind !== 'folder') - Number(b.kind !== 'folder') || byName.compare(a.name, b.name));
  const isTop = dirname(folder) === folder || (root !== null && realPath(folder) === realPath(root));
  return { path: folder, parent: isTop ? null : dirname(folder), entries, numImages };
}
