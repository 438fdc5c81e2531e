/**
 * Who may speak to the server. Loopback is no wall: every page open in a browser can reach it, and so can every user of the machine. So each request
 * is refused unless it proves otherwise, the cheapest proof first: the name it was addressed to, the page it comes from, then the secret it holds.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** What a run of the server keeps to itself. They outlive the serving process, so that a window goes on when it is started again. */
export interface Secrets {
  /** In the fragment of the printed address; exchanged for the session's cookie. */
  readonly token: string;
  /** Like the token, but taken once only: for an address that other users may see in the list of processes. */
  readonly onceToken: string | null;
  /** The cookie's value. */
  readonly session: string;
}

/** Fresh secrets of 256 bits each. */
export function createSecrets(options: { readonly withOnceToken: boolean }): Secrets {
  const secret = (): string => randomBytes(32).toString('base64url');
  return { token: secret(), onceToken: options.withOnceToken ? secret() : null, session: secret() };
}

/** Names under which a server bound to loopback may be addressed; any other one is an attacker's that resolves to here. */
export const loopbackNames = ['127.0.0.1', 'localhost', '[::1]'] as const;

export interface AccessOptions {
  readonly secrets: Secrets;
  readonly port: number;
  /** Names or bracketed addresses, without the port. */
  readonly hostNames: readonly string[];
  readonly isSecure: boolean;
}

/** Why a request is refused; the reason is told to whoever asks, so it tells nothing that they do not know. */
export interface Refusal {
  readonly status: 401 | 403 | 421;
  readonly reason: string;
}

/** Equal in a time that tells nothing about where two texts differ; hashing makes their lengths equal. */
function isSame(a: string, b: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}

export class Access {
  readonly #secrets: Secrets;
  readonly #hosts: ReadonlySet<string>;
  readonly #scheme: 'http' | 'https';
  readonly #cookieName: string;
  #onceToken: string | null;

  constructor({ secrets, port, hostNames, isSecure }: AccessOptions) {
    this.#secrets = secrets;
    this.#onceToken = secrets.onceToken;
    this.#scheme = isSecure ? 'https' : 'http';
    // Browsers leave out the port where it is the scheme's own.
    const isUsualPort = port === (isSecure ? 443 : 80);
    this.#hosts = new Set(hostNames.flatMap((name) => [`${name}:${port}`, ...(isUsualPort ? [name] : [])]));
    // Cookies are shared by all ports of a host, so the name keeps two servers apart.
    this.#cookieName = `acclimate-${port}`;
  }

  /** Whether it was addressed to this server by a name of its own, and by a page of its own or none. */
  checkAddress(request: IncomingMessage): Refusal | null {
    const host = request.headers.host;
    if (host === undefined || !this.#hosts.has(host.toLowerCase())) {
      return { status: 421, reason: 'This server is not known by that name. Use the address it printed, port included.' };
    }
    const site = request.headers['sec-fetch-site'];
    if (site !== undefined && site !== 'same-origin' && site !== 'none') return { status: 403, reason: 'Asked by a page of another site.' };
    return null;
  }

  /** Whether the page that asks is this server's own: another port of this machine counts as the same site, but not as the same origin. */
  checkOrigin(request: IncomingMessage): Refusal | null {
    const { origin, host } = request.headers;
    const isOwn = origin !== undefined && host !== undefined && origin === `${this.#scheme}://${host.toLowerCase()}`;
    return isOwn ? null : { status: 403, reason: 'Asked by a page of another origin.' };
  }

  /** Whether it carries the session's cookie. */
  checkSession(request: IncomingMessage): Refusal | null {
    // Another port of this host can set a cookie of the same name for a longer path, which then comes first.
    const isIn = (request.headers.cookie ?? '').split(';').some((pair) => {
      const at = pair.indexOf('=');
      return at > 0 && pair.slice(0, at).trim() === this.#cookieName && isSame(pair.slice(at + 1).trim(), this.#secrets.session);
    });
    return isIn ? null : { status: 401, reason: 'Not signed in. Open the address that the server printed when it started.' };
  }

  /** The cookie for a token, as a `Set-Cookie` header; null where the token is wrong. */
  exchange(token: string): string | null {
    const isOnce = this.#onceToken !== null && isSame(token, this.#onceToken);
    if (isOnce) this.#onceToken = null;
    if (!isOnce && !isSame(token, this.#secrets.token)) return null;
    const secure = this.#scheme === 'https' ? '; Secure' : '';
    return `${this.#cookieName}=${this.#secrets.session}; Path=/; HttpOnly; SameSite=Strict${secure}`;
  }
}
