import { afterEach, expect, it } from 'vitest';
import { createFakeBridge } from '../../../renderer/api/fake-bridge.ts';
import { App } from '../../../renderer/state/app.svelte.ts';
import { Explore } from '../../../renderer/views/explore/explore.svelte.ts';

const controllers: AbortController[] = [];
afterEach(() => {
  for (const controller of controllers.splice(0)) controller.abort();
});

async function started(): Promise<App> {
  const app = new App(createFakeBridge({ numImages: 60, isFinished: true }), { isMac: false });
  const controller = new AbortController();
  controllers.push(controller);
  await app.start(controller.signal);
  return app;
}

it('finds everything as one left it', async () => {
  const app = await started();
  const before = new Explore(app);
  const camera = { x: 0.2, y: -0.1, scale: 900 };
  before.tab = 'outliers';
  before.setColourMode('class');
  before.chooseNext();
  before.keepPlace();
  before.keepCamera(camera);
  const after = new Explore(app);
  expect([after.tab, after.colourMode, after.choice?.key]).toEqual(['outliers', 'class', before.choice?.key]);
  expect(after.firstCamera).toEqual(camera);
});

it('looks at all of a map that is another than the one that was left', async () => {
  const app = await started();
  const before = new Explore(app);
  expect(before.choices.length).toBeGreaterThan(1);
  before.choose(before.choices[0]!.key);
  before.keepCamera({ x: 0.2, y: -0.1, scale: 900 });
  const after = new Explore(app);
  after.choose(before.choices[1]!.key);
  expect(after.firstCamera).toBeNull();
});
