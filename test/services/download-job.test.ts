/** Base models are downloaded by a job of the app, on its computing thread, from a server of the test's own. */
import { createHash } from 'node:crypto';
import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { CatalogueBaseView } from '../../electron/contract/domain.ts';
import { saveBase } from '../../electron/nn/base-model.ts';
import { networkFor } from '../../electron/nn/registry.ts';
import { parseSafetensors, writeSafetensors } from '../../electron/nn/safetensors.ts';
import { naughtyServer, serve } from './base-models/naughty-server.ts';
import { folderOfPictures, temporaryApp } from './temporary-host.ts';
import type { TestApp } from './temporary-host.ts';

// Its checksum is not known beforehand, so that a made-up file will do.
const name = 'resnetv2_50x1_bit.goog_distilled_in1k';
const network = networkFor('bit_r50x1');
const file = saveBase(network, network.init(1));

async function opened(): Promise<TestApp> {
  const app = temporaryApp();
  await app.call('project.openFolder', { path: await folderOfPictures({ crow: 2 }) });
  await app.lastEnded();
  return app;
}

async function rowOf(app: TestApp): Promise<CatalogueBaseView> {
  return (await app.call('bases.catalogue', {})).find((row) => row.name === name)!;
}

beforeEach(() => vi.stubEnv('ACCLIMATE_MODEL_MIRROR', 'http://127.0.0.1:9'));
afterEach(() => void vi.unstubAllEnvs());

describe('bases.download', () => {
  it('pauses, goes on, and lists what has come with its licence', async () => {
    let isSlow = true;
    const { origin, asked } = await naughtyServer((request, response) =>
      serve(file, request, response, isSlow ? { silentAfter: 30_000_000 } : {}),
    );
    vi.stubEnv('ACCLIMATE_MODEL_MIRROR', origin);
    const app = await opened();
    const before = await rowOf(app);
    expect(before).toMatchObject({ state: 'absent', jobId: null, sha256: null, isExactSize: false, license: 'Apache-2.0' });
    expect(asked).toEqual([]);

    const job = await app.call('bases.download', { name });
    expect(job).toMatchObject({ kind: 'download', unit: 'bytes', title: 'Download BiT ResNet-50x1, distilled' });
    await vi.waitUntil(() => statSync(`${before.path}.partial`, { throwIfNoEntry: false })?.size === 30_000_000, { timeout: 60_000 });
    await app.call('jobs.pause', { id: job.id });
    expect(await app.ended(job.id)).toMatchObject({ status: 'interrupted' });
    expect(await rowOf(app)).toMatchObject({ state: 'partial', numBytesThere: 30_000_000, jobId: job.id });

    isSlow = false;
    const again = await app.call('bases.download', { name });
    expect(again.id).toBe(job.id);
    const ended = await app.ended(job.id);
    expect(ended.error).toBeNull();
    expect(ended).toMatchObject({ status: 'succeeded' });
    expect(ended.outcome).toContain('can be started from');
    expect(asked.at(-1)?.range).toBe('bytes=30000000-');
    expect(await rowOf(app)).toMatchObject({
      state: 'present',
      sha256: createHash('sha256').update(file).digest('hex'),
      sizeBytes: file.length,
    });
    const listed = (await app.call('bases.list', {})).find((base) => base.name === name);
    expect(listed).toMatchObject({ arch: 'bit_r50x1', origin: 'file', license: 'Apache-2.0', ref: before.path });
  });

  it('says where to put the file where there is no network', async () => {
    const app = await opened();
    const { id } = await app.call('bases.download', { name });
    const { status, error } = await app.ended(id);
    expect(status).toBe('failed');
    expect(error?.code).toBe('io');
    expect(error?.message).toContain(join(app.host.dataDir, 'models', `${name}.safetensors`));
  });

  it('knows the names of the catalogue alone', async () => {
    const app = await opened();
    await expect(app.call('bases.download', { name: '../../etc/passwd' })).rejects.toMatchObject({ code: 'not-found' });
  });
});

describe('bases.add', () => {
  it('fails with every difference', async () => {
    const app = await opened();
    const tiny = networkFor('tiny');
    const path = join(app.host.dataDir, 'tiny.safetensors');
    const { tensors } = parseSafetensors(saveBase(tiny, tiny.init(1)));
    writeFileSync(path, writeSafetensors(Object.fromEntries(Object.entries(tensors).slice(1))));
    await expect(app.call('bases.add', { path })).rejects.toMatchObject({
      code: 'invalid-input',
      details: { mismatch: { arch: 'tiny', numMissing: 1, missing: [{ name: 'stem.conv.weight', expected: [16, 3, 3, 3] }] } },
    });
  });
});
