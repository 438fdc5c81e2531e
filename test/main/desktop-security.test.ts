/** What the running app refuses, asked the way Electron would ask it. */
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { channels } from '../../electron/contract/channels.ts';
import type { SenderFrame } from '../../electron/main/ipc.ts';
import { FakeEvent } from './fake-electron.ts';
import type { FakeContents } from './fake-electron.ts';
import { ok, startDesktop } from './desktop.ts';

const page = 'app://acclimate/index.html';
const denied = { contextIsolation: true, sandbox: true, nodeIntegration: false, webSecurity: true, webviewTag: false };

describe('the window that is made', () => {
  test('has no rights, and in a checkout the tools of developers', async () => {
    const { window, appDir } = await startDesktop();
    expect(window().options).toMatchObject({ show: false, title: 'Acclimate', minWidth: 960, backgroundColor: '#f2f3f6' });
    expect(window().options.webPreferences).toMatchObject({
      ...denied,
      devTools: true,
      preload: join(appDir, 'dist', 'preload', 'preload.cjs'),
    });
    expect(window().options['icon']).toBe(join(appDir, 'resources', 'icons', '512x512.png'));
  });

  test('packaged has none of these tools, neither by right nor in the menu', async () => {
    const { window, control, dir } = await startDesktop({ isPackaged: true, isDark: true });
    expect(window().options.webPreferences).toMatchObject({ ...denied, devTools: false });
    expect(window().options).toMatchObject({ backgroundColor: '#141518', icon: join(dir, 'resources', 'icon.png') });
    expect(JSON.stringify(control.menus)).not.toMatch(/toggleDevTools|reload/i);
  });

  test('appears where it was, if that is on a screen', async () => {
    const savedWindow = { bounds: { x: 100, y: 90, width: 1200, height: 800 }, isMaximized: true };
    const { window } = await startDesktop({ savedWindow });
    expect(window().options).toMatchObject(savedWindow.bounds);
    expect((window() as unknown as { isMaximized(): boolean }).isMaximized()).toBe(true);
  });
});

test('every permission is refused but copying text from the app’s own page', async () => {
  const { control } = await startDesktop();
  const request = control.permissions['setPermissionRequestHandler'] as (...values: unknown[]) => void;
  const check = control.permissions['setPermissionCheckHandler'] as (...values: unknown[]) => boolean;
  const own = { requestingUrl: page, isMainFrame: true };
  const asked = (permission: string, details: object): boolean[] => {
    const answers = [check(null, permission, '', details)];
    request(null, permission, (isGranted: boolean) => answers.push(isGranted), details);
    return answers;
  };
  for (const permission of ['media', 'geolocation', 'notifications', 'midi', 'usb', 'clipboard-read', 'openExternal', 'fullscreen'])
    expect(asked(permission, own)).toEqual([false, false]);
  expect(asked('clipboard-sanitized-write', own)).toEqual([true, true]);
  expect(asked('clipboard-sanitized-write', { requestingUrl: 'https://example.org/', isMainFrame: true })).toEqual([false, false]);
  expect((control.permissions['setDevicePermissionHandler'] as () => boolean)()).toBe(false);
});

describe('navigation', () => {
  test('is refused, to the app’s own pages as well, and noted', async () => {
    const { window, log } = await startDesktop();
    for (const how of ['will-navigate', 'will-redirect', 'will-frame-navigate'] as const)
      for (const url of ['https://example.org/', 'file:///etc/passwd', page]) expect(window().webContents.navigates(how, url)).toBe(false);
    expect(log()).toContain('Refused to go to https://example.org/.');
  });

  test('to a new window is refused, and goes to the system’s browser for known pages only', async () => {
    const { window, control } = await startDesktop();
    const { openHandler } = window().webContents;
    for (const url of ['https://example.org/', 'file:///etc/passwd', page, 'https://onnxruntime.ai/docs/'])
      expect(openHandler({ url })).toEqual({ action: 'deny' });
    expect(control.opened).toEqual(['https://onnxruntime.ai/docs/']);
  });

  test('is refused in contents that something else makes, and pages cannot be embedded', async () => {
    const { app, window, module } = await startDesktop();
    const Contents = window().webContents.constructor as new (toPage: unknown) => FakeContents;
    const other = new Contents(module.app);
    app.emit('web-contents-created', new FakeEvent(), other);
    expect(other.navigates('will-navigate', 'https://example.org/')).toBe(false);
    const event = new FakeEvent();
    other.emit('will-attach-webview', event);
    expect(event.defaultPrevented).toBe(true);
  });
});

