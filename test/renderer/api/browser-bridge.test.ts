import { describe, expect, it, vi } from 'vitest';
import type { ConnectionState } from '../../../electron/contract/bridge.ts';
import { AppError } from '../../../electron/contract/errors.ts';
import { decodeWire, encodeWire } from '../../../electron/contract/wire.ts';
import { createBrowserBridge } from '../../../renderer/api/browser-bridge.ts';
import type { BrowserEnvironment, SocketListener } from '../../../renderer/api/browser-environment.ts';

const answer = (status: number, value: unknown): Response => new Response(encodeWire(value), { status });
const ok = (value: unknown): Response => answer(200, { ok: true, value });

/** A server and a browser in memory: what happens on the way is decided by `respond`. */
class FakeBrowser implements BrowserEnvironment {
  address = '';
  /** 'METHOD path' of every request. */
  readonly requests: string[] = [];
  readonly bodies: unknown[] = [];
  readonly pauses: number[] = [];
  isSignedIn = false;
  isUp = true;
  respond: (path: string) => Response | null = () => ok(null);
  #socket: SocketListener | null = null;
  #fragmentListener: () => void = () => undefined;

  fetch(path: string, init?: RequestInit): Promise<Response> {
    const method = init?.method ?? 'GET';
    this.requests.push(`${method} ${path}`);
    if (init?.body instanceof Uint8Array) this.bodies.push(decodeWire(init.body));
    if (!this.isUp) return Promise.reject(new TypeError('Failed to fetch'));
    if (path === '/session' && method === 'POST') this.isSignedIn = true;
    if (path === '/session') return Promise.resolve(answer(this.isSignedIn ? 200 : 401, { ok: true, value: null }));
    const response = this.respond(path);
    return response === null ? Promise.reject(new TypeError('Failed to fetch')) : Promise.resolve(response);
  }

  openSocket(_path: string, listener: SocketListener): { close: () => void } {
    this.#socket = listener;
    queueMicrotask(() => (this.isUp ? listener.onOpen() : listener.onClose()));
    return { close: () => listener.onClose() };
  }

