/** Whether Electron can open a window here. Its package brings no program along; that is fetched when first needed, where the network allows. */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

export interface Surroundings {
  readonly platform: NodeJS.Platform;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly isRoot: boolean;
  /** Folder of the package `electron`. */
  readonly packageDir: string;
  /** File that remembers a failed download. */
  readonly failurePath: string;
  readonly nowMs: number;
}

export type Found = { readonly binary: string } | { readonly reason: string };

const downloadLimitMs = 60_000;
/** After a failed download the next one is not tried before. */
const retryAfterMs = 24 * 3600 * 1000;

/** Why no window can open here, whatever is installed; null where one can. */
export function obstacle({ platform, env, isRoot }: Surroundings): string | null {
  if (platform !== 'linux') return null;
  const has = (name: string): boolean => (env[name] ?? '') !== '';
  if (!has('DISPLAY') && !has('WAYLAND_DISPLAY')) return 'there is no display';
  return isRoot ? 'Electron refuses to run as root' : null;
}

/** Electron's program, or null where it has not been fetched. */
export function installedBinary(packageDir: string): string | null {
  const pathFile = join(packageDir, 'path.txt');
  if (!existsSync(pathFile)) return null;
  const binary = join(packageDir, 'dist', readFileSync(pathFile, 'utf8').trim());
  return existsSync(binary) ? binary : null;
}

/** Electron's program, fetched where need be and possible; or why there will be no window. */
export async function findElectron(
  around: Surroundings,
  options: { readonly onDownload: () => void; readonly download?: typeof downloadElectron },
): Promise<Found> {
  const reason = obstacle(around);
  if (reason !== null) return { reason };
  const { packageDir, failurePath, nowMs } = around;
  const present = installedBinary(packageDir);
  if (present !== null) return { binary: present };
  if (!existsSync(join(packageDir, 'install.js'))) return { reason: 'Electron is not installed' };
  const failedMs = existsSync(failurePath) ? Number(readFileSync(failurePath, 'utf8')) : Number.NaN;
  if (nowMs - failedMs < retryAfterMs) return { reason: 'Electron could not be downloaded' };
  options.onDownload();
  await (options.download ?? downloadElectron)(packageDir);
  const fetched = installedBinary(packageDir);
  if (fetched !== null) return { binary: fetched };
  mkdirSync(dirname(failurePath), { recursive: true });
  writeFileSync(failurePath, String(nowMs));
  return { reason: 'Electron could not be downloaded' };
}

/** Runs the package's own installer, for a minute at most. Whether it worked shows by what is there afterwards; its complaints help nobody here. */
function downloadElectron(packageDir: string): Promise<void> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [join(packageDir, 'install.js')], {
      cwd: packageDir,
      stdio: 'ignore',
      timeout: downloadLimitMs,
      killSignal: 'SIGKILL',
    });
    child.once('error', () => resolve());
    child.once('close', () => resolve());
  });
}
