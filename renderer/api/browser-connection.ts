/** The way to the server: signing in, the socket that events come through, and getting back after it was lost. */
import type { ConnectionState } from '../../electron/contract/bridge.ts';
import { decodeWire, encodeWire } from '../../electron/contract/wire.ts';
import { connectionStrings } from '../lib/strings/connection.ts';
import type { BrowserEnvironment, EventSocket } from './browser-environment.ts';

const firstPauseMs = 250;
const longestPauseMs = 5000;
const tokenPattern = /^#token=([\w-]{1,256})$/;
export const wireMime = 'application/octet-stream';

type StateListener = (state: ConnectionState) => void;

export class BrowserConnection {
  readonly #environment: BrowserEnvironment;
  readonly #onEvent: (name: string, payload: unknown) => void;
  readonly #listeners = new Set<StateListener>();
  #state: ConnectionState = { status: 'connecting' };
  #socket: EventSocket | null = null;
  #pauseMs = firstPauseMs;
  /** Of attempts; an older one that still waits for something gives up. */
  #attempt = 0;

  constructor(environment: BrowserEnvironment, onEvent: (name: string, payload: unknown) => void) {
    this.#environment = environment;
    this.#onEvent = onEvent;
    // The printed address, opened in a window that is here already, loads nothing anew.
    environment.onFragment(() => {
      if (tokenPattern.test(environment.fragment())) void this.start();
    });
  }

  get state(): ConnectionState {
    return this.#state;
  }

  listen(listener: StateListener, signal: AbortSignal): void {
    if (signal.aborted) return;
    this.#listeners.add(listener);
    signal.addEventListener('abort', () => this.#listeners.delete(listener), { once: true });
    listener(this.#state);
  }

  /** Exchanges the token in the address, where there is one, for a session, and connects. Never rejects: the state tells. */
  async start(): Promise<void> {
    const attempt = ++this.#attempt;
    this.#socket?.close();
    this.#set({ status: 'connecting' });
    const [, token] = tokenPattern.exec(this.#environment.fragment()) ?? [];
    this.#environment.clearFragment();
    if (token !== undefined) await this.#exchange(token);
    if (attempt === this.#attempt) void this.#connect(attempt);
  }

  /** A call found that the session is none, as after another start of the server. */
  signedOut(): void {
    this.#attempt++;
    this.#socket?.close();
    this.#set({ status: 'lost', message: connectionStrings.notSignedIn });
  }

  /** Resolves true once connected, false where that takes longer than `ms` or is hopeless. */
  connected(ms: number): Promise<boolean> {
    if (this.#state.status === 'connected') return Promise.resolve(true);
    return new Promise((resolve) => {
      const done = new AbortController();
      const finish = (isConnected: boolean): void => {
        if (done.signal.aborted) return;
        done.abort();
        resolve(isConnected);
      };
      setTimeout(() => finish(false), ms);
      this.listen(({ status }) => {
        if (status === 'connected' || status === 'lost') finish(status === 'connected');
      }, done.signal);
    });
  }

  async #exchange(token: string): Promise<void> {
    try {
      const init = { method: 'POST', headers: { 'Content-Type': wireMime }, body: encodeWire({ token }) };
      await (await this.#environment.fetch('/session', init)).arrayBuffer();
    } catch {
      // Whether there is a session now is asked next.
    }
  }

  async #connect(attempt: number): Promise<void> {
    const status = await this.#environment
      .fetch('/session')
      .then(
        // Read to its end, else the browser counts it as broken off.
        async (response) => {
          await response.arrayBuffer();
          return response.status;
        },
      )
      .catch(() => null);
    if (attempt !== this.#attempt) return;
    if (status === 401) this.signedOut();
    else if (status === 200) this.#openSocket(attempt);
    else this.#retry(attempt);
  }

  #openSocket(attempt: number): void {
    const isCurrent = (): boolean => attempt === this.#attempt;
    this.#socket = this.#environment.openSocket('/events', {
      onOpen: () => {
        if (!isCurrent()) return;
        this.#pauseMs = firstPauseMs;
        this.#set({ status: 'connected' });
      },
      onMessage: (bytes) => {
        if (!isCurrent()) return;
        const { name, payload } = decodeWire(bytes) as { readonly name: string; readonly payload: unknown };
        this.#onEvent(name, payload);
      },
      onClose: () => {
        if (isCurrent()) this.#retry(attempt);
      },
    });
  }

  #retry(attempt: number): void {
    this.#set({ status: 'restarting', message: connectionStrings.restarting });
    const pauseMs = this.#pauseMs;
    this.#pauseMs = Math.min(pauseMs * 2, longestPauseMs);
    this.#environment.wait(pauseMs, () => {
      if (attempt === this.#attempt) void this.#connect(attempt);
    });
  }

  #set(state: ConnectionState): void {
    if (state.status === this.#state.status) return;
    this.#state = state;
    for (const listener of [...this.#listeners]) listener(state);
  }
}
