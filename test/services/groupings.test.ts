import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import sharp from 'sharp';
import { checkHandlers } from '../../electron/services/api/check.ts';
import { labelledTestImages } from '../../electron/services/classifiers/audit-sample.ts';
import { readGroupings } from '../../electron/services/classifiers/groupings.ts';
import { findLeaks } from '../../electron/services/classifiers/leaks.ts';
import { foldGroups, setGrouping } from '../../electron/services/intake/grouping.ts';
import { importFolders } from '../../electron/services/intake/import-folder.ts';
import { keepGroupsApart, keepTestImages, testImages } from '../../electron/services/intake/test-split.ts';
import { openWorkspace } from '../../electron/services/workspace.ts';
import type { Workspace } from '../../electron/services/workspace.ts';
import { temporaryFolder } from '../project/temporary-project.ts';
import { hostOf } from './fake-host.ts';

const numVideos = 8;
const numFrames = 5;

interface Planted {
  readonly folder: string;
  readonly workspace: Workspace;
  readonly idOf: (name: string) => number;
  readonly classIds: readonly number[];
}

async function draw(path: string, value: number): Promise<void> {
  const data = Uint8Array.from({ length: 16 * 16 * 3 }, (_, at) => (value * 31 + at * (1 + (value % 7))) % 256);
  await sharp(data, { raw: { width: 16, height: 16, channels: 3 } })
    .png()
    .toFile(path);
}

const frame = (video: number, at: number): string => `video${video}_${String(at).padStart(4, '0')}.png`;

/** Frames of videos, those of the first four of one class, and one image that is there twice. */
async function plantedProject(): Promise<Planted> {
  const folder = temporaryFolder();
  const images = join(folder, 'images');
  mkdirSync(images, { recursive: true });
  for (let video = 0; video < numVideos; video++) {
    for (let at = 0; at < numFrames; at++) await draw(join(images, frame(video, at)), video * numFrames + at);
  }
  await draw(join(images, 'lone.png'), 0);
  const workspace = openWorkspace({ projectPath: join(folder, 'p.acclimate'), create: true, cacheDir: join(folder, 'cache') });
  onTestFinished(() => workspace.close());
  await importFolders(workspace, [images]);
  const { project } = workspace;
  const idOf = (name: string): number => project.images.find({ text: name })[0]!;
  const classIds = ['cat', 'dog'].map((name) => project.classes.add({ name, colour: '#000000', key: null }).id);
  return { folder, workspace, idOf, classIds };
}

let planted: Planted;
beforeEach(async () => {
  planted = await plantedProject();
});

/** Labels every frame, and keeps one of each video apart. */
function labelFrames({ workspace, idOf, classIds }: Planted): void {
  const { labels, splits } = workspace.project;
  for (let video = 0; video < numVideos; video++) {
    for (let at = 0; at < numFrames; at++) labels.assign([idOf(frame(video, at))], classIds[video < 4 ? 0 : 1]!);
  }
  splits.assign(
    'audit',
    'test',
    Array.from({ length: numVideos }, (_, video) => idOf(frame(video, 1))),
  );
}

describe('planted leaks', () => {
  it('frames of one video on both sides are caught and named', () => {
    labelFrames(planted);
    const leaks = findLeaks(planted.workspace);
    expect(leaks.map(({ kind, isMet }) => [kind, isMet])).toEqual([
      ['group-across', false],
      ['group-in-folds', false],
    ]);
    const [across, inFolds] = leaks;
    expect(across!.title).toBe('8 images kept apart are of a video that was also learnt from');
    expect(across!.text).toContain('Frames of one video (such as video0) are on both sides');
    expect(across!.imageIds).toHaveLength(numVideos * numFrames);
    expect(across!.rule).toEqual({ by: 'name', fields: 1 });
    expect(inFolds!.title).toBe('Cross-validation splits videos between its folds');
  });

  it('a copy under another class is caught and named', () => {
    const { workspace, idOf, classIds } = planted;
    const { labels } = workspace.project;
    labels.assign([idOf(frame(0, 0))], classIds[0]!);
    labels.assign([idOf('lone.png')], classIds[0]!);
    expect(findLeaks(workspace)).toEqual([]);
    labels.assign([idOf('lone.png')], classIds[1]!);
    const [leak] = findLeaks(workspace);
    expect(leak!.kind).toBe('copies-of-two-classes');
    expect(leak!.title).toBe('1 image is there more than once, under different classes');
    expect(leak!.text).toContain('lone.png (dog) = video0_0000.png (cat)');
  });

  it('a copy kept apart is named and left out of what is measured on', () => {
    const { workspace, idOf, classIds } = planted;
    const { labels, splits } = workspace.project;
    const outputs = classIds.map((classId) => ({ classId, name: String(classId) }));
    labels.assign([idOf(frame(0, 0)), idOf('lone.png'), idOf(frame(1, 0))], classIds[0]!);
    splits.assign('audit', 'test', [idOf('lone.png'), idOf(frame(1, 0))]);
    expect(findLeaks(workspace)[0]).toMatchObject({ kind: 'copies-across', isMet: true });
    const { imageIds, numLeftOut } = labelledTestImages(workspace, outputs);
    expect([...imageIds]).toEqual([idOf(frame(1, 0))]);
    expect(numLeftOut).toBe(1);
  });

  it('nothing is said where nothing leaks', () => {
    const { workspace, idOf, classIds } = planted;
    expect(findLeaks(workspace)).toEqual([]);
    for (let video = 0; video < numVideos; video++) workspace.project.labels.assign([idOf(frame(video, 0))], classIds[video < 4 ? 0 : 1]!);
    expect(findLeaks(workspace)).toEqual([]);
  });
});

