/** Answers `app://acclimate/...`: the window's own files from a list made at the start, and pictures by their id. No address becomes a path on disk. */
import type { ImageVariant } from '../contract/bridge.ts';
import type { EnginePicture } from '../contract/engine-messages.ts';
import { toWireError } from '../contract/result.ts';
import { securityHeaders } from '../window-files/headers.ts';
import type { StaticFiles } from '../window-files/static-files.ts';
import { isOwnAddress } from './address.ts';

const imagePath = /^\/img\/([1-9]\d{0,9})\/(tile|thumb|view)$/;
const maxId = 2 ** 31 - 1;

export interface ProtocolOptions {
  readonly files: StaticFiles;
  readonly image: (id: number, variant: ImageVariant, signal: AbortSignal) => Promise<EnginePicture>;
}

/** The part of a request that is needed; a `Request` is one. */
export interface ProtocolRequest {
  readonly url: string;
  readonly method: string;
  readonly signal: AbortSignal;
}

/** Makes what `protocol.handle` takes. */
export function createProtocolHandler({ files, image }: ProtocolOptions): (request: ProtocolRequest) => Promise<Response> {
  return async (request) => {
    if (!isOwnAddress(request.url)) return refuse(403, 'Refused.');
    if (request.method !== 'GET' && request.method !== 'HEAD') return refuse(405, 'Only GET and HEAD are understood here.');
    // Raw: what is encoded in it, '..%2f' for instance, names nothing in either list.
    const { pathname, searchParams } = new URL(request.url);
    const picture = imagePath.exec(pathname);
    if (picture !== null) return await answerImage(Number(picture[1]), picture[2] as ImageVariant, searchParams.has('v'), request, image);
    const file = files.get(pathname);
    if (file === undefined) return refuse(404, 'There is nothing here.');
    return answer(200, file.mime, file.bytes, 'no-cache');
  };
}

async function answerImage(
  id: number,
  variant: ImageVariant,
  isVersioned: boolean,
  { signal }: ProtocolRequest,
  image: ProtocolOptions['image'],
): Promise<Response> {
  if (id > maxId) return refuse(404, 'There is no such picture.');
  try {
    const { mime, bytes } = await image(id, variant, signal);
    // The version in the address changes whenever the picture might.
    return answer(200, mime, bytes, isVersioned ? 'private, max-age=31536000, immutable' : 'no-store');
  } catch (error) {
    const { code, message } = toWireError(error);
    return refuse(code === 'not-found' ? 404 : code === 'io' ? 503 : 500, message);
  }
}

function answer(status: number, mime: string, bytes: Uint8Array, cacheControl: string): Response {
  const headers = { ...securityHeaders, 'Content-Type': mime, 'Content-Length': String(bytes.byteLength), 'Cache-Control': cacheControl };
  return new Response(new Uint8Array(bytes), { status, headers });
}

function refuse(status: number, message: string): Response {
  return answer(status, 'text/plain; charset=utf-8', new TextEncoder().encode(`${message}\n`), 'no-store');
}
