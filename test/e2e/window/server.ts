/** `npm run serve` as a process of its own, in a folder of the test's own. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { env } from 'node:process';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { builtWindow } from './built.ts';
import { nodePath } from './paths.ts';

const entry = fileURLToPath(new URL('../../../electron/serve/main.ts', import.meta.url));
const patienceMs = 60_000;

export interface Server {
  /** With the token. */
  readonly address: string;
  readonly origin: string;
  /** Everything it said so far. */
  readonly said: () => string;
  /** Kills the process that holds the project, as `kill -9` does. */
  readonly killEngine: () => void;
  /** Ends it in good order, as Ctrl+C does; resolves to its exit code. */
  readonly stop: () => Promise<number | null>;
}

/** The only child of a process, on Linux. */
function childOf(pid: number): number {
  const [child] = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ');
  if (child === undefined || child === '') throw new Error('It has no child.');
  return Number(child);
}

async function listening(child: ChildProcess, said: () => string): Promise<string> {
  const startMs = performance.now();
  for (;;) {
    const [address] = /http:\/\/127\.0\.0\.1:\d+\/#token=[\w-]+/.exec(said()) ?? [];
    if (address !== undefined) return address;
    if (child.exitCode !== null || performance.now() - startMs > patienceMs) throw new Error(`It does not serve:\n${said()}`);
    await wait(20);
  }
}

/** Serves what is below `folder`; the project's data and all caches are there, too. Ends with the test. */
export async function startServer(folder: string, ...more: readonly string[]): Promise<Server> {
  const args = ['--root', folder, '--data', join(folder, 'data'), '--window', builtWindow(), ...more];
  const child = spawn(nodePath, [entry, ...args], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...env, ACCLIMATE_CACHE: join(folder, 'cache') },
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  const ended = once(child, 'close').then(([code]) => code as number | null);
  const stop = async (): Promise<number | null> => {
    child.kill('SIGTERM');
    return await ended;
  };
  onTestFinished(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const kill = setTimeout(() => child.kill('SIGKILL'), 10_000);
    await stop();
    clearTimeout(kill);
  });
  const said = (): string => text;
  const address = await listening(child, said);
  return {
    address,
    origin: new URL(address).origin,
    said,
    killEngine: () => void process.kill(childOf(child.pid ?? 0), 'SIGKILL'),
    stop,
  };
}
