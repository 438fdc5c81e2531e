/** Every row of the methods table can be chosen in the window: those that learn from images alone in Adapt, those with a teacher in Export. */
import { join } from 'node:path';
import type { Locator } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { methodNames, methodOf } from '../../../electron/learn/methods.ts';
import { strings } from '../../../renderer/lib/strings.ts';
import { TestApp } from '../../services/temporary-host.ts';
import { ownFolder, writeColours } from '../cli.ts';
import { button, main, openBrowser, openFolder, openWindow, see, step } from './browser.ts';
import { chromiumPath } from './paths.ts';
import { startServer } from './server.ts';

const t = strings;
const byTeacher = methodNames.filter((name) => methodOf(name).needsTeacher === true);
const alone = methodNames.filter((name) => methodOf(name).needsTeacher !== true);

/** The card of a choice: its title is the beginning of its name. */
const card = (within: Locator, title: string): Locator =>
  within.locator('label').filter({ has: within.page().getByText(title, { exact: true }) });

/** A folder with 24 images in `images` and, beside it, a project of theirs with a classifier on a network that is not the smallest. */
async function taughtFolder(): Promise<string> {
  const folder = ownFolder();
  const path = join(folder, 'images');
  await writeColours(path, 8);
  const app = new TestApp({ dataDir: join(folder, 'data'), cacheDir: join(folder, 'cache') });
  await app.call('project.openFolder', { path });
  await app.lastEnded();
  await app.call('labels.importFolders', {});
  await app.ended((await app.call('map.start', { baseRef: 'scratch:mobilenet_v2', px: 64 })).id);
  const trained = await app.ended((await app.call('train.start', { finetune: false, flip: false, seed: 1 })).id);
  expect(trained.status).toBe('succeeded');
  await app.host.close();
  return folder;
}

describe.skipIf(chromiumPath === undefined)('every row of the methods table', () => {
  it('can be chosen in the window', async () => {
    const folder = await taughtFolder();
    const server = await startServer(folder);
    const { page, problems } = await openWindow(await openBrowser(), server.address);
    await openFolder(page, join(folder, 'images'), 24);

    await step(page, 'adapt').click();
    await button(main(page), t.stages.methods.more).click();
    const offered = main(page).locator('.picker input[type=radio]');
    await see(card(main(page), methodOf('bownet').title));
    expect(await offered.evaluateAll((radios) => radios.map((radio) => (radio as HTMLInputElement).value).toSorted())).toEqual(
      alone.toSorted(),
    );
    for (const name of alone) {
      const { title, description } = methodOf(name);
      const choice = card(main(page), title);
      await see(choice.getByText(description, { exact: true }));
      await choice.click();
      expect(await choice.getByRole('radio').isChecked(), name).toBe(true);
    }

    await step(page, 'export').click();
    const smaller = main(page).getByRole('group', { name: t.stages.student.method });
    await see(smaller);
    expect(byTeacher.toSorted()).toEqual(Object.keys(t.stages.student.methods).toSorted());
    for (const name of byTeacher) {
      const choice = card(smaller, t.stages.student.methods[name as 'distil' | 'pseudo-labels'].title);
      await choice.click();
      expect(await choice.getByRole('radio').isChecked(), name).toBe(true);
    }
    expect(problems).toEqual([]);
  }, 180_000);
});
