import { describe, expect, it } from 'vitest';
import type { WebSocket } from 'ws';
import { AppError } from '../../electron/contract/errors.ts';
import { unwrap } from '../../electron/contract/result.ts';
import { createSecrets } from '../../electron/serve/access.ts';
import { startServer } from '../../electron/serve/server.ts';
import { files, get, messages, post, resultOf, serve, upgrade } from './client.ts';
import { columns, job, pictureBytes } from './fake-engine.ts';

describe('calls', () => {
  it('answer with typed arrays', async () => {
    const served = await serve();
    expect(unwrap(resultOf(await post(served, 'images.columns', {})))).toStrictEqual(columns);
  });

  it('fail with the error that the engine threw', async () => {
    const served = await serve();
    const reply = await post(served, 'project.close', {});
    expect(reply.status).toBe(409);
    expect(() => unwrap(resultOf(reply))).toThrow(new AppError('conflict', 'No project is open.', { details: { why: 'none' } }));
  });

  it('hide what went wrong inside, but say that it did', async () => {
    const served = await serve();
    const reply = await post(served, 'jobs.list', {});
    expect(reply.status).toBe(500);
    expect(resultOf(reply)).toMatchObject({ ok: false, error: { code: 'internal' } });
    expect(new TextDecoder().decode(reply.bytes)).not.toContain('fake-engine.ts');
  });

  it('are answered under each of our names', async () => {
    const served = await serve();
    for (const name of ['localhost', '[::1]', 'LOCALHOST']) {
      const host = `${name}:${served.server.port}`;
      expect((await post(served, 'app.view', {}, { host, origin: `http://${host.toLowerCase()}` })).status).toBe(200);
    }
  });

  it('do not tell a session that it is none', async () => {
    const served = await serve();
    expect((await get(served, '/session')).status).toBe(200);
    expect((await get(served, '/session', { cookie: undefined })).status).toBe(401);
  });
});

describe('pictures and files', () => {
  it('come as they are', async () => {
    const served = await serve();
    expect([...(await get(served, '/img/5/view?v=x')).bytes]).toEqual([...pictureBytes]);
    expect(served.engine.seen).toEqual([{ name: 'image', input: { id: 5, variant: 'view' } }]);
    const script = await get(served, '/assets/index-1a2b.js');
    expect(script.headers).toMatchObject({
      'content-type': 'text/javascript; charset=utf-8',
      'cache-control': expect.stringContaining('immutable') as string,
    });
    expect((await get(served, '/index.html')).headers['cache-control']).toBe('no-cache');
  });
});

describe('events', () => {
  it('begin with the present jobs and go to every window', async () => {
    const served = await serve();
    const sockets = [await upgrade(served), await upgrade(served)] as WebSocket[];
    const first = { name: 'job.changed', payload: job };
    for (const socket of sockets) expect(await messages(socket, 1)).toEqual([first]);
    const payload = {
      change: { action: 'assign', imageIds: Int32Array.of(4), classIds: Int32Array.of(2), isOfClasses: false },
      classes: [],
      history: { undo: 'assign', redo: null },
    };
    served.server.emit('labels.changed', payload);
    for (const socket of sockets) expect(await messages(socket, 2)).toStrictEqual([first, { name: 'labels.changed', payload }]);
  });

  it('end when the server does', async () => {
    const served = await serve();
    const socket = (await upgrade(served)) as WebSocket;
    const closed = new Promise((resolve) => socket.once('close', resolve));
    await served.server.close();
    expect(await closed).toBe(1001);
    expect((await get(served, '/')).status).toBe(0);
  });
});

it('a port that is taken is said to be', async () => {
  const { server, engine } = await serve();
  const again = {
    engine,
    files,
    secrets: createSecrets({ withOnceToken: false }),
    host: '127.0.0.1',
    port: server.port,
    hostNames: [],
    tls: null,
  };
  await expect(startServer(again)).rejects.toThrow(/Port \d+ is taken/);
});
