import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { adaptDefaults, adaptModel } from '../../electron/services/adaptation/adapt-model.ts';
import type { AdaptRequest } from '../../electron/services/adaptation/adapt-model.ts';
import { chooseSource } from '../../electron/services/adaptation/choose-source.ts';
import { outsideImages } from '../../electron/services/intake/outside-folder.ts';
import { keepTestImages, testImages } from '../../electron/services/intake/test-split.ts';
import type { Workspace } from '../../electron/services/workspace.ts';
import { folderOfPictures } from './temporary-host.ts';
import { pictureProject } from './labelled-project.ts';

const context = { signal: new AbortController().signal, onProgress: () => undefined };

const request = (workspace: Workspace, changes: Partial<AdaptRequest> = {}): AdaptRequest => ({
  ...adaptDefaults,
  baseId: workspace.project.models.list()[0]!.id,
  px: 32,
  batch: 8,
  budget: { steps: 3 },
  ...changes,
});

describe('a stage on another folder', () => {
  it('learns from that folder and is the base of the next, each with its weights and curves', async () => {
    const { workspace } = await pictureProject({ red: 10, blue: 10 });
    const folder = await folderOfPictures({ leaf: 12, bark: 12 }, 'plants');
    const source = await adaptModel(workspace, request(workspace, { folder }));
    expect(source.numImages).toBe(24);
    const target = await adaptModel(workspace, request(workspace, { baseId: source.modelId }));
    expect(target.numImages).toBe(20);
    const { models } = workspace.project;
    expect(models.lineage(target.modelId).map(({ name }) => name)).toEqual([
      'tiny, untrained',
      'tiny, untrained + byol on plants',
      'tiny, untrained + byol on plants + byol',
    ]);
    expect(models.weights(source.modelId)).not.toEqual(models.weights(target.modelId));
    expect(source.curves.length).toBeGreaterThan(0);
    // Asked again, it is there; after the folder has changed, it is made anew.
    expect((await adaptModel(workspace, request(workspace, { folder }))).modelId).toBe(source.modelId);
    copyFileSync(join(folder, 'leaf', 'leaf-0.png'), join(folder, 'leaf', 'another.png'));
    expect((await adaptModel(workspace, request(workspace, { folder }))).modelId).not.toBe(source.modelId);
  });

  it('leaves out copies, what cannot be read, and images the project keeps apart', async () => {
    const { workspace, folder } = await pictureProject({ red: 20, blue: 20 });
    const outside = join(folder, 'pictures');
    copyFileSync(join(outside, 'red', 'red-00.png'), join(outside, 'red', 'copy.png'));
    writeFileSync(join(outside, 'broken.png'), 'no picture');
    const all = await outsideImages(workspace, outside, 160, context);
    expect(all.source.numImages).toBe(40);
    expect(all).toMatchObject({ numUnreadable: 1, numHeldOut: 0 });
    keepTestImages(workspace, 0.3);
    const numHeld = testImages(workspace).length;
    expect(numHeld).toBeGreaterThan(0);
    const rest = await outsideImages(workspace, outside, 160, context);
    expect(rest).toMatchObject({ numHeldOut: numHeld });
    expect(rest.source.numImages).toBe(40 - numHeld);
  });

  it('says what is wrong with a folder that cannot be learnt from', async () => {
    const { workspace } = await pictureProject({ red: 16 });
    const folder = await folderOfPictures({ leaf: 3 }, 'few');
    await expect(adaptModel(workspace, request(workspace, { folder }))).rejects.toThrow(/at least 16 readable images; .*few has 3/);
    await expect(adaptModel(workspace, request(workspace, { folder: join(folder, 'none') }))).rejects.toThrow('There is no folder');
  });
});

describe('choosing among folders', () => {
  const folders = async (): Promise<string[]> => [
    await folderOfPictures({ leaf: 20 }, 'plants'),
    await folderOfPictures({ stone: 20 }, 'rocks'),
  ];

  it('without labels goes by views, with labels by cross-validated probes, and none is one of the choices', async () => {
    const { workspace, ids, classId } = await pictureProject({ red: 20, blue: 20 });
    const { baseId, ...rest } = request(workspace);
    const asked = { ...rest, baseId, folders: await folders(), testPx: 32 };
    const unlabelled = await chooseSource(workspace, asked);
    expect(unlabelled).toMatchObject({ basis: 'views', numLabels: 0 });
    expect(unlabelled.scores.map(({ folder }) => folder)).toEqual([null, ...asked.folders]);
    expect(unlabelled.scores[0]).toMatchObject({ modelId: baseId, accuracy: null });
    const most = Math.max(...unlabelled.scores.map(({ consistency }) => consistency));
    expect(unlabelled.scores[unlabelled.chosen]!.consistency).toBe(most);

    for (const colour of ['red', 'blue']) workspace.project.labels.assign(ids(colour).slice(0, 12), classId(colour));
    const labelled = await chooseSource(workspace, asked);
    expect(labelled).toMatchObject({ basis: 'labels', numLabels: 24 });
    expect(labelled.scores.every(({ accuracy }) => accuracy! > 0.8)).toBe(true);
    // The networks are those of before.
    expect(labelled.scores.map(({ modelId }) => modelId)).toEqual(unlabelled.scores.map(({ modelId }) => modelId));
  });

  it('needs one', async () => {
    const { workspace } = await pictureProject({ red: 16 });
    await expect(chooseSource(workspace, { ...request(workspace), folders: [], testPx: 32 })).rejects.toThrow('Give at least one folder');
  });
});

describe('fewer images', () => {
  it('are drawn by the seed', async () => {
    const { workspace } = await pictureProject({ red: 20, blue: 20 });
    const few = await adaptModel(workspace, request(workspace, { maxImages: 16 }));
    const others = await adaptModel(workspace, request(workspace, { maxImages: 16, seed: 1 }));
    expect([few.numImages, others.numImages]).toEqual([16, 16]);
    expect(workspace.project.models.weights(few.modelId)).not.toEqual(workspace.project.models.weights(others.modelId));
  });
});
