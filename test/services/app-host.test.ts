import { describe, expect, it } from 'vitest';
import { folderOfPictures, temporaryApp } from './temporary-host.ts';

describe('the app without a window', () => {
  it('opens a folder, imports it, adapts and tells of all of it', async () => {
    const app = temporaryApp();
    const folder = await folderOfPictures({ robin: 20, wren: 20 });
    const opened = await app.call('project.openFolder', { path: folder });
    expect(opened).toMatchObject({ path: `${folder}.acclimate`, name: 'birds' });
    const imported = await app.lastEnded();
    expect(imported).toMatchObject({ kind: 'import', title: 'Import birds', status: 'succeeded', outcome: '40 images.', unit: 'images' });
    const view = await app.call('project.view', {});
    expect(view?.counts).toMatchObject({ ok: 40, unreadable: 0, labelled: 0 });
    expect(view?.counts.test).toBeGreaterThan(0);
    expect(view?.sources).toMatchObject([{ path: folder, isPresent: true, numImages: 40 }]);
    expect(app.payloads('project.changed').flatMap(({ parts }) => parts)).toContain('images');

    const request = { baseRef: 'scratch:tiny', method: 'byol', budget: { steps: 12 }, px: 32, normOnly: false, seed: 1 };
    const started = await app.call('adapt.start', request);
    expect(started).toMatchObject({ kind: 'adapt', title: 'Adapt an untrained tiny with BYOL, 12 steps', unit: 'steps' });
    const adapted = await app.ended(started.id);
    expect(adapted).toMatchObject({ status: 'succeeded', error: null });
    expect(adapted.outcome).toMatch(/^Learnt from \d+ images .*12 steps/);
    const course = app.payloads('training.progressed').at(-1);
    expect(course).toMatchObject({ jobId: started.id, method: 'byol' });
    expect(course?.curves.at(-1)?.step).toBe(12);
    const models = await app.call('models.list', {});
    expect(models.map(({ kind }) => kind)).toEqual(['base', 'adapted']);
    const training = await app.call('models.training', { id: models[1]!.id });
    expect(training?.curves).toEqual(course?.curves);
    expect(await app.call('adapt.live', {})).toBeNull();
  });
});
