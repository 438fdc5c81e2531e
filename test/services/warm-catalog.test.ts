import { expect, test } from 'vitest';
import { warmCatalog } from '../../electron/services/catalog/warm-catalog.ts';
import { queryImages } from '../../electron/services/catalog/image-query.ts';
import { fakeHost } from './fake-host.ts';
import { readable } from '../project/temporary-project.ts';

test('what was read ahead is not read again by the first search and the first sort, and nothing of a project that is closed is read', async () => {
  const host = fakeHost();
  const workspace = host.workspace();
  const { project } = workspace;
  const source = project.sources.add('/photos');
  project.scans.add(source.id, [readable('b 10.png'), readable('b 9.png')]);
  project.scans.finish(source.id);
  const made: string[] = [];
  const watched = {
    ...host,
    current: workspace as typeof workspace | null,
    memo: ((key, parts, make) =>
      host.memo(key, parts, () => {
        made.push(key);
        return make();
      })) as typeof host.memo,
  };
  await warmCatalog({ ...watched, current: null }, workspace);
  expect(made).toEqual([]);
  await warmCatalog(watched, workspace);
  expect(made).toContain('catalog.folded');
  const before = made.length;
  expect([...(await queryImages(watched, { text: 'b' }, { by: 'name', descending: false }))]).toEqual([2, 1]);
  expect(made).toHaveLength(before);
});
