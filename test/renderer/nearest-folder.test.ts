import { expect, it } from 'vitest';
import { nearestFolder, placesToStart } from '../../renderer/views/nearest-folder.ts';

it('goes outwards, and at last to where one starts', () => {
  expect(placesToStart('/data/slides/old')).toEqual(['/data/slides/old', '/data/slides', '/data', null]);
  expect(placesToStart('C:\\data\\old')).toEqual(['C:\\data\\old', 'C:\\data', null]);
  expect(placesToStart(null)).toEqual([null]);
});

it('shows the folder that a missing one lay in', async () => {
  const asked: (string | null)[] = [];
  const list = (path: string | null): Promise<string | null> => {
    asked.push(path);
    return path === '/data' ? Promise.resolve(path) : Promise.reject(new Error('gone'));
  };
  expect(await nearestFolder('/data/slides/old', list)).toBe('/data');
  expect(asked).toEqual(['/data/slides/old', '/data/slides', '/data']);
  await expect(nearestFolder('/else/old', list)).rejects.toThrow('gone');
});
