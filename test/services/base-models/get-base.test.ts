import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { saveBase } from '../../../electron/nn/base-model.ts';
import { archs, networkFor } from '../../../electron/nn/registry.ts';
import { parseSafetensors, writeSafetensors } from '../../../electron/nn/safetensors.ts';
import { addressOf, catalogue, catalogueRow, maxBytesOf } from '../../../electron/services/base-models/catalogue.ts';
import type * as CatalogueModule from '../../../electron/services/base-models/catalogue.ts';
import type { CatalogueRow } from '../../../electron/services/base-models/catalogue.ts';
import { catalogueViews } from '../../../electron/services/base-models/catalogue-views.ts';
import { getBase, pathOf } from '../../../electron/services/base-models/get-base.ts';
import { provenanceOf } from '../../../electron/services/base-models/provenance.ts';
import { takeWriterLock } from '../../../electron/project/writer-lock.ts';
import { temporaryFolder } from '../../project/temporary-project.ts';
import { naughtyServer, serve } from './naughty-server.ts';
import type { Answer } from './naughty-server.ts';

const tiny = networkFor('tiny');
const { tensors } = parseSafetensors(saveBase(tiny, tiny.init(1)));
const file = writeSafetensors({ ...tensors, 'fc.weight': { dtype: 'float32', shape: [2, 48], data: new Float32Array(96) } });
const sha256 = createHash('sha256').update(file).digest('hex');

const { rows } = vi.hoisted(() => ({ rows: [] as unknown[] }));
vi.mock('../../../electron/services/base-models/catalogue.ts', async (original) => {
  const real = await original<typeof CatalogueModule>();
  return {
    ...real,
    catalogueRow: (name: string) => (rows as CatalogueRow[]).find((row) => row.name === name) ?? real.catalogueRow(name),
  };
});

const base: CatalogueRow = {
  name: 'tiny.example',
  title: 'Tiny',
  arch: 'tiny',
  description: 'For tests.',
  license: 'Apache-2.0',
  source: 'https://example.org/tiny',
  path: '/tiny/model.safetensors',
  sizeBytes: file.length,
  isExactSize: true,
  sha256,
};
const unknown: CatalogueRow = { ...base, name: 'tiny.unknown', sha256: null, isExactSize: false };

const ctx = { signal: new AbortController().signal, onProgress: () => undefined };
const tuning = { stallMs: 500, maxAttempts: 2, retryDelayMs: 1 };

async function mirror(answer: Answer = (request, response) => serve(file, request, response)): Promise<readonly { url: string }[]> {
  const { origin, asked } = await naughtyServer(answer);
  vi.stubEnv('ACCLIMATE_MODEL_MIRROR', origin);
  return asked;
}

beforeEach(() => {
  rows.splice(0, rows.length, base, unknown);
  return () => vi.unstubAllEnvs();
});

describe('catalogue', () => {
  it('names networks known here, addresses that are encrypted, and licences that allow everything', () => {
    expect(catalogue.length).toBeGreaterThan(5);
    expect(new Set(catalogue.map(({ name }) => name)).size).toBe(catalogue.length);
    for (const row of catalogue) {
      expect(archs).toContain(row.arch);
      expect(addressOf(row, undefined)).toMatch(/^https:\/\/huggingface\.co\/timm\/.+\/resolve\/([0-9a-f]{40}|main)\/model\.safetensors$/);
      expect(['Apache-2.0', 'BSD-3-Clause', 'MIT']).toContain(row.license);
      expect(row.sha256 ?? '0'.repeat(64)).toMatch(/^[0-9a-f]{64}$/);
      expect(row.isExactSize).toBe(row.sha256 !== null);
    }
  });

  it.each(catalogue.map((row) => ({ name: row.name, row })))('$name has room for the parameters of its network', ({ row }) => {
    const numParameters = Object.values(networkFor(row.arch).parameters)
      .map(({ shape }) => shape.reduce((product, size) => product * size, 1))
      .reduce((sum, size) => sum + size, 0);
    const head = { in1k: 1000, in21k: 21_843 }[row.name.endsWith('in21k') ? 'in21k' : 'in1k'];
    const expected = 4 * (numParameters + head * (networkFor(row.arch).numFeatures + 1));
    // Names, shapes and counters come on top.
    expect(row.sizeBytes).toBeGreaterThan(0.99 * expected);
    expect(row.sizeBytes).toBeLessThan(1.01 * expected);
    expect(maxBytesOf(row)).toBeGreaterThanOrEqual(row.sizeBytes);
  });

  it('can be had from a mirror, and says what there is', () => {
    expect(addressOf(base, 'https://mirror.example/hub/')).toBe('https://mirror.example/hub/tiny/model.safetensors');
    expect(() => catalogueRow('vit')).toThrow('mobilenetv2_100.ra_in1k');
  });
});

