/** What a browser gives the client of the server; tests give something else. */

export interface SocketListener {
  onOpen(): void;
  onMessage(bytes: Uint8Array): void;
  /** Also where it never opened. */
  onClose(): void;
}

export interface EventSocket {
  close(): void;
}

export interface BrowserEnvironment {
  fetch(path: string, init?: RequestInit): Promise<Response>;
  /** Opens a socket at a path of this origin. */
  openSocket(path: string, listener: SocketListener): EventSocket;
  /** The fragment of the address, with its '#'. */
  fragment(): string;
  /** Removes it from the address and from the history. */
  clearFragment(): void;
  onFragment(listener: () => void): void;
  /** Calls back after a time, or sooner where the machine is back on a network or the window is looked at again. */
  wait(ms: number, listener: () => void): void;
}

/** The window the script runs in. */
export function windowEnvironment(): BrowserEnvironment {
  return {
    fetch: (path, init) => fetch(path, init),
    openSocket: (path, listener) => {
      const address = new URL(path, location.href);
      address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:';
      address.hash = '';
      const socket = new WebSocket(address);
      socket.binaryType = 'arraybuffer';
      socket.addEventListener('open', () => listener.onOpen());
      socket.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
        if (data instanceof ArrayBuffer) listener.onMessage(new Uint8Array(data));
      });
      socket.addEventListener('close', () => listener.onClose());
      return socket;
    },
    fragment: () => location.hash,
    clearFragment: () => history.replaceState(history.state, '', `${location.pathname}${location.search}`),
    onFragment: (listener) => addEventListener('hashchange', listener),
    wait: (ms, listener) => {
      const done = new AbortController();
      const finish = (): void => {
        if (done.signal.aborted) return;
        done.abort();
        listener();
      };
      setTimeout(finish, ms);
      addEventListener('online', finish, { signal: done.signal });
      document.addEventListener('visibilitychange', () => (document.visibilityState === 'visible' ? finish() : undefined), {
        signal: done.signal,
      });
    },
  };
}
