import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../project/temporary-project.ts';
import { drawRandom, readLabelledFolder } from './labelled-folder.ts';

const data = join(import.meta.dirname, '../../../shared/data');

/** Known answers: computed with hashlib, by the very expressions of label_efficiency.py. */
describe('the protocol of label efficiency', () => {
  it('divides a folder and draws labels as the peer does', () => {
    const root = temporaryFolder();
    for (const name of ['bee', 'ant']) {
      mkdirSync(join(root, name));
      for (let i = 5; i >= 0; i--) writeFileSync(join(root, name, `${i}.jpg`), '');
    }
    const folder = readLabelledFolder(root);
    expect(folder.classes).toEqual(['ant', 'bee']);
    expect(folder.names[0]).toBe('ant/0.jpg');
    expect([...folder.labels]).toEqual([0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1]);
    expect([...folder.test]).toEqual([2, 5, 7, 8]);
    expect([...drawRandom(folder, 0, 5)]).toEqual([3, 10, 11, 6, 0]);
    expect([...drawRandom(folder, 1, 5)]).toEqual([10, 0, 4, 11, 6]);
    expect([...drawRandom(folder, 2, 5)]).toEqual([11, 4, 10, 0, 6]);
  });

  it.skipIf(!existsSync(data)).each([
    ['pbc_blood', 4800, 1582, [2275, 4320, 4751, 274]],
    ['rsscn7', 2800, 923, [1948, 1099, 1113, 1533]],
    ['neu_steel', 1799, 581, [79, 1337, 469, 166]],
    ['sign_digits', 2062, 671, [2004, 1052, 454, 393]],
  ])('finds the test images and the first draws of %s', (name, numImages, numTest, drawn) => {
    const folder = readLabelledFolder(join(data, name));
    expect(folder.names).toHaveLength(numImages);
    expect(folder.test).toHaveLength(numTest);
    expect(folder.pool).toHaveLength(numImages - numTest);
    expect([...drawRandom(folder, 1, 4)]).toEqual(drawn);
  });
});
