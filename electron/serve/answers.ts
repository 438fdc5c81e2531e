/** How answers are written: security headers always, nothing kept by caches unless told. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { AppError } from '../contract/errors.ts';
import type { Result, WireError } from '../contract/result.ts';
import { toWireError } from '../contract/result.ts';
import { encodeWire } from '../contract/wire.ts';
import { securityHeaders } from '../window-files/headers.ts';

export const wireMime = 'application/octet-stream';

interface Answer {
  readonly status: number;
  readonly mime: string;
  readonly bytes: Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Writes an answer. A request whose body was left unread ends its connection. */
export function send(request: IncomingMessage, response: ServerResponse, { status, mime, bytes, headers }: Answer): void {
  if (response.destroyed || response.headersSent) return;
  response.writeHead(status, {
    'Cache-Control': 'no-store',
    ...securityHeaders,
    'Content-Type': mime,
    'Content-Length': bytes.byteLength,
    ...(!request.complete && request.method !== 'GET' && request.method !== 'HEAD' ? { Connection: 'close' } : {}),
    ...headers,
  });
  response.end(request.method === 'HEAD' ? undefined : bytes);
}

/** Answers a call. */
export function sendResult(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  result: Result<unknown>,
  headers: Readonly<Record<string, string>> = {},
): void {
  send(request, response, { status, mime: wireMime, bytes: encodeWire(result), headers });
}

/** Answers with an error: as a `Result` where a call was meant, in words where a person may be looking. */
export function sendError(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  error: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  const wireError = toWireError(error);
  if (request.method === 'POST') sendResult(request, response, status, { ok: false, error: wireError }, headers);
  else
    send(request, response, {
      status,
      mime: 'text/plain; charset=utf-8',
      bytes: new TextEncoder().encode(`${wireError.message}\n`),
      headers,
    });
}

/** A refusal as an error. */
export const refused = (reason: string): AppError => new AppError('invalid-input', reason);

/** The status that says of a failure what its code does. */
export function statusOf(code: WireError['code']): number {
  switch (code) {
    case 'invalid-input':
      return 400;
    case 'not-found':
      return 404;
    case 'conflict':
    case 'cancelled':
      return 409;
    case 'unsupported':
      return 422;
    case 'io':
    case 'unstable':
    case 'mismatch':
    case 'internal':
      return 500;
    default:
      return code satisfies never;
  }
}