describe('requests', () => {
  const requests: readonly (readonly [string, ...unknown[]])[] = [
    [channels.call, 'project.openFolder', { path: '/photos' }],
    [channels.pickFolder, { title: 'T' }],
    [channels.pickFile, { title: 'T', kinds: [] }],
    [channels.reveal, '/a'],
    [channels.connection],
  ];
  const own: SenderFrame = { url: page, parent: null };

  test('are handled on the contract’s channels only', async () => {
    const { control } = await startDesktop();
    const { connectionChanged, eventRaised, ...asked } = channels;
    expect([...control.handlers.keys()].sort()).toEqual(Object.values(asked).sort());
    expect([connectionChanged, eventRaised].some((channel) => control.handlers.has(channel))).toBe(false);
  });

  test.each<readonly [string, SenderFrame | null]>([
    ['a page of the web', { url: 'https://acclimate/index.html', parent: null }],
    ['a frame in the page', { url: page, parent: own }],
    ['a page before it is loaded', { url: 'about:blank', parent: null }],
    ['a frame that is gone', null],
  ])('of %s reach nothing', async (_, frame) => {
    const { control, engine } = await startDesktop();
    const before = engine().calls().length;
    for (const request of requests) await expect(control.ask(frame, ...request)).rejects.toThrow('Refused.');
    expect(engine().calls()).toHaveLength(before);
    expect(control.openDialogs).toEqual([]);
    expect(control.revealed).toEqual([]);
  });

  test('of the own page reach the engine, unless their input does not fit', async () => {
    const { ask, engine } = await startDesktop({ answers: { 'images.rows': () => ok(['row']) } });
    expect(await ask(channels.call, 'images.rows', { ids: [1] })).toEqual({ ok: true, value: ['row'] });
    expect(await ask(channels.call, 'images.rows', { ids: ['1'] })).toMatchObject({ ok: false, error: { code: 'invalid-input' } });
    expect(await ask(channels.call, 'no.such', {})).toMatchObject({ ok: false, error: { code: 'invalid-input' } });
    expect(
      engine()
        .calls()
        .filter((call) => !call.startsWith('app.')),
    ).toEqual(['images.rows {"ids":[1]}']);
  });
});

describe('app://acclimate', () => {
  test('answers the page with a policy that lets nothing from elsewhere in', async () => {
    const { control } = await startDesktop();
    const response = await control.fetch(page);
    expect(response.status).toBe(200);
    expect(await response.text()).toContain('<title>Acclimate</title>');
    const policy = response.headers.get('Content-Security-Policy')!;
    expect(policy.split('; ').sort()).toEqual(
      [
        ...["default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' blob: data:", "connect-src 'self'"],
        ...["base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"],
      ].sort(),
    );
  });

  test.each(['/../secret.html', '/..%2fsecret.html', '/assets/..%2f..%2f..%2fsecret.html', '/secret.html', '/dist/main/main.cjs'])(
    'refuses %s',
    async (path) => {
      const { control } = await startDesktop();
      const response = await control.fetch(`app://acclimate${path}`);
      expect(response.status).toBe(404);
      expect(await response.text()).not.toContain('secret');
    },
  );

  test('answers pictures of the engine by id', async () => {
    const { control, engine } = await startDesktop();
    const picture = await control.fetch('app://acclimate/img/7/thumb?v=2');
    expect([picture.status, picture.headers.get('Content-Type')]).toEqual([200, 'image/webp']);
    expect(new Uint8Array(await picture.arrayBuffer())).toEqual(Uint8Array.of(7));
    expect(engine().received.at(-1)).toMatchObject({ type: 'image', imageId: 7, variant: 'thumb' });
    expect((await control.fetch('app://acclimate/img/12/thumb')).status).toBe(404);
    expect((await control.fetch('app://acclimate/img/7/original')).status).toBe(404);
    expect((await control.fetch('app://elsewhere/index.html')).status).toBe(403);
    expect((await control.fetch(page, 'POST')).status).toBe(405);
  });
});
