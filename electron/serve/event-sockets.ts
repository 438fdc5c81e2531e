/** Events to every open window, over one WebSocket each. Windows only listen: one that speaks is shown out. */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocket, WebSocketServer } from 'ws';
import type { JobView } from '../contract/domain.ts';
import type { Emit, EventName } from '../contract/events.ts';
import { encodeWire } from '../contract/wire.ts';

const maxSockets = 32;
/** A window says nothing, so that anything long is an attack. */
const maxPayloadBytes = 1024;
/** A window that falls this far behind is cut off; it connects again and asks for the present state. */
const maxBacklogBytes = 32 * 2 ** 20;
const pingEveryMs = 20_000;
/** Codes of RFC 6455: going away, breaking the rules, and something wrong here. */
const [goingAway, policyViolation, failed] = [1001, 1008, 1011];

export class EventSockets {
  readonly #server = new WebSocketServer({ noServer: true, maxPayload: maxPayloadBytes, perMessageDeflate: false, clientTracking: true });
  readonly #jobs: () => readonly JobView[];
  readonly #silent = new WeakSet<WebSocket>();
  readonly #pings: NodeJS.Timeout;

  constructor(jobs: () => readonly JobView[]) {
    this.#jobs = jobs;
    this.#pings = setInterval(() => this.#ping(), pingEveryMs);
    this.#pings.unref();
  }

  /** Takes a connection over. Whether it may be is the caller's to know. */
  accept(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.#server.handleUpgrade(request, socket, head, (client) => {
      client.on('message', () => client.close(policyViolation, 'Windows only listen.'));
      client.on('pong', () => this.#silent.delete(client));
      // A broken frame or one too long; ws closes the connection by itself.
      client.on('error', () => undefined);
      try {
        for (const job of this.#jobs()) this.#send(client, 'job.changed', job);
      } catch {
        // It will connect again; a window that is told only half would show what is not so.
        client.close(failed);
      }
    });
  }

  /** Whether there is room for one more. */
  get isFull(): boolean {
    return this.#server.clients.size >= maxSockets;
  }

  /** Tells every window. */
  readonly emit: Emit = (name, payload) => {
    if (this.#server.clients.size === 0) return;
    const bytes = encodeWire({ name, payload });
    for (const client of this.#server.clients) this.#sendBytes(client, bytes);
  };

  close(): void {
    clearInterval(this.#pings);
    for (const client of this.#server.clients) {
      client.close(goingAway);
      // One that does not answer would keep the server open.
      setTimeout(() => client.terminate(), 500).unref();
    }
    this.#server.close();
  }

  #send(client: WebSocket, name: EventName, payload: unknown): void {
    this.#sendBytes(client, encodeWire({ name, payload }));
  }

  #sendBytes(client: WebSocket, bytes: Uint8Array): void {
    if (client.readyState !== WebSocket.OPEN) return;
    if (client.bufferedAmount > maxBacklogBytes) client.terminate();
    else client.send(bytes, { binary: true });
  }

  /** Ends connections that have not answered since the last time. */
  #ping(): void {
    for (const client of this.#server.clients) {
      if (this.#silent.has(client)) {
        client.terminate();
        continue;
      }
      this.#silent.add(client);
      client.ping();
    }
  }
}
