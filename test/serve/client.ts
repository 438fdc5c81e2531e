/** A client that sends what no browser would: every header and every byte of the path as told. */
import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';
import { onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import type { Result } from '../../electron/contract/result.ts';
import { decodeWire, encodeWire } from '../../electron/contract/wire.ts';
import { createSecrets, loopbackNames } from '../../electron/serve/access.ts';
import type { Secrets } from '../../electron/serve/access.ts';
import { startServer } from '../../electron/serve/server.ts';
import type { RunningServer } from '../../electron/serve/server.ts';
import type { StaticFiles } from '../../electron/window-files/static-files.ts';
import { FakeEngine } from './fake-engine.ts';

const text = (source: string): Uint8Array => new TextEncoder().encode(source);
const page = { mime: 'text/html; charset=utf-8', bytes: text('<!doctype html><title>window</title>'), isHashed: false };

export const files: StaticFiles = new Map([
  ['/', page],
  ['/index.html', page],
  ['/assets/index-1a2b.js', { mime: 'text/javascript; charset=utf-8', bytes: text('export {};'), isHashed: true }],
]);

/** Headers to send instead; undefined leaves one out. */
type Changes = { readonly [header: string]: string | undefined };

export interface Served {
  readonly engine: FakeEngine;
  readonly server: RunningServer;
  readonly secrets: Secrets;
  readonly host: string;
  readonly origin: string;
  /** As a signed-in window sends it. */
  readonly cookie: string;
}

/** A listening server with a fake engine behind it; closed when the test is done. */
export async function serve(options: { readonly files?: StaticFiles; readonly withOnceToken?: boolean } = {}): Promise<Served> {
  const engine = new FakeEngine();
  const secrets = createSecrets({ withOnceToken: options.withOnceToken ?? false });
  const server = await startServer({
    engine,
    secrets,
    files: options.files ?? files,
    host: '127.0.0.1',
    port: 0,
    hostNames: loopbackNames,
    tls: null,
  });
  onTestFinished(() => server.close());
  const host = `127.0.0.1:${server.port}`;
  return { engine, server, secrets, host, origin: `http://${host}`, cookie: `acclimate-${server.port}=${secrets.session}` };
}

export interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly bytes: Uint8Array;
}

/** Sends a request as it is told. Resolves with status 0 where the server ends the connection without an answer. */
export function send(
  port: number,
  method: string,
  path: string,
  headers: OutgoingHttpHeaders,
  body?: Uint8Array | readonly Uint8Array[],
): Promise<Reply> {
  return new Promise((resolve) => {
    const request = httpRequest({ host: '127.0.0.1', port, method, path, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, bytes: Buffer.concat(chunks) }));
    });
    request.on('error', () => resolve({ status: 0, headers: {}, bytes: new Uint8Array() }));
    if (body instanceof Uint8Array) request.end(body);
    else {
      for (const chunk of body ?? []) request.write(chunk);
      request.end();
    }
  });
}

/** Headers of a window that is signed in. */
export function goodHeaders({ host, origin, cookie }: Served): Record<string, string> {
  return { host, origin, cookie, 'sec-fetch-site': 'same-origin', 'content-type': 'application/octet-stream' };
}

function changedHeaders(headers: Readonly<Record<string, string>>, changed: Changes): Record<string, string> {
  const all: Changes = { ...headers, ...changed };
  return Object.fromEntries(Object.entries(all).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
}

/** Makes a call as a window does, with some headers changed; undefined leaves one out. */
export function post(served: Served, name: string, input: unknown, changed: Changes = {}): Promise<Reply> {
  const headers = changedHeaders(goodHeaders(served), changed);
  return send(served.server.port, 'POST', `/call/${name}`, headers, encodeWire(input));
}

/** Asks as a window does, with some headers changed. */
export function get(served: Served, path: string, changed: Changes = {}): Promise<Reply> {
  const { host, cookie } = served;
  return send(served.server.port, 'GET', path, changedHeaders({ host, cookie, 'sec-fetch-site': 'same-origin' }, changed));
}

export const resultOf = ({ bytes }: Reply): Result<unknown> => decodeWire(bytes) as Result<unknown>;

const heardBy = new WeakMap<WebSocket, unknown[]>();

/** The first `count` messages of a socket, once they are there. */
export async function messages(socket: WebSocket, count: number): Promise<unknown[]> {
  const heard = heardBy.get(socket) ?? [];
  while (heard.length < count) await once(socket, 'message');
  return heard.slice(0, count);
}

/** What became of a WebSocket: the status it was refused with, or the open socket. */
export function upgrade(served: Served, changed: Changes = {}, path = '/events'): Promise<number | WebSocket> {
  const { host, origin, cookie } = served;
  const headers = changedHeaders({ host, origin, cookie }, changed);
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`ws://127.0.0.1:${served.server.port}${path}`, { headers });
    onTestFinished(() => socket.terminate());
    // What is said first may arrive together with the answer to the upgrade.
    const heard: unknown[] = [];
    heardBy.set(socket, heard);
    socket.on('message', (data: Buffer) => heard.push(decodeWire(data)));
    socket.once('unexpected-response', (_, response) => resolve(response.statusCode ?? 0));
    socket.once('open', () => resolve(socket));
    socket.once('error', reject);
  });
}
