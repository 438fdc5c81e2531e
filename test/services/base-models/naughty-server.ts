/** A web server on this machine that delivers a file as well or as badly as a test wants. */
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

export type Answer = (request: IncomingMessage, response: ServerResponse, numRequests: number) => void;

export interface NaughtyServer {
  readonly origin: string;
  /** What was asked, in order. */
  readonly asked: { readonly url: string; readonly range: string | undefined; readonly ifRange: string | undefined }[];
}

/** Starts it for the present test; it and its connections end with it. */
export async function naughtyServer(answer: Answer): Promise<NaughtyServer> {
  const asked: NaughtyServer['asked'] = [];
  const server = createServer((request, response) => {
    const { range, 'if-range': ifRange } = request.headers;
    asked.push({ url: request.url ?? '', range, ifRange: ifRange as string | undefined });
    answer(request, response, asked.length);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

export interface ServeOptions {
  readonly etag?: string | null;
  readonly lastModified?: string;
  /** Ends the connection after so many bytes of the body. */
  readonly cutAfter?: number;
  /** Falls silent after so many bytes of the body. */
  readonly silentAfter?: number;
  readonly ignoreRange?: boolean;
  readonly claimedLength?: number;
  readonly noLength?: boolean;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Answers like a good server, ranges and all, but for the options. */
export function serve(bytes: Uint8Array, request: IncomingMessage, response: ServerResponse, options: ServeOptions = {}): void {
  const { etag = '"v1"', lastModified, cutAfter, silentAfter, ignoreRange = false, claimedLength, noLength = false } = options;
  if (etag !== null) response.setHeader('etag', etag);
  if (lastModified !== undefined) response.setHeader('last-modified', lastModified);
  for (const [name, value] of Object.entries(options.headers ?? {})) response.setHeader(name, value);
  const { range, 'if-range': ifRange } = request.headers;
  const first = Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0);
  const isSame = ifRange === undefined || ifRange === etag || ifRange === lastModified;
  const isPart = range !== undefined && isSame && !ignoreRange;
  if (isPart && first >= bytes.length) {
    response.writeHead(416, { 'content-range': `bytes */${bytes.length}` }).end();
    return;
  }
  const body = isPart ? bytes.subarray(first) : bytes;
  if (isPart) response.setHeader('content-range', `bytes ${first}-${bytes.length - 1}/${bytes.length}`);
  if (!noLength) response.setHeader('content-length', claimedLength ?? body.length);
  response.writeHead(isPart ? 206 : 200);
  const stopAt = cutAfter ?? silentAfter;
  if (stopAt === undefined) {
    response.end(body);
    return;
  }
  response.write(body.subarray(0, stopAt), () => {
    // What was sent shall have arrived, also on a machine that is busy.
    if (cutAfter !== undefined) setTimeout(() => response.destroy(), 250);
  });
}