describe('getBase', () => {
  it('puts the file where it is found, with where it comes from', async () => {
    const asked = await mirror();
    const folder = join(temporaryFolder(), 'models');
    const got = await getBase('tiny.example', folder, ctx, tuning);
    expect(got).toMatchObject({ name: 'tiny.example', arch: 'tiny', license: 'Apache-2.0', sha256, wasExpected: true, wasThere: false });
    expect(got.path).toBe(pathOf(base, folder));
    expect(Buffer.compare(readFileSync(got.path), file)).toBe(0);
    expect(provenanceOf(got.path)).toMatchObject({ source: 'https://example.org/tiny', license: 'Apache-2.0', sha256, wasExpected: true });
    expect(readdirSync(folder).sort()).toEqual(['tiny.example.safetensors', 'tiny.example.safetensors.source.json']);
    expect(asked).toHaveLength(1);

    // Again, it asks nobody.
    expect(await getBase('tiny.example', folder, ctx, tuning)).toMatchObject({ wasThere: true, sha256 });
    expect(asked).toHaveLength(1);
  });

  it('takes down the checksum of a file whose checksum nobody knows, and holds it to that', async () => {
    await mirror();
    const folder = temporaryFolder();
    const got = await getBase('tiny.unknown', folder, ctx, tuning);
    expect(got).toMatchObject({ sha256, wasExpected: false });
    expect(provenanceOf(got.path)?.sha256).toBe(sha256);
    writeFileSync(got.path, saveBase(tiny, tiny.init(2)));
    await expect(getBase('tiny.unknown', folder, ctx, tuning)).rejects.toMatchObject({ code: 'mismatch' });
  });

  it('keeps nothing that is another network', async () => {
    const squeeze = networkFor('squeezenet1_1');
    const other = saveBase(squeeze, squeeze.init(1));
    await mirror((request, response) => serve(other, request, response));
    rows.push({ ...unknown, name: 'tiny.other', sizeBytes: other.length });
    const folder = temporaryFolder();
    await expect(getBase('tiny.other', folder, ctx, tuning)).rejects.toThrow('should be a tiny and is a squeezenet1_1');
    expect(readdirSync(folder)).toEqual([]);
  });

  it('keeps nothing that lacks tensors, and says which', async () => {
    const lacking = writeSafetensors(Object.fromEntries(Object.entries(tensors).filter(([name]) => name !== 'last.bn.bias')));
    await mirror((request, response) => serve(lacking, request, response));
    const folder = temporaryFolder();
    await expect(getBase('tiny.unknown', folder, ctx, tuning)).rejects.toThrow('missing: last.bn.bias');
    expect(readdirSync(folder)).toEqual([]);
  });

  it('says how to do it by hand where it cannot be done, and takes what was put there', async () => {
    await mirror((_, response) => response.writeHead(404).end());
    const folder = temporaryFolder();
    const path = pathOf(base, folder);
    await expect(getBase('tiny.example', folder, ctx, tuning)).rejects.toMatchObject({
      code: 'io',
      message: expect.stringContaining(`download ${addressOf(base)} on any machine and put the file here: ${path}`) as string,
    });
    writeFileSync(path, file);
    expect(await getBase('tiny.example', folder, ctx, tuning)).toMatchObject({ wasThere: true });
    expect(provenanceOf(path)).toMatchObject({ license: 'Apache-2.0' });
  });

  it('refuses another file that was put there', async () => {
    const folder = temporaryFolder();
    writeFileSync(pathOf(base, folder), saveBase(tiny, tiny.init(2)));
    await expect(getBase('tiny.example', folder, ctx, tuning)).rejects.toMatchObject({ code: 'mismatch' });
  });

  it('is done by one process at a time', async () => {
    const folder = temporaryFolder();
    const lock = takeWriterLock(pathOf(base, folder))!;
    await expect(getBase('tiny.example', folder, ctx, tuning)).rejects.toMatchObject({ code: 'conflict' });
    lock.release();
  });
});

describe('catalogueViews', () => {
  it('says what is here, what is begun, and what is not', () => {
    const folder = join(temporaryFolder(), 'models');
    expect(existsSync(folder)).toBe(false);
    expect(catalogueViews(folder).every(({ state, numBytesThere }) => state === 'absent' && numBytesThere === 0)).toBe(true);
    mkdirSync(folder);
    const [first, second] = catalogue;
    writeFileSync(pathOf(first!, folder), file);
    writeFileSync(`${pathOf(second!, folder)}.partial`, 'abc');
    expect(catalogueViews(folder).slice(0, 3)).toMatchObject([
      { name: first!.name, state: 'present', path: pathOf(first!, folder), isExpected: true },
      { name: second!.name, state: 'partial', numBytesThere: 3 },
      { state: 'absent' },
    ]);
  });
});
