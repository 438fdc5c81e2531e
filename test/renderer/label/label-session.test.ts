import { afterEach, describe, expect, it, vi } from 'vitest';
import { createFakeBridge } from '../../../renderer/api/fake-bridge.ts';
import type { FakeBridge } from '../../../renderer/api/fake-bridge.ts';
import { App } from '../../../renderer/state/app.svelte.ts';
import { LabelSession } from '../../../renderer/views/label/label-session.svelte.ts';

const controllers: AbortController[] = [];
afterEach(() => {
  for (const controller of controllers.splice(0)) controller.abort();
});

async function sitting(bridge: FakeBridge = createFakeBridge({ numImages: 200, numLabelled: 12 })) {
  const app = new App(bridge, { isMac: false });
  const controller = new AbortController();
  controllers.push(controller);
  await app.start(controller.signal);
  let now = 0;
  const session = new LabelSession(app, () => (now += 10_000));
  session.start(controller.signal);
  await vi.waitFor(() => expect(session.items.length).toBeGreaterThan(0));
  const shown = () => session.current?.imageId;
  const classAt = (i: number) => app.project!.classes[i]!;
  return { app, bridge, session, shown, classAt };
}

describe('LabelSession', () => {
  it('goes on only once the label is in the file', async () => {
    const { bridge, session, shown, classAt } = await sitting();
    expect(shown()).toBe(13);
    const pending = session.assign(classAt(1));
    expect(shown()).toBe(13);
    expect(await session.assign(classAt(0))).toBe(false);
    expect(await pending).toBe(true);
    expect(bridge.project.labels.get(13)).toBe(2);
    expect(shown()).toBe(14);
    expect(bridge.project.labels.has(14)).toBe(false);
  });

  it('stays on an image whose label could not be saved', async () => {
    const { bridge, session, shown, classAt } = await sitting();
    vi.spyOn(bridge.api, 'call').mockRejectedValueOnce(new Error('The disk is full.'));
    expect(await session.assign(classAt(1))).toBe(false);
    expect(shown()).toBe(13);
    expect(session.unsaved?.id).toBe(2);
    expect(session.numLabelled).toBe(0);
    expect(await session.assign(classAt(1))).toBe(true);
    expect(session.unsaved).toBeNull();
  });

  it('returns to the image on undo, wherever it is asked for, and goes on again on redo', async () => {
    const { app, session, shown, classAt } = await sitting();
    await session.assign(classAt(0));
    await session.assign(classAt(0));
    expect(shown()).toBe(15);
    await session.undo();
    expect(shown()).toBe(14);
    expect(session.numLabelled).toBe(1);
    await app.undo();
    expect(shown()).toBe(13);
    await session.redo();
    expect(shown()).toBe(14);
    expect(app.classOf(13)?.id).toBe(1);
  });

  it('takes a skip and an exclusion back as well', async () => {
    const { bridge, session, shown } = await sitting();
    session.skip();
    await session.exclude();
    expect(bridge.project.excluded.has(14)).toBe(true);
    expect(shown()).toBe(15);
    await session.undo();
    expect(shown()).toBe(14);
    expect(bridge.project.excluded.has(14)).toBe(false);
    await session.undo();
    expect(shown()).toBe(13);
    expect(bridge.project.labels.size).toBe(12);
  });

  it('corrects a label after going back, then shows the next that waits', async () => {
    const { bridge, session, shown, classAt } = await sitting();
    await session.assign(classAt(0));
    await session.assign(classAt(0));
    session.previous();
    session.previous();
    expect(shown()).toBe(13);
    await session.assign(classAt(3));
    expect(bridge.project.labels.get(13)).toBe(4);
    expect(shown()).toBe(15);
  });

  it('tops up, shows no image twice, and drops what is labelled elsewhere', async () => {
    const { bridge, session, shown, classAt } = await sitting();
    bridge.project.change('import', new Map([[14, 2]]));
    const seen: number[] = [];
    while (shown() !== undefined) {
      seen.push(shown()!);
      if (seen.length % 7 === 0) session.skip();
      else await session.assign(classAt(0));
      await vi.waitFor(() => expect(session.isLoading).toBe(false));
    }
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen).not.toContain(14);
    expect(seen).toHaveLength(187);
    session.bringBackSkipped();
    await vi.waitFor(() => expect(shown()).toBe(seen[6]));
  });

  it('labels a wall but for what is struck out, as one change', async () => {
    const { bridge, session, classAt } = await sitting();
    session.setMode('wall');
    await vi.waitFor(() => expect(session.wall.ids).toHaveLength(24));
    const { ids } = session.wall;
    // Every fifth image is kept apart.
    expect(ids.filter((id) => id % 5 === 0)).toEqual([]);
    expect(session.wall.numLeftOut).toBeGreaterThan(0);
    session.wall.toggle(2);
    await session.assign(classAt(1));
    expect(bridge.project.labels.size).toBe(12 + 23);
    expect(bridge.project.labels.has(ids[2]!)).toBe(false);
    await vi.waitFor(() => expect(session.wall.isLoading).toBe(false));
    expect(session.wall.ids).not.toContain(ids[0]);
    await session.undo();
    expect(bridge.project.labels.size).toBe(12);
  });

  it('takes exactly the images of a jump, labelled ones too', async () => {
    const { session, shown, classAt } = await sitting();
    session.takeJump({ to: 'label', imageIds: [5, 91] });
    expect(shown()).toBe(5);
    await session.assign(classAt(2));
    expect(shown()).toBe(91);
    await session.assign(classAt(2));
    expect(session.current).toBeNull();
  });

  it('leaves images kept apart out of a choice, unless it is a random one', async () => {
    const { session } = await sitting();
    session.takeJump({ to: 'label', imageIds: [20, 21, 25] });
    expect(session.items.map(({ imageId }) => imageId)).toEqual([21]);
    expect(session.explanation).toContain('2 kept apart');
    session.takeJump({ to: 'label', imageIds: [20, 21, 25], isRandom: true });
    expect(session.items.map(({ imageId }) => imageId)).toEqual([20, 21, 25]);
  });

  it('shows an image kept apart by itself where the wall would begin with it', async () => {
    const { session } = await sitting();
    session.takeJump({ to: 'label', imageIds: [20, 21], isRandom: true });
    session.setMode('wall');
    await vi.waitFor(() => expect(session.wall.ids).toEqual([20]));
  });

  it('stays where it is when a class comes back, since nobody labelled just its images', async () => {
    const { app, session, shown, classAt } = await sitting();
    await app.call('classes.remove', { id: classAt(2).id });
    const before = shown();
    await session.undo();
    expect(app.project?.history.redo).toBe('remove-class');
    expect(shown()).toBe(before);
  });

  it('chooses afresh after some labels, but for what is in sight', async () => {
    const { bridge, session, classAt } = await sitting();
    const numAsked = () => bridge.calls.filter(({ name }) => name === 'labels.queue').length;
    const before = numAsked();
    for (let i = 0; i < 9; i++) await session.assign(classAt(0));
    expect(numAsked()).toBe(before);
    const inSight = session.upcoming.slice(0, 4);
    const next = session.upcoming[0]!.imageId;
    await session.assign(classAt(0));
    expect(session.current?.imageId).toBe(next);
    await vi.waitFor(() => expect(numAsked()).toBe(before + 1));
    await vi.waitFor(() => expect(session.upcoming).toHaveLength(54));
    expect(session.upcoming.slice(0, 3)).toEqual(inSight.slice(1));
    expect(new Set(session.items.map(({ imageId }) => imageId)).size).toBe(session.items.length);
  });

  it('accepts a suggestion as one', async () => {
    const { bridge, session } = await sitting();
    await session.accept();
    expect(bridge.calls.findLast(({ name }) => name === 'labels.assign')?.input).toMatchObject({ ids: [13], isSuggestion: true });
  });
});
