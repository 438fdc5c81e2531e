/** What outlives a window and a server, and what two windows know of each other. */
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { describe, expect, it, vi } from 'vitest';
import { strings } from '../../../renderer/lib/strings.ts';
import { ownFolder, query, writeColours } from '../cli.ts';
import { button, main, openBrowser, openFolder, openWindow, see, step } from './browser.ts';
import { imageShown, labelNext } from './labelling.ts';
import type { Labelled } from './labelling.ts';
import { chromiumPath } from './paths.ts';
import { byPath, labelsIn, projectIn } from './project-file.ts';
import { startServer } from './server.ts';

const t = strings;
const jobMs = 120_000;

/** A folder with 24 images in `images`. */
async function folderOfImages(): Promise<string> {
  const folder = ownFolder();
  await writeColours(join(folder, 'images'), 8);
  return folder;
}

async function labelSome(page: Page, count: number): Promise<Labelled[]> {
  await step(page, 'label').click();
  const classes: string[] = [];
  const labelled: Labelled[] = [];
  while (labelled.length < count) labelled.push(await labelNext(page, classes));
  return labelled;
}

describe.skipIf(chromiumPath === undefined)('a project in a browser', () => {
  it('can be opened again after a restart of the server, and knows what can be undone and done again', async () => {
    const folder = await folderOfImages();
    const first = await startServer(folder);
    const { page } = await openWindow(await openBrowser(), first.address);
    await openFolder(page, join(folder, 'images'), 24);
    const labelled = await labelSome(page, 6);
    const project = projectIn(folder);
    await page.keyboard.press('Control+z');
    await vi.waitFor(() => expect(labelsIn(project)).toEqual(byPath(labelled.slice(0, 5))), { timeout: 20_000 });
    await page.close();
    expect(await first.stop()).toBe(0);

    const second = await startServer(folder);
    const { page: again, problems } = await openWindow(await openBrowser(), second.address);
    await again.getByRole('button', { name: /^images\b/ }).click();
    await see(step(again, 'label').getByText(/^5 labels/));
    for (const numLeft of [4, 3]) {
      await again.keyboard.press('Control+z');
      await vi.waitFor(() => expect(labelsIn(project)).toEqual(byPath(labelled.slice(0, numLeft))), { timeout: 20_000 });
    }
    for (const numBack of [4, 5, 6]) {
      await again.keyboard.press('Control+Shift+Z');
      await vi.waitFor(() => expect(labelsIn(project)).toEqual(byPath(labelled.slice(0, numBack))), { timeout: 20_000 });
    }
    await see(button(again, t.app.nothingToRedo));
    expect(problems).toEqual([]);
  }, 120_000);

  it('goes on with a job while no window is open', async () => {
    const folder = await folderOfImages();
    const server = await startServer(folder);
    const context = await openBrowser();
    const { page } = await openWindow(context, server.address);
    await openFolder(page, join(folder, 'images'), 24);
    await step(page, 'adapt').click();
    await page.getByLabel(t.bases.base, { exact: true }).selectOption({ label: 'Untrained tiny' });
    await page.getByRole('group', { name: t.adapt.px }).getByText(t.adapt.pxOption(64)).click();
    await button(main(page), t.adapt.start).click();
    await see(main(page).getByText(t.adapt.live), jobMs);
    const project = projectIn(folder);
    const doneSeconds = (): number =>
      query<{ done: number }>(project, "SELECT done FROM jobs WHERE kind = 'app.adapt' AND status = 'running'")[0]?.done ?? -1;
    await vi.waitFor(() => expect(doneSeconds()).toBeGreaterThanOrEqual(0), { timeout: jobMs });
    await context.browser()?.close();
    const atClose = doneSeconds();
    const { page: again } = await openWindow(await openBrowser(), server.address);
    await step(again, 'adapt').click();
    await see(main(again).getByText(t.adapt.live));
    await vi.waitFor(() => expect(doneSeconds()).toBeGreaterThan(atClose), { timeout: jobMs });
    await button(main(again), t.app.jobs.finish).click();
    await see(main(again).getByText(t.adapt.result, { exact: true }), jobMs);
  }, 180_000);

  it('is the same in two windows', async () => {
    const folder = await folderOfImages();
    const server = await startServer(folder);
    const context = await openBrowser();
    const { page: one } = await openWindow(context, server.address);
    await openFolder(one, join(folder, 'images'), 24);
    const { page: other, problems } = await openWindow(context, server.address);
    await see(step(other, 'label'));
    await step(other, 'label').click();
    const labelled = await labelSome(one, 5);
    await see(step(other, 'label').getByText(/^5 labels/));
    // It stays where it is, so that no key meant for one image meets another, but says that this one is labelled now.
    expect(await imageShown(other)).toBe(labelled[0]?.path);
    await see(main(other).getByText(t.label.isLabelled, { exact: true }));
    // What is labelled in one is not asked for in the other.
    await other.keyboard.press('Space');
    await vi.waitFor(async () => expect(labelled.map(({ path }) => path)).not.toContain(await imageShown(other)));
    const classes = ['red', ...new Set(labelled.map(({ label }) => label).filter((label) => label !== 'red'))];
    const more = await labelNext(other, classes);
    await see(step(one, 'label').getByText(/^6 labels/));
    // And what was done in one can be taken back in the other.
    await one.keyboard.press('Control+z');
    await vi.waitFor(async () => expect(await imageShown(other)).toBe(more.path), { timeout: 20_000 });
    expect(labelsIn(projectIn(folder))).toEqual(byPath(labelled));
    expect(problems).toEqual([]);
  }, 120_000);
});
