import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';
import { folderOfPictures, temporaryApp } from './temporary-host.ts';

describe('the app', () => {
  it('trains, checks, predicts and exports on its computing thread', async () => {
    const app = temporaryApp();
    const folder = await folderOfPictures({ robin: 12, wren: 12 });
    await app.call('project.openFolder', { path: folder });
    await app.lastEnded();
    await app.call('labels.importFolders', {});
    await expect(app.call('train.start', { finetune: false, flip: false, seed: 1 })).rejects.toThrow('no network to learn with');
    const map = await app.call('map.start', { baseRef: 'scratch:tiny', px: 64 });
    expect((await app.ended(map.id)).status).toBe('succeeded');
    expect(await app.call('check.read', {})).toBeNull();
    const training = await app.call('train.start', { finetune: true, flip: true, seed: 1 });
    const trained = await app.ended(training.id);
    expect(trained).toMatchObject({ kind: 'train', status: 'succeeded', error: null });
    const check = (await app.call('check.read', {}))!;
    expect(check).toMatchObject({ basis: 'cross-validated', isStale: false });
    expect(check.basisNote).toContain('before fine-tuning');
    expect((await app.call('project.view', {}))?.check).toMatchObject({ modelId: check.modelId, isStale: false });
    const { ids } = await app.call('images.query', { filter: { isDisagreeing: true } });
    const { confusion } = check;
    expect(ids.length).toBeLessThanOrEqual(24);
    expect(confusion.flat().reduce((sum, count) => sum + count, 0)).toBe(check.numImages);
    await app.call('labels.clear', { ids: [check.cases.imageIds[0]!] });
    expect((await app.call('check.read', {}))?.isStale).toBe(true);
    const rows: unknown[] = parse((await app.call('predictions.exportFile', { format: 'csv' })).text, { columns: true });
    expect(rows).toHaveLength(24);
    const { outDir, modelId } = (await app.call('export.plan', {}))!;
    const exporting = await app.call('export.start', { modelId, outDir });
    expect((await app.ended(exporting.id)).outcome).toContain("24 of 24 predictions agree with the app's");
    expect((await app.call('export.read', {}))?.outDir).toBe(outDir);
    expect((await app.call('project.view', {}))?.exportedTo).toBe(outDir);
    const copying = await app.call('labels.exportFolders', { outDir: join(folder, '..', 'labelled') });
    expect(await app.ended(copying.id)).toMatchObject({
      status: 'succeeded',
      outcome: expect.stringContaining('Copied 23 images') as string,
    });
    expect(existsSync(join(folder, '..', 'labelled', 'robin', 'robin-11.png'))).toBe(true);
  });
});
