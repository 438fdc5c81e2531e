/** The server: which requests there are, and what each must prove. Whatever is not listed here is refused. */
import { createServer as createHttpServer } from 'node:http';
import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { z } from 'zod';
import { imageVariants } from '../contract/bridge.ts';
import type { ImageVariant } from '../contract/bridge.ts';
import { isCallName } from '../contract/calls.ts';
import { AppError } from '../contract/errors.ts';
import type { Emit } from '../contract/events.ts';
import { toWireError } from '../contract/result.ts';
import { decodeWire } from '../contract/wire.ts';
import type { StaticFiles } from '../window-files/static-files.ts';
import { Access } from './access.ts';
import type { Refusal, Secrets } from './access.ts';
import { refused, send, sendError, sendResult, statusOf, wireMime } from './answers.ts';
import { EventSockets } from './event-sockets.ts';
import { bodyLimit, readBody } from './request-body.ts';
import type { ServedEngine } from './served-engine.ts';

export interface ServeOptions {
  readonly engine: ServedEngine;
  readonly files: StaticFiles;
  readonly secrets: Secrets;
  /** An address to bind. */
  readonly host: string;
  /** 0 for a free one. */
  readonly port: number;
  /** Under which it may be addressed, without the port. */
  readonly hostNames: readonly string[];
  /** Certificate and key in PEM; null for plain HTTP. */
  readonly tls: { readonly cert: string; readonly key: string } | null;
}

export interface RunningServer {
  readonly port: number;
  readonly emit: Emit;
  /** Refuses what is new, ends what is open. */
  close(): Promise<void>;
}

const headersTimeoutMs = 10_000;
const requestTimeoutMs = 60_000;
const maxHeaderBytes = 16 * 1024;
const maxId = 2 ** 31 - 1;
const sessionBodyBytes = 1024;
const sessionSchema = z.object({ token: z.string().max(256) });
const imagePath = new RegExp(`^/img/([1-9][0-9]{0,9})/(${imageVariants.join('|')})$`);
const callPrefix = '/call/';

const isReading = (method: string | undefined): boolean => method === 'GET' || method === 'HEAD';

/** Starts serving. Throws `conflict` where the port is taken, `io` where it cannot be bound. */
export async function startServer(options: ServeOptions): Promise<RunningServer> {
  const { engine, tls } = options;
  const sockets = new EventSockets(() => engine.jobs());
  // The port is known once it is bound, and nothing is answered before.
  let routes: Routes | null = null;
  const onRequest: RequestListener = (request, response) => void routes?.answer(request, response);
  const limits = { headersTimeout: headersTimeoutMs, requestTimeout: requestTimeoutMs, maxHeaderSize: maxHeaderBytes };
  const server: Server = tls === null ? createHttpServer(limits, onRequest) : createHttpsServer({ ...limits, ...tls }, onRequest);
  server.on('upgrade', (request, socket, head) => {
    if (routes === null) socket.destroy();
    else routes.upgrade(request, socket, head);
  });
  // Garbage instead of a request; node has no better answer than to end the connection.
  server.on('clientError', (_, socket) => socket.destroy());
  const port = await listen(server, options.port, options.host);
  const { secrets, hostNames } = options;
  routes = new Routes(engine, options.files, new Access({ secrets, port, hostNames, isSecure: tls !== null }), sockets);
  return {
    port,
    emit: sockets.emit,
    close: () =>
      new Promise((resolve) => {
        sockets.close();
        server.close(() => resolve());
        server.closeIdleConnections();
        setTimeout(() => server.closeAllConnections(), 1000).unref();
      }),
  };
}

function listen(server: Server, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const isTaken = error.code === 'EADDRINUSE';
      const what = isTaken ? `Port ${port} is taken. Choose another one with --port.` : `Cannot listen on ${host}: ${error.message}`;
      reject(new AppError(isTaken ? 'conflict' : 'io', what, { cause: error }));
    });
    server.listen(port, host, () => resolve((server.address() as AddressInfo).port));
  });
}

class Routes {
  readonly #engine: ServedEngine;
  readonly #files: StaticFiles;
  readonly #access: Access;
  readonly #sockets: EventSockets;

