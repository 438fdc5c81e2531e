/** Keeps what a window names within the folders it may use. */
import { existsSync, realpathSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { AppError } from '../../contract/errors.ts';

/** Whether `inner` is `outer` or lies in it. Both are real, absolute paths. */
export function isWithin(outer: string, inner: string): boolean {
  const between = relative(outer, inner);
  return between === '' || (!isAbsolute(between) && between !== '..' && !between.startsWith(`..${sep}`));
}

/** The path with all links resolved, as far as it exists. Null where that cannot be told. */
export function realPath(path: string): string | null {
  const absolute = resolve(path);
  try {
    if (existsSync(absolute)) return realpathSync(absolute);
    const parent = dirname(absolute);
    const real = parent === absolute ? null : realPath(parent);
    return real === null ? null : join(real, basename(absolute));
  } catch {
    return null;
  }
}

/**
 * The absolute path, if it may be used: with `roots` null any may, else only what really lies in one of them, links followed. Throws
 * `invalid-input`, naming the folder to stay in but not whether there is anything outside.
 */
export function allowedPath(path: string, roots: readonly string[] | null): string {
  if (path.includes('\0')) throw new AppError('invalid-input', 'A path cannot hold a null character.');
  if (roots === null) return resolve(path);
  const real = realPath(path);
  const isAllowed = real !== null && roots.some((root) => isWithin(realPath(root) ?? resolve(root), real));
  if (!isAllowed) throw new AppError('invalid-input', `Only what lies in ${roots[0] ?? ''} can be used here. Choose something in it.`);
  return resolve(path);
}
