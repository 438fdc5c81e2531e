/** The window's way to the engine in Electron: the preload's few untyped functions with the contract's types put on. */
import type { Bridge, PreloadBridge } from '../../electron/contract/bridge.ts';
import type { CallResults } from '../../electron/contract/calls.ts';
import { unwrap } from '../../electron/contract/result.ts';
import type { Result } from '../../electron/contract/result.ts';

/** The bridge over what the preload offers. */
export function createElectronBridge(preload: PreloadBridge): Bridge {
  const listeners = new Map<string, Set<(payload: never) => void>>();
  preload.onEvent((name, payload) => {
    const set = listeners.get(name) ?? new Set();
    // One may stop another meanwhile.
    for (const listener of [...set]) if (set.has(listener)) listener(payload as never);
  });
  return {
    kind: 'electron',
    api: {
      call: async (name, input) => unwrap((await preload.call(name, input)) as Result<CallResults[typeof name]>),
    },
    events: {
      on: (name, listener, { signal }) => {
        if (signal.aborted) return;
        const set = listeners.get(name) ?? new Set();
        listeners.set(name, set.add(listener));
        signal.addEventListener('abort', () => set.delete(listener), { once: true });
      },
    },
    onConnection: (listener, { signal }) => {
      if (signal.aborted) return;
      signal.addEventListener('abort', preload.onConnection(listener), { once: true });
    },
    imageUrl: (id, variant, version) => `/img/${id}/${variant}?v=${encodeURIComponent(version)}`,
    dialogs: { pickFolder: (options) => preload.pickFolder(options), pickFile: (options) => preload.pickFile(options) },
    pathOf: (file) => preload.pathOf(file),
    reveal: (path) => preload.reveal(path),
  };
}
