/** `npm run serve` as a process of its own, with the real engine. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { env, platform } from 'node:process';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import type { CallName, CallResults } from '../../electron/contract/calls.ts';
import { unwrap } from '../../electron/contract/result.ts';
import type { Result } from '../../electron/contract/result.ts';
import { decodeWire, encodeWire } from '../../electron/contract/wire.ts';

const entry = fileURLToPath(new URL('../../electron/serve/main.ts', import.meta.url));
const nodePath = fileURLToPath(new URL('../../node_modules/node/bin/node', import.meta.url));

interface Process {
  readonly folder: string;
  readonly child: ChildProcess;
  readonly ended: Promise<number | null>;
  /** Everything it said so far. */
  readonly said: () => string;
  /** Waits for something to be said. */
  readonly hears: (pattern: RegExp) => Promise<RegExpExecArray>;
}

/** Starts it in a folder of its own, with a page for a window. */
function start(...args: readonly string[]): Process {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'acclimate-serve-')));
  mkdirSync(join(folder, 'window'));
  writeFileSync(join(folder, 'window', 'index.html'), '<!doctype html><title>window</title>');
  const usual = ['--window', join(folder, 'window'), '--data', join(folder, 'data'), '--root', folder];
  const child = spawn(nodePath, [entry, ...usual, ...args], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...env, ACCLIMATE_CACHE: join(folder, 'cache') },
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  const ended = once(child, 'close').then(([code]) => code as number | null);
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await ended;
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  });
  const hears = async (pattern: RegExp): Promise<RegExpExecArray> => {
    for (;;) {
      const found = pattern.exec(text);
      if (found !== null) return found;
      if (child.exitCode !== null) throw new Error(`It ended with ${child.exitCode}:\n${text}`);
      await wait(10);
    }
  };
  return { folder, child, ended, said: () => text, hears };
}

/** Signs in with the printed address, and returns how to make calls. */
async function signIn({ hears }: Process): Promise<<Name extends CallName>(name: Name, input: unknown) => Promise<CallResults[Name]>> {
  const [, origin = '', token] = await hears(/(http:\/\/127\.0\.0\.1:\d+)\/#token=([\w-]+)\n/);
  const headers = { origin, 'content-type': 'application/octet-stream' };
  const session = await fetch(`${origin}/session`, { method: 'POST', headers, body: encodeWire({ token }) });
  const cookie = session.headers.get('set-cookie')?.split(';')[0] ?? '';
  return async (name, input) => {
    const response = await fetch(`${origin}/call/${name}`, { method: 'POST', headers: { ...headers, cookie }, body: encodeWire(input) });
    return unwrap(decodeWire(new Uint8Array(await response.arrayBuffer())) as Result<unknown>) as CallResults[typeof name];
  };
}

it('serves the engine, and ends in good order when told to', async () => {
  const running = start();
  const call = await signIn(running);
  const { root, dataDir } = await call('app.view', {});
  expect({ root, dataDir }).toEqual({ root: running.folder, dataDir: join(running.folder, 'data') });
  const { path } = await call('project.openSample', {});
  running.child.kill('SIGTERM');
  expect(await running.ended).toBe(0);
  // A lock that is left behind would tell of a project that was not closed.
  const beside = readdirSync(join(path, '..')).filter((name) => /-(wal|shm|lock)$/.test(name));
  expect(beside).toEqual([]);
});

it('tells of its secrets on one line alone, which its arguments do not', async () => {
  const running = start();
  await signIn(running);
  const [, token = ''] = await running.hears(/#token=([\w-]+)/);
  expect(
    running
      .said()
      .split('\n')
      .filter((line) => line !== ''),
  ).toHaveLength(1);
  if (platform !== 'linux') return;
  const processes = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const seen = processes.flatMap((id) => ['cmdline', 'environ'].map((file) => join('/proc', id, file))).filter(existsSync);
  const texts = seen.map((path) => {
    try {
      return readFileSync(path, 'latin1');
    } catch {
      return '';
    }
  });
  expect(texts.some((text) => text.includes('serving-process'))).toBe(true);
  expect(texts.filter((text) => text.includes(token))).toEqual([]);
});

it.skipIf(platform !== 'linux')('goes on after its serving process was killed: same address, same session, same project', async () => {
  const running = start();
  const call = await signIn(running);
  const { path } = await call('project.openSample', {});
  const children = readFileSync(`/proc/${running.child.pid}/task/${running.child.pid}/children`, 'utf8').trim().split(' ');
  expect(children).toHaveLength(1);
  process.kill(Number(children[0]), 'SIGKILL');
  await running.hears(/ended unexpectedly \(SIGKILL\)/);
  for (;;) {
    try {
      expect((await call('project.view', {}))?.path).toBe(path);
      break;
    } catch (error) {
      // Refused while nobody listens.
      if (!(error instanceof TypeError) || running.child.exitCode !== null) throw error;
      await wait(20);
    }
  }
});

it.each([
  ['an address that others can reach', ['--host', '0.0.0.0'], /--allow-remote/],
  ['one that is permitted, but in the clear', ['--host', '192.0.2.1', '--allow-remote'], /--tls-cert/],
  ['a root that is none', ['--root', '/nowhere/at/all'], /not a folder/],
  ['a port that is none', ['--port', '70000'], /Ports lie between/],
  ['a device that is none', ['--device', 'abacus'], /cpu, webgpu/],
  ['something unknown', ['--prot', '1'], /unknown option/],
])('refuses %s', async (_, args, message) => {
  const running = start(...args);
  expect(await running.ended).toBe(2);
  expect(running.said()).toMatch(message);
});

it('says why it cannot start, once', async () => {
  const running = start('--project', 'missing.acclimate');
  expect(await running.ended).toBe(1);
  expect(running.said()).toMatch(/missing\.acclimate/);
  expect(running.said()).not.toMatch(/starting it again/);
});
