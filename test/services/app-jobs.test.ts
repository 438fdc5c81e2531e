import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import type { TestApp } from './temporary-host.ts';
import { folderOfPictures, temporaryApp } from './temporary-host.ts';

const adaptation = { baseRef: 'scratch:tiny', method: 'byol', px: 32, normOnly: false, seed: 1 } as const;

async function openedApp(app: TestApp): Promise<string> {
  const folder = await folderOfPictures({ robin: 20, wren: 20 });
  await app.call('project.openFolder', { path: folder });
  await app.lastEnded();
  return folder;
}

/** Resolves once a training has told of itself. */
const underWay = async (app: TestApp, id: number): Promise<unknown> =>
  await app.until(() => app.payloads('training.progressed').find(({ jobId, curves }) => jobId === id && curves.length > 0));

describe('jobs', () => {
  it('pause at a checkpoint, are still there after the project was closed, and go on from it', async () => {
    const app = temporaryApp({ checkpointEverySeconds: 1000 });
    await openedApp(app);
    const { path } = (await app.call('project.view', {}))!;
    const { id } = await app.call('adapt.start', { ...adaptation, budget: { steps: 400 } });
    await underWay(app, id);
    await app.call('jobs.pause', { id });
    const paused = await app.ended(id);
    expect(paused).toMatchObject({ status: 'interrupted', canFinish: false, outcome: null });
    expect(paused.done).toBeGreaterThan(0);
    expect(paused.done).toBeLessThan(400);
    await app.call('project.close', {});
    await expect(app.call('jobs.list', {})).rejects.toThrow('No project is open');
    await app.call('project.open', { path });
    expect((await app.call('jobs.list', {}))[0]).toMatchObject({ id, status: 'interrupted' });
    const told = app.told.length;
    await app.call('jobs.resume', { id });
    expect((await app.ended(id)).status).toBe('succeeded');
    const again = app.told.slice(told).flatMap(({ name, payload }) => (name === 'training.progressed' ? [payload] : []));
    expect(again[0]?.curves[0]?.step).toBeLessThanOrEqual(10);
    expect(again.at(-1)?.curves.at(-1)?.step).toBe(400);
    const first = app.payloads('training.progressed').find(({ curves }) => curves.length > 0);
    expect(again[0]?.curves.slice(0, 1)).toEqual(first?.curves.slice(0, 1));
    await app.call('jobs.dismiss', { id });
    expect((await app.call('jobs.list', {})).some((job) => job.id === id)).toBe(false);
  });

  it('end a training early with what it learnt, and start it anew when asked again', async () => {
    const app = temporaryApp();
    await openedApp(app);
    const request = { ...adaptation, budget: { minutes: 30 } };
    const { id } = await app.call('adapt.start', request);
    await underWay(app, id);
    expect((await app.call('jobs.list', {}))[0]?.canFinish).toBe(true);
    expect((await app.call('jobs.finish', { id })).phase).toBe('Finishing');
    expect(await app.ended(id)).toMatchObject({
      status: 'succeeded',
      unit: 'seconds',
      outcome: expect.stringContaining('ended early') as string,
    });
    expect((await app.call('models.list', {})).filter(({ kind }) => kind === 'adapted')).toHaveLength(1);
    const again = await app.call('adapt.start', request);
    expect(again.id).not.toBe(id);
    await underWay(app, again.id);
    await app.call('jobs.cancel', { id: again.id });
    expect((await app.ended(again.id)).status).toBe('cancelled');
  });

  it('leave the engine free to label while a network trains', async () => {
    const app = temporaryApp();
    await openedApp(app);
    const { id } = await app.call('adapt.start', { ...adaptation, budget: { minutes: 30 } });
    await underWay(app, id);
    const robin = await app.call('classes.add', { name: 'robin' });
    const { ids } = await app.call('images.query', { filter: {} });
    for (const imageId of ids) await app.call('labels.assign', { ids: [imageId], classId: robin.id });
    expect((await app.call('jobs.list', {}))[0]).toMatchObject({ id, status: 'running' });
    const waiting = await app.call('project.rescan', {});
    expect(waiting.status).toBe('queued');
    await expect(app.call('models.remove', { id: 1 })).rejects.toThrow('A job is running');
    await app.call('jobs.cancel', { id: waiting.id });
    await app.call('jobs.cancel', { id });
    expect((await app.ended(id)).status).toBe('cancelled');
    expect((await app.ended(waiting.id)).status).toBe('cancelled');
    const view = await app.call('project.view', {});
    expect((view?.counts.labelled ?? 0) + (view?.counts.labelledForTest ?? 0)).toBe(40);
  });

  it('are interrupted when their thread dies, and the next one gets a new thread', async () => {
    const threads: Worker[] = [];
    const startThread = (): Worker => {
      const worker = new Worker(new URL('../../electron/services/compute/compute-worker.ts', import.meta.url));
      threads.push(worker);
      return worker;
    };
    const app = temporaryApp({ startThread, checkpointEverySeconds: 0.2 });
    await openedApp(app);
    const { id } = await app.call('adapt.start', { ...adaptation, budget: { steps: 200 } });
    await underWay(app, id);
    await threads.at(-1)!.terminate();
    expect((await app.ended(id)).status).toBe('interrupted');
    expect(app.payloads('warning.raised').at(-1)?.message).toContain('was cut off');
    const { project } = app.host.workspace();
    expect(project.jobs.list().filter(({ state }) => state.status === 'running')).toEqual([]);
    await app.call('jobs.resume', { id });
    expect((await app.ended(id)).status).toBe('succeeded');
    expect(threads.length).toBe(2);
    expect(project.checkIntegrity()).toEqual([]);
  });

  it('show views and measure the speed on the computing thread', async () => {
    const app = temporaryApp();
    await openedApp(app);
    const { ids } = await app.call('images.query', { filter: {} });
    const request = { ids: [...ids.slice(0, 3)], numViews: 2, px: 32, seed: 4 };
    const { originals, views } = await app.call('adapt.preview', request);
    expect(originals).toMatchObject({ px: 32, count: 3 });
    expect(views).toMatchObject({ px: 32, count: 6 });
    expect(views.pixels.length).toBe(6 * 32 * 32 * 3);
    expect(new Set(originals.pixels).size).toBeGreaterThan(20);
    expect((await app.call('adapt.preview', request)).views.pixels).toEqual(views.pixels);
    expect((await app.call('adapt.preview', { ...request, seed: 5 })).views.pixels).not.toEqual(views.pixels);
    const bare = { preset: 'microscopy', flips: false, turns: false, colour: false, grey: false, crop: 'gentle' } as const;
    const plain = await app.call('adapt.preview', { ...request, augmentation: bare });
    expect(plain.views.pixels).not.toEqual(views.pixels);
    expect((await app.call('adapt.preview', { ...request, augmentation: { preset: 'microscopy' } })).views.pixels).toEqual(views.pixels);
    const plan = await app.call('adapt.plan', { baseRef: 'scratch:tiny', method: 'byol', px: 32 });
    expect(plan.augmentations.map(({ preset }) => preset)).toContain('documents');
    expect(plan.augmentations.find(({ preset }) => preset === 'documents')).toMatchObject({ toggles: { flips: false, blur: true } });
    expect(plan.imagesPerSecond).toBeNull();
    const measured = await app.call('adapt.measure', { baseRef: 'scratch:tiny', method: 'byol', px: 32 });
    expect(measured.imagesPerSecond).toBeGreaterThan(0);
    expect(await app.call('models.list', {})).toEqual([]);
    const { id } = await app.call('adapt.start', { ...adaptation, budget: { minutes: 30 } });
    await underWay(app, id);
    await expect(app.call('adapt.measure', { baseRef: 'scratch:tiny', method: 'byol', px: 32 })).rejects.toThrow('A job is running');
    // Beside a job it runs on a thread of its own.
    expect((await app.call('adapt.preview', request)).views.pixels).toEqual(views.pixels);
    await app.call('jobs.cancel', { id });
    await app.ended(id);
  });

  it('make the sample and open it', async () => {
    const app = temporaryApp();
    const { path } = await app.call('project.openSample', {});
    expect(path).toBe(join(app.host.dataDir, 'samples', 'Sample.acclimate'));
    expect(await app.lastEnded()).toMatchObject({ kind: 'sample', status: 'succeeded', outcome: '480 images.' });
    await app.call('project.close', {});
    await app.call('project.openSample', {});
    expect((await app.call('jobs.list', {})).length).toBe(1);
  });
});
