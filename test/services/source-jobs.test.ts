import { mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { CallInput } from '../../electron/contract/calls.ts';
import { newestAdapted } from '../../electron/services/classifiers/train-plan.ts';
import { temporaryFolder } from '../project/temporary-project.ts';
import { folderOfPictures, temporaryApp } from './temporary-host.ts';
import type { TestApp } from './temporary-host.ts';

const asked = { baseRef: 'scratch:tiny', method: 'byol', budget: { steps: 3 }, px: 32, normOnly: false, seed: 1 } as const;

interface Opened {
  readonly app: TestApp;
  /** Two folders of other images, below the only folder that the window may use. */
  readonly folders: [string, string];
  readonly root: string;
}

/** An app whose window may use one folder, with a project and other images in it. */
async function openedApp(): Promise<Opened> {
  const root = temporaryFolder();
  const move = async (counts: Readonly<Record<string, number>>, name: string, firstSeed: number): Promise<string> => {
    const path = join(root, name);
    renameSync(await folderOfPictures(counts, name, firstSeed), path);
    return path;
  };
  const app = temporaryApp({ root, checkpointEverySeconds: 1000 });
  await app.call('project.openFolder', { path: await move({ robin: 20, wren: 20 }, 'birds', 1) });
  await app.lastEnded();
  return { app, root, folders: [await move({ leaf: 20 }, 'plants', 101), await move({ stone: 20 }, 'rocks', 201)] };
}

const learnt = async (app: TestApp, id: number): Promise<unknown> =>
  await app.until(() => app.payloads('training.progressed').find(({ jobId, curves }) => jobId === id && curves.length > 0));

const namesOf = async (app: TestApp): Promise<string[]> => (await app.call('models.list', {})).map(({ name }) => name);

describe('comparing folders to learn from first', () => {
  it('without labels goes by views, with labels by accuracy; the plan goes on from what helps', async () => {
    const { app, folders } = await openedApp();
    expect(await app.call('sources.read', {})).toEqual({ stages: [], choice: null, nextId: null });
    const started = await app.call('sources.choose', { ...asked, folders: [...folders, folders[0]] });
    expect(started).toMatchObject({
      kind: 'choose-source',
      title: 'Compare 2 folders to learn from first: an untrained tiny with BYOL, 3 steps each',
      unit: 'steps',
      canFinish: false,
    });
    const ended = await app.ended(started.id);
    expect(ended).toMatchObject({ status: 'succeeded', error: null });
    expect(ended.outcome).toMatch(
      /^(None of the folders helps|plants helps most|rocks helps most), by how it tells your images apart, without labels\.$/,
    );
    expect(new Set(app.payloads('training.progressed').map(({ jobId, method }) => `${jobId} ${method}`))).toEqual(
      new Set([`${started.id} byol`]),
    );
    const view = await app.call('sources.read', {});
    expect(view.stages.map(({ folder }) => folder)).toEqual(folders);
    expect(view.choice).toMatchObject({ basis: 'views', numLabels: 0 });
    const { scores } = view.choice!;
    expect(scores.map(({ folder }) => folder)).toEqual([null, ...folders]);
    expect(scores.filter(({ isChosen }) => isChosen)).toHaveLength(1);
    const best = scores.find(({ isChosen }) => isChosen)!;
    expect(best.consistency).toBe(Math.max(...scores.map(({ consistency }) => consistency)));
    expect(view.nextId).toBe(best.folder === null ? null : best.modelId);
    const plan = await app.call('adapt.plan', {});
    if (best.folder !== null) expect(plan.baseRef).toBe(`model:${best.modelId}`);

    await app.call('labels.importFolders', {});
    const again = await app.call('sources.choose', { ...asked, folders });
    const labelled = await app.ended(again.id);
    expect(labelled.outcome).toMatch(/, by \d+ labels\.$/);
    const choice = (await app.call('sources.read', {})).choice!;
    expect(choice.basis).toBe('labels');
    expect(choice.numLabels).toBeGreaterThanOrEqual(20);
    expect(choice.scores.every(({ accuracy }) => accuracy !== null && accuracy >= 0 && accuracy <= 1)).toBe(true);
    // The networks are those of before.
    expect(choice.scores.map(({ modelId }) => modelId)).toEqual(scores.map(({ modelId }) => modelId));
    // One that was removed takes the comparison along.
    await app.call('models.remove', { id: scores.at(-1)!.modelId });
    expect((await app.call('sources.read', {})).choice).toBeNull();
  });

  it('cancelled in the middle leaves nothing to go on from by itself, and goes on when resumed', async () => {
    const { app, folders } = await openedApp();
    const { id } = await app.call('sources.choose', { ...asked, budget: { steps: 120 }, folders });
    const numAdapted = async (): Promise<number> => (await app.call('models.list', {})).filter(({ kind }) => kind === 'adapted').length;
    await learnt(app, id);
    await app.until(() => (app.payloads('project.changed').filter(({ parts }) => parts.includes('models')).length >= 2 ? true : null));
    await app.call('jobs.cancel', { id });
    expect((await app.ended(id)).status).toBe('cancelled');
    expect(await numAdapted()).toBe(1);
    const view = await app.call('sources.read', {});
    expect(view).toMatchObject({ choice: null, nextId: null });
    expect(view.stages.map(({ folder }) => folder)).toEqual([folders[0]]);
    expect((await app.call('adapt.plan', {})).baseRef).not.toBe(`model:${view.stages[0]!.modelId}`);
    await app.call('jobs.resume', { id });
    expect((await app.ended(id)).status).toBe('succeeded');
    expect(await numAdapted()).toBe(2);
  });

  it('leaves out a folder that cannot be learnt from, and fails in words where none can', async () => {
    const { app, folders, root } = await openedApp();
    const few = join(root, 'few');
    mkdirSync(few);
    const request = { ...asked, folders: [few, folders[0]] };
    const { id } = await app.call('sources.choose', request);
    expect((await app.ended(id)).status).toBe('succeeded');
    expect(app.payloads('warning.raised').map(({ message }) => message)).toContainEqual(
      expect.stringMatching(/few is left out of the comparison: Adapting needs at least 16 readable images; .*few has 0/),
    );
    expect((await app.call('sources.read', {})).choice!.scores.map(({ folder }) => folder)).toEqual([null, folders[0]]);
    const alone = await app.call('sources.choose', { ...request, folders: [few] });
    expect(await app.ended(alone.id)).toMatchObject({
      status: 'failed',
      error: { message: expect.stringContaining('at least 16 readable images') as string },
    });
  });
});

describe('a stage on another folder', () => {
  it('is judged, gone on from, and not trained on once the own images were learnt from', async () => {
    const { app, folders } = await openedApp();
    const workspace = app.host.workspace();
    const started = await app.call('adapt.start', { ...asked, folder: folders[0] });
    expect(started.title).toBe('Adapt an untrained tiny to plants first, with BYOL, 3 steps');
    expect((await app.ended(started.id)).outcome).toMatch(/^Learnt from 20 images/);
    const { stages, nextId } = await app.call('sources.read', {});
    expect(stages).toMatchObject([{ folder: folders[0], name: 'tiny, untrained + byol on plants' }]);
    expect(nextId).toBe(stages[0]!.modelId);
    expect((await app.call('models.training', { id: stages[0]!.modelId }))?.verdict).toMatchObject({ outcome: 'unproven' });
    expect(newestAdapted(workspace)?.id).toBe(nextId);
    const next = await app.call('adapt.start', { ...asked, baseRef: `model:${nextId}` });
    await app.ended(next.id);
    expect((await namesOf(app)).at(-1)).toBe('tiny, untrained + byol on plants + byol');
    expect((await app.call('sources.read', {})).nextId).toBeNull();
    const own = newestAdapted(workspace)!;
    await app.ended((await app.call('adapt.start', { ...asked, folder: folders[1] })).id);
    expect(newestAdapted(workspace)?.id).toBe(own.id);
  });

  it('can be cancelled, and then is not gone on from', async () => {
    const { app, folders } = await openedApp();
    const { id } = await app.call('adapt.start', { ...asked, budget: { minutes: 30 }, folder: folders[0] });
    await learnt(app, id);
    expect(await app.call('adapt.live', {})).toMatchObject({ jobId: id, method: 'byol' });
    await app.call('jobs.cancel', { id });
    expect((await app.ended(id)).status).toBe('cancelled');
    expect(await app.call('sources.read', {})).toMatchObject({ stages: [], nextId: null });
  });

  it('fails in words where the folder is gone by the time it begins', async () => {
    const { app, folders } = await openedApp();
    const first = await app.call('adapt.start', { ...asked, budget: { minutes: 30 } });
    const waiting = await app.call('adapt.start', { ...asked, folder: folders[0] });
    expect(waiting.status).toBe('queued');
    rmSync(folders[0], { recursive: true });
    await app.call('jobs.cancel', { id: first.id });
    expect(await app.ended(waiting.id)).toMatchObject({
      status: 'failed',
      error: {
        code: 'not-found',
        message: expect.stringMatching(/^There is no folder .*plants, or it cannot be read\. Check the path\.$/) as string,
      },
    });
  });
});

describe('what cannot be learnt from', () => {
  type Change = Partial<Record<keyof CallInput<'sources.choose'>, unknown>>;

  it('is refused at once, saying why', async () => {
    const { app, folders, root } = await openedApp();
    const outside = await folderOfPictures({ leaf: 20 }, 'elsewhere');
    const compare = async (change: Change, why: RegExp): Promise<void> =>
      await expect(app.call('sources.choose', { ...asked, folders, ...change } as CallInput<'sources.choose'>)).rejects.toThrow(why);
    await compare({ folders: [outside] }, new RegExp(`^Only what lies in ${root} can be used here`));
    await compare({ folders: [join(root, '..')] }, /^Only what lies in/);
    await compare({ folders: [folders[0], join(root, 'none')] }, /There is no folder .*none/);
    await compare({ folders: [join(folders[0], 'leaf', 'leaf-0.png')] }, /is a file\. Give the folder/);
    await compare({ folders: [] }, /folders/);
    await compare({ method: 'mystery' }, /There is no method mystery\. Choose another\./);
    await compare({ method: 'distil' }, /There is no method distil/);
    await compare({ baseRef: 'scratch:none' }, /There is no network none/);
    const adapt = async (change: Change & { folder?: unknown }, why: RegExp): Promise<void> =>
      await expect(app.call('adapt.start', { ...asked, folder: folders[0], ...change } as CallInput<'adapt.start'>)).rejects.toThrow(why);
    await adapt({ folder: outside }, /^Only what lies in/);
    await adapt({ folder: join(root, 'none') }, /There is no folder .*none/);
    await adapt({ method: 'mystery' }, /There is no method mystery/);
    expect((await app.call('jobs.list', {})).map(({ kind }) => kind)).toEqual(['import']);
  });
});
