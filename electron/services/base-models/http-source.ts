/** One file on a web server, opened for reading: redirects followed with care, silence noticed, proxies of the environment used. */
import type { IncomingMessage } from 'node:http';
import { Agent as HttpAgent, get as httpGet } from 'node:http';
import { Agent as HttpsAgent, get as httpsGet } from 'node:https';
import { env } from 'node:process';
import { AppError } from '../../contract/errors.ts';

/** Trouble that may be gone at the next attempt. */
export class PassingTrouble extends Error {
  /** Whether the server was never reached. */
  readonly isUnreachable: boolean;
  /** How long the server asked to be left alone; null where it did not. */
  readonly retryAfterMs: number | null;

  /** Whether it is what a server answered. */
  readonly isAnswer: boolean;

  constructor(
    message: string,
    options: { isUnreachable?: boolean; isAnswer?: boolean; retryAfterMs?: number | null; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'PassingTrouble';
    this.isUnreachable = options.isUnreachable ?? false;
    this.isAnswer = options.isAnswer ?? false;
    this.retryAfterMs = options.retryAfterMs ?? null;
  }
}

export interface OpenOptions {
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  /** Silence of this length is trouble. */
  readonly stallMs: number;
}

export interface Source {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  /** Where it came from after all redirects. */
  readonly address: string;
  /** The body; throws `PassingTrouble` where the connection breaks or falls silent. Reading it to the end or leaving it closes the connection. */
  readonly chunks: () => AsyncGenerator<Uint8Array, void>;
  readonly close: () => void;
}

const maxRedirects = 5;
const loopback = /^(localhost|127(\.\d+){3}|\[::1\])$/;

/** Whether a file may come from there: over an encrypted connection, or from this very machine where it was asked of it in the open. */
function isAllowed(url: URL, origin: URL): boolean {
  if (url.protocol === 'https:') return true;
  return [url, origin].every(({ protocol, hostname }) => protocol === 'http:' && loopback.test(hostname));
}

function parse(address: string, base?: URL): URL {
  try {
    return new URL(address, base);
  } catch (cause) {
    throw new AppError('invalid-input', `${address} is not a web address. Check ACCLIMATE_MODEL_MIRROR, if it is set.`, { cause });
  }
}

/**
 * Opens a file by GET, following at most five redirects. Throws `AppError` 'io' where the address or a redirect must not be followed,
 * `PassingTrouble` for what may pass, and the signal's reason.
 */
export async function openSource(address: string, options: OpenOptions): Promise<Source> {
  const origin = parse(address);
  if (!isAllowed(origin, origin)) throw new AppError('io', `${address} is not an encrypted address (https). Nothing was downloaded.`);
  let url = origin;
  for (let numRedirects = 0; ; numRedirects++) {
    const source = await request(url, options);
    const { location } = source.headers;
    if (source.status < 300 || source.status > 399 || source.status === 304 || location === undefined) return source;
    source.close();
    const next = parse(location, url);
    if (!isAllowed(next, origin)) {
      throw new AppError(
        'io',
        `${url.hostname} leads on to ${next.protocol}//${next.host}, which is not an encrypted connection. Nothing was downloaded.`,
      );
    }
    if (numRedirects >= maxRedirects) {
      throw new AppError(
        'io',
        `${origin.hostname} leads from one address to the next without end. Try again later, or download the file by hand.`,
      );
    }
    url = next;
  }
}

const unreachable: ReadonlySet<string> = new Set([
  'ENOTFOUND',
  'EAI_AGAIN',
  'ECONNREFUSED',
  'ENETUNREACH',
  'ENETDOWN',
  'EHOSTUNREACH',
  'ETIMEDOUT',
]);
const distrusted = /CERT|SELF_SIGNED|UNABLE_TO_(VERIFY|GET_ISSUER)|ALTNAME/;

function codeOf(error: unknown): string {
  if (error instanceof AggregateError) return codeOf(error.errors[0]);
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

function troubleOf(error: unknown, url: URL): Error {
  if (error instanceof PassingTrouble || error instanceof AppError) return error;
  const code = codeOf(error);
  if (distrusted.test(code)) {
    return new AppError(
      'io',
      `The certificate of ${url.hostname} is not trusted here (${code}). Where a company's proxy opens encrypted connections, name its certificate in NODE_EXTRA_CA_CERTS.`,
      { cause: error },
    );
  }
  const why = error instanceof Error ? error.message : String(error);
  return new PassingTrouble(`the connection to ${url.hostname} failed (${code === '' ? why : code})`, {
    isUnreachable: unreachable.has(code),
    cause: error,
  });
}

/** Calls `onSilence` where `alive` is not called for `stallMs`. */
function watch(stallMs: number, onSilence: () => void): { readonly alive: () => void; readonly stop: () => void } {
  let timer = setTimeout(onSilence, stallMs);
  const stop = (): void => clearTimeout(timer);
  return {
    alive: () => {
      stop();
      timer = setTimeout(onSilence, stallMs);
    },
    stop,
  };
}

function retryAfter(value: string | undefined): number | null {
  if (value === undefined) return null;
  const seconds = Number(value);
  const ms = Number.isFinite(seconds) ? 1e3 * seconds : Date.parse(value) - Date.now();
  return Number.isFinite(ms) ? Math.max(0, ms) : null;
}

async function request(url: URL, { headers, signal, stallMs }: OpenOptions): Promise<Source> {
  signal.throwIfAborted();
  const isSecure = url.protocol === 'https:';
  // A connection each: they are few, and an idle one would outlive the download.
  const agent = isSecure ? new HttpsAgent({ proxyEnv: env }) : new HttpAgent(loopback.test(url.hostname) ? {} : { proxyEnv: env });
  const silence = (): PassingTrouble => new PassingTrouble(`${url.hostname} has fallen silent`);
  return await new Promise<Source>((resolve, reject) => {
    const asked = (isSecure ? httpsGet : httpGet)(url, { headers, agent });
    // Not by the request's own signal: destroying a request whose body is being read leaves the reader waiting for ever.
    const abandon = (): void => void asked.destroy(signal.reason as Error);
    signal.addEventListener('abort', abandon, { once: true });
    const watchdog = watch(stallMs, () => asked.destroy(silence()));
    const close = (): void => {
      watchdog.stop();
      signal.removeEventListener('abort', abandon);
      asked.destroy();
      agent.destroy();
    };
    const fail = (error: unknown): Error => (signal.aborted ? (signal.reason as Error) : troubleOf(error, url));
    asked.on('error', (error) => {
      close();
      reject(fail(error));
    });
    asked.on('response', (response) => {
      watchdog.stop();
      signal.removeEventListener('abort', abandon);
      const status = response.statusCode ?? 0;
      // An error while nobody reads must not end the program; whoever reads is told of it by the stream.
      response.on('error', () => undefined);
      if (status === 408 || status === 425 || status === 429 || status >= 500) {
        close();
        const retryAfterMs = retryAfter(response.headers['retry-after']);
        reject(new PassingTrouble(`${url.hostname} answered ${status}`, { isAnswer: true, retryAfterMs }));
        return;
      }
      const chunks = async function* (): AsyncGenerator<Uint8Array, void> {
        const watched = watch(stallMs, () => response.destroy(silence()));
        const leave = (): void => void response.destroy(signal.reason as Error);
        signal.addEventListener('abort', leave, { once: true });
        try {
          signal.throwIfAborted();
          for await (const chunk of response as AsyncIterable<Uint8Array>) {
            watched.stop();
            yield chunk;
            watched.alive();
          }
        } catch (error) {
          throw fail(error);
        } finally {
          watched.stop();
          signal.removeEventListener('abort', leave);
          response.destroy();
          close();
        }
      };
      resolve({ status, headers: response.headers, address: url.href, chunks, close });
    });
  });
}
