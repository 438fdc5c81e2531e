import { describe, expect, it, vi } from 'vitest';
import type { ConnectionState, PreloadBridge } from '../../../electron/contract/bridge.ts';
import { createElectronBridge } from '../../../renderer/api/electron-bridge.ts';

/** A preload whose other side is the test. */
function fakePreload() {
  const events = new Set<(name: string, payload: unknown) => void>();
  const connections = new Set<(state: ConnectionState) => void>();
  const preload = {
    call: vi.fn<PreloadBridge['call']>(() => Promise.resolve({ ok: true, value: null })),
    onEvent: (listener) => {
      events.add(listener);
      return () => events.delete(listener);
    },
    onConnection: (listener) => {
      connections.add(listener);
      return () => connections.delete(listener);
    },
    pickFolder: vi.fn<PreloadBridge['pickFolder']>(() => Promise.resolve('/f')),
    pickFile: vi.fn<PreloadBridge['pickFile']>(() => Promise.resolve(null)),
    pathOf: vi.fn<PreloadBridge['pathOf']>(() => '/dropped'),
    reveal: vi.fn<PreloadBridge['reveal']>(() => Promise.resolve()),
  } satisfies PreloadBridge;
  return {
    ...{ preload, events, connections },
    say: (name: string, payload: unknown) => {
      for (const listener of events) listener(name, payload);
    },
  };
}

describe('the bridge of Electron', () => {
  it('unwraps answers, and throws errors as what they were', async () => {
    const { preload } = fakePreload();
    const { api } = createElectronBridge(preload);
    preload.call.mockResolvedValueOnce({ ok: true, value: { numChanged: 2 } });
    expect(await api.call('images.exclude', { ids: [1, 2], isExcluded: true })).toEqual({ numChanged: 2 });
    expect(preload.call).toHaveBeenLastCalledWith('images.exclude', { ids: [1, 2], isExcluded: true });
    preload.call.mockResolvedValueOnce({ ok: false, error: { code: 'conflict', message: 'In use.', details: {} } });
    await expect(api.call('project.view', {})).rejects.toMatchObject({ name: 'AppError', code: 'conflict', message: 'In use.' });
    preload.call.mockResolvedValueOnce({ ok: false, error: { code: 'cancelled', message: 'Cancelled.', details: {} } });
    await expect(api.call('project.view', {})).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('listens once to the preload and gives events to whoever wants them, until they no longer do', () => {
    const { preload, events, say } = fakePreload();
    const bridge = createElectronBridge(preload);
    const heard: string[] = [];
    const first = new AbortController();
    const second = new AbortController();
    bridge.events.on('job.removed', ({ id }) => heard.push(`first ${id}`), { signal: first.signal });
    bridge.events.on('job.removed', ({ id }) => heard.push(`second ${id}`), { signal: second.signal });
    bridge.events.on('warning.raised', ({ message }) => heard.push(message), { signal: AbortSignal.abort() });
    expect(events.size).toBe(1);
    say('job.removed', { id: 1 });
    first.abort();
    say('job.removed', { id: 2 });
    say('warning.raised', { message: 'not wanted' });
    expect(heard).toEqual(['first 1', 'second 1', 'second 2']);
  });

  it('lets a listener stop another one while an event is given', () => {
    const { preload, say } = fakePreload();
    const bridge = createElectronBridge(preload);
    const abort = new AbortController();
    let numHeard = 0;
    bridge.events.on('job.removed', () => abort.abort(), { signal: new AbortController().signal });
    bridge.events.on('job.removed', () => numHeard++, { signal: abort.signal });
    say('job.removed', { id: 1 });
    expect(numHeard).toBe(0);
  });

  it('follows the connection until the signal aborts', () => {
    const { preload, connections } = fakePreload();
    const bridge = createElectronBridge(preload);
    const abort = new AbortController();
    bridge.onConnection(() => undefined, { signal: abort.signal });
    bridge.onConnection(() => undefined, { signal: AbortSignal.abort() });
    expect(connections.size).toBe(1);
    abort.abort();
    expect(connections.size).toBe(0);
  });

  it('addresses pictures on the page’s own host, with the version in the address', () => {
    const bridge = createElectronBridge(fakePreload().preload);
    expect(bridge.imageUrl(12, 'thumb', 'a&b')).toBe('/img/12/thumb?v=a%26b');
  });

  it('hands over to the system’s dialogs, file manager and paths', async () => {
    const { preload } = fakePreload();
    const bridge = createElectronBridge(preload);
    expect(bridge.kind).toBe('electron');
    expect(await bridge.dialogs!.pickFolder({ title: 'T' })).toBe('/f');
    expect(await bridge.dialogs!.pickFile({ title: 'T', kinds: [] })).toBeNull();
    await bridge.reveal!('/a');
    const { reveal } = preload;
    expect(reveal).toHaveBeenCalledWith('/a');
    const file = new File([], 'a');
    expect(bridge.pathOf(file)).toBe('/dropped');
    expect(preload.pathOf).toHaveBeenCalledWith(file);
  });
});
