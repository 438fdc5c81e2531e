/** A folder that appears whole or not at all. */
import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { AppError } from '../contract/errors.ts';

export const manifestName = 'manifest.json';
export const manifestFormat = 'acclimate-export';

/** What following the package's own instructions leaves in it. */
const expendable: ReadonlySet<string> = new Set(['node_modules', 'package-lock.json', '__pycache__']);

/** The files of the package in a folder, by its manifest; null where there is no manifest of a package. */
async function packagedFiles(dir: string): Promise<readonly string[] | null> {
  const text = await readFile(join(dir, manifestName), 'utf8').catch(() => null);
  if (text === null) return null;
  try {
    const manifest = JSON.parse(text) as { format?: unknown; files?: readonly { name: string }[] };
    return manifest.format === manifestFormat ? [manifestName, ...(manifest.files ?? []).map(({ name }) => name)] : null;
  } catch {
    return null;
  }
}

function hasCode(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof Error && 'code' in error && codes.includes(String(error.code));
}

/**
 * Whether the folder may become a package: it does not exist yet, is empty, or is an earlier package without other files in it.
 * Throws `AppError` 'conflict' where it is anything else, and 'io' where it cannot be read.
 */
export async function checkReplaceable(outDir: string): Promise<void> {
  const another = 'Choose another folder, or a new name.';
  const names = await readdir(outDir).catch((cause: unknown) => {
    if (hasCode(cause, 'ENOENT')) return [];
    if (hasCode(cause, 'ENOTDIR')) throw new AppError('conflict', `${outDir} is a file. ${another}`, { cause });
    throw refused(outDir, cause);
  });
  if (names.length === 0) return;
  const known = await packagedFiles(outDir);
  if (known === null)
    throw new AppError('conflict', `${outDir} is not empty and not an earlier export, so it is left as it is. ${another}`);
  const foreign = names.filter((name) => !known.includes(name) && !expendable.has(name));
  if (foreign.length > 0) {
    const listed = foreign.slice(0, 3).join(', ') + (foreign.length > 3 ? `, and ${foreign.length - 3} more` : '');
    throw new AppError(
      'conflict',
      `The earlier export in ${outDir} also holds files of yours (${listed}). Move them away, or choose another folder.`,
    );
  }
}

function refused(outDir: string, cause: unknown): AppError {
  const said = `The package could not be written to ${outDir}: ${cause instanceof Error ? cause.message : String(cause)}`;
  return new AppError('io', `${said}. Check that the disk has room and that you may write there.`, { cause });
}

/**
 * Lets `fill` write into a hidden folder beside `outDir`, and renames that to `outDir` when it is done. On any failure nothing of it
 * is left, and an earlier package stays as it was. Throws what `fill` throws, file system errors as `AppError` 'io', and what
 * `checkReplaceable` throws.
 */
export async function writePackageFolder<T>(outDir: string, fill: (dir: string) => Promise<T>): Promise<T> {
  await checkReplaceable(outDir);
  const full = resolve(outDir);
  const beside = (kind: string): string => join(dirname(full), `.${basename(full)}.acclimate-${kind}`);
  const [partial, earlier] = [beside('partial'), beside('earlier')];
  try {
    await rm(partial, { recursive: true, force: true });
    await mkdir(partial, { recursive: true });
    const result = await fill(partial);
    await swap(partial, full, earlier);
    return result;
  } catch (error) {
    await rm(partial, { recursive: true, force: true });
    if (error instanceof Error && 'syscall' in error) throw refused(outDir, error);
    throw error;
  }
}

async function swap(partial: string, full: string, earlier: string): Promise<void> {
  await rm(earlier, { recursive: true, force: true });
  const replaced = await rename(full, earlier).then(
    () => true,
    (error: unknown) => {
      if (hasCode(error, 'ENOENT')) return false;
      throw error;
    },
  );
  try {
    await rename(partial, full);
  } catch (error) {
    if (replaced) await rename(earlier, full);
    throw error;
  }
  if (replaced) await rm(earlier, { recursive: true, force: true });
}
