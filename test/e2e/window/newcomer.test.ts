/**
 * Somebody who has never seen the app, from a folder of images to a package that runs, in a real browser on the real server: 300 photographs of
 * blood cells and pretrained weights where they lie beside the repository, else the app's own sample.
 */
import { copyFileSync, existsSync, globSync, mkdirSync, readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { Locator, Page } from 'playwright-core';
import sharp from 'sharp';
import { expect, it, vi } from 'vitest';
import { strings } from '../../../renderer/lib/strings.ts';
import { ownFolder } from '../cli.ts';
import { button, main, openBrowser, openFolder, openWindow, see, seeGone, shoot, step } from './browser.ts';
import { imageShown, kindOf, labelNext } from './labelling.ts';
import { chromiumPath } from './paths.ts';
import { startServer } from './server.ts';

const t = strings;
const jobMs = 240_000;
const numToLabel = 60;
/** Every so many images, a slip of the finger: what Check is there to find. */
const slipEvery = 12;

const shared = fileURLToPath(new URL('../../../../shared/', import.meta.url));
const photographs = join(shared, 'data', 'pbc_blood');
const weights = join(shared, 'weights');
const hasPhotographs = existsSync(photographs) && existsSync(join(weights, 'mobilenetv2-gluon.safetensors'));
const numPerKind = 50;
const kinds = hasPhotographs ? readdirSync(photographs).sort().slice(0, 6) : [];
const numImages = hasPhotographs ? kinds.length * numPerKind : 480;

/** Copies of the photographs, one folder a kind, as somebody would have them. */
function copyPhotographs(folder: string): string {
  const root = join(folder, 'blood cells');
  for (const kind of kinds) {
    mkdirSync(join(root, kind), { recursive: true });
    const names = readdirSync(join(photographs, kind)).sort().slice(0, numPerKind);
    for (const name of names) copyFileSync(join(photographs, kind, name), join(root, kind, name));
  }
  return root;
}

async function importImages(page: Page, folder: string): Promise<void> {
  await see(page.getByRole('heading', { name: t.app.start.title }));
  await shoot(page, 'start');
  if (hasPhotographs) await openFolder(page, copyPhotographs(folder), numImages);
  else await button(page, t.app.start.openSample).click();
  await see(step(page, 'images').getByText(t.app.stepStates.images(String(numImages)), { exact: true }), jobMs);
  await see(step(page, 'adapt').getByText(t.app.stepStates.adaptNext, { exact: true }), jobMs);
  await shoot(page, 'images');
}

async function adapt(page: Page): Promise<void> {
  await step(page, 'adapt').click();
  await page.getByLabel(t.adapt.base, { exact: true }).selectOption({ label: hasPhotographs ? 'mobilenetv2-gluon' : 'Untrained tiny' });
  await page.getByRole('group', { name: t.adapt.budget }).getByText(t.adapt.ownBudget).click();
  await page.getByLabel(t.adapt.ownMinutes).fill(hasPhotographs ? '1' : '0.5');
  await page.getByRole('group', { name: t.adapt.px }).getByText(t.adapt.pxOption(64)).click();
  await shoot(page, 'adapt');
  await button(main(page), t.adapt.start).click();
  await see(main(page).getByText(t.adapt.live), jobMs);
  await see(main(page).getByText(/^Loss/).first());
  await page.waitForTimeout(6000);
  await shoot(page, 'adapting');
  await see(main(page).getByText(t.adapt.result, { exact: true }), jobMs);
  await button(main(page), t.adapt.map).click();
  await see(button(main(page), t.adapt.explore), jobMs);
  await shoot(page, 'adapted');
}

async function explore(page: Page): Promise<void> {
  await button(main(page), t.adapt.explore).click();
  await see(
    main(page)
      .getByText(t.explore.clusters.count(''))
      .or(main(page).getByText(t.explore.clusterName('1'))),
  );
  await seeGone(main(page).getByText(t.explore.loading));
  await shoot(page, 'explore');
}

async function labelSixty(page: Page): Promise<void> {
  await step(page, 'label').click();
  await shoot(page, 'label-first');
  const classes: string[] = [];
  for (let i = 0; i < numToLabel; i++) {
    if (i === 20) await shoot(page, 'label');
    const kind = kindOf(await imageShown(page));
    const isSlip = classes.length > 2 && i % slipEvery === 0;
    await labelNext(page, classes, isSlip ? classes.find((each) => each !== kind) : undefined);
  }
  expect(classes).toHaveLength(6);
  await see(step(page, 'label').getByText(t.app.stepStates.labelled(String(numToLabel), '6'), { exact: true }));
}

/** The texts of the sidebar that tell how many labels there are. */
const labelsShown = (page: Page): Locator =>
  step(page, 'label').getByText(t.app.stepStates.labelled(String(numToLabel), '6'), { exact: true });

/** Draws a lasso around the left part of the map, labels what is in it, and takes that back. */
async function lassoMost(page: Page, kind: string): Promise<void> {
  await step(page, 'explore').click();
  const map = main(page).getByRole('application', { name: t.explore.mapLabel(String(numImages)) });
  await see(map);
  await seeGone(main(page).getByText(t.explore.loading));
  await button(main(page), t.explore.modes.lasso).click();
  const { x, y, width, height } = (await map.boundingBox()) ?? { x: 0, y: 0, width: 0, height: 0 };
  // Round the left part, starting at its right side.
  const corners = [
    [0.6, 0.01],
    [0.01, 0.01],
    [0.01, 0.99],
    [0.6, 0.99],
  ] as const;
  const at = ([across, down]: readonly [number, number]): [number, number] => [x + across * width, y + down * height];
  await page.mouse.move(...at([0.6, 0.5]));
  await page.mouse.down();
  for (const corner of corners) await page.mouse.move(...at(corner), { steps: 6 });
  await page.mouse.up();
  const selection = main(page).getByRole('toolbar', { name: t.explore.selection.title });
  await see(selection);
  const numSelected = Number((await selection.getByText(/^\d+ selected/).textContent())?.replace(/\D/g, ''));
  expect(numSelected).toBeGreaterThan(0);
  await shoot(page, 'lasso');
  await button(selection, t.explore.selection.label).click();
  await page.getByRole('combobox', { name: t.explore.selection.findClass }).fill(kind);
  await page.keyboard.press('Enter');
  await seeGone(labelsShown(page));
  await page.keyboard.press('Control+z');
  await see(labelsShown(page));
}

/** After a restart the lasso's labels can be brought back, and taken away once more. */
async function redoAndUndo(page: Page): Promise<void> {
  await see(labelsShown(page));
  await page.keyboard.press('Control+Shift+z');
  await seeGone(labelsShown(page));
  await page.keyboard.press('Control+z');
  await see(labelsShown(page));
}

async function train(page: Page): Promise<void> {
  await step(page, 'train').click();
  await shoot(page, 'train-before');
  await button(main(page), t.train.start).click();
  await see(main(page).getByText(t.train.result, { exact: true }), jobMs);
  await shoot(page, 'train');
}

/** Opens cells of confused classes and mends the labels that contradict the images, up to `count`; returns how many. */
async function mendLabels(page: Page, count: number): Promise<number> {
  const cells = main(page)
    .getByRole('table')
    .getByRole('button', { name: / taken for .*: [1-9]/ });
  let numMended = 0;
  for (const name of await cells.evaluateAll((all) => all.map((each) => each.getAttribute('aria-label') ?? ''))) {
    if (numMended === count) break;
    await main(page).getByRole('table').getByRole('button', { name, exact: true }).click();
    const [, truth = ''] = /^(.+) taken for /.exec(name) ?? [];
    const wall = main(page).getByRole('list', { name: name.replace(/: .*/, '') });
    await see(wall);
    if (numMended === 0) await shoot(page, 'check-cell');
    // Paths come a moment after the pictures.
    const pictures = wall.getByRole('button', { name: /\/.* taken for / });
    await see(pictures);
    const paths = await pictures.evaluateAll((all) => all.map((each) => (each.getAttribute('aria-label') ?? '').split(', ')[0] ?? ''));
    for (const path of paths) {
      if (numMended === count || kindOf(path) === truth) continue;
      const item = wall.getByRole('listitem').filter({ has: page.getByRole('button', { name: path }) });
      await button(item, t.check.fix).click();
      await page.getByRole('combobox', { name: t.check.fix }).fill(kindOf(path));
      await page.keyboard.press('Enter');
      await see(item.getByText(t.check.relabelled(kindOf(path))));
      numMended++;
    }
  }
  return numMended;
}

async function check(page: Page): Promise<void> {
  await step(page, 'check').click();
  await see(main(page).getByText(t.check.accuracy, { exact: true }));
  // A share with its interval.
  await see(main(page).getByText(/^\D*\d+\.\d to \d+\.\d %/));
  await shoot(page, 'check');
  expect(await mendLabels(page, 2)).toBe(2);
  await see(main(page).getByText(t.check.stale('2')));
  await shoot(page, 'check-mended');
  await button(main(page), t.check.trainAgain).click();
  await see(main(page).getByText(t.app.jobs.cancel));
  // What is exported is the classifier that this makes.
  await seeGone(main(page).getByText(t.app.jobs.cancel), jobMs);
  await seeGone(main(page).getByText(t.check.staleTitle), jobMs);
  await see(main(page).getByText(t.check.confusionText).first(), jobMs);
}

async function exportPackage(page: Page): Promise<void> {
  await step(page, 'export').click();
  await shoot(page, 'export-before');
  await button(main(page), t.export.start).click();
  await see(main(page).getByText(t.export.done), jobMs);
  await see(main(page).getByText(/agrees with the app on (\d+) of \1 images/));
  await shoot(page, 'export');
}

/** What the exported model says of an image: how sure it is of each class. */
async function run(modelPath: string, imagePath: string): Promise<number[]> {
  const { data, info } = await sharp(imagePath).removeAlpha().toColourspace('srgb').raw().toBuffer({ resolveWithObject: true });
  const session = await InferenceSession.create(modelPath);
  const { probabilities } = await session.run({ images: new Tensor('uint8', data, [1, info.height, info.width, 3]) });
  return [...(probabilities?.data as Float32Array)];
}

it.skipIf(chromiumPath === undefined)(
  `gets from ${hasPhotographs ? 'photographs' : 'the sample'} to a verified package that runs`,
  async () => {
    const folder = ownFolder();
    vi.stubEnv('ACCLIMATE_MODELS', weights);
    const find = (pattern: string): string[] => globSync(pattern, { cwd: folder }).map((each) => join(folder, each));
    const browser = await openBrowser();
    const server = await startServer(folder);
    const first = await openWindow(browser, server.address);
    await importImages(first.page, folder);
    await adapt(first.page);
    await explore(first.page);
    const [image = ''] = find(hasPhotographs ? 'blood cells/**/*.jpg' : 'data/**/*.jpg');
    const firstKind = basename(dirname(image));
    await labelSixty(first.page);
    await lassoMost(first.page, firstKind);
    await first.page.close();
    await server.stop();

    const [project = ''] = find('**/*.acclimate');
    const again = await startServer(folder, '--project', project);
    const { page, problems } = await openWindow(browser, again.address);
    await redoAndUndo(page);
    await train(page);
    await check(page);
    await exportPackage(page);
    const [model = ''] = find('**/model.onnx');
    expect(readdirSync(dirname(model))).toEqual(expect.arrayContaining(['labels.json', 'README.md']));
    const probabilities = await run(model, image);
    expect(probabilities).toHaveLength(6);
    expect(probabilities.reduce((sum, each) => sum + each, 0)).toBeCloseTo(1, 3);
    expect([...first.problems, ...problems]).toEqual([]);
    vi.unstubAllEnvs();
  },
  900_000,
);
