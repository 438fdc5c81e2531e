/** The desktop window in Electron itself, where its program has been fetched and there is a display; said aloud where not. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { temporaryDir } from './desktop.ts';
import { electronObstacle as reason, launchElectron } from './electron-program.ts';

if (reason !== null) console.warn(`The window is not tested in Electron itself: ${reason}.`);

describe.skipIf(reason !== null)(`the window in Electron${reason === null ? '' : ` (skipped: ${reason})`}`, () => {
  test('opens on its page, reaches its engine, and holds what it must not do', async () => {
    const home = temporaryDir('electron');
    const app = await launchElectron(home);
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
