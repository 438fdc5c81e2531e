import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Progress } from '../../../electron/contract/progress.ts';
import { saveBase } from '../../../electron/nn/base-model.ts';
import { networkFor } from '../../../electron/nn/registry.ts';
import { downloadFile } from '../../../electron/services/base-models/download-file.ts';
import type { Downloaded, DownloadRequest } from '../../../electron/services/base-models/download-file.ts';
import { PartialFile } from '../../../electron/services/base-models/partial-file.ts';
import { temporaryFolder } from '../../project/temporary-project.ts';
import { naughtyServer, serve } from './naughty-server.ts';

const network = networkFor('tiny');
const file = saveBase(network, network.init(1));
const otherFile = saveBase(network, network.init(2));
const sha256Of = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const tuning = { stallMs: 1_500, maxAttempts: 3, retryDelayMs: 1 };

class Attempt {
  readonly partial = new PartialFile(join(temporaryFolder(), 'deep', 'tiny.safetensors.partial'));
  readonly progress: Progress[] = [];
  readonly controller = new AbortController();

  async run(request: Pick<DownloadRequest, 'address'> & Partial<DownloadRequest>): Promise<Downloaded> {
    const whole = { sizeBytes: null, maxBytes: 2 * file.length, sha256: null, ...request };
    const ctx = { signal: this.controller.signal, onProgress: (progress: Progress) => void this.progress.push(progress) };
    return await downloadFile(whole, this.partial, ctx, tuning);
  }

  get bytes(): Uint8Array {
    return readFileSync(this.partial.path);
  }

  get phases(): string[] {
    return this.progress.map(({ phase }) => phase).filter((phase, i, all) => phase !== all[i - 1]);
  }
}

