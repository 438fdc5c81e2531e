import { describe, expect, it } from 'vitest';
import { temporaryApp } from './temporary-host.ts';
import { temporaryFolder } from '../project/temporary-project.ts';

async function openApp(): Promise<ReturnType<typeof temporaryApp>> {
  const app = temporaryApp();
  await app.host.open(`${temporaryFolder()}/a.acclimate`, { create: true });
  return app;
}

describe('the jobs of the window', () => {
  it('are all it can touch: the steps within them are unknown to it', async () => {
    const app = await openApp();
    const { jobs } = app.host.workspace().project;
    const { id } = jobs.add('adapt', {});
    for (const call of ['jobs.pause', 'jobs.cancel', 'jobs.resume', 'jobs.finish', 'jobs.dismiss'] as const) {
      await expect(app.call(call, { id })).rejects.toMatchObject({ code: 'not-found' });
    }
    expect(jobs.get(id).state).toEqual({ status: 'queued' });
  });

  it('keep why they failed when they are paused or cancelled afterwards', async () => {
    const app = await openApp();
    const { jobs } = app.host.workspace().project;
    const { id } = jobs.add('app.import', { folders: null });
    const error = { code: 'io', message: 'The disk is full.' } as const;
    jobs.setStopped(id, { status: 'failed', error });
    for (const call of ['jobs.pause', 'jobs.cancel'] as const) {
      expect(await app.call(call, { id })).toMatchObject({ status: 'failed', error });
    }
  });
});

describe('a job that is forgotten', () => {
  it('takes along what was left unfinished inside it, and nothing else', async () => {
    const app = await openApp();
    const { jobs } = app.host.workspace().project;
    const begin = (kind: string, params: unknown): number => {
      const { id } = jobs.add(kind, params);
      jobs.setRunning(id);
      return id;
    };
    const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 3));
    const byHand = begin('adapt', { by: 'hand' });
    jobs.setStopped(byHand, { status: 'interrupted' });
    await pause();
    const outer = begin('app.train', {});
    const done = begin('embed', {});
    jobs.setSucceeded(done, {});
    const inner = begin('train', {});
    jobs.setStopped(inner, { status: 'interrupted' });
    await pause();
    jobs.setStopped(outer, { status: 'cancelled' });
    await pause();
    const other = begin('app.map', {});
    const ofOther = begin('map', {});
    for (const id of [ofOther, other]) jobs.setStopped(id, { status: 'failed', error: { code: 'io', message: '' } });
    await app.call('jobs.dismiss', { id: outer });
    expect(jobs.list().map(({ id }) => id)).toEqual([ofOther, other, done, byHand]);
  });
});

describe('what is kept in memory', () => {
  it('forgets work that failed, so that it is tried again', async () => {
    const app = await openApp();
    let numTries = 0;
    const read = (): Promise<number> =>
      app.host.memo('test', ['images'], async () => {
        await Promise.resolve();
        if (numTries++ === 0) throw new Error('The disk was away.');
        return 5;
      });
    await expect(read()).rejects.toThrow('away');
    expect(await read()).toBe(5);
  });
});
