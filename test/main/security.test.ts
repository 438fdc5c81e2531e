import { mkdtempSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { channels } from '../../electron/contract/channels.ts';
import type { ProjectView } from '../../electron/contract/domain.ts';
import { AppError } from '../../electron/contract/errors.ts';
import { isOwnAddress, pageAddress } from '../../electron/main/address.ts';
import { createProtocolHandler } from '../../electron/main/app-protocol.ts';
import { registerIpc } from '../../electron/main/ipc.ts';
import type { IpcEvent, SenderFrame } from '../../electron/main/ipc.ts';
import { KnownPaths } from '../../electron/main/known-paths.ts';
import { externalPages, guardContents, guardSession } from '../../electron/main/navigation.ts';
import { windowOptions } from '../../electron/main/window-options.ts';
import { readStaticFiles } from '../../electron/window-files/static-files.ts';

const own: SenderFrame = { url: pageAddress, parent: null };

function ipc() {
  const listeners = new Map<string, (event: IpcEvent, ...values: unknown[]) => Promise<unknown>>();
  const done: string[] = [];
  const log: string[] = [];
  const note =
    <Value>(what: string, value: Value) =>
    (...values: unknown[]): Promise<Value> => {
      done.push(`${what} ${JSON.stringify(values)}`);
      return Promise.resolve(value);
    };
  registerIpc(
    { handle: (channel, listener) => void listeners.set(channel, listener) },
    {
      call: note('call', 'answer'),
      pickFolder: note('pickFolder', '/f'),
      pickFile: note('pickFile', '/f/a.csv'),
      reveal: note('reveal', undefined),
      connection: () => ({ status: 'connected' }),
    },
    (line) => log.push(line),
  );
  const ask = (frame: SenderFrame | null, channel: string, ...values: unknown[]) =>
    listeners.get(channel)!({ senderFrame: frame }, ...values);
  return { ask, done, log, listeners };
}

const requests: readonly (readonly [string, readonly unknown[]])[] = [
  [channels.call, ['project.view', {}]],
  [channels.pickFolder, [{ title: 'T' }]],
  [channels.pickFile, [{ title: 'T', kinds: [{ name: 'CSV', extensions: ['csv'] }] }]],
  [channels.reveal, ['/a']],
  [channels.connection, []],
];

describe('requests of the window', () => {
  test('are answered for its own page', async () => {
    const { ask, done, listeners } = ipc();
    expect([...listeners.keys()].sort()).toEqual(requests.map(([channel]) => channel).sort());
    for (const [channel, values] of requests) await ask(own, channel, ...values);
    expect(done).toHaveLength(4);
    expect(await ask(own, channels.call, 'project.view', {})).toEqual({ ok: true, value: 'answer' });
  });

  test.each<readonly [string, SenderFrame | null]>([
    ['a frame that is gone', null],
    ['a frame inside the page', { url: pageAddress, parent: own }],
    ['a page of the web', { url: 'https://acclimate/index.html', parent: null }],
    ['a file', { url: 'file:///index.html', parent: null }],
    ['another host', { url: 'app://acclimate.evil/index.html', parent: null }],
    ['a host with a port', { url: 'app://acclimate:81/index.html', parent: null }],
    ['a name before the host', { url: 'app://acclimate@evil/', parent: null }],
    ['a user of the host', { url: 'app://u@acclimate/', parent: null }],
    ['nothing', { url: '', parent: null }],
  ])('are refused on every channel from %s', async (_, frame) => {
    const { ask, done, log } = ipc();
    for (const [channel, values] of requests) await expect(ask(frame, channel, ...values)).rejects.toThrow('Refused');
    expect(done).toEqual([]);
    expect(log).toHaveLength(requests.length);
  });

  test.each<readonly [string, readonly unknown[]]>([
    [channels.call, []],
    [channels.call, [7, {}]],
    [channels.call, ['project.view', {}, 'more']],
    [channels.pickFolder, [{}]],
    [channels.pickFolder, [{ title: 'T', defaultPath: 3 }]],
    [channels.pickFile, [{ title: 'T', kinds: [{ name: 'x', extensions: ['../sh'] }] }]],
    [channels.reveal, [{ path: '/a' }]],
    [channels.reveal, ['']],
    [channels.connection, ['more']],
  ])('are refused with arguments that do not fit: %s %j', async (channel, values) => {
    const { ask, done } = ipc();
    await expect(ask(own, channel, ...values)).rejects.toThrow('do not fit');
    expect(done).toEqual([]);
  });

  test.each([
    ['constructor', {}],
    ['no.such', {}],
    ['images.rows', { ids: [-1] }],
    ['images.rows', { ids: 'all' }],
    ['project.open', { path: 5 }],
    ['labels.assign', { ids: [1] }],
  ])('never reach the engine where call or input are unknown: %s %j', async (name, input) => {
    const { ask, done } = ipc();
    expect(await ask(own, channels.call, name, input)).toMatchObject({ ok: false, error: { code: 'invalid-input' } });
    expect(done).toEqual([]);
  });
});

describe('app://', () => {
  function served() {
    const dir = mkdtempSync(join(tmpdir(), 'acclimate-protocol-'));
    onTestFinished(() => rmSync(dir, { recursive: true }));
    mkdirSync(join(dir, 'window', 'assets'), { recursive: true });
    writeFileSync(join(dir, 'secret.html'), 'secret');
    writeFileSync(join(dir, 'window', 'index.html'), '<!doctype html>');
    writeFileSync(join(dir, 'window', 'assets', 'index-1.js'), 'export {};');
    const asked: number[] = [];
    const handler = createProtocolHandler({
      files: readStaticFiles(join(dir, 'window')),
      image: (id) => {
        asked.push(id);
        if (id === 404) return Promise.reject(new AppError('not-found', 'gone'));
        return Promise.resolve({ mime: 'image/jpeg', bytes: Uint8Array.of(1, 2, 3) });
      },
    });
    const get = (url: string, method = 'GET') => handler({ url, method, signal: new AbortController().signal });
    return { get, asked };
  }

  test('serves the window’s files and pictures, each with the policy and no unsafe source', async () => {
    const { get } = served();
    for (const path of ['index.html', 'assets/index-1.js', 'img/12/thumb?v=1', 'nothing']) {
      const response = await get(`app://acclimate/${path}`);
      const policy = response.headers.get('Content-Security-Policy')!;
      expect(policy).toContain("default-src 'none'");
      expect(policy).not.toMatch(/unsafe|\*|https?:/);
      expect(response.headers.get('X-Content-Type-Options')).toBe('nosniff');
      expect(response.status).toBe(path === 'nothing' ? 404 : 200);
    }
    const picture = await get('app://acclimate/img/12/thumb?v=1');
    expect(picture.headers.get('Cache-Control')).toContain('immutable');
    expect(new Uint8Array(await picture.arrayBuffer())).toEqual(Uint8Array.of(1, 2, 3));
  });

  test.each([
    '/../secret.html',
    '/..%2fsecret.html',
    '/%2e%2e/secret.html',
    '/%2e%2e%2fsecret.html',
    '/assets/..%2f..%2fsecret.html',
    '/..%5csecret.html',
    '/..\\secret.html',
    '//secret.html',
    '/secret.html%00.js',
    '/img/0/thumb',
    '/img/-1/thumb',
    '/img/1e3/thumb',
    '/img/9999999999/thumb',
    '/img/1/original',
    '/img/1/thumb/..%2f..%2f..%2fsecret.html',
    '/img/404/thumb',
  ])('has nothing at %s', async (path) => {
    const { get, asked } = served();
    const response = await get(`app://acclimate${path}`);
    expect(response.status).toBe(404);
    expect(await response.text()).not.toContain('secret');
    expect(asked.filter((id) => id !== 404)).toEqual([]);
  });

  test('refuses other hosts and methods', async () => {
    const { get } = served();
    expect((await get('app://evil/index.html')).status).toBe(403);
    expect((await get('https://acclimate/index.html')).status).toBe(403);
    expect((await get(pageAddress, 'POST')).status).toBe(405);
  });
});

describe('the window', () => {
  function guarded() {
    const listeners = new Map<string, (details: { url: string; preventDefault(): void }) => void>();
    let open: ((details: { url: string }) => { action: string }) | undefined;
    const opened: string[] = [];
    guardContents(
      {
        on: (event: string, listener: never) => void listeners.set(event, listener),
        setWindowOpenHandler: (handler) => (open = handler),
      },
      (address) => opened.push(address),
      () => undefined,
    );
    return { listeners, opened, open: open! };
  }

  test('goes nowhere', () => {
    const { listeners } = guarded();
    expect([...listeners.keys()].sort()).toEqual(['will-attach-webview', 'will-frame-navigate', 'will-navigate', 'will-redirect']);
    for (const listener of listeners.values()) {
      let isPrevented = false;
      listener({ url: 'https://example.org/', preventDefault: () => (isPrevented = true) });
      expect(isPrevented).toBe(true);
    }
  });

  test('opens no other, and gives only exact known pages to the browser', () => {
    const { open, opened } = guarded();
    const known = externalPages.onnxRuntime;
    for (const url of [
      'https://example.org/',
      'file:///etc/passwd',
      'javascript:alert(1)',
      pageAddress,
      `${known}x`,
      known.replace('https', 'http'),
    ]) {
      expect(open({ url })).toEqual({ action: 'deny' });
    }
    expect(opened).toEqual([]);
    expect(open({ url: known })).toEqual({ action: 'deny' });
    expect(opened).toEqual([known]);
    for (const page of Object.values(externalPages)) expect(new URL(page).protocol).toBe('https:');
  });

  test('gets no permission but to copy text from its own page', () => {
    const answers: boolean[] = [];
    let check: ((contents: unknown, permission: string, origin: string, details: never) => boolean) | undefined;
    guardSession({
      setPermissionRequestHandler: (handler) => {
        for (const permission of ['media', 'geolocation', 'notifications', 'openExternal', 'clipboard-read', 'fileSystem']) {
          handler(null, permission, (isGranted) => answers.push(isGranted), { requestingUrl: pageAddress, isMainFrame: true });
        }
      },
      setPermissionCheckHandler: (handler) => (check = handler),
      setDevicePermissionHandler: (handler) => answers.push(handler()),
    });
    expect(answers).toEqual(Array<boolean>(7).fill(false));
    const ask = (permission: string, requestingUrl: string, isMainFrame: boolean) =>
      check!(null, permission, '', { requestingUrl, isMainFrame } as never);
    expect(ask('clipboard-sanitized-write', pageAddress, true)).toBe(true);
    expect(ask('clipboard-sanitized-write', pageAddress, false)).toBe(false);
    expect(ask('clipboard-sanitized-write', 'https://example.org/', true)).toBe(false);
    expect(ask('media', pageAddress, true)).toBe(false);
  });

  test('is made without rights', () => {
    const state = { bounds: { x: 0, y: 0, width: 1000, height: 700 }, isMaximized: false };
    const options = windowOptions({ state, preloadPath: '/p/preload.cjs', iconPath: null, isDark: true, isPackaged: true });
    expect(options.webPreferences).toMatchObject({
      contextIsolation: true,
      sandbox: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webSecurity: true,
      webviewTag: false,
      devTools: false,
      preload: '/p/preload.cjs',
    });
  });
});

test('an address is its own only by scheme and host', () => {
  expect(isOwnAddress(pageAddress)).toBe(true);
  expect(isOwnAddress('app://other/')).toBe(false);
  expect(isOwnAddress('nonsense')).toBe(false);
});

test('only what belongs to the project, or was chosen, is shown in the file manager', () => {
  const dir = mkdtempSync(join(tmpdir(), 'acclimate-known-'));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  for (const name of ['images', 'chosen', 'other']) mkdirSync(join(dir, name));
  symlinkSync(join(dir, 'other'), join(dir, 'images', 'link'));
  const project = {
    path: join(dir, 'images', 'a.acclimate'),
    sources: [{ path: join(dir, 'images') }],
    exportedTo: null,
  } as unknown as ProjectView;
  const known = new KnownPaths();
  known.choose(join(dir, 'chosen'));
  const shown = (path: string) => known.shown(path, project, null);
  expect(shown(join(dir, 'images'))).not.toBeNull();
  expect(shown(join(dir, 'chosen'))).not.toBeNull();
  expect(shown(join(dir, 'other'))).toBeNull();
  expect(shown(join(dir, 'images', 'link'))).toBeNull();
  expect(shown(join(dir, 'images', '..', 'other'))).toBeNull();
  expect(shown(join(dir, 'images', 'gone'))).toBeNull();
  expect(shown('images')).toBeNull();
});