describe('downloadFile', () => {
  it('downloads, tells how far it is, and checks the sum', async () => {
    const { origin, asked } = await naughtyServer((request, response) => serve(file, request, response));
    const attempt = new Attempt();
    const got = await attempt.run({ address: `${origin}/a`, sizeBytes: file.length, sha256: sha256Of(file) });
    expect(got).toEqual({ numBytes: file.length, sha256: sha256Of(file) });
    expect(Buffer.compare(attempt.bytes, file)).toBe(0);
    expect(attempt.phases).toEqual(['download', 'checksum']);
    expect(attempt.progress.findLast(({ phase }) => phase === 'download')).toEqual({
      phase: 'download',
      done: file.length,
      total: file.length,
    });
    expect(asked).toEqual([{ url: '/a', range: undefined, ifRange: undefined }]);
  });

  it('goes on where the connection broke', async () => {
    const { origin, asked } = await naughtyServer((request, response, n) =>
      serve(file, request, response, n === 1 ? { cutAfter: 20_000 } : {}),
    );
    const attempt = new Attempt();
    await attempt.run({ address: `${origin}/a` });
    expect(Buffer.compare(attempt.bytes, file)).toBe(0);
    expect(asked[1]).toEqual({ url: '/a', range: 'bytes=20000-', ifRange: '"v1"' });
    expect(attempt.phases).toEqual(['download', 'reconnect', 'download', 'checksum']);
  });

  it('takes silence for a broken connection, before an answer and within it', async () => {
    const { origin, asked } = await naughtyServer((request, response, n) => {
      if (n === 1) serve(file, request, response, { silentAfter: 30_000 });
      else if (n === 3) serve(file, request, response);
    });
    const attempt = new Attempt();
    await attempt.run({ address: `${origin}/a` });
    expect(Buffer.compare(attempt.bytes, file)).toBe(0);
    expect(asked.map(({ range }) => range)).toEqual([undefined, 'bytes=30000-', 'bytes=30000-']);
  });

  it('starts again where the file has changed meanwhile', async () => {
    const { origin } = await naughtyServer((request, response, n) =>
      n === 1 ? serve(file, request, response, { cutAfter: 20_000 }) : serve(otherFile, request, response, { etag: '"v2"' }),
    );
    const attempt = new Attempt();
    await attempt.run({ address: `${origin}/a` });
    expect(Buffer.compare(attempt.bytes, otherFile)).toBe(0);
  });

  it('starts again where the server does not do parts', async () => {
    const { origin, asked } = await naughtyServer((request, response, n) =>
      serve(file, request, response, { ignoreRange: true, ...(n === 1 && { cutAfter: 20_000 }) }),
    );
    const attempt = new Attempt();
    await attempt.run({ address: `${origin}/a` });
    expect(Buffer.compare(attempt.bytes, file)).toBe(0);
    expect(asked).toHaveLength(2);
  });

  it('uses a date where there is no strong tag, and nothing of a weak one', async () => {
    const lastModified = 'Wed, 22 Mar 2023 10:00:00 GMT';
    const { origin, asked } = await naughtyServer((request, response, n) =>
      serve(file, request, response, {
        etag: 'W/"v1"',
        ...(request.url === '/dated' && { lastModified }),
        ...(n % 2 === 1 && { cutAfter: 20_000 }),
      }),
    );
    await new Attempt().run({ address: `${origin}/dated` });
    expect(asked[1]).toEqual({ url: '/dated', range: 'bytes=20000-', ifRange: lastModified });
    await new Attempt().run({ address: `${origin}/weak` });
    expect(asked[3]).toEqual({ url: '/weak', range: undefined, ifRange: undefined });
  });

  it('gives up where a server cuts every time, keeps what there is, and goes on later', async () => {
    let isGood = false;
    const { origin, asked } = await naughtyServer((request, response) =>
      serve(file, request, response, isGood ? {} : request.headers.range === undefined ? { cutAfter: 20_000 } : { cutAfter: 0 }),
    );
    const attempt = new Attempt();
    await expect(attempt.run({ address: `${origin}/a` })).rejects.toMatchObject({
      code: 'io',
      message: expect.stringMatching(/did not get on.*is kept; start the download again/) as string,
    });
    expect(asked).toHaveLength(3);
    expect(attempt.partial.numBytes).toBe(20_000);
    isGood = true;
    await attempt.run({ address: `${origin}/a` });
    expect(Buffer.compare(attempt.bytes, file)).toBe(0);
    expect(asked.at(-1)?.range).toBe('bytes=20000-');
  });

  it('ends at some time where a server that does no parts cuts at the same place', async () => {
    const { origin, asked } = await naughtyServer((request, response) =>
      serve(file, request, response, { ignoreRange: true, cutAfter: 20_000 }),
    );
    await expect(new Attempt().run({ address: `${origin}/a` })).rejects.toThrow('did not get on');
    expect(asked.length).toBeLessThan(6);
  });

  it('goes on with nothing of what another address left', async () => {
    const { origin, asked } = await naughtyServer((request, response, n) => serve(file, request, response, n === 1 ? { cutAfter: 0 } : {}));
    const attempt = new Attempt();
    attempt.partial.write({ address: `${origin}/other`, validator: '"v1"', totalBytes: null });
    writeFileSync(attempt.partial.path, 'something');
    await attempt.run({ address: `${origin}/a` });
    expect(asked.every(({ range }) => range === undefined)).toBe(true);
    expect(Buffer.compare(attempt.bytes, file)).toBe(0);
  });

  it('stops when told to, and keeps what there is', async () => {
    const { origin } = await naughtyServer((request, response) => serve(file, request, response, { silentAfter: 30_000 }));
    const attempt = new Attempt();
    const running = attempt.run({ address: `${origin}/a` });
    const reason = new Error('enough');
    const timer = setInterval(() => {
      if (attempt.partial.numBytes === 30_000) attempt.controller.abort(reason);
    }, 5);
    await expect(running).rejects.toThrow('enough');
    clearInterval(timer);
    expect(attempt.partial.numBytes).toBe(30_000);
  });

  it('stops while bytes are flowing', async () => {
    const { origin } = await naughtyServer((_, response) => {
      response.writeHead(200, { 'content-length': file.length, etag: '"v1"' });
      let sent = 0;
      const timer = setInterval(() => {
        response.write(file.subarray(sent, sent + 500));
        sent += 500;
      }, 2);
      response.on('close', () => clearInterval(timer));
    });
    const attempt = new Attempt();
    const running = attempt.run({ address: `${origin}/a` });
    const timer = setInterval(() => {
      if (attempt.partial.numBytes > 3_000) attempt.controller.abort(new Error('enough'));
    }, 1);
    await expect(running).rejects.toThrow('enough');
    clearInterval(timer);
    expect(attempt.partial.numBytes).toBeLessThan(file.length);
  });

  it('follows redirects within this machine, five of them', async () => {
    const { origin, asked } = await naughtyServer((request, response) => {
      const hop = Number(request.url?.slice(1));
      if (hop < 5) response.writeHead(302, { location: hop === 2 ? `/${hop + 1}` : `${origin}/${hop + 1}` }).end();
      else serve(file, request, response);
    });
    await new Attempt().run({ address: `${origin}/0` });
    expect(asked.map(({ url }) => url)).toEqual(['/0', '/1', '/2', '/3', '/4', '/5']);
  });

  it.each([
    ['in a circle', () => '/again', 'without end'],
    ['to an open connection elsewhere', () => 'http://example.com/file', 'not an encrypted connection'],
    ['to a file of this machine', () => 'file:///etc/passwd', 'not an encrypted connection'],
  ])('refuses to be led %s', async (_, location, message) => {
    const { origin, asked } = await naughtyServer((__, response) => response.writeHead(302, { location: location() }).end());
    await expect(new Attempt().run({ address: `${origin}/again` })).rejects.toMatchObject({
      code: 'io',
      message: expect.stringContaining(message) as string,
    });
    expect(asked.length).toBeLessThanOrEqual(6);
  });

  it('asks only encrypted addresses, but for this machine', async () => {
    await expect(new Attempt().run({ address: 'http://example.com/file' })).rejects.toThrow('not an encrypted address');
  });

  it.each([
    ['another length than is expected', { sizeBytes: file.length + 1 }, {}, 'is expected. It was not downloaded'],
    ['a length beyond what is allowed', { maxBytes: file.length - 1 }, {}, 'larger than'],
    ['more than is allowed without telling', { maxBytes: file.length - 1 }, { noLength: true }, 'larger than'],
    ['more than is expected without telling', { sizeBytes: file.length - 1 }, { noLength: true }, 'larger than'],
    ['a web page', {}, { headers: { 'content-type': 'text/html; charset=utf-8' } }, 'web page'],
    ['a compressed file', {}, { headers: { 'content-encoding': 'gzip' } }, 'gzip-compressed'],
  ])('takes no %s', async (_, request, options, message) => {
    const { origin, asked } = await naughtyServer((incoming, response) => serve(file, incoming, response, options));
    const attempt = new Attempt();
    await expect(attempt.run({ address: `${origin}/a`, ...request })).rejects.toThrow(message);
    expect(asked).toHaveLength(1);
    expect(attempt.partial.numBytes).toBe(0);
  });

  it('notices at once that what comes is no weights file, whatever it is called', async () => {
    const page = Buffer.from(`<html>${'x'.repeat(10_000)}`);
    const { origin, asked } = await naughtyServer((request, response) => serve(page, request, response, { silentAfter: 100 }));
    await expect(new Attempt().run({ address: `${origin}/a` })).rejects.toMatchObject({ code: 'mismatch' });
    expect(asked).toHaveLength(1);
  });

  it('gives up where a server claims more than it has', async () => {
    const { origin } = await naughtyServer((request, response) =>
      serve(file, request, response, { ignoreRange: true, claimedLength: file.length + 100, cutAfter: file.length }),
    );
    await expect(new Attempt().run({ address: `${origin}/a` })).rejects.toThrow('did not get on');
  });

  it('deletes what has another checksum', async () => {
    const { origin, asked } = await naughtyServer((request, response) => serve(otherFile, request, response));
    const attempt = new Attempt();
    const running = attempt.run({ address: `${origin}/a`, sizeBytes: file.length, sha256: sha256Of(file) });
    await expect(running).rejects.toMatchObject({ code: 'mismatch', message: expect.stringContaining(sha256Of(otherFile)) as string });
    expect(asked).toHaveLength(1);
    expect(existsSync(attempt.partial.path)).toBe(false);
  });

  it('tries the whole file once where one in pieces has another checksum', async () => {
    const { origin, asked } = await naughtyServer((request, response) => serve(file, request, response));
    const attempt = new Attempt();
    attempt.partial.write({ address: `${origin}/a`, validator: '"v1"', totalBytes: file.length });
    writeFileSync(attempt.partial.path, file.map((byte, i) => (i === 12_345 ? byte ^ 1 : byte)).subarray(0, 20_000));
    await attempt.run({ address: `${origin}/a`, sha256: sha256Of(file) });
    expect(asked.map(({ range }) => range)).toEqual(['bytes=20000-', undefined]);
    expect(Buffer.compare(attempt.bytes, file)).toBe(0);
  });

  it('is done at once where all of it has arrived before', async () => {
    const { origin, asked } = await naughtyServer((request, response) => serve(file, request, response));
    const attempt = new Attempt();
    await attempt.run({ address: `${origin}/a` });
    await attempt.run({ address: `${origin}/a` });
    expect(asked).toHaveLength(1);
  });

  it.each([
    [404, 'has no such file any more (404)', 1],
    [401, 'asks for a login', 1],
    [403, 'asks for a login', 1],
    [418, 'answered 418', 1],
    [503, 'answered 503', 3],
    [500, 'answered 500', 3],
  ])('says what %i means', async (status, message, numRequests) => {
    const { origin, asked } = await naughtyServer((_, response) => response.writeHead(status).end('sorry'));
    await expect(new Attempt().run({ address: `${origin}/a` })).rejects.toMatchObject({
      code: 'io',
      message: expect.stringContaining(message) as string,
    });
    expect(asked).toHaveLength(numRequests);
  });

  it('outlasts a busy server', async () => {
    const { origin } = await naughtyServer((request, response, n) =>
      n < 3 ? response.writeHead(n === 1 ? 503 : 429, { 'retry-after': '0' }).end() : serve(file, request, response),
    );
    const attempt = new Attempt();
    await attempt.run({ address: `${origin}/a` });
    expect(Buffer.compare(attempt.bytes, file)).toBe(0);
  });

  it('says soon that nothing can be reached', async () => {
    // A port that was free a moment ago.
    const probe = createServer();
    await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
    const { port } = probe.address() as AddressInfo;
    await new Promise((resolve) => probe.close(resolve));
    const attempt = new Attempt();
    const running = attempt.run({ address: `http://127.0.0.1:${port}/a` });
    await expect(running).rejects.toMatchObject({ code: 'io', details: { isUnreachable: true } });
    await expect(running).rejects.toThrow('Is this machine online?');
    expect(attempt.phases).toEqual([]);
  });
});
