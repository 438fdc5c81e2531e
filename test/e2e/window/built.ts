/** The window as it is shipped, built once for all tests that open it. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { env } from 'node:process';
import { fileURLToPath } from 'node:url';
import { nodePath } from './paths.ts';

const repository = fileURLToPath(new URL('../../..', import.meta.url));
const vite = join(repository, 'node_modules', 'vite', 'bin', 'vite.js');
const cache = join(repository, 'node_modules', '.cache', 'e2e-window');
/** How long builds of other sources are kept. */
const keptMs = 3600_000;
const sources = ['renderer', 'electron/contract', 'vite.config.ts'];

function newestMs(path: string): number {
  const entry = statSync(path);
  if (!entry.isDirectory()) return entry.mtimeMs;
  const inside = readdirSync(path, { recursive: true, withFileTypes: true }).filter((child) => child.isFile());
  return inside.reduce((newest, child) => Math.max(newest, statSync(join(child.parentPath, child.name)).mtimeMs), 0);
}

/** The folder of the built window; builds it where that of the present sources is not there. Test files run side by side: each builds aside. */
export function builtWindow(): string {
  const name = String(Math.floor(Math.max(...sources.map((source) => newestMs(join(repository, source))))));
  const built = join(cache, name);
  if (existsSync(join(built, 'index.html'))) return built;
  mkdirSync(cache, { recursive: true });
  const own = `${built}.${process.pid}`;
  // Tests run with another NODE_ENV, which would build a window for development.
  const { status, stderr } = spawnSync(nodePath, [vite, 'build', '--outDir', own, '--emptyOutDir', '--logLevel', 'error'], {
    cwd: repository,
    env: { ...env, NODE_ENV: undefined },
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`The window could not be built:\n${stderr}`);
  // Those of older sources; other tests may still be starting with one that is not.
  for (const other of readdirSync(cache)) {
    const path = join(cache, other);
    if ((statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Infinity) < Date.now() - keptMs)
      rmSync(path, { recursive: true, force: true });
  }
  try {
    renameSync(own, built);
  } catch (error) {
    rmSync(own, { recursive: true, force: true });
    if (!existsSync(join(built, 'index.html'))) throw error;
  }
  return built;
}
