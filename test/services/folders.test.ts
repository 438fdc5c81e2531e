import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { archs } from '../../electron/nn/registry.ts';
import { saveBase } from '../../electron/nn/base-model.ts';
import { tiny } from '../../electron/nn/tiny.ts';
import { temporaryFolder } from '../project/temporary-project.ts';
import { folderOfPictures, temporaryApp } from './temporary-host.ts';

describe('folders.list', () => {
  it('sorts, leaves hidden files out, counts images and stays under the root whatever links say', async () => {
    const outside = temporaryFolder();
    mkdirSync(join(outside, 'secret'));
    const root = temporaryFolder();
    for (const name of ['img10', 'img2', '.hidden']) mkdirSync(join(root, name));
    for (const name of ['b.png', 'a.JPG', '.c.png', 'notes.txt', 'x.acclimate', 'w.safetensors', 'l.csv'])
      writeFileSync(join(root, name), '');
    symlinkSync(outside, join(root, 'escape'));
    symlinkSync(join(root, 'img2'), join(root, 'inside'));
    symlinkSync(join(root, 'nowhere'), join(root, 'dangling'));
    const app = temporaryApp({ root });
    const top = await app.call('folders.list', { path: null });
    expect(top).toMatchObject({ path: root, parent: null, numImages: 2 });
    expect(top.entries.map(({ name, kind }) => `${kind} ${name}`)).toEqual([
      'folder img2',
      'folder img10',
      'folder inside',
      'labels l.csv',
      'weights w.safetensors',
      'project x.acclimate',
    ]);
    expect((await app.call('folders.list', { path: join(root, 'img2') })).parent).toBe(root);
    for (const path of [outside, join(root, '..'), join(root, 'escape'), join(root, 'escape', 'secret'), '/']) {
      await expect(app.call('folders.list', { path })).rejects.toMatchObject({ code: 'invalid-input' });
    }
    await expect(app.call('project.openFolder', { path: join(root, 'escape') })).rejects.toMatchObject({ code: 'invalid-input' });
    await expect(app.call('folders.list', { path: join(root, 'none') })).rejects.toMatchObject({ code: 'not-found' });
    await expect(app.call('folders.list', { path: join(root, 'b.png') })).rejects.toMatchObject({ code: 'invalid-input' });
  });
});

describe('project.openFolder', () => {
  it('keeps the project of the root itself in the data folder, and finds it again', async () => {
    const root = await folderOfPictures({ a: 2 });
    const app = temporaryApp({ root });
    const first = await app.call('project.openFolder', { path: root });
    expect(first.path.startsWith(join(app.host.dataDir, 'projects', 'birds-'))).toBe(true);
    await app.lastEnded();
    await app.call('project.close', {});
    const again = await app.call('project.openFolder', { path: root });
    expect(again.path).toBe(first.path);
    expect(again.imagesVersion).toBe(first.imagesVersion);
    expect(again.counts.ok).toBe(2);
    expect((await app.call('jobs.list', {})).length).toBe(1);
  });

  it('leaves out the folder the app itself keeps pictures in, and says so', async () => {
    const folder = await folderOfPictures({ a: 2, app: 3 });
    const app = temporaryApp({ dataDir: join(folder, 'app') });
    await app.call('project.openFolder', { path: folder });
    await app.lastEnded();
    expect((await app.call('project.view', {}))?.counts).toMatchObject({ ok: 2 });
    expect(app.payloads('warning.raised').map(({ message }) => message)).toEqual([expect.stringContaining(join(folder, 'app'))]);
  });

  it('imports again where the folder has changed, and keeps the old project where a new one cannot be opened', async () => {
    const folder = await folderOfPictures({ a: 3, b: 1 });
    const app = temporaryApp();
    const { path } = await app.call('project.openFolder', { path: folder });
    await app.lastEnded();
    await expect(app.call('project.open', { path: join(folder, 'none.acclimate') })).rejects.toMatchObject({ code: 'not-found' });
    expect((await app.call('project.view', {}))?.path).toBe(path);
    await app.call('project.close', {});
    rmSync(join(folder, 'a', 'a-0.png'));
    await app.call('project.openFolder', { path: folder });
    await app.lastEnded();
    expect((await app.call('project.view', {}))?.counts).toMatchObject({ ok: 3, missing: 1 });
  });

  it.skipIf(process.getuid?.() === 0)('keeps the project in the data folder where the parent is read-only', async () => {
    const folder = await folderOfPictures({ a: 1 });
    chmodSync(join(folder, '..'), 0o555);
    const app = temporaryApp();
    const { path } = await app.call('project.openFolder', { path: folder });
    chmodSync(join(folder, '..'), 0o755);
    expect(path.startsWith(app.host.dataDir)).toBe(true);
  });
});

