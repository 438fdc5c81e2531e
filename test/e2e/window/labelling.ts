/** Labelling as a person with a keyboard does it. The folder that an image lies in says what it shows. */
import type { Page } from 'playwright-core';
import { expect, vi } from 'vitest';
import { strings } from '../../../renderer/lib/strings.ts';
import { see, seeGone } from './browser.ts';

const t = strings.label;
const prefix = t.image('');

/** The path of the image that is to be labelled. */
export async function imageShown(page: Page): Promise<string> {
  const image = page.getByRole('figure').getByRole('img', { name: new RegExp(`^${prefix}.+`) });
  await see(image);
  return ((await image.getAttribute('alt')) ?? '').slice(prefix.length);
}

/** What an image shows. */
export const kindOf = (path: string): string => path.split('/').at(-2) ?? '';

/** Says what the first image of a project shows, where the window asks for it; the field has the focus. */
async function nameFirst(page: Page, name: string): Promise<void> {
  const field = page.getByRole('textbox', { name: t.first.title });
  await see(field);
  await page.keyboard.type(name);
  await page.keyboard.press('Enter');
  await seeGone(field);
}

/** Finds a class by typing its name, or makes it, and labels with it. */
async function labelByName(page: Page, name: string): Promise<void> {
  await page.keyboard.press('/');
  const finder = page.getByRole('combobox', { name: t.find });
  await see(finder);
  await page.keyboard.type(name);
  await page.keyboard.press('Enter');
  await seeGone(finder);
}

export interface Labelled {
  readonly path: string;
  readonly label: string;
}

/**
 * Gives the image shown its class, or another one by a slip. A class that is not among `classes` yet is typed and added to them; any other has
 * its number for a key.
 */
export async function labelNext(page: Page, classes: string[], slip?: string): Promise<Labelled> {
  const path = await imageShown(page);
  const label = slip ?? kindOf(path);
  const at = classes.indexOf(label);
  if (at >= 0) await page.keyboard.press(String(at + 1));
  else {
    await (classes.length === 0 ? nameFirst : labelByName)(page, label);
    classes.push(label);
  }
  // The next one is shown only once the label is in the file.
  await vi.waitFor(async () => expect(await imageShown(page)).not.toBe(path), { timeout: 30_000, interval: 15 });
  return { path, label };
}
