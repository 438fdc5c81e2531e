/** Where the project of a folder of images is kept. */
import { createHash } from 'node:crypto';
import { accessSync, constants, existsSync, mkdirSync } from 'node:fs';
import { basename, dirname, extname, join } from 'node:path';
import { isWithin, realPath } from '../intake/allowed-path.ts';

const extension = '.acclimate';

/** What a project is called. */
export function nameOf(projectPath: string): string {
  return basename(projectPath, extname(projectPath));
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * The project file of a folder: beside it as `<folder>.acclimate`, or, where nothing can be written there, in the data folder under a name that
 * tells which folder it is of. One that exists is taken as it is.
 */
export function projectPathFor(folder: string, places: { readonly dataDir: string; readonly root: string | null }): string {
  const name = basename(folder) === '' ? 'images' : basename(folder);
  const parent = dirname(folder);
  const beside = join(parent, name + extension);
  const isBesideAllowed =
    parent !== folder && (places.root === null || isWithin(realPath(places.root) ?? places.root, realPath(parent) ?? parent));
  if (isBesideAllowed && existsSync(beside)) return beside;
  const projects = join(places.dataDir, 'projects');
  const digest = createHash('sha256')
    .update(realPath(folder) ?? folder)
    .digest('hex')
    .slice(0, 8);
  const apart = join(projects, `${name}-${digest}${extension}`);
  if (existsSync(apart)) return apart;
  if (isBesideAllowed && isWritable(parent)) return beside;
  mkdirSync(projects, { recursive: true });
  return apart;
}
