import { describe, expect, it } from 'vitest';
import { createFakeBridge } from '../../../renderer/api/fake-bridge.ts';
import { App } from '../../../renderer/state/app.svelte.ts';
import { AdaptSetup } from '../../../renderer/views/adapt/adapt-setup.svelte.ts';

async function made() {
  const bridge = createFakeBridge();
  const app = new App(bridge, { isMac: false });
  await app.start(new AbortController().signal);
  const setup = new AdaptSetup(app);
  await setup.load();
  const inputs = (name: string): unknown[] => bridge.calls.filter((call) => call.name === name).map(({ input }) => input);
  return { app, setup, inputs };
}

describe('what is about to be adapted', () => {
  it('is the plan until something else is chosen', async () => {
    const { setup } = await made();
    expect([setup.baseRef, setup.method, setup.px, setup.minutes, setup.normOnly]).toEqual(['scratch:resnet18', 'byol', 96, 10, false]);
    expect(setup.times).toBeCloseTo(82.5);
    expect(setup.isChanged).toBe(false);
  });

  it('starts as chosen', async () => {
    const { app, setup, inputs } = await made();
    setup.choose({ method: 'diet' });
    setup.choose({ minutes: 20, normOnly: true });
    setup.choose({ augmentation: { preset: 'documents', blur: false }, stopAtPlateau: false });
    await setup.start();
    expect(inputs('adapt.start')).toEqual([
      {
        ...{ baseRef: 'scratch:resnet18', method: 'diet', px: 96, normOnly: true, budget: { minutes: 20 }, seed: 0 },
        ...{ augmentation: { preset: 'documents', blur: false }, stopAtPlateau: false },
      },
    ]);
    expect(app.jobs.activeOf('adapt')?.status).toBe('running');
  });

  it('plans anew only for what the plan depends on', async () => {
    const { setup, inputs } = await made();
    setup.choose({ minutes: 5 });
    expect(inputs('adapt.plan')).toHaveLength(1);
    setup.choose({ px: 128 });
    await setup.load();
    expect(inputs('adapt.plan').at(-1)).toEqual({ px: 128 });
  });

  it('alters images as the method does until told otherwise, and again when told so', async () => {
    const { setup, inputs } = await made();
    expect(setup.augmentation).toBeNull();
    setup.choose({ augmentation: { preset: 'photos' } });
    expect([setup.augmentation, setup.isChanged]).toEqual([{ preset: 'photos' }, true]);
    setup.choose({ augmentation: undefined });
    expect([setup.augmentation, setup.isChanged]).toEqual([null, false]);
    await setup.start();
    expect(inputs('adapt.start').at(-1)).toMatchObject({ augmentation: null, stopAtPlateau: true });
  });

  it('goes back to the plan, also where the base is gone', async () => {
    const { setup } = await made();
    setup.choose({ minutes: 60 });
    setup.reset();
    expect(setup.minutes).toBe(10);
    setup.choose({ baseRef: 'model:99' });
    await setup.load();
    expect(setup.baseRef).toBe('scratch:resnet18');
  });
});
