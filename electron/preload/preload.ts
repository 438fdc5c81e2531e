/** What the sandboxed window may ask for: these functions and nothing else. */
import { contextBridge, ipcRenderer, webUtils } from 'electron';
import type { IpcRendererEvent } from 'electron';
import type { ConnectionState, PreloadBridge } from '../contract/bridge.ts';
import { channels } from '../contract/channels.ts';

function listen(channel: string, listener: (...values: never[]) => void): () => void {
  const onMessage = (_: IpcRendererEvent, ...values: unknown[]): void => listener(...(values as never[]));
  ipcRenderer.on(channel, onMessage);
  return () => void ipcRenderer.removeListener(channel, onMessage);
}

const bridge: PreloadBridge = {
  call: (name, input) => ipcRenderer.invoke(channels.call, name, input),
  onEvent: (listener) => listen(channels.eventRaised, listener),
  onConnection: (listener) => {
    let isAwaited = true;
    const stop = listen(channels.connectionChanged, (state: ConnectionState) => {
      isAwaited = false;
      listener(state);
    });
    void ipcRenderer.invoke(channels.connection).then((state: ConnectionState) => {
      // A change that came first is newer.
      if (isAwaited) listener(state);
    });
    return () => {
      isAwaited = false;
      stop();
    };
  },
  pickFolder: (options) => ipcRenderer.invoke(channels.pickFolder, options) as Promise<string | null>,
  pickFile: (options) => ipcRenderer.invoke(channels.pickFile, options) as Promise<string | null>,
  pathOf: (file) => (file instanceof File ? webUtils.getPathForFile(file) || null : null),
  reveal: (path) => ipcRenderer.invoke(channels.reveal, path) as Promise<void>,
};

contextBridge.exposeInMainWorld('acclimate', bridge);
