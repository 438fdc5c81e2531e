import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { answersFromText } from '../../electron/services/labelling/label-images.ts';
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
    const { answers, unmatched } = answersFromText(
      workspace,
      'labels.csv',
      `red/red-00.png,a\nred/red-01.png,b\n${join(other, 'red', 'red-00.png')},c\n`,
    );
    expect([...answers.values()]).toEqual(['b', 'c']);
    expect(unmatched).toEqual(['line 1: red/red-00.png (several images have this name; give the whole path)']);
  });

  it('are found where the file was written on another machine, Windows too, and all its paths lie in one folder', async () => {
    const { workspace, ids } = await pictureProject({ red: 2, blue: 1 });
    const answersOf = (text: string): unknown => [...answersFromText(workspace, 'labels.csv', text).answers];
    const expected = [
      [ids('red')[0], 'a'],
      [ids('blue')[0], 'b'],
    ];
    const windows = ['C:\\data\\birds\\red\\red-00.png', 'C:\\data\\birds\\blue\\blue-00.png'];
    expect(answersOf(`${windows[0]},a\n${windows[1]},b\n`)).toEqual(expected);
    expect(answersOf('red\\red-00.png,a\nblue\\blue-00.png,b\n')).toEqual(expected);
    expect(answersOf('/home/me/birds/red/red-00.png,a\n/home/me/birds/blue/blue-00.png,b\n')).toEqual(expected);
    expect(answersOf('pictures/red/red-00.png,a\n./pictures/blue/blue-00.png,b\n')).toEqual(expected);
    // Not the same folder: these may be other images of the same name.
    expect(() => answersOf('one/red-00.png,a\ntwo/red-01.png,b\n')).toThrow('labels no image');
    expect(() => answersOf('\n')).toThrow('no row');
  });
});
