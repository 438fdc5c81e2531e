import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { findElectron, obstacle } from '../../electron/serve/electron-binary.ts';
import type { Surroundings } from '../../electron/serve/electron-binary.ts';

function surroundings(changes: Partial<Surroundings> = {}): Surroundings {
  const folder = mkdtempSync(join(tmpdir(), 'acclimate-electron-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const packageDir = join(folder, 'electron');
  mkdirSync(packageDir);
  writeFileSync(join(packageDir, 'install.js'), '');
  const env = { DISPLAY: ':0' };
  return { platform: 'linux', env, isRoot: false, packageDir, failurePath: join(folder, 'cache', 'failed'), nowMs: 1e12, ...changes };
}

const install = (packageDir: string): void => {
  mkdirSync(join(packageDir, 'dist'));
  writeFileSync(join(packageDir, 'dist', 'electron'), '');
  writeFileSync(join(packageDir, 'path.txt'), 'electron\n');
};

/** A download that counts how often it is tried. */
function download(work: (packageDir: string) => void = () => undefined): { times: number; run: (packageDir: string) => Promise<void> } {
  const counted = { times: 0, run: (packageDir: string) => (counted.times++, work(packageDir), Promise.resolve()) };
  return counted;
}

const onDownload = (): void => undefined;

describe('where no window can open', () => {
  it.each([
    ['there is no display', { env: {} }],
    ['there is no display', { env: { DISPLAY: '', WAYLAND_DISPLAY: '' } }],
    ['Electron refuses to run as root', { isRoot: true }],
    [null, {}],
    [null, { env: { WAYLAND_DISPLAY: 'wayland-0' } }],
    [null, { platform: 'darwin', env: {}, isRoot: true }],
    [null, { platform: 'win32', env: {} }],
  ] satisfies [string | null, Partial<Surroundings>][])('says %j for %j', (reason, changes) => {
    expect(obstacle(surroundings(changes))).toBe(reason);
  });

  it('does not fetch anything', async () => {
    const tried = download();
    await findElectron(surroundings({ env: {} }), { onDownload, download: tried.run });
    expect(tried.times).toBe(0);
  });
});

describe("Electron's program", () => {
  it('is taken where it is', async () => {
    const around = surroundings();
    install(around.packageDir);
    const tried = download();
    expect(await findElectron(around, { onDownload, download: tried.run })).toEqual({
      binary: join(around.packageDir, 'dist', 'electron'),
    });
    expect(tried.times).toBe(0);
  });

  it('is fetched where it is not', async () => {
    const around = surroundings();
    expect(await findElectron(around, { onDownload, download: download(install).run })).toHaveProperty('binary');
  });

  it('is not fetched again right after that failed, but the day after', async () => {
    const around = surroundings();
    const tried = download();
    const options = { onDownload, download: tried.run };
    const reason = 'Electron could not be downloaded';
    expect(await findElectron(around, options)).toEqual({ reason });
    expect(await findElectron({ ...around, nowMs: around.nowMs + 3600_000 }, options)).toEqual({ reason });
    expect(tried.times).toBe(1);
    await findElectron({ ...around, nowMs: around.nowMs + 25 * 3600_000 }, options);
    expect(tried.times).toBe(2);
  });

  it('is missed where the package is not installed', async () => {
    expect(await findElectron(surroundings({ packageDir: '/nowhere' }), { onDownload })).toEqual({ reason: 'Electron is not installed' });
  });
});
