/** The preload, and the window's bridge over it, against the running app: only Electron between them and the engine are faked. */
import { describe, expect, test, vi } from 'vitest';
import type { ConnectionState, PreloadBridge } from '../../electron/contract/bridge.ts';
import { channels } from '../../electron/contract/channels.ts';
import { createElectronBridge } from '../../renderer/api/electron-bridge.ts';
import { job, ok, settle, startDesktop } from './desktop.ts';
import type { DesktopSetting } from './desktop.ts';

async function startPage(setting: DesktopSetting = {}) {
  const desktop = await startDesktop(setting);
  await import('../../electron/preload/preload.ts');
  const preload = desktop.control.exposed['acclimate'] as PreloadBridge;
  return { ...desktop, preload };
}

const names = {
  ...{ call: true, onEvent: true, onConnection: true, pickFolder: true, pickFile: true, pathOf: true, reveal: true },
} satisfies Record<keyof PreloadBridge, true>;

describe('the preload', () => {
  test('exposes its named functions and nothing else', async () => {
    const { control, preload } = await startPage();
    expect(Object.keys(control.exposed)).toEqual(['acclimate']);
    expect(Object.keys(preload).sort()).toEqual(Object.keys(names).sort());
    for (const value of Object.values(preload)) expect(value).toBeTypeOf('function');
  });

  test('hands over events without the message they came in, until stopped', async () => {
    const { engine, preload, control } = await startPage();
    const heard: unknown[][] = [];
    const stop = preload.onEvent((...values) => heard.push(values));
    engine().say('job.removed', { id: 4 });
    stop();
    engine().say('job.removed', { id: 5 });
    expect(heard).toEqual([['job.removed', { id: 4 }]]);
    expect(control.toPage.listenerCount(channels.eventRaised)).toBe(0);
  });

  test('tells the present state of the connection, then its changes', async () => {
    const { engine, preload } = await startPage();
    const states: string[] = [];
    preload.onConnection(({ status }) => states.push(status));
    await settle();
    engine().end(1, null);
    expect(states).toEqual(['connected', 'restarting']);
  });

  test('does not tell an older state after a newer one, nor any once stopped', async () => {
    const { module, control, preload } = await startPage();
    let answer: (state: ConnectionState) => void = () => undefined;
    module.ipcRenderer.invoke = () => new Promise((resolve) => (answer = resolve));
    const states: string[] = [];
    const stop = preload.onConnection(({ status }) => states.push(status));
    control.toPage.emit(channels.connectionChanged, {}, { status: 'restarting', message: '' });
    answer({ status: 'connected' });
    await settle();
    expect(states).toEqual(['restarting']);
    stop();
    preload.onConnection(({ status }) => states.push(status))();
    answer({ status: 'connected' });
    await settle();
    expect(states).toEqual(['restarting']);
  });

  test('tells the path of a dropped file, and of nothing that only claims to be one', async () => {
    const { preload } = await startPage();
    expect(preload.pathOf(new File([], 'cats'))).toBe('/dropped/cats');
    expect(preload.pathOf(new File([], 'made-by-the-page'))).toBeNull();
    expect(preload.pathOf({ name: 'cats' })).toBeNull();
    expect(preload.pathOf(null)).toBeNull();
  });
});

describe('the whole way from the window to the engine', () => {
  test('calls answer with typed arrays, and fail with the engine’s own error', async () => {
    const error = { code: 'conflict' as const, message: 'Another job runs.', details: { id: 3 } };
    const { preload } = await startPage({
      answers: { 'images.query': () => ok({ ids: Int32Array.of(3, 1) }), 'project.rescan': () => ({ ok: false, error }) },
    });
    const { api } = createElectronBridge(preload);
    expect(await api.call('images.query', { filter: {} })).toEqual({ ids: Int32Array.of(3, 1) });
    await expect(api.call('project.rescan', {})).rejects.toMatchObject({ name: 'AppError', ...error });
    await expect(api.call('images.rows', { ids: [-1] })).rejects.toMatchObject({ code: 'invalid-input' });
  });

  test('a call cut off by the end of the engine says so, and the next one waits for the new engine', async () => {
    const { preload, engine, engines } = await startPage({ answers: { 'bases.list': () => ok(['base']) } });
    const { api } = createElectronBridge(preload);
    const refused = expect(api.call('jobs.list', {})).rejects.toMatchObject({
      code: 'io',
      message: expect.stringContaining('try again') as string,
    });
    await settle();
    engine().end(null, 'SIGKILL');
    await refused;
    expect(await api.call('bases.list', {})).toEqual(['base']);
    expect(engines).toHaveLength(2);
  });

  test('events arrive by name', async () => {
    const { preload, engine } = await startPage();
    const { events } = createElectronBridge(preload);
    const titles: string[] = [];
    events.on('job.changed', ({ title }) => titles.push(title), { signal: new AbortController().signal });
    engine().say('job.removed', { id: 1 });
    engine().say('job.changed', job(1, 'running', 'Adapt'));
    expect(titles).toEqual(['Adapt']);
  });

  test('a dialog and the file manager are the system’s', async () => {
    const { preload, control, appDir } = await startPage();
    const { dialogs, reveal } = createElectronBridge(preload);
    const chosen = dialogs!.pickFolder({ title: 'Open' });
    await vi.waitFor(() => expect(control.openDialogs).toHaveLength(1));
    control.openDialogs[0]!.answer([appDir]);
    expect(await chosen).toBe(appDir);
    await reveal!(appDir);
    expect(control.revealed).toEqual([appDir]);
  });
});
