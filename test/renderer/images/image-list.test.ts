import { afterEach, expect, it } from 'vitest';
import { createFakeBridge } from '../../../renderer/api/fake-bridge.ts';
import { App } from '../../../renderer/state/app.svelte.ts';
import { ImageList, imageListOf } from '../../../renderer/views/images/image-list.svelte.ts';

const controllers: AbortController[] = [];
afterEach(() => {
  for (const controller of controllers.splice(0)) controller.abort();
});

async function started(): Promise<App> {
  const app = new App(createFakeBridge({ numImages: 60, numLabelled: 12, isFinished: true }), { isMac: false });
  const controller = new AbortController();
  controllers.push(controller);
  await app.start(controller.signal);
  return app;
}

it('shows what fits, and only the last question counts', async () => {
  const list = new ImageList(await started());
  list.setPart('labelled', { isLabelled: true });
  const first = list.refresh();
  list.setPart('labelled', { isLabelled: false });
  await Promise.all([first, list.refresh()]);
  expect(list.count).toBe(48);
});

it('asks one question at a time, and of those that come up meanwhile the latest alone', async () => {
  const app = await started();
  const list = new ImageList(app);
  const asked: unknown[] = [];
  const attempt = app.attempt.bind(app);
  app.attempt = (...args) => {
    asked.push(args[1]);
    return attempt(...args);
  };
  const all = ['a', 'ab', 'abc'].map((text) => {
    list.setPart('text', { text });
    return list.refresh();
  });
  await Promise.all(all);
  expect(asked).toMatchObject([{ filter: { text: 'a' } }, { filter: { text: 'abc' } }]);
  await list.refresh();
  expect(asked).toHaveLength(3);
});

it('drops from the selection what is no longer shown, and nothing on the first look', async () => {
  const app = await started();
  const list = new ImageList(app);
  app.selection.set([1, 20]);
  list.setPart('labelled', { isLabelled: false });
  await list.refresh();
  expect([...app.selection.ids]).toEqual([1, 20]);
  await app.assign([20], 2);
  await list.refresh();
  expect(list.indexOf(20)).toBe(-1);
  expect(app.selection.size).toBe(0);
});

it('leaves files that are no images to themselves when all are to be selected', async () => {
  const app = await started();
  const list = new ImageList(app);
  await list.refresh();
  expect(list.usable()).toHaveLength(list.count);
  if (app.columns === null) throw new Error('There are no columns.');
  app.columns = { ...app.columns, status: app.columns.status.map((status, i) => (i === 4 ? 1 : i === 9 ? 2 : status)) };
  expect(list.usable()).toHaveLength(list.count - 2);
  expect(list.usable()).not.toContain(app.columns.ids[4]);
});

it('keeps the order of a list, and loses its title with it', async () => {
  const list = new ImageList(await started());
  list.show({ ids: [9, 3, 40] }, 'Similar');
  await list.refresh();
  expect([...(list.order ?? [])]).toEqual([9, 3, 40]);
  list.setPart('ids', {});
  expect(list.title).toBeNull();
  expect(list.sort.by).toBe('added');
});

it('asks again after labels only where they matter', async () => {
  const app = await started();
  const list = new ImageList(app);
  const before = list.relevantLabels;
  await app.assign([30], 1);
  expect(list.relevantLabels).toBe(before);
  list.setPart('class', { classId: 1 });
  expect(list.relevantLabels).toBe(app.labelsVersion);
});

it('is found again as it was left', async () => {
  const app = await started();
  const list = imageListOf(app);
  list.setPart('test', { isTest: true });
  expect(imageListOf(app)).toBe(list);
  expect(imageListOf(await started())).not.toBe(list);
});
