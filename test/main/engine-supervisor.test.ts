import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { ConnectionState } from '../../electron/contract/bridge.ts';
import type { EngineEvent } from '../../electron/contract/engine-messages.ts';
import { engineEnvironment } from '../../electron/main/app-files.ts';
import { EngineSupervisor } from '../../electron/main/engine-supervisor.ts';
import { forkEngine } from '../../electron/main/fork-engine.ts';

const entry = fileURLToPath(new URL('../engine/fake-engine-process.ts', import.meta.url));

function supervise(options: { crashes?: boolean; nodePath?: string; backOffMs?: readonly number[] } = {}) {
  const children: ChildProcess[] = [];
  const states: ConnectionState[] = [];
  const events: EngineEvent[] = [];
  const log: string[] = [];
  const supervisor = new EngineSupervisor({
    spawn: () => {
      const env = { ...engineEnvironment(process.env), ...(options.crashes === true && { FAKE_CRASHES: '1' }) };
      const child = forkEngine({ entry, nodePath: options.nodePath ?? process.execPath, env, log: (line) => log.push(line) });
      children.push(child);
      return child;
    },
    settings: {},
    onEvent: (event) => events.push(event),
    onConnection: (state) => states.push(state),
    log: (line) => log.push(line),
    logPath: '/logs/acclimate.log',
    backOffMs: options.backOffMs ?? [1, 1],
  });
  onTestFinished(() => supervisor.stop());
  supervisor.start();
  return { supervisor, children, states, events, log };
}

describe('the supervised engine', () => {
  test('answers with typed arrays, and fails with the engine’s own error', async () => {
    const { supervisor } = supervise();
    expect(await supervisor.call('project.open', { path: '/a.acclimate' })).toEqual(Int32Array.of(1, 2, 3));
    await expect(supervisor.call('app.view', {})).rejects.toMatchObject({ name: 'AppError', code: 'conflict', message: 'no' });
  });

  test('killed, it is started again with the project that was open; what it was asked fails, what comes meanwhile waits', async () => {
    const { supervisor, children, states } = supervise();
    await supervisor.call('project.open', { path: '/a.acclimate' });
    const before = await supervisor.health();
    const unanswered = supervisor.call('jobs.list', {});
    const refused = expect(unanswered).rejects.toMatchObject({ code: 'io', message: expect.stringContaining('try again') as string });
    const exit = once(children[0]!, 'exit');
    process.kill(children[0]!.pid!, 'SIGKILL');
    await refused;
    await exit;
    expect(supervisor.state).toMatchObject({
      status: 'restarting',
      message: expect.stringContaining('Nothing that was saved is lost') as string,
    });
    const after = await supervisor.health();
    expect(after.version).not.toBe(before.version);
    expect(after.projectPath).toBe('/a.acclimate');
    expect(states.map(({ status }) => status)).toEqual(['connecting', 'connected', 'restarting', 'connected']);
  });

  test('ending again and again, it is lost, and the message names the log; asked to, it starts once more', async () => {
    const { supervisor, children } = supervise({ crashes: true });
    await expect(supervisor.health()).rejects.toMatchObject({
      code: 'io',
      message: expect.stringContaining('/logs/acclimate.log') as string,
    });
    expect(supervisor.state.status).toBe('lost');
    expect(children).toHaveLength(3);
    supervisor.start();
    await expect(supervisor.health()).rejects.toMatchObject({ code: 'io' });
    expect(children).toHaveLength(6);
  });

  test('without a Node to run it is lost too', async () => {
    const { supervisor, log } = supervise({ nodePath: '/nowhere/node', backOffMs: [] });
    await expect(supervisor.health()).rejects.toMatchObject({ code: 'io' });
    expect(log.join('\n')).toContain('ENOENT');
  });

  test('stopped, it ends in good order and is not started again', async () => {
    const { supervisor, children } = supervise();
    await supervisor.health();
    await supervisor.stop();
    expect(children).toHaveLength(1);
    expect(children[0]!.exitCode).toBe(0);
    await expect(supervisor.health()).rejects.toMatchObject({ code: 'io' });
  });
});

test('the engine’s environment holds nothing that changes how Node runs', () => {
  const picked = engineEnvironment({ HOME: '/h', NODE_OPTIONS: '--inspect', ELECTRON_RUN_AS_NODE: '1', SECRET: 's', ACCLIMATE_DATA: '/d' });
  expect(picked).toEqual({ HOME: '/h', ACCLIMATE_DATA: '/d' });
});
