import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { answersFromCsvText } from '../../electron/services/labelling/label-images.ts';
import { importFolders } from '../../electron/services/intake/import-folder.ts';
import { picture } from '../images/odd-files.ts';
import { pictureProject } from './labelled-project.ts';

describe('labels from a file', () => {
  it('are given to none of several images of one path below their sources', async () => {
    const { folder, workspace } = await pictureProject({ red: 2 });
    const other = join(folder, 'more');
    mkdirSync(join(other, 'red'), { recursive: true });
    await picture(9, 48, 40)
      .png()
      .toFile(join(other, 'red', 'red-00.png'));
    await importFolders(workspace, [other]);
    const { answers, unmatched } = answersFromCsvText(
      workspace,
      'labels.csv',
      `red/red-00.png,a\nred/red-01.png,b\n${join(other, 'red', 'red-00.png')},c\n`,
    );
    expect([...answers.values()]).toEqual(['b', 'c']);
    expect(unmatched).toEqual(['line 1: red/red-00.png (several images have this name; give the whole path)']);
  });
});
