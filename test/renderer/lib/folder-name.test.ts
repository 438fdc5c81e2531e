import { expect, it } from 'vitest';
import { folderName } from '../../../renderer/lib/folder-name.ts';

it.each([
  ['/data/Bone marrow 2019', 'Bone marrow 2019'],
  ['/data/tiles/', 'tiles'],
  ['C:\\Users\\ada\\Wälder', 'Wälder'],
  ['/', '/'],
])('the name of %s is %s', (path, name) => expect(folderName(path)).toBe(name));