  fragment = (): string => this.address;
  clearFragment = (): void => void (this.address = '');
  onFragment = (listener: () => void): void => void (this.#fragmentListener = listener);

  wait(ms: number, listener: () => void): void {
    this.pauses.push(ms);
    setTimeout(listener, 0);
  }

  /** The printed address is opened in the window that is here. */
  open(fragment: string): void {
    this.address = fragment;
    this.#fragmentListener();
  }

  say(name: string, payload: unknown): void {
    this.#socket?.onMessage(encodeWire({ name, payload }));
  }

  goDown(): void {
    this.isUp = false;
    this.#socket?.onClose();
  }
}

async function connect(
  browser: FakeBrowser,
): Promise<{ bridge: Awaited<ReturnType<typeof createBrowserBridge>>; states: ConnectionState['status'][] }> {
  const bridge = await createBrowserBridge(browser);
  const states: ConnectionState['status'][] = [];
  bridge.onConnection(({ status }) => states.push(status), { signal: new AbortController().signal });
  return { bridge, states };
}

const signedIn = (): FakeBrowser => Object.assign(new FakeBrowser(), { isSignedIn: true });

describe('signing in', () => {
  it('exchanges the token of the address once and takes it out of there', async () => {
    const browser = new FakeBrowser();
    browser.address = '#token=abc-_9';
    const { states } = await connect(browser);
    expect(browser.address).toBe('');
    await vi.waitFor(() => expect(states).toEqual(['connecting', 'connected']));
    expect(browser.requests).toEqual(['POST /session', 'GET /session']);
    expect(browser.bodies).toEqual([{ token: 'abc-_9' }]);
  });

  it('says how to get in where there is neither a token nor a session', async () => {
    const { bridge, states } = await connect(new FakeBrowser());
    await vi.waitFor(() => expect(states.at(-1)).toBe('lost'));
    await expect(bridge.api.call('app.view', {})).rejects.toThrow(/npm run serve/);
  });

  it('gets in when the printed address is opened in the same window', async () => {
    const browser = new FakeBrowser();
    const { states } = await connect(browser);
    await vi.waitFor(() => expect(states.at(-1)).toBe('lost'));
    browser.open('#token=abc');
    await vi.waitFor(() => expect(states.at(-1)).toBe('connected'));
  });

  it('is lost where another start of the server knows it no more', async () => {
    const browser = signedIn();
    const { bridge, states } = await connect(browser);
    browser.respond = () => answer(401, { ok: false, error: { code: 'invalid-input', message: '', details: {} } });
    await expect(bridge.api.call('app.view', {})).rejects.toThrow(/not signed in/);
    expect(states.at(-1)).toBe('lost');
  });
});

describe('calls', () => {
  it('send their input and answer with typed arrays', async () => {
    const browser = signedIn();
    const { bridge } = await connect(browser);
    browser.respond = () => ok({ ids: Int32Array.of(3, 4) });
    expect(await bridge.api.call('images.query', { filter: { text: 'a' } })).toStrictEqual({ ids: Int32Array.of(3, 4) });
    expect(browser.bodies).toEqual([{ filter: { text: 'a' } }]);
    expect(browser.requests.at(-1)).toBe('POST /call/images.query');
  });

  it('reject with what the engine threw', async () => {
    const browser = signedIn();
    const { bridge } = await connect(browser);
    browser.respond = () => answer(409, { ok: false, error: { code: 'conflict', message: 'Close it first.', details: { a: 1 } } });
    await expect(bridge.api.call('project.close', {})).rejects.toEqual(new AppError('conflict', 'Close it first.', { details: { a: 1 } }));
  });

  it('are not made again where they change something and their answer was lost', async () => {
    const browser = signedIn();
    const { bridge } = await connect(browser);
    browser.respond = () => null;
    await expect(bridge.api.call('labels.undo', {})).rejects.toMatchObject({ code: 'io' });
    expect(browser.requests.filter((request) => request.includes('labels.undo'))).toHaveLength(1);
  });

  it('are made again where they only read, but not for ever', async () => {
    const browser = signedIn();
    const { bridge } = await connect(browser);
    const answers = [null, ok([])];
    browser.respond = () => answers.shift() ?? null;
    expect(await bridge.api.call('jobs.list', {})).toEqual([]);
    await expect(bridge.api.call('jobs.list', {})).rejects.toMatchObject({ code: 'io' });
    expect(browser.requests.filter((request) => request.includes('jobs.list'))).toHaveLength(2 + 3);
  });

  it('wait for the connection to come back', async () => {
    const browser = signedIn();
    const { bridge, states } = await connect(browser);
    await vi.waitFor(() => expect(states.at(-1)).toBe('connected'));
    browser.goDown();
    const undone = bridge.api.call('labels.undo', {});
    await vi.waitFor(() => expect(browser.pauses.length).toBeGreaterThan(3));
    expect(browser.requests.some((request) => request.includes('labels.undo'))).toBe(false);
    browser.isUp = true;
    await undone;
    expect(states).toEqual(['connecting', 'connected', 'restarting', 'connected']);
  });

  it('give up waiting after some seconds', async () => {
    const browser = signedIn();
    const { bridge, states } = await connect(browser);
    await vi.waitFor(() => expect(states.at(-1)).toBe('connected'));
    vi.useFakeTimers();
    try {
      browser.goDown();
      const call = expect(bridge.api.call('app.view', {})).rejects.toMatchObject({ code: 'io' });
      await vi.advanceTimersByTimeAsync(10_000);
      await call;
    } finally {
      vi.useRealTimers();
    }
    expect(browser.requests).not.toContain('POST /call/app.view');
  });
});

describe('the connection', () => {
  it('is tried again after pauses that grow to a limit', async () => {
    const browser = signedIn();
    const { states } = await connect(browser);
    await vi.waitFor(() => expect(states.at(-1)).toBe('connected'));
    browser.goDown();
    await vi.waitFor(() => expect(browser.pauses.length).toBeGreaterThan(7));
    expect(browser.pauses.slice(0, 7)).toEqual([250, 500, 1000, 2000, 4000, 5000, 5000]);
    expect(states).toEqual(['connecting', 'connected', 'restarting']);
  });

  it('carries events until nobody listens', async () => {
    const browser = signedIn();
    const { bridge, states } = await connect(browser);
    await vi.waitFor(() => expect(states.at(-1)).toBe('connected'));
    const [heard, done] = [[] as unknown[], new AbortController()];
    bridge.events.on('job.removed', (payload) => heard.push(payload), { signal: done.signal });
    browser.say('job.removed', { id: 1 });
    browser.say('warning.raised', { message: 'not for it' });
    done.abort();
    browser.say('job.removed', { id: 2 });
    expect(heard).toEqual([{ id: 1 }]);
  });
});

it('pictures have an address that changes with their version', async () => {
  const { bridge } = await connect(signedIn());
  expect(bridge.imageUrl(5, 'thumb', 'a b&c')).toBe('/img/5/thumb?v=a%20b%26c');
});
