import { describe, expect, it } from 'vitest';
import type { CallInput } from '../../electron/contract/calls.ts';
import { folderOfPictures, temporaryApp } from './temporary-host.ts';
import type { TestApp } from './temporary-host.ts';

const request = { finetune: true, flip: false, seed: 1, alongside: { method: 'byol', weight: 0.5 } } as const;

/** An app with labels on most pictures, and a network to learn with. */
async function labelledApp(): Promise<TestApp> {
  const app = temporaryApp();
  await app.call('project.openFolder', { path: await folderOfPictures({ robin: 14, wren: 14 }) });
  await app.lastEnded();
  await app.call('labels.importFolders', {});
  const { ids } = await app.call('images.query', { filter: { isTest: false } });
  await app.call('labels.clear', { ids: [ids[0]!, ids.at(-1)!] });
  await app.ended((await app.call('map.start', { baseRef: 'scratch:tiny', px: 64 })).id);
  return app;
}

/** Resolves once the network itself is being trained. */
const finetuning = async (app: TestApp, id: number): Promise<unknown> =>
  await app.until(() =>
    app.payloads('job.changed').find((job) => job.id === id && job.phase === 'Fine-tuning the network' && job.done > 0),
  );

describe('training beside a loss on all images', () => {
  it('can be cancelled in the middle, and goes on when resumed', async () => {
    const app = await labelledApp();
    const { id } = await app.call('train.start', request);
    await finetuning(app, id);
    await app.call('jobs.cancel', { id });
    expect((await app.ended(id)).status).toBe('cancelled');
    expect((await app.call('models.list', {})).filter(({ kind }) => kind === 'classifier')).toEqual([]);
    expect(await app.call('check.read', {})).toBeNull();
    await app.call('jobs.resume', { id });
    const beside = await app.ended(id);
    expect(beside).toMatchObject({
      status: 'succeeded',
      error: null,
      outcome: expect.stringMatching(/^Learnt 2 classes from \d+ labels/) as string,
    });
    const made = (await app.call('models.list', {})).at(-1)!;
    expect(made).toMatchObject({ kind: 'classifier', method: 'lp-ft' });
    expect((await app.call('check.read', {}))?.modelId).toBe(made.id);
  });

  it('is refused at once where it cannot be', async () => {
    const app = await labelledApp();
    const refused = async (alongside: unknown, why: RegExp): Promise<void> =>
      await expect(app.call('train.start', { ...request, alongside } as CallInput<'train.start'>)).rejects.toThrow(why);
    await refused({ method: 'mystery', weight: 1 }, /There is no method mystery/);
    await refused({ method: 'distil', weight: 1 }, /There is no method distil/);
    for (const method of ['diet', 'diet-cp', 'bownet']) await refused({ method, weight: 1 }, /cannot be learnt beside labels\. Choose/);
    await refused({ method: 'byol', weight: 0 }, /weight/);
    const { methods } = await app.call('adapt.plan', {});
    const offered = methods.filter(({ canStandBesideLabels }) => canStandBesideLabels).map(({ name }) => name);
    expect(offered).toContain('byol');
    expect(offered).not.toContain('diet');
    expect((await app.call('jobs.list', {})).map(({ kind }) => kind)).toEqual(['map', 'import']);
  });
});
