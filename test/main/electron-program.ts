/** Electron itself, where its program has been fetched and there is a display; else why not. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { env, getuid, platform } from 'node:process';
import { fileURLToPath } from 'node:url';
import { _electron } from 'playwright-core';
import type { ElectronApplication } from 'playwright-core';
import { onTestFinished } from 'vitest';
import { buildApp } from '../../electron/build.ts';
import { installedBinary, obstacle } from '../../electron/serve/electron-binary.ts';

const repository = fileURLToPath(new URL('../..', import.meta.url));
const packageDir = join(repository, 'node_modules', 'electron');

/** Electron's program: that of the package, or of the folder that its own loader looks into as well. */
function findBinary(): string | null {
  const elsewhere = env['ELECTRON_OVERRIDE_DIST_PATH'] ?? '';
  if (elsewhere === '') return installedBinary(packageDir);
  const path = join(elsewhere, platform === 'win32' ? 'electron.exe' : 'electron');
  return existsSync(path) ? path : null;
}

const binary = findBinary();

/** Why Electron cannot be tested here; null where it can. */
export const electronObstacle: string | null =
  binary === null
    ? 'Electron’s program has not been fetched'
    : obstacle({ platform, env, isRoot: getuid?.() === 0, packageDir, failurePath: '', nowMs: 0 });

/** The desktop app as `npm start` opens it, sandbox included; its profile, data and caches are below `home`. Ends with the test at the latest. */
export async function launchElectron(home: string, ...args: readonly string[]): Promise<ElectronApplication> {
  await buildApp();
  const app = await _electron.launch({
    executablePath: binary ?? '',
    args: [repository, `--user-data-dir=${join(home, 'user')}`, ...args],
    chromiumSandbox: true,
    env: { ...(env as Record<string, string>), ACCLIMATE_DATA: join(home, 'data'), ACCLIMATE_CACHE: join(home, 'cache') },
  });
  onTestFinished(() => void app.process().kill('SIGKILL'));
  return app;
}