describe('recent projects', () => {
  it('come last first, tell of missing ones, survive damage and can be forgotten', async () => {
    const dataDir = temporaryFolder();
    const app = temporaryApp({ dataDir });
    const [a, b] = [await folderOfPictures({ x: 2 }, 'first'), await folderOfPictures({ x: 1 }, 'second')];
    for (const path of [a, b]) {
      await app.call('project.openFolder', { path });
      await app.lastEnded();
    }
    await app.call('project.close', {});
    expect(await app.call('app.recents', {})).toMatchObject([
      { name: 'second', exists: true, numImages: 1 },
      { name: 'first', exists: true, numImages: 2 },
    ]);
    rmSync(`${a}.acclimate`);
    expect((await app.call('app.recents', {}))[1]?.exists).toBe(false);
    expect(await app.call('app.forgetRecent', { path: `${a}.acclimate` })).toHaveLength(1);
    const file = join(dataDir, 'recents.json');
    for (const damage of ['', '{"a":', '[{"path":1}]', 'null']) {
      writeFileSync(file, damage);
      expect(await app.call('app.recents', {})).toEqual([]);
    }
    await app.call('project.open', { path: `${b}.acclimate` });
    expect(JSON.parse(readFileSync(file, 'utf8'))).toHaveLength(1);
    expect(existsSync(`${file}.partial`)).toBe(false);
  });
});

describe('base models', () => {
  it('are found in folders and by path, from their header alone, and damage is told', async () => {
    const models = temporaryFolder();
    const network = tiny();
    writeFileSync(join(models, 'good.safetensors'), saveBase(network, network.init(1), { license: 'MIT', source: 'a test' }));
    writeFileSync(join(models, 'bad.safetensors'), 'nothing');
    const app = temporaryApp({ modelDirs: [models] });
    const bases = await app.call('bases.list', {});
    expect(bases[0]).toMatchObject({ ref: join(models, 'good.safetensors'), name: 'good', arch: 'tiny', origin: 'file', license: 'MIT' });
    expect(bases.slice(1).map(({ ref }) => ref)).toEqual(['scratch:resnet18', 'scratch:mobilenet_v2', 'scratch:tiny']);
    expect(bases.every(({ arch }) => (archs as readonly string[]).includes(arch))).toBe(true);
    const elsewhere = join(temporaryFolder(), 'mine.safetensors');
    writeFileSync(elsewhere, saveBase(network, network.init(2)));
    await app.call('bases.add', { path: elsewhere });
    expect((await app.call('bases.list', {})).map(({ name }) => name)).toContain('mine');
    await expect(app.call('bases.add', { path: join(models, 'bad.safetensors') })).rejects.toMatchObject({ code: 'invalid-input' });
    await app.call('project.openFolder', { path: await folderOfPictures({ x: 2 }) });
    const plan = await app.call('adapt.plan', {});
    expect(plan).toMatchObject({ method: 'byol', px: 96, normOnly: true, imagesPerSecond: null });
    expect(plan.reason).toContain('good');
    await expect(app.call('adapt.plan', { method: 'magic' })).rejects.toMatchObject({ code: 'invalid-input' });
    const { id } = await app.call('adapt.start', { ...plan, baseRef: plan.baseRef, budget: { minutes: 1 }, seed: 0 });
    expect((await app.ended(id)).error?.message).toContain('at least 16');
  });
});

describe('calls', () => {
  it('refuse what no schema takes', async () => {
    const app = temporaryApp();
    await expect(app.call('images.rows', { ids: ['x' as unknown as number] })).rejects.toMatchObject({ code: 'invalid-input' });
    await expect(app.call('constructor' as 'app.view', {})).rejects.toMatchObject({ code: 'not-found' });
    expect(await app.call('project.view', {})).toBeNull();
    expect(await app.call('app.view', {})).toMatchObject({ dataDir: app.host.dataDir, root: null });
  });
});
