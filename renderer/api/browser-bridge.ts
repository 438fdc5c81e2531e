/** The window's way to the engine in a browser: calls by POST, events through a WebSocket, pictures by their address. */
import type { Bridge } from '../../electron/contract/bridge.ts';
import type { Api, CallName, CallResults } from '../../electron/contract/calls.ts';
import { AppError } from '../../electron/contract/errors.ts';
import type { EventSource } from '../../electron/contract/events.ts';
import { unwrap } from '../../electron/contract/result.ts';
import type { Result } from '../../electron/contract/result.ts';
import { decodeWire, encodeWire } from '../../electron/contract/wire.ts';
import { connectionStrings } from '../lib/strings/connection.ts';
import { BrowserConnection, wireMime } from './browser-connection.ts';
import { windowEnvironment } from './browser-environment.ts';
import type { BrowserEnvironment } from './browser-environment.ts';
import { isRepeatable } from './repeatable-calls.ts';

/** How long a call waits for a connection that is down. */
const patienceMs = 8000;
const maxAttempts = 3;

interface Answer {
  readonly status: number;
  readonly bytes: Uint8Array;
}

/** Connects to the server that the page came from. Resolves once the address's token is exchanged and gone; the state tells whether that was enough. */
export async function createBrowserBridge(environment: BrowserEnvironment = windowEnvironment()): Promise<Bridge> {
  const listeners = new Map<string, Set<(payload: never) => void>>();
  const connection = new BrowserConnection(environment, (name, payload) => {
    for (const listener of [...(listeners.get(name) ?? [])]) listener(payload as never);
  });
  const events: EventSource = {
    on: (name, listener, { signal }) => {
      if (signal.aborted) return;
      const set = listeners.get(name) ?? new Set();
      listeners.set(name, set.add(listener));
      signal.addEventListener('abort', () => set.delete(listener), { once: true });
    },
  };
  const api: Api = { call: async (name, input) => (await call(environment, connection, name, input)) as CallResults[typeof name] };
  await connection.start();
  return {
    kind: 'browser',
    api,
    events,
    onConnection: (listener, { signal }) => connection.listen(listener, signal),
    imageUrl: (id, variant, version) => `/img/${id}/${variant}?v=${encodeURIComponent(version)}`,
    dialogs: null,
    pathOf: () => null,
    reveal: null,
  };
}

/** Makes a call, again where it only reads and its answer was lost. */
async function call(environment: BrowserEnvironment, connection: BrowserConnection, name: CallName, input: unknown): Promise<unknown> {
  const body = encodeWire(input);
  for (let attempt = 1; ; attempt++) {
    if (!(await connection.connected(patienceMs))) {
      const { state } = connection;
      throw new AppError('io', state.status === 'lost' ? state.message : connectionStrings.waitedTooLong);
    }
    const answer = await post(environment, name, body);
    if (answer !== null) return read(connection, answer);
    if (!isRepeatable(name) || attempt === maxAttempts) throw new AppError('io', connectionStrings.cutOff);
    // The socket may not have noticed yet what the call just did.
    await new Promise<void>((resolve) => environment.wait(attempt * 300, resolve));
  }
}

/** The answer, or null where the connection broke: whether the call arrived is then not known. */
async function post(environment: BrowserEnvironment, name: CallName, body: Uint8Array<ArrayBuffer>): Promise<Answer | null> {
  try {
    const response = await environment.fetch(`/call/${name}`, { method: 'POST', headers: { 'Content-Type': wireMime }, body });
    return { status: response.status, bytes: new Uint8Array(await response.arrayBuffer()) };
  } catch {
    return null;
  }
}

function read(connection: BrowserConnection, { status, bytes }: Answer): unknown {
  if (status === 401) connection.signedOut();
  let result: Result<unknown>;
  try {
    result = decodeWire(bytes) as Result<unknown>;
  } catch (error) {
    throw new AppError('io', connectionStrings.unreadable, { cause: error });
  }
  if (status === 401) throw new AppError('io', connectionStrings.notSignedIn);
  return unwrap(result);
}
