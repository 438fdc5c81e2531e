/** Everything that must not get through, each told apart from a legitimate request by one thing alone. */
import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import type { WebSocket } from 'ws';
import { encodeWire } from '../../electron/contract/wire.ts';
import { get, goodHeaders, post, resultOf, send, serve, upgrade } from './client.ts';
import type { Reply } from './client.ts';

const exclude = { ids: [1, 2], isExcluded: true };

function expectRefused(reply: Reply, status: number): void {
  expect(reply.status).toBe(status);
  expect(resultOf(reply)).toMatchObject({
    ok: false,
    error: { code: expect.any(String) as string, message: expect.any(String) as string },
  });
}

describe('a call', () => {
  it('gets through from a window that is signed in', async () => {
    const served = await serve();
    expect((await post(served, 'images.exclude', exclude)).status).toBe(200);
    expect(served.engine.seen).toEqual([{ name: 'images.exclude', input: exclude }]);
  });

  const wrong = (port: number): Record<string, [number, Record<string, string | undefined>]> => ({
    'a foreign name that resolves to here': [421, { host: `attacker.example:${port}` }],
    'a name without the port': [421, { host: '127.0.0.1' }],
    'another port': [421, { host: `127.0.0.1:${port - 1}` }],
    'a name that only begins like ours': [421, { host: `127.0.0.1:${port}.attacker.example` }],
    'no origin': [403, { origin: undefined }],
    'a foreign origin': [403, { origin: 'https://attacker.example' }],
    'another port of this machine': [403, { origin: `http://127.0.0.1:${port - 1}`, 'sec-fetch-site': undefined }],
    'another scheme': [403, { origin: `https://127.0.0.1:${port}` }],
    'another of our names than it is addressed to': [403, { origin: `http://localhost:${port}` }],
    'a sandboxed page': [403, { origin: 'null' }],
    'a page of another site': [403, { 'sec-fetch-site': 'cross-site' }],
    'a page of another port': [403, { 'sec-fetch-site': 'same-site' }],
    'an unknown relation': [403, { 'sec-fetch-site': '' }],
    'no cookie': [401, { cookie: undefined }],
    'an empty cookie': [401, { cookie: `acclimate-${port}=` }],
    'a wrong cookie': [401, { cookie: `acclimate-${port}=${'A'.repeat(43)}` }],
    'a form': [415, { 'content-type': 'application/x-www-form-urlencoded' }],
    'a text': [415, { 'content-type': 'text/plain' }],
    'no content type': [415, { 'content-type': undefined }],
  });
  it.each(Object.keys(wrong(0)))('with or from %s is refused', async (what) => {
    const served = await serve();
    const [status, headers] = wrong(served.server.port)[what]!;
    expectRefused(await post(served, 'images.exclude', exclude, headers), status);
    expect(served.engine.seen).toEqual([]);
  });

  it("with another port's cookie, or the token instead of the session, is refused", async () => {
    const served = await serve();
    const { server, secrets } = served;
    const cookies = [
      `acclimate-${server.port + 1}=${secrets.session}`,
      `acclimate=${secrets.session}`,
      `acclimate-${server.port}=${secrets.token}`,
      `acclimate-${server.port}=${secrets.session}x`,
    ];
    for (const cookie of cookies) expectRefused(await post(served, 'images.exclude', exclude, { cookie }), 401);
    expect(served.engine.seen).toEqual([]);
  });

  it('is found among the cookies of other servers', async () => {
    const served = await serve();
    const cookie = `theme=dark; acclimate-1=${served.secrets.token}; ${served.cookie}; acclimate-2=x`;
    expect((await post(served, 'images.exclude', exclude, { cookie })).status).toBe(200);
  });

  it.each(['constructor', '__proto__', 'hasOwnProperty', 'toString', '', 'images', 'images.exclude/', 'images.exclude%00', '../session'])(
    'of the unknown name "%s" is refused',
    async (name) => {
      const served = await serve();
      expectRefused(await post(served, name, {}), 404);
      expect(served.engine.seen).toEqual([]);
    },
  );

  it.each([
    ['a missing field', { ids: [1] }],
    ['a wrong type', { ids: '1,2', isExcluded: true }],
    ['an id below 1', { ids: [0], isExcluded: true }],
    ['an id too large', { ids: [2 ** 31], isExcluded: true }],
    ['no object', null],
    ['a list', [1, 2]],
  ])('with %s is refused', async (_, input) => {
    const served = await serve();
    expectRefused(await post(served, 'images.exclude', input), 400);
    expect(served.engine.seen).toEqual([]);
  });

  it('with bytes that are no message is refused', async () => {
    const served = await serve();
    for (const body of [new Uint8Array(), Uint8Array.of(1, 2, 3), new Uint8Array(64).fill(255), new TextEncoder().encode('{"ids":[1]}')]) {
      expectRefused(await send(served.server.port, 'POST', '/call/images.exclude', goodHeaders(served), body), 400);
    }
    expect(served.engine.seen).toEqual([]);
  });

  it.each(['GET', 'HEAD', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'])('by %s is refused', async (method) => {
    const served = await serve();
    const reply = await send(served.server.port, method, '/call/images.exclude', goodHeaders(served));
    expect(reply.status).toBe(405);
    expect(reply.headers.allow).toBe('POST');
    expect(Object.keys(reply.headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
    expect(served.engine.seen).toEqual([]);
  });
});

describe('a body that is too long', () => {
  const MiB = 2 ** 20;

  it('is refused by its announced length, before it is read', async () => {
    const served = await serve();
    const headers = { ...goodHeaders(served), 'content-length': String(MiB + 1) };
    expectRefused(await send(served.server.port, 'POST', '/call/app.forgetRecent', headers, [new Uint8Array(10)]), 413);
    expect(served.engine.seen).toEqual([]);
  });

  it('is refused where its length was not announced', async () => {
    const served = await serve();
    const chunks = Array.from({ length: 40 }, () => new Uint8Array(MiB / 16));
    const reply = await send(served.server.port, 'POST', '/call/app.forgetRecent', goodHeaders(served), chunks);
    // The answer can be lost where the rest of the body still comes.
    expect([0, 413]).toContain(reply.status);
    expect(served.engine.seen).toEqual([]);
  });

  it('may be long where the call is: a table of labels, every image of a large project', async () => {
    const served = await serve();
    const text = 'a,b\n'.repeat(MiB);
    expect((await post(served, 'labels.importFile', { name: 'labels.csv', text })).status).toBe(200);
    const ids = Array.from({ length: 1_000_000 }, (_, i) => i + 1_000_000_000);
    expect((await post(served, 'images.exclude', { ids, isExcluded: true })).status).toBe(200);
    expect(served.engine.seen.map(({ name }) => name)).toEqual(['labels.importFile', 'images.exclude']);
  });

  it('has an end even there', async () => {
    const served = await serve();
    const headers = { ...goodHeaders(served), 'content-length': String(64 * MiB + 1) };
    expectRefused(await send(served.server.port, 'POST', '/call/labels.importFile', headers, [new Uint8Array(10)]), 413);
  });
});

describe('the token', () => {
  const exchange = (served: Awaited<ReturnType<typeof serve>>, input: unknown, changed: Record<string, string> = {}): Promise<Reply> => {
    const { host, origin } = served;
    const headers = { host, origin, 'content-type': 'application/octet-stream', ...changed };
    return send(served.server.port, 'POST', '/session', headers, encodeWire(input));
  };

  it('becomes a cookie that scripts and other sites do not see', async () => {
    const served = await serve();
    const reply = await exchange(served, { token: served.secrets.token });
    expect(reply.status).toBe(200);
    const [cookie = '', ...others] = reply.headers['set-cookie'] ?? [];
    expect(others).toEqual([]);
    const [pair, ...attributes] = cookie.split('; ');
    expect(pair).toBe(served.cookie);
    expect(attributes.sort()).toEqual(['HttpOnly', 'Path=/', 'SameSite=Strict']);
    expect((await post(served, 'app.view', {}, { cookie: pair })).status).toBe(200);
  });

  it('has 256 bits, as the session does', async () => {
    const { secrets } = await serve();
    for (const secret of [secrets.token, secrets.session]) expect(Buffer.from(secret, 'base64url')).toHaveLength(32);
    expect(secrets.token).not.toBe(secrets.session);
  });

  it.each([
    ['a wrong token', { token: 'A'.repeat(43) }],
    ['an empty token', { token: '' }],
    ['no token', {}],
    ['something else', { token: { length: 43 } }],
  ])('is not replaced by %s', async (_, input) => {
    const served = await serve();
    const reply = await exchange(served, input);
    expectRefused(reply, 401);
    expect(reply.headers['set-cookie']).toBeUndefined();
  });

  it('is not taken from another page, by another method or in the address', async () => {
    const served = await serve();
    const { token } = served.secrets;
    const foreign = { origin: `http://127.0.0.1:${served.server.port + 1}` };
    const replies = [
      await exchange(served, { token }, foreign),
      await get(served, `/session?token=${token}`, { cookie: undefined }),
      await get(served, `/?token=${token}`, { cookie: undefined }),
      await get(served, `/img/5/thumb?v=1&token=${token}`, { cookie: undefined }),
    ];
    expect(replies.map(({ status }) => status)).toEqual([403, 401, 200, 401]);
    for (const { headers } of replies) expect(headers['set-cookie']).toBeUndefined();
  });

  it('for opening a browser is taken once', async () => {
    const served = await serve({ withOnceToken: true });
    const { onceToken, token } = served.secrets;
    const statuses = [];
    for (const tried of [onceToken, onceToken, token, token]) statuses.push((await exchange(served, { token: tried })).status);
    expect(statuses).toEqual([200, 401, 200, 200]);
  });
});

describe('a picture', () => {
  it('is served by its id to a window that is signed in, to be kept for good', async () => {
    const served = await serve();
    const { status, headers } = await get(served, '/img/5/thumb?v=a-1');
    expect(status).toBe(200);
    expect(headers).toMatchObject({
      'content-type': 'image/png',
      'x-content-type-options': 'nosniff',
      'cross-origin-resource-policy': 'same-origin',
      'cache-control': 'private, max-age=31536000, immutable',
    });
    expect((await get(served, '/img/5/thumb')).headers['cache-control']).toBe('no-store');
  });

  it.each([
    ['an unknown id', '/img/6/thumb?v=1', 404],
    ['an unknown variant', '/img/5/original?v=1', 404],
    ['a variant every object has', '/img/5/constructor?v=1', 404],
    ['no variant', '/img/5', 404],
    ['an id of 0', '/img/0/thumb', 404],
    ['a negative id', '/img/-5/thumb', 404],
    ['an id with a fraction', '/img/5.0/thumb', 404],
    ['an id in another notation', '/img/0x5/thumb', 404],
    ['an id too large', '/img/4294967301/thumb', 404],
    ['a path for an id', '/img/%2fetc%2fpasswd/thumb', 404],
    ['more after the variant', '/img/5/thumb/..', 404],
  ])('with %s is refused', async (_, path, status) => {
    const served = await serve();
    const reply = await get(served, path);
    expect(reply.status).toBe(status);
    expect(reply.headers['cache-control']).toBe('no-store');
    // Only a well-formed address reaches the engine.
    expect(served.engine.seen.length).toBe(path.startsWith('/img/6/') ? 1 : 0);
  });

  it('is refused to pages elsewhere and without a cookie', async () => {
    const served = await serve();
    const { port } = served.server;
    const path = '/img/5/thumb?v=1';
    const replies = [
      await get(served, path, { cookie: undefined }),
      await get(served, path, { cookie: `acclimate-${port + 1}=${served.secrets.session}` }),
      await get(served, path, { 'sec-fetch-site': 'cross-site' }),
      await get(served, path, { 'sec-fetch-site': 'same-site' }),
      await get(served, path, { host: `attacker.example:${port}` }),
      await send(port, 'POST', path, goodHeaders(served)),
    ];
    expect(replies.map(({ status }) => status)).toEqual([401, 401, 403, 403, 421, 405]);
    expect(served.engine.seen).toEqual([]);
  });
});

describe('a file', () => {
  it('of the window is served, and nothing else of the disk', async () => {
    const served = await serve();
    expect((await get(served, '/', { cookie: undefined })).status).toBe(200);
    expect((await get(served, '/assets/index-1a2b.js', { cookie: undefined })).status).toBe(200);
    const forms = [
      '/..',
      '/../package.json',
      '/assets/../../package.json',
      '/assets/../index.html',
      '/..%2fpackage.json',
      '/%2e%2e/package.json',
      '/%2e%2e%2fpackage.json',
      '/.%2e/package.json',
      '/..%252fpackage.json',
      '/%252e%252e%252fpackage.json',
      '/..\\package.json',
      '/..%5cpackage.json',
      '/assets\\..\\..\\package.json',
      '//etc/passwd',
      '/etc/passwd',
      '/%2fetc%2fpasswd',
      '/C:/Windows/win.ini',
      '/C:%5cWindows%5cwin.ini',
      '/file:///etc/passwd',
      '/index.html%00.js',
      '/index.html/',
      '/assets/',
      '/assets',
      '/__proto__',
      '/constructor',
      `http://127.0.0.1:${served.server.port}/../package.json`,
      'http://attacker.example/index.html',
      '*',
    ];
    for (const form of forms) expect([form, (await get(served, form)).status]).toEqual([form, 404]);
  });

  it('is refused to pages elsewhere, under other names and for writing', async () => {
    const served = await serve();
    expect((await get(served, '/', { host: 'attacker.example' })).status).toBe(421);
    expect((await get(served, '/', { 'sec-fetch-site': 'cross-site' })).status).toBe(403);
    expect((await send(served.server.port, 'POST', '/index.html', goodHeaders(served))).status).toBe(405);
  });
});

describe('every answer', () => {
  it('carries the policy, which allows nothing inline', async () => {
    const served = await serve();
    const replies = [
      await get(served, '/'),
      await get(served, '/nothing'),
      await get(served, '/img/5/tile?v=1'),
      await get(served, '/', { host: 'attacker.example' }),
      await post(served, 'app.view', {}),
      await post(served, 'app.view', {}, { cookie: undefined }),
    ];
    for (const { headers } of replies) {
      expect(headers['content-security-policy']).toBe(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
      );
      expect(headers['content-security-policy']).not.toContain('unsafe-');
      expect(headers).toMatchObject({
        'cross-origin-opener-policy': 'same-origin',
        'cross-origin-resource-policy': 'same-origin',
        'referrer-policy': 'no-referrer',
        'x-content-type-options': 'nosniff',
      });
      expect(Object.keys(headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
    }
  });

  it('survives what is no request at all', async () => {
    const served = await serve();
    const garbage = [
      '\0\0\0\0',
      'GET\r\n\r\n',
      'GET / HTTP/1.1\r\n\r\n',
      'GET / HTTP/1.0\r\n\r\n',
      `GET / HTTP/1.1\r\nHost: ${'a'.repeat(40_000)}\r\n\r\n`,
    ];
    for (const bytes of garbage) {
      const answer = await new Promise<string>((resolve) => {
        let heard = '';
        const socket = connect(served.server.port, '127.0.0.1', () => socket.write(bytes));
        socket.on('data', (chunk) => (heard += chunk.toString('latin1')));
        socket.on('error', () => undefined);
        socket.on('close', () => resolve(heard));
        socket.on('end', () => socket.end());
      });
      expect(answer).not.toMatch(/^HTTP\/1.1 200/);
    }
    expect((await get(served, '/')).status).toBe(200);
  });
});

describe('the socket of events', () => {
  const closed = (socket: WebSocket): Promise<number> => new Promise((resolve) => socket.once('close', (code) => resolve(code)));

  it.each([
    ['no origin', 403, { origin: undefined }],
    ['a foreign origin', 403, { origin: 'https://attacker.example' }],
    ['another port of this machine', 403, { origin: 'http://127.0.0.1:1' }],
    ['a page of another site', 403, { 'sec-fetch-site': 'cross-site' }],
    ['a foreign name', 421, { host: 'attacker.example' }],
    ['no cookie', 401, { cookie: undefined }],
    ['a wrong cookie', 401, { cookie: 'acclimate-1=x' }],
  ] satisfies [string, number, Record<string, string | undefined>][])('with or from %s is refused', async (_, status, changed) => {
    expect(await upgrade(await serve(), changed)).toBe(status);
  });

  it.each(['/', '/call/images.exclude', '/events?x=1', '/events/', '/session'])(
    'is nowhere but at its address, such as at %s',
    async (path) => {
      expect(await upgrade(await serve(), {}, path)).toBe(404);
    },
  );

  it('ends where a window sends what is too long, or anything at all', async () => {
    const served = await serve();
    const [long, short] = [await upgrade(served), await upgrade(served)] as [WebSocket, WebSocket];
    const codes = [closed(long), closed(short)];
    long.send(new Uint8Array(2000));
    short.send('{}');
    expect(await Promise.all(codes)).toEqual([1009, 1008]);
    expect(served.engine.seen).toEqual([]);
    expect((await get(served, '/')).status).toBe(200);
  });

  it('has room for a limited number of windows', async () => {
    const served = await serve();
    const outcomes = await Promise.all(Array.from({ length: 32 }, () => upgrade(served)));
    expect(outcomes.filter((outcome) => typeof outcome === 'number')).toEqual([]);
    expect(await upgrade(served)).toBe(503);
  });
});
