/** What could make a figure flatter is caught on the command line, named, and ended; the measurement says how far it can be trusted. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import sharp from 'sharp';
import { createRandom } from '../../electron/tensor/random.ts';
import { ownFolder, run, runJson } from './cli.ts';

const numVideos = 10;
const numFrames = 10;
const project = ['-p', 'p.acclimate'];
const name = (video: number, frame: number): string => `clip${video}_${String(frame).padStart(4, '0')}.png`;

/** Frames of videos, reddish ones and bluish ones; one frame is there again under another name. */
async function drawVideos(folder: string): Promise<void> {
  mkdirSync(folder);
  for (let video = 0; video < numVideos; video++) {
    for (let frame = 0; frame < numFrames; frame++) {
      const random = createRandom(100 * video + frame);
      const base = video % 2 === 0 ? [200, 60, 60] : [60, 60, 200];
      const data = Uint8Array.from({ length: 24 * 24 * 3 }, (_, at) => base[at % 3]! + random.int(50));
      const file = sharp(data, { raw: { width: 24, height: 24, channels: 3 } }).png();
      await file.toFile(join(folder, name(video, frame)));
      if (video === 0 && frame === 0) await file.toFile(join(folder, 'again.png'));
    }
  }
}

interface Groups {
  readonly leaks: readonly { readonly kind: string; readonly isMet: boolean }[];
}

it('catches frames of one video on both sides and copies under two classes, and measures without them', async () => {
  const cwd = ownFolder();
  await drawVideos(join(cwd, 'images'));
  await runJson(cwd, 'import', 'images', ...project, '--test-share', '0.4');
  const rows = Array.from({ length: numVideos * numFrames }, (_, i) => {
    const video = Math.floor(i / numFrames);
    return `${name(video, i % numFrames)},${video % 2 === 0 ? 'red' : 'blue'}`;
  });
  writeFileSync(join(cwd, 'labels.csv'), ['path,label', ...rows, 'again.png,blue'].join('\n'));
  await runJson(cwd, 'label', '--csv', 'labels.csv', ...project);

  const before = await run(cwd, 'groups', ...project);
  expect(before.stdout).toContain('1 * 10 videos by the first part of the name, such as clip0');
  expect(before.stdout).toMatch(/Warning +\d+ images kept apart are of a video that was also learnt from/);
  expect(before.stdout).toContain('Frames of one video (such as clip0) are on both sides');
  expect(before.stdout).toMatch(/Warning +1 image is there more than once, under different classes/);

  const after = await runJson<Groups>(cwd, 'groups', '--use', '1', '--keep-apart', ...project);
  expect(after.leaks.map(({ kind }) => kind)).toEqual(['copies-of-two-classes']);
  writeFileSync(join(cwd, 'right.csv'), 'path,label\nagain.png,red\n');
  await runJson(cwd, 'label', '--csv', 'right.csv', ...project);
  expect((await runJson<Groups>(cwd, 'groups', ...project)).leaks).toEqual([]);

  await runJson(cwd, 'train', ...project, '--base', 'scratch:tiny', '--sizes', '32');
  const { stdout } = await run(cwd, 'evaluate', '--max-risk', '0.3', ...project);
  expect(stdout).toContain('a random sample that was not learnt from, with 95 % intervals');
  expect(stdout).toContain('Images of one group count as fewer, so the interval is wider.');
  expect(stdout).toMatch(/balanced accuracy +\d+.* to /);
  expect(stdout).toMatch(/Sureness +calibration error/);
  expect(stdout).toContain('Unsure    Answers that are at least');
  expect(stdout).not.toContain('Warning');

  await runJson(cwd, 'export', '--out', 'package', ...project);
  const { minProbability, abstention } = JSON.parse(readFileSync(join(cwd, 'package', 'labels.json'), 'utf8')) as {
    minProbability: number | null;
    abstention: { maxRisk: number };
  };
  expect(minProbability).toBeGreaterThan(0);
  expect(abstention.maxRisk).toBe(0.3);
});
