/** The engine's own process, kept by the supervisor as in the app. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { ProjectView } from '../../electron/contract/domain.ts';
import type { EngineEvent } from '../../electron/contract/engine-messages.ts';
import { EngineSupervisor } from '../../electron/main/engine-supervisor.ts';
import { forkEngine } from '../../electron/main/fork-engine.ts';
import { temporaryDir } from '../main/desktop.ts';

const entry = fileURLToPath(new URL('../../electron/engine/main.ts', import.meta.url));

async function engine(projectPath?: string) {
  const dir = temporaryDir('engine');
  const photos = join(dir, 'photos');
  mkdirSync(photos);
  const create = { width: 40, height: 30, channels: 3, background: '#a03020' } as const;
  await sharp({ create }).png().toFile(join(photos, '1.png'));
  const log: string[] = [];
  const events: EngineEvent[] = [];
  const children: ChildProcess[] = [];
  let heard = (): void => undefined;
  const supervisor = new EngineSupervisor({
    spawn: () => {
      const child = forkEngine({ entry, nodePath: process.execPath, env: { HOME: dir }, log: (line) => log.push(line) });
      children.push(child);
      return child;
    },
    settings: { dataDir: join(dir, 'data'), cacheDir: join(dir, 'cache'), projectPath },
    onEvent: (event) => {
      events.push(event);
      heard();
    },
    onConnection: () => undefined,
    log: (line) => log.push(line),
    logPath: '/logs',
  });
  onTestFinished(() => supervisor.stop());
  supervisor.start();
  /** Until an event has come that is looked for. */
  const until = async (isIt: (event: EngineEvent) => boolean): Promise<void> => {
    while (!events.some(isIt)) await new Promise<void>((resolve) => (heard = resolve));
  };
  return { dir, photos, supervisor, log, events, children, until };
}

describe('the engine’s process', () => {
  test('opens a folder, gives its pictures, and after its end the same project again', async () => {
    const { photos, supervisor, until, children } = await engine();
    expect(await supervisor.health()).toMatchObject({ node: process.version, projectPath: null });
    await supervisor.call('project.openFolder', { path: photos });
    await until((event) => event.name === 'job.changed' && event.payload.status === 'succeeded');
    const { ids } = (await supervisor.call('images.query', { filter: {} })) as { ids: Int32Array };
    expect(ids).toHaveLength(1);
    const picture = await supervisor.image(ids[0]!, 'thumb');
    expect(await sharp(picture.bytes).metadata()).toMatchObject({ width: 40, height: 30 });
    await expect(supervisor.image(99, 'thumb')).rejects.toMatchObject({ code: 'not-found' });
    await expect(supervisor.image(ids[0]!, 'view', AbortSignal.abort())).rejects.toMatchObject({ name: 'AbortError' });

    const { path } = (await supervisor.call('project.view', {})) as ProjectView;
    const exit = once(children[0]!, 'exit');
    children[0]!.kill('SIGKILL');
    await exit;
    expect(await supervisor.health()).toMatchObject({ projectPath: path });
    expect(((await supervisor.call('images.query', { filter: {} })) as { ids: Int32Array }).ids).toHaveLength(1);
  });

  test('refuses what does not fit with the reason', async () => {
    const { supervisor, dir } = await engine();
    await expect(supervisor.call('no.such', {})).rejects.toMatchObject({ code: 'invalid-input' });
    await expect(supervisor.call('images.rows', { ids: 'all' })).rejects.toMatchObject({ code: 'invalid-input' });
    await expect(supervisor.call('project.openFolder', { path: join(dir, 'gone') })).rejects.toMatchObject({ name: 'AppError' });
  });

  test('starts without a project that cannot be opened any more, and says why', async () => {
    const { supervisor, events } = await engine('/nowhere/a.acclimate');
    expect(await supervisor.health()).toMatchObject({ projectPath: null });
    expect(events.map(({ name }) => name)).toEqual(['warning.raised', 'project.switched']);
    expect(supervisor.projectPath).toBeNull();
  });

  test('told to end, ends in good order and lets the project go', async () => {
    const { supervisor, photos, children } = await engine();
    const { path } = (await supervisor.call('project.openFolder', { path: photos })) as ProjectView;
    expect(existsSync(`${path}-wal`)).toBe(true);
    await supervisor.stop();
    expect(children[0]!.exitCode).toBe(0);
    expect(existsSync(`${path}-wal`)).toBe(false);
  });

  test('left alone, ends by itself', async () => {
    const { supervisor, children } = await engine();
    await supervisor.health();
    const exit = once(children[0]!, 'exit');
    children[0]!.disconnect();
    expect(await exit).toEqual([0, null]);
  });

  test('keeps on when the terminal interrupts everything, since whoever started it decides', async () => {
    const { supervisor, children } = await engine();
    await supervisor.health();
    children[0]!.kill('SIGINT');
    children[0]!.kill('SIGTERM');
    expect(await supervisor.health()).toMatchObject({ projectPath: null });
    expect(children).toHaveLength(1);
  });
});
