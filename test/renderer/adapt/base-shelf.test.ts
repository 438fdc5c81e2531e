import { describe, expect, it, vi } from 'vitest';
import { AppError } from '../../../electron/contract/errors.ts';
import { createFakeBridge } from '../../../renderer/api/fake-bridge.ts';
import { App } from '../../../renderer/state/app.svelte.ts';
import { AdaptSetup } from '../../../renderer/views/adapt/adapt-setup.svelte.ts';
import { BaseShelf } from '../../../renderer/views/adapt/base-shelf.svelte.ts';

async function made() {
  const bridge = createFakeBridge();
  const app = new App(bridge, { isMac: false });
  await app.start(new AbortController().signal);
  const setup = new AdaptSetup(app);
  await setup.load();
  const shelf = new BaseShelf(app, setup);
  await shelf.load();
  const row = (state: string) => shelf.catalogue.find((each) => each.state === state)!;
  return { bridge, app, setup, shelf, row };
}

describe('what can be downloaded to start from', () => {
  it('is the catalogue, and what is here can be started from', async () => {
    const { setup, shelf, row } = await made();
    expect(shelf.isBare).toBe(false);
    shelf.use(row('present'));
    expect(setup.baseRef).toBe(row('present').path);
    expect(setup.base?.license).toBe('Apache-2.0');
  });

  it('follows a download through its job, and stops it so that it can go on', async () => {
    const { app, bridge, shelf, row } = await made();
    expect(shelf.running).toBeNull();
    const before = shelf.downloads;
    await shelf.download(row('absent'));
    const job = shelf.jobOf(row('absent'))!;
    expect(job).toMatchObject({ kind: 'download', unit: 'bytes', status: 'running' });
    expect(shelf.running?.id).toBe(job.id);
    expect(shelf.downloads).not.toBe(before);
    await shelf.stop(job);
    expect(bridge.calls.at(-1)).toMatchObject({ name: 'jobs.pause' });
    expect(app.jobs.activeOf('download')).toBeNull();
  });

  it('believes an event that overtakes the answer to a call', async () => {
    const { app, bridge, shelf, row } = await made();
    await shelf.download(row('absent'));
    const job = shelf.jobOf(row('absent'))!;
    const call = bridge.api.call.bind(bridge.api);
    vi.spyOn(bridge.api, 'call').mockImplementation(async (name, input) => {
      const answer = await call(name, input);
      if (name !== 'jobs.pause') return answer;
      bridge.emit('job.changed', { ...job, status: 'interrupted' });
      return { ...job, phase: 'Pausing' };
    });
    await shelf.stop(job);
    expect(app.jobs.find(job.id)?.status).toBe('interrupted');
  });

  it('keeps why a file cannot be used, and what was chosen', async () => {
    const { setup, shelf } = await made();
    const chosen = setup.baseRef;
    await shelf.add('/home/me/mine.safetensors');
    expect(shelf.failure).toBeInstanceOf(AppError);
    expect((shelf.failure as AppError).details).toHaveProperty('mismatch');
    expect(setup.baseRef).toBe(chosen);
  });
});
