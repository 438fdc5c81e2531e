/** The window's built files, built anew where the sources are newer. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AppError } from '../contract/errors.ts';

const repository = fileURLToPath(new URL('../..', import.meta.url));
const sources = ['renderer', 'electron/contract', 'vite.config.ts'];
/** Where the build puts the window. */
export const windowDir = join(repository, 'dist', 'renderer');

/** When a file, or the newest of a folder with all below it, was last changed. */
function newestMs(path: string): number {
  const entry = statSync(path);
  if (!entry.isDirectory()) return entry.mtimeMs;
  const inside = readdirSync(path, { recursive: true, withFileTypes: true }).filter((child) => child.isFile());
  return inside.reduce((newest, child) => Math.max(newest, statSync(join(child.parentPath, child.name)).mtimeMs), 0);
}

/** Why the window has to be built before it can be served; null where what is there will do. */
export function reasonToBuild(dir = windowDir): string | null {
  const page = join(dir, 'index.html');
  if (!existsSync(page)) return 'it has not been built yet';
  const isStale = sources.some((source) => newestMs(join(repository, source)) > statSync(page).mtimeMs);
  return isStale ? 'its sources have changed' : null;
}

/** Builds the window. Throws `internal` where its sources are wrong. */
export async function buildWindow(): Promise<void> {
  // Only here: what is built already is served without the build's tools.
  const { build } = await import('vite');
  try {
    await build({ root: join(repository, 'renderer'), configFile: join(repository, 'vite.config.ts'), logLevel: 'error' });
  } catch (error) {
    const what = error instanceof Error ? error.message : String(error);
    throw new AppError('internal', `The window could not be built: ${what}`, { cause: error });
  }
}
