/// <reference lib="dom" />
/** The window in a real browser, found as people find things in it: by role and name. */
import { mkdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { env } from 'node:process';
import { chromium } from 'playwright-core';
import type { BrowserContext, Locator, Page } from 'playwright-core';
import { expect, onTestFinished } from 'vitest';
import { strings } from '../../../renderer/lib/strings.ts';
import type { StepId } from '../../../renderer/state/steps.ts';
import { chromiumPath } from './paths.ts';

const args = [
  ...['--no-sandbox', '--disable-quic', '--no-first-run'],
  ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
  ...['--use-gl=angle', '--use-angle=swiftshader', '--enable-unsafe-swiftshader'],
];
/** Longer than anything but a job takes, with every core busy. */
const patienceMs = 30_000;

/** A browser of the test's own, closed when the test is done. */
export async function openBrowser(): Promise<BrowserContext> {
  const browser = await chromium.launch({ executablePath: chromiumPath ?? '', headless: true, args });
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, reducedMotion: 'reduce' });
  context.setDefaultTimeout(patienceMs);
  onTestFinished(() => browser.close());
  return context;
}

/** A window on the server. What goes wrong inside it unnoticed is collected in `problems`. */
export async function openWindow(context: BrowserContext, address: string): Promise<{ page: Page; problems: string[] }> {
  const page = await context.newPage();
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(String(error.stack ?? error)));
  page.on('console', (message) => {
    // A picture asked for while the engine is away is asked for again; the window says that it is away.
    if (message.type() === 'error' && !/Failed to load resource|WebSocket connection/.test(message.text())) problems.push(message.text());
  });
  onTestFinished(async ({ task }) => {
    if (task.result?.state !== 'fail' || shotsFolder === '' || page.isClosed()) return;
    await page.screenshot({ path: join(shotsFolder, `failed-${task.id}.png`) });
  });
  await page.goto(address);
  return { page, problems };
}

/** The part of the window that the steps are beside. */
export const main = (page: Page): Locator => page.getByRole('main');

/** The button in the sidebar that goes to a view. */
export function step(page: Page, id: StepId): Locator {
  return page.getByRole('button', { name: new RegExp(`^${strings.app.steps[id]}\\b`) }).and(page.locator('nav *'));
}

export const button = (within: Page | Locator, name: string | RegExp): Locator =>
  within.getByRole('button', { name, ...(typeof name === 'string' && { exact: true }) });

/** Waits until something can be seen. Playwright's own waiting for conditions evaluates text in the page, which its policy forbids. */
export async function see(what: Locator, timeoutMs = patienceMs): Promise<void> {
  await what.first().waitFor({ state: 'visible', timeout: timeoutMs });
}

/** Waits until something can no longer be seen. */
export async function seeGone(what: Locator, timeoutMs = patienceMs): Promise<void> {
  await what.first().waitFor({ state: 'hidden', timeout: timeoutMs });
}

/** Shows whether the window is as wide and high as its screen: nothing sticks out that would need scrolling sideways. */
async function expectNoSidewaysScroll(page: Page): Promise<void> {
  const [scrolled, client] = await page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    return [scrollWidth, clientWidth] as const;
  });
  expect(scrolled).toBeLessThanOrEqual(client);
}

/** Where pictures go; nowhere unless told. */
const shotsFolder = env['ACCLIMATE_SHOTS'] ?? '';

/** Pictures of what is shown, in light and dark and in two sizes, where a folder for them was named. */
export async function shoot(page: Page, name: string): Promise<void> {
  await expectNoSidewaysScroll(page);
  if (shotsFolder === '') return;
  mkdirSync(shotsFolder, { recursive: true });
  for (const [width, height] of [
    [1280, 800],
    [1920, 1080],
  ] as const) {
    await page.setViewportSize({ width, height });
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      await page.waitForTimeout(500);
      await page.screenshot({ path: join(shotsFolder, `${name}-${colorScheme}-${width}.png`) });
    }
  }
  await page.setViewportSize({ width: 1280, height: 800 });
  await page.emulateMedia({ colorScheme: 'light' });
}

/** Opens a folder from the start screen and waits for its images. */
export async function openFolder(page: Page, path: string, numImages: number): Promise<void> {
  const { start, picker, stepStates } = strings.app;
  await button(page, start.openFolder).click();
  const dialog = page.getByRole('dialog', { name: picker.folderTitle });
  const field = dialog.getByRole('textbox', { name: picker.path });
  // What is listed first would take the place of what is typed before it.
  await see(button(dialog, basename(path)));
  await field.fill(path);
  await button(dialog, picker.choose).click();
  await see(step(page, 'images').getByText(stepStates.images(String(numImages)), { exact: true }));
}
