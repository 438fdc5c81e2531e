/** Labels go out in every format and come back by the command line; files are told by what they hold. */
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { labelFormats } from '../../electron/contract/label-formats.ts';
import { picture } from '../images/odd-files.ts';
import { run, runJson, ownFolder } from './cli.ts';

const files = ['site 1/é/a "1".png', 'site 1/b.png', 'site 2/b.png'];

async function project(): Promise<string> {
  const cwd = ownFolder();
  for (const [i, file] of files.entries()) {
    mkdirSync(join(cwd, 'images', file, '..'), { recursive: true });
    writeFileSync(
      join(cwd, 'images', file),
      await picture(i + 1, 16, 16)
        .png()
        .toBuffer(),
    );
  }
  await runJson(cwd, 'import', 'images', '-p', 'p.acclimate');
  return cwd;
}

it('labels of all formats', async () => {
  const cwd = await project();
  const images = files.map((file, i) => ({ id: i, file_name: `C:\\traps\\${file.replaceAll('/', '\\')}` }));
  const categories = [
    { id: 0, name: 'empty' },
    { id: 1, name: 'fox & elk' },
  ];
  const annotations = [0, 1, 0].map((category, i) => ({ id: i, image_id: i, category_id: category, bbox: [0, 0, 1, 1] }));
  writeFileSync(join(cwd, 'boxes.json'), JSON.stringify({ images, annotations, categories }));
  const first = await runJson<{ format: string; moved: unknown }>(cwd, 'label', '--file', 'boxes.json', '-p', 'p.acclimate');
  expect(first).toMatchObject({ format: 'coco', numLabelled: 3, numUnmatched: 0, numLeftOut: 0, moved: [{ from: 'C:/traps' }] });
  for (const format of labelFormats) {
    const out = `out/${format}.txt`;
    mkdirSync(join(cwd, 'out'), { recursive: true });
    await runJson(cwd, 'export-labels', '--format', format, '-o', out, '-p', 'p.acclimate');
    const back = await runJson<object>(cwd, 'label', '--file', out, '-p', 'p.acclimate');
    expect(back).toMatchObject({ format, numLabelled: 3, numUnmatched: 0, numLeftOut: 0, moved: [] });
  }
  expect(readFileSync(join(cwd, 'out', 'csv.txt'), 'utf8')).toBe(
    'path,label\nsite 1/b.png,fox & elk\n"site 1/é/a ""1"".png",empty\nsite 2/b.png,empty\n',
  );

  const again = await run(cwd, 'export-labels', '-o', 'out/csv.txt', '--format', 'csv', '-p', 'p.acclimate');
  expect([again.code, again.stderr]).toEqual([1, expect.stringContaining('is there already')]);
  const unclear = await run(cwd, 'export-labels', '-o', 'labels.json', '-p', 'p.acclimate');
  expect([unclear.code, unclear.stderr]).toEqual([2, expect.stringContaining('does not tell the format')]);
  expect(existsSync(join(cwd, 'labels.json'))).toBe(false);
  await runJson(cwd, 'export-labels', '-o', 'folders', '--format', 'folders', '-p', 'p.acclimate');
  expect(readdirSync(join(cwd, 'folders')).sort()).toEqual(['acclimate-labels.json', 'empty', 'fox & elk']);
  const early = await run(cwd, 'export-predictions', '-o', 'p.json', '--format', 'detections', '-p', 'p.acclimate');
  expect([early.code, early.stderr]).toEqual([1, expect.stringContaining('There is no classifier yet')]);
  rmSync(join(cwd, 'out'), { recursive: true });
}, 120_000);
