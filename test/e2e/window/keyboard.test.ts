/// <reference lib="dom" />
/** The whole path without a mouse, and what a scan for accessibility says of every screen on the way. */
import { join } from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { expect, it, vi } from 'vitest';
import { strings } from '../../../renderer/lib/strings.ts';
import { ownFolder, writeColours } from '../cli.ts';
import { findings } from './accessibility.ts';
import { button, main, openBrowser, openWindow, see, seeGone, step } from './browser.ts';
import { imageShown, kindOf, labelNext } from './labelling.ts';
import { chromiumPath } from './paths.ts';
import { startServer } from './server.ts';

const t = strings;
const jobMs = 120_000;
const mostTabs = 120;

/** Presses Tab until something of this has the focus. Throws where it cannot be reached. */
async function tabTo(page: Page, what: Locator, key: 'Tab' | 'Shift+Tab' = 'Tab'): Promise<void> {
  await see(what);
  const passed: string[] = [];
  for (let i = 0; i < mostTabs; i++) {
    if (await what.evaluateAll((all) => all.includes(document.activeElement as never))) return;
    await page.keyboard.press(key);
    passed.push(await page.evaluate(() => document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent ?? ''));
  }
  throw new Error(`Tab does not get to ${String(what)}. It passed ${passed.map((each) => each.trim().slice(0, 30)).join(' | ')}`);
}

/** Goes to a control by Tab and presses a key on it. */
async function pressOn(page: Page, what: Locator, key = 'Enter'): Promise<void> {
  await tabTo(page, what);
  await page.keyboard.press(key);
}

/** Moves through a group of radio buttons by arrows until this one is chosen. */
async function choose(page: Page, group: string, option: string): Promise<void> {
  const within = page.getByRole('group', { name: group });
  await tabTo(page, within.getByRole('radio', { checked: true }));
  const wanted = within.getByRole('radio', { name: option, exact: true });
  for (let i = 0; i < 12 && !(await wanted.isChecked()); i++) await page.keyboard.press('ArrowRight');
  expect(await wanted.isChecked()).toBe(true);
}

/** Counts presses of a mouse, a pen or a finger from now on. */
async function countPointers(page: Page): Promise<() => Promise<number>> {
  await page.evaluate(() => {
    const counter = { pointers: 0 };
    Object.assign(globalThis, counter);
    addEventListener('pointerdown', () => ((globalThis as unknown as typeof counter).pointers += 1), { capture: true });
  });
  return () => page.evaluate(() => (globalThis as unknown as { pointers: number }).pointers);
}