describe('a grouping in use', () => {
  it('keeps videos in one fold, and leaves what was seen out of the measurement', () => {
    labelFrames(planted);
    const { workspace, idOf, classIds } = planted;
    const outputs = classIds.map((classId) => ({ classId, name: String(classId) }));
    expect(labelledTestImages(workspace, outputs).imageIds).toHaveLength(numVideos);
    setGrouping(workspace, { by: 'name', fields: 1 });
    const ids = Int32Array.of(idOf(frame(0, 0)), idOf(frame(1, 0)), idOf(frame(0, 2)), idOf('lone.png'));
    // The lone image is a copy of a frame of the first video.
    expect([...foldGroups(workspace, ids)!]).toEqual([0, 1, 0, 0]);
    expect(labelledTestImages(workspace, outputs)).toMatchObject({ numLeftOut: numVideos });
    expect(findLeaks(workspace).map(({ kind, isMet }) => [kind, isMet])).toEqual([['group-across', true]]);
  });

  it('divides the images anew by whole groups, and new ones join their group', async () => {
    labelFrames(planted);
    const { workspace, folder, idOf } = planted;
    setGrouping(workspace, { by: 'name', fields: 1 });
    const test = new Set(keepGroupsApart(workspace, 0.25));
    expect(test.size).toBe(2 * numFrames);
    const videos = new Set([...test].map((id) => workspace.project.images.get(id).relativePath.split('_')[0]));
    expect(videos.size).toBe(2);
    expect(findLeaks(workspace)).toEqual([]);
    const [apart] = videos;
    for (const [i, video] of [apart!, 'video9'].entries()) {
      for (const at of [7, 8]) await draw(join(folder, 'images', `${video}_000${at}.png`), 200 + 10 * i + at);
    }
    await importFolders(workspace, [join(folder, 'images')]);
    keepTestImages(workspace, 0.25);
    const after = new Set(testImages(workspace));
    expect(after.has(idOf(`${apart}_0007.png`))).toBe(true);
    expect(after.has(idOf(`${apart}_0008.png`))).toBe(true);
    expect(after.has(idOf('video9_0007.png'))).toBe(after.has(idOf('video9_0008.png')));
  });
});

describe('groups.read and groups.use', () => {
  it('propose, use and tell', () => {
    labelFrames(planted);
    const handlers = checkHandlers(hostOf(planted.workspace, planted.folder));
    const { inUse, candidates } = handlers['groups.read']({}) as ReturnType<typeof readGroupings>;
    expect(inUse).toBeNull();
    expect(candidates[0]).toMatchObject({ rule: { by: 'name', fields: 1 }, isProposed: true });
    expect(candidates[0]!.words).toBe('8 videos by the first part of the name, such as video0');
    const used = handlers['groups.use']({ rule: candidates[0]!.rule, keepApart: true }) as ReturnType<typeof readGroupings>;
    expect(used.inUse).toEqual({ by: 'name', fields: 1 });
    expect(used.words).toContain('kept together by the first part of the name');
    expect(findLeaks(planted.workspace)).toEqual([]);
    const refused = (): unknown => handlers['groups.use']({ rule: { by: 'pattern', pattern: '(' }, keepApart: false });
    expect(refused).toThrow(/is no pattern/);
    expect(readGroupings(planted.workspace).inUse).toEqual({ by: 'name', fields: 1 });
  });
});
