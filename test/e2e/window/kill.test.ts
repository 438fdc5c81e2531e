/** What becomes of one's work when the engine is killed under an open window. */
import { join } from 'node:path';
import { platform } from 'node:process';
import type { Page } from 'playwright-core';
import { describe, expect, it, vi } from 'vitest';
import { strings } from '../../../renderer/lib/strings.ts';
import { integrity, ownFolder, writeColours } from '../cli.ts';
import { button, main, openBrowser, openFolder, openWindow, see, seeGone, step } from './browser.ts';
import { imageShown, labelNext } from './labelling.ts';
import type { Labelled } from './labelling.ts';
import { chromiumPath } from './paths.ts';
import { byPath, checkpointStep, labelsIn, projectIn } from './project-file.ts';
import { startServer } from './server.ts';
import type { Server } from './server.ts';

const t = strings;
const jobMs = 120_000;

interface Opened {
  readonly server: Server;
  readonly page: Page;
  readonly project: string;
  readonly problems: string[];
}

/** A window on a project of 24 images. */
async function open(...args: readonly string[]): Promise<Opened> {
  const folder = ownFolder();
  await writeColours(join(folder, 'images'), 8);
  const server = await startServer(folder, ...args);
  const { page, problems } = await openWindow(await openBrowser(), server.address);
  await openFolder(page, join(folder, 'images'), 24);
  return { server, page, problems, project: projectIn(folder) };
}

/** Kills the engine, sees that the window says so, and that it comes back by itself. */
async function killAndComeBack({ server, page }: Opened): Promise<void> {
  server.killEngine();
  await see(page.getByText(t.app.connection.restarting));
  await seeGone(page.getByText(t.app.connection.restarting));
  expect(server.said()).toMatch(/ended unexpectedly \(SIGKILL\)/);
}

describe.skipIf(chromiumPath === undefined || platform !== 'linux')('after kill -9 of the engine', () => {
  it('the window says so, comes back, and no label is lost', async () => {
    const opened = await open();
    const { server, page, project, problems } = opened;
    await step(page, 'label').click();
    const classes: string[] = [];
    const labelled: Labelled[] = [];
    const more = async (count: number): Promise<void> => {
      for (let i = 0; i < count; i++) labelled.push(await labelNext(page, classes));
    };

    await more(6);
    const pending = await imageShown(page);
    await killAndComeBack(opened);
    // What the window had gone on from was in the file.
    expect(labelsIn(project)).toEqual(byPath(labelled));
    expect(await imageShown(page)).toBe(pending);
    await more(4);

    // What is asked for while nobody is there waits for the engine, and the next image waits for it.
    server.killEngine();
    await see(page.getByText(t.app.connection.restarting));
    await more(1);
    expect(labelsIn(project)).toEqual(byPath(labelled));
    await see(step(page, 'label').getByText(t.app.stepStates.labelled('11', String(classes.length)), { exact: true }));

    // What was done before either kill can be taken back.
    for (let numLeft = labelled.length - 1; numLeft >= 3; numLeft--) {
      await page.keyboard.press('u');
      await vi.waitFor(async () => expect(await imageShown(page)).toBe(labelled[numLeft]?.path), { timeout: 20_000 });
    }
    expect(labelsIn(project)).toEqual(byPath(labelled.slice(0, 3)));
    expect(integrity(project)).toBe('ok');
    expect(problems).toEqual([]);
  }, 180_000);

  it('an adaptation is offered again, and goes on from its checkpoint', async () => {
    const opened = await open('--checkpoint-seconds', '0.5');
    const { page, project, problems } = opened;
    await step(page, 'adapt').click();
    await page.getByLabel(t.bases.base, { exact: true }).selectOption({ label: 'Untrained tiny' });
    await page.getByRole('group', { name: t.adapt.px }).getByText(t.adapt.pxOption(64)).click();
    await button(main(page), t.adapt.start).click();
    await see(main(page).getByText(t.adapt.live), jobMs);
    await vi.waitFor(() => expect(checkpointStep(project)).toBeGreaterThan(20), { timeout: jobMs });
    await killAndComeBack(opened);
    expect(integrity(project)).toBe('ok');
    const kept = checkpointStep(project);

    await see(page.getByText(t.app.jobs.interruptedTitle));
    await button(page, t.app.jobs.resume).click();
    await seeGone(page.getByText(t.app.jobs.interruptedTitle));
    await see(main(page).getByText(t.adapt.live), jobMs);
    // The next checkpoint is beyond the one from before: nothing began anew.
    const next = await vi.waitFor(
      () => {
        const saved = checkpointStep(project);
        expect([0, kept]).not.toContain(saved);
        return saved;
      },
      { timeout: jobMs, interval: 20 },
    );
    expect(next).toBeGreaterThan(kept);
    const finish = button(main(page), t.app.jobs.finish);
    await see(finish, jobMs);
    await finish.click();
    await see(main(page).getByText(t.adapt.result, { exact: true }), jobMs);
    expect(integrity(project)).toBe('ok');
    expect(problems).toEqual([]);
  }, 240_000);
});
