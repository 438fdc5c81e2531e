import { expect, test } from 'vitest';
import { classColumn } from '../../electron/services/catalog/image-catalog.ts';
import { publishLabels } from '../../electron/services/labelling/label-news.ts';
import { readable } from '../project/temporary-project.ts';
import { fakeHost } from './fake-host.ts';

test('the column of classes says what the file does after every change of labels', () => {
  const host = fakeHost();
  const { project } = host.workspace();
  const source = project.sources.add('/photos');
  project.scans.add(
    source.id,
    ['a.png', 'b.png', 'c.png', 'd.png'].map((name) => readable(name)),
  );
  project.scans.finish(source.id);
  const ids = project.images.usable();
  const owl = project.classes.add({ name: 'owl', colour: '#000000' }).id;
  const tit = project.classes.add({ name: 'tit', colour: '#ffffff' }).id;
  const agrees = (): void => expect([...classColumn(host)]).toEqual([...project.labels.classesOf(ids)]);
  agrees();
  publishLabels(host, project.labels.assign([ids[2]!, ids[0]!], owl));
  agrees();
  publishLabels(host, project.labels.assign([ids[0]!], tit));
  agrees();
  publishLabels(host, project.labels.undo(), 'undo');
  agrees();
  publishLabels(host, project.labels.removeClass(owl));
  agrees();
  expect(classColumn(host)).toEqual(new Int32Array(4));
});