it.skipIf(chromiumPath === undefined)(
  'can be walked by keyboard alone, and a scan finds nothing serious on the way',
  async () => {
    const folder = ownFolder();
    const images = join(folder, 'images');
    await writeColours(images, 8);
    const server = await startServer(folder);
    const { page, problems } = await openWindow(await openBrowser(), server.address);
    const pointers = await countPointers(page);
    const found: string[] = [];
    const scan = async (screen: string): Promise<void> => void found.push(...(await findings(page, screen)));

    await see(page.getByRole('heading', { name: t.app.start.title }));
    await scan('start');
    await pressOn(page, button(page, t.app.start.openFolder));
    const dialog = page.getByRole('dialog', { name: t.app.picker.folderTitle });
    await see(dialog.getByText(/^images$/));
    await scan('choosing a folder');
    await tabTo(page, dialog.getByRole('textbox', { name: t.app.picker.path }));
    await page.keyboard.press('Control+a');
    await page.keyboard.type(images);
    await page.keyboard.press('Enter');
    await see(dialog.getByText('bleu foncé'));
    await pressOn(page, button(dialog, t.app.picker.choose));
    await see(step(page, 'images').getByText(t.app.stepStates.images('24'), { exact: true }), jobMs);

    // Look at an image, and select some.
    await tabTo(page, page.getByRole('listbox', { name: t.images.gridLabel }));
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Shift+ArrowRight');
    await see(page.getByText(t.app.selected('2')).first());
    await scan('images');
    await page.keyboard.press('Enter');
    const viewer = page.getByRole('dialog');
    await see(viewer);
    await scan('an image');
    await page.keyboard.press('Escape');
    await seeGone(viewer);

    await page.keyboard.press('?');
    await see(page.getByRole('dialog', { name: t.shortcuts.title }));
    await scan('shortcuts');
    await page.keyboard.press('Escape');
    await page.keyboard.press('Control+j');
    await see(page.getByRole('dialog', { name: t.app.jobs.title }));
    await scan('jobs');
    await page.keyboard.press('Escape');

    await page.keyboard.press('Alt+2');
    await tabTo(page, page.getByLabel(t.bases.base, { exact: true }));
    await page.keyboard.type('Untrained tiny');
    await choose(page, t.adapt.budget, t.adapt.ownBudget);
    await tabTo(page, page.getByRole('spinbutton', { name: t.adapt.ownMinutes }));
    await page.keyboard.press('Control+a');
    await page.keyboard.type('5');
    await choose(page, t.adapt.px, t.adapt.pxOption(64));
    await scan('adapt');
    await pressOn(page, button(main(page), t.adapt.start));
    await see(main(page).getByText(t.adapt.live), jobMs);
    await see(main(page).getByRole('figure', { name: t.adapt.curves.loss.title }).first(), jobMs);
    await scan('adapting');
    await pressOn(page, button(main(page), t.app.jobs.finish));
    await see(main(page).getByText(t.adapt.result, { exact: true }), jobMs);
    await pressOn(page, button(main(page), t.adapt.map));
    await see(button(main(page), t.adapt.explore), jobMs);
    await scan('adapted');

    await page.keyboard.press('Alt+3');
    await tabTo(page, main(page).getByRole('application', { name: t.explore.mapLabel('24') }));
    // What was selected in the grid is selected here, too.
    await page.keyboard.press('Escape');
    await seeGone(main(page).getByText(t.app.selected('1')));
    await page.keyboard.press('f');
    await page.keyboard.press('Enter');
    await see(main(page).getByText(t.app.selected('1')).first());
    await scan('explore');
    await page.keyboard.press('s');
    await scan('similar images');

    await page.keyboard.press('Alt+4');
    await scan('first class');
    const classes: string[] = [];
    for (let i = 0; i < 10; i++) await labelNext(page, classes);
    await scan('label');
    const skipped = await imageShown(page);
    await page.keyboard.press('Space');
    await vi.waitFor(async () => expect(await imageShown(page)).not.toBe(skipped));
    // Taken back and done again.
    const { path } = await labelNext(page, classes);
    await page.keyboard.press('u');
    await see(page.getByRole('img', { name: t.label.image(path) }));
    await page.keyboard.press('Control+Shift+Z');
    await seeGone(page.getByRole('figure').getByRole('img', { name: t.label.image(path) }));
    await page.keyboard.press('w');
    await see(main(page).getByText(t.label.wall.text));
    await scan('wall');
    await page.keyboard.press('w');
    await see(page.getByRole('figure').first());
    for (let i = 0; i < 10; i++) {
      if (i !== 5) {
        await labelNext(page, classes);
        continue;
      }
      const excluded = await imageShown(page);
      await page.keyboard.press('x');
      await vi.waitFor(async () => expect(await imageShown(page)).not.toBe(excluded), { timeout: 20_000 });
    }
    await see(step(page, 'label').getByText(t.app.stepStates.labelled('20', '3'), { exact: true }));

    await page.keyboard.press('Alt+5');
    await scan('train');
    await pressOn(page, button(main(page), t.train.start));
    await see(main(page).getByText(t.train.result, { exact: true }), jobMs);
    await scan('trained');

    await page.keyboard.press('Alt+6');
    const table = main(page).getByRole('table').first();
    await tabTo(page, table.getByRole('button'));
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Enter');
    await see(table.getByRole('button', { pressed: true }));
    await scan('check');
    // Another label by its key, and back.
    const picture = main(page)
      .getByRole('list')
      .getByRole('button', { name: / taken for / });
    await tabTo(page, picture);
    const name = await page.evaluate(() => document.activeElement?.getAttribute('aria-label') ?? '');
    const other = classes.findIndex((each) => each !== kindOf(name));
    await page.keyboard.press(String(other + 1));
    await see(main(page).getByText(t.check.relabelled(classes[other] ?? '')));
    await page.keyboard.press('Control+z');
    await seeGone(main(page).getByText(t.check.relabelled(classes[other] ?? '')));

    await page.keyboard.press('Alt+7');
    await scan('export');
    await pressOn(page, button(main(page), t.export.start));
    await see(main(page).getByText(t.export.done), jobMs);
    await scan('exported');
    await pressOn(page, button(page, t.app.close));
    await see(page.getByRole('heading', { name: t.app.start.title }));

    expect(await pointers()).toBe(0);
    expect(problems).toEqual([]);
    expect(found).toEqual([]);
  },
  400_000,
);
