/** The desktop window in Electron itself, where its program has been fetched and there is a display; said aloud where not. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { _electron } from 'playwright-core';
import { describe, expect, onTestFinished, test } from 'vitest';
import { buildApp } from '../../electron/build.ts';
import { installedBinary, obstacle } from '../../electron/serve/electron-binary.ts';
import { temporaryDir } from './desktop.ts';

const repository = fileURLToPath(new URL('../..', import.meta.url));
const packageDir = join(repository, 'node_modules', 'electron');
const binary = installedBinary(packageDir);
const isRoot = process.getuid?.() === 0;
const reason =
  binary === null
    ? 'Electron’s program has not been fetched'
    : obstacle({ platform: process.platform, env: process.env, isRoot, packageDir, failurePath: '', nowMs: 0 });
if (reason !== null) console.warn(`The window is not tested in Electron itself: ${reason}.`);

describe.skipIf(reason !== null)(`the window in Electron${reason === null ? '' : ` (skipped: ${reason})`}`, () => {
  test('opens on its page, reaches its engine, and holds what it must not do', async () => {
    const home = temporaryDir('electron');
    await buildApp();
    const app = await _electron.launch({
      executablePath: binary!,
      args: [repository, `--user-data-dir=${join(home, 'user')}`],
      env: { ...(process.env as Record<string, string>), ACCLIMATE_DATA: join(home, 'data'), ACCLIMATE_CACHE: join(home, 'cache') },
    });
    onTestFinished(() => app.close());
    const page = await app.firstWindow();
    expect(page.url()).toBe('app://acclimate/index.html');
    const found: unknown = await page.evaluate(`(async () => {
      const { ok } = await acclimate.call('app.view', {});
      const inline = document.createElement('script');
      inline.textContent = 'globalThis.ranInline = true';
      document.body.append(inline);
      const status = (await fetch('/..%2fpackage.json')).status;
      return { ok, ranInline: typeof ranInline, status, node: [typeof require, typeof process] };
    })()`);
    expect(found).toMatchObject({ ok: true, ranInline: 'undefined', node: ['undefined', 'undefined'], status: 404 });
    await page.evaluate(`void (location.href = 'https://example.org/')`);
    expect(page.url()).toBe('app://acclimate/index.html');
    expect(existsSync(join(home, 'data'))).toBe(true);
  });
});
