import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { openSource } from '../../../electron/services/base-models/http-source.ts';
import { temporaryFolder } from '../../project/temporary-project.ts';

const options = { headers: {}, signal: new AbortController().signal, stallMs: 5_000 };

async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return (server.address() as AddressInfo).port;
}

afterEach(() => {
  vi.unstubAllEnvs();
});

describe('openSource', () => {
  it('asks the proxy that the environment names', async () => {
    const asked: string[] = [];
    const proxy = createServer();
    proxy.on('connect', (request, socket) => {
      asked.push(request.url ?? '');
      socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
    });
    const port = await listening(proxy);
    vi.stubEnv('HTTPS_PROXY', `http://127.0.0.1:${port}`);
    vi.stubEnv('NO_PROXY', '');
    await expect(openSource('https://weights.invalid/file', options)).rejects.toMatchObject({ name: 'PassingTrouble' });
    expect(asked).toEqual(['weights.invalid:443']);
  });

  const hasOpenssl = spawnSync('openssl', ['version']).status === 0;
  describe.skipIf(!hasOpenssl)('with a certificate of our own', () => {
    async function secureServer(location: string): Promise<number> {
      const dir = temporaryFolder();
      const [key, cert] = [join(dir, 'key.pem'), join(dir, 'cert.pem')];
      const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
      const made = spawnSync('openssl', [
        'req',
        '-x509',
        '-newkey',
        'rsa:2048',
        '-nodes',
        '-keyout',
        key,
        '-out',
        cert,
        '-days',
        '1',
        ...subject,
      ]);
      expect(made.status).toBe(0);
      const server = createSecureServer({ key: readFileSync(key), cert: readFileSync(cert) }, (_, response) =>
        response.writeHead(302, { location }).end(),
      );
      return await listening(server);
    }

    it('does not trust one that nobody vouches for', async () => {
      const port = await secureServer('/');
      const opened = openSource(`https://127.0.0.1:${port}/file`, options);
      await expect(opened).rejects.toMatchObject({ code: 'io', message: expect.stringContaining('NODE_EXTRA_CA_CERTS') as string });
    });

    it.each(['http://127.0.0.1:1/file', 'http://example.com/file'])('is not led from an encrypted connection to %s', async (location) => {
      vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
      const port = await secureServer(location);
      const opened = openSource(`https://127.0.0.1:${port}/file`, options);
      await expect(opened).rejects.toMatchObject({ code: 'io', message: expect.stringContaining('not an encrypted connection') as string });
    });
  });
});