  constructor(engine: ServedEngine, files: StaticFiles, access: Access, sockets: EventSockets) {
    this.#engine = engine;
    this.#files = files;
    this.#access = access;
    this.#sockets = sockets;
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const address = request.url ?? '';
      const end = address.indexOf('?');
      const path = end < 0 ? address : address.slice(0, end);
      const refusal = this.#access.checkAddress(request);
      if (refusal !== null) refuse(request, response, refusal);
      else if (path === '/session') await this.#session(request, response);
      else if (path.startsWith(callPrefix)) await this.#call(request, response, path.slice(callPrefix.length));
      else if (path.startsWith('/img/')) await this.#image(request, response, path, end < 0 ? '' : address.slice(end));
      else this.#file(request, response, path);
    } catch (error) {
      const { code } = toWireError(error);
      sendError(request, response, statusOf(code), error);
    }
  }

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => undefined);
    const access = this.#access;
    const refusal = access.checkAddress(request) ?? access.checkOrigin(request) ?? access.checkSession(request);
    const status = refusal?.status ?? (request.url !== '/events' ? 404 : this.#sockets.isFull ? 503 : null);
    if (status === null) this.#sockets.accept(request, socket, head);
    else socket.end(`HTTP/1.1 ${status} Refused\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
  }

  /** POST exchanges the token for the cookie; GET tells whether one is in. */
  async #session(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const access = this.#access;
    if (isReading(request.method)) {
      const refusal = access.checkSession(request);
      if (refusal === null) send(request, response, { status: 200, mime: wireMime, bytes: new Uint8Array() });
      else refuse(request, response, refusal);
      return;
    }
    const body = await this.#post(request, response, sessionBodyBytes, access.checkOrigin(request));
    if (body === null) return;
    const { data } = sessionSchema.safeParse(decodeWire(body));
    const cookie = data === undefined ? null : access.exchange(data.token);
    if (cookie === null) sendError(request, response, 401, refused('The address is not the one this server printed. Copy it whole.'));
    else sendResult(request, response, 200, { ok: true, value: null }, { 'Set-Cookie': cookie });
  }

  async #call(request: IncomingMessage, response: ServerResponse, name: string): Promise<void> {
    const refusal = this.#access.checkOrigin(request) ?? this.#access.checkSession(request);
    const body = await this.#post(request, response, bodyLimit(name), refusal, isCallName(name));
    if (body === null || !isCallName(name)) return;
    const value = await this.#engine.call(name, decodeWire(body));
    sendResult(request, response, 200, { ok: true, value });
  }

  async #image(request: IncomingMessage, response: ServerResponse, path: string, query: string): Promise<void> {
    const refusal = this.#access.checkSession(request);
    if (!isReading(request.method)) {
      onlyWith(request, response, 'GET, HEAD');
      return;
    }
    if (refusal !== null) {
      refuse(request, response, refusal);
      return;
    }
    const [, id, variant] = imagePath.exec(path) ?? [];
    if (id === undefined || variant === undefined || Number(id) > maxId) throw new AppError('not-found', 'There is no such picture.');
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    const { mime, bytes } = await this.#engine.image(Number(id), variant as ImageVariant, { signal: gone.signal });
    // The version in the address changes whenever the picture might.
    const isVersioned = /^\?v=[^&]+$/.test(query);
    const headers = { 'Cache-Control': isVersioned ? 'private, max-age=31536000, immutable' : 'no-store' };
    send(request, response, { status: 200, mime, bytes, headers });
  }

  /** Without a cookie: the page must be there to exchange the token, and holds nothing secret. */
  #file(request: IncomingMessage, response: ServerResponse, path: string): void {
    const file = this.#files.get(path);
    if (file === undefined) sendError(request, response, 404, new AppError('not-found', 'There is nothing here.'));
    else if (!isReading(request.method)) onlyWith(request, response, 'GET, HEAD');
    else {
      const { mime, bytes, isHashed } = file;
      const headers = { 'Cache-Control': isHashed ? 'private, max-age=31536000, immutable' : 'no-cache' };
      send(request, response, { status: 200, mime, bytes, headers });
    }
  }

  /** The body of a POST that may be made, or null where it was answered already. */
  async #post(
    request: IncomingMessage,
    response: ServerResponse,
    limit: number,
    refusal: Refusal | null,
    exists = true,
  ): Promise<Uint8Array | null> {
    if (request.method !== 'POST') return (onlyWith(request, response, 'POST'), null);
    if (refusal !== null) return (refuse(request, response, refusal), null);
    if (!exists) return (sendError(request, response, 404, new AppError('not-found', 'There is no such call.')), null);
    // A page elsewhere cannot send this kind without asking first, and is never allowed to.
    if (request.headers['content-type'] !== wireMime) return (sendError(request, response, 415, refused(`Send ${wireMime}.`)), null);
    const body = await readBody(request, limit);
    if (body === null) sendError(request, response, 413, refused(`The message is longer than ${limit} bytes.`));
    return body;
  }
}

function refuse(request: IncomingMessage, response: ServerResponse, { status, reason }: Refusal): void {
  sendError(request, response, status, refused(reason));
}

function onlyWith(request: IncomingMessage, response: ServerResponse, allow: string): void {
  sendError(request, response, 405, refused(`Only ${allow} is understood here.`), { Allow: allow });
}
