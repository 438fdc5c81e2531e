/** What a browser gives the client of the server; tests give something else. */

/** The part of a WebSocket that is used. */
export interface EventSocket {
  binaryType: string;
  onopen: (() => void) | null;
  onmessage: ((event: { readonly data: unknown }) => void) | null;
  onclose: (() => void) | null;
  close(): void;
}

export interface BrowserEnvironment {
  readonly fetch: typeof globalThis.fetch;
  /** Opens a socket at a path of this origin. */
  openSocket(path: string): EventSocket;
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
    fetch: (input, init) => fetch(input, init),
    openSocket: (path) => {
      const address = new URL(path, location.href);
      address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:';
      address.hash = '';
      return new WebSocket(address);
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
