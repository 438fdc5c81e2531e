import { afterEach, describe, expect, it, vi } from 'vitest';
import { createFakeBridge } from '../../../renderer/api/fake-bridge.ts';
import type { FakeBridge } from '../../../renderer/api/fake-bridge.ts';
import { App } from '../../../renderer/state/app.svelte.ts';
import { positionOf, withClasses } from '../../../renderer/state/columns.ts';
import { Selection } from '../../../renderer/state/selection.svelte.ts';
import { stepsOf } from '../../../renderer/state/steps.ts';

const controllers: AbortController[] = [];
afterEach(() => {
  for (const controller of controllers.splice(0)) controller.abort();
});

async function started(bridge: FakeBridge): Promise<App> {
  const app = new App(bridge, { isMac: false });
  const controller = new AbortController();
  controllers.push(controller);
  await app.start(controller.signal);
  return app;
}

describe('App', () => {
  it('loads the open project, and nothing where none is open', async () => {
    const app = await started(createFakeBridge({ numImages: 40 }));
    expect(app.project?.counts.ok).toBe(40);
    expect(app.columns?.ids).toHaveLength(40);
    const closed = await started(createFakeBridge({ isClosed: true }));
    expect(closed.project).toBeNull();
    expect(closed.columns).toBeNull();
  });

  it('shows a label only once the engine has it, and in every place at once', async () => {
    const bridge = createFakeBridge({ numImages: 40, numLabelled: 4 });
    const app = await started(bridge);
    const pending = app.assign([11, 12], 2);
    expect(app.classOf(11)).toBeNull();
    expect(await pending).toBe(true);
    expect(app.classOf(11)?.id).toBe(2);
    expect(bridge.project.labels.get(12)).toBe(2);
    const counts = app.project?.counts;
    expect((counts?.labelled ?? 0) + (counts?.labelledForTest ?? 0)).toBe(6);
    expect(app.project?.history.undo).toBe('assign');
    await app.undo();
    expect(app.classOf(11)).toBeNull();
    await app.redo();
    expect(app.classOf(12)?.id).toBe(2);
  });

  it('says so and changes nothing where a label cannot be saved', async () => {
    const bridge = createFakeBridge({ numImages: 40, numLabelled: 4 });
    const app = await started(bridge);
    vi.spyOn(bridge.api, 'call').mockRejectedValueOnce(new Error('The disk is full.'));
    expect(await app.assign([20], 1)).toBe(false);
    expect(app.classOf(20)).toBeNull();
    expect(app.toasts.toasts.at(-1)?.message).toBe('The disk is full.');
  });

  it('takes labels in that others gave', async () => {
    const bridge = createFakeBridge({ numImages: 40, numLabelled: 4 });
    const app = await started(bridge);
    const before = app.labelsVersion;
    bridge.project.change('import', new Map([[30, 3]]));
    expect(app.classOf(30)?.id).toBe(3);
    expect(app.labelsVersion).toBeGreaterThan(before);
  });

  it('takes a change of its own in once, though the event tells of it as well', async () => {
    const bridge = createFakeBridge({ numImages: 40, numLabelled: 4 });
    const app = await started(bridge);
    const before = app.labelsVersion;
    await app.assign([20], 1);
    expect(app.labelsVersion).toBe(before + 1);
    bridge.project.change('assign', new Map([[20, 2]]));
    expect(app.classOf(20)?.id).toBe(2);
    expect(app.labelsVersion).toBe(before + 2);
  });

  it('finds a class by its name in any normalisation and makes it where there is none', async () => {
    const app = await started(createFakeBridge({ numImages: 10 }));
    const made = await app.ensureClass('Prüfling');
    expect(await app.ensureClass('Pru\u0308fling')).toEqual(expect.objectContaining({ id: made?.id }));
    expect(app.project?.classes.filter(({ name }) => name === 'Prüfling')).toHaveLength(1);
  });

  it('hands a jump to its view once', async () => {
    const app = await started(createFakeBridge({ numImages: 10 }));
    app.jumpTo({ to: 'label', clusterId: 3 });
    expect(app.view).toBe('label');
    expect(app.takeJump('images')).toBeNull();
    expect(app.takeJump('label')?.clusterId).toBe(3);
    expect(app.takeJump('label')).toBeNull();
  });
});

describe('columns', () => {
  it('finds every id and no other', () => {
    const ids = Int32Array.of(2, 3, 7, 11);
    expect([...ids].map((id) => positionOf(ids, id))).toEqual([0, 1, 2, 3]);
    expect([0, 1, 5, 12].map((id) => positionOf(ids, id))).toEqual([-1, -1, -1, -1]);
    expect(positionOf(new Int32Array(0), 1)).toBe(-1);
  });

  it('replaces classes without touching the old columns', async () => {
    const { columns } = await started(createFakeBridge({ numImages: 5 }));
    const next = columns && withClasses(columns, Int32Array.of(2, 99), Int32Array.of(4, 4));
    expect([...(next?.classIds ?? [])]).toEqual([0, 4, 0, 0, 0]);
    expect([...(columns?.classIds ?? [])]).toEqual([0, 0, 0, 0, 0]);
  });
});

describe('Selection', () => {
  it('extends from the anchor in the order shown, both ways', () => {
    const selection = new Selection();
    const order = Int32Array.of(5, 4, 3, 2, 1);
    selection.only(4);
    selection.extendTo(2, order);
    expect([...selection.ids]).toEqual([4, 3, 2]);
    selection.extendTo(5, order);
    expect([...selection.ids]).toEqual([5, 4]);
    selection.toggle(1);
    selection.extendTo(2, order, true);
    expect([...selection.ids].sort()).toEqual([1, 2, 4, 5]);
  });
});

describe('stepsOf', () => {
  it('leads a newcomer from images to the export, one next step at a time', () => {
    const nextOf = (options: Parameters<typeof createFakeBridge>[0]): string | undefined => {
      const view = createFakeBridge(options).project.view();
      return view === null ? undefined : stepsOf(view, []).find(({ status }) => status === 'next')?.id;
    };
    expect(nextOf({ numImages: 0 })).toBe('images');
    expect(nextOf({ numImages: 40 })).toBe('adapt');
    expect(nextOf({ numImages: 400, numLabelled: 12 })).toBe('label');
    expect(nextOf({ numImages: 400, numLabelled: 120 })).toBe('train');
    expect(nextOf({ numImages: 400, numLabelled: 120, isFinished: true })).toBe('export');
  });

  it('tells of what was adapted, not of what a student has learnt', () => {
    const view = createFakeBridge({ numImages: 400, numLabelled: 120, isFinished: true }).project.view()!;
    const adapted = view.models.find(({ kind }) => kind === 'adapted')!;
    const student = { ...adapted, id: 99, method: 'distil' };
    const text = (models: typeof view.models) => stepsOf({ ...view, models }, []).find(({ id }) => id === 'adapt')?.text;
    expect(text([...view.models, student])).toBe('Adapted with BYOL');
    expect(text([student])).not.toMatch(/DISTIL/);
  });

  it('says that figures are of other labels as soon as one is given, and asks whether undo has mended that', async () => {
    const bridge = createFakeBridge({ numImages: 400, numLabelled: 120, isFinished: true });
    const app = await started(bridge);
    const standing = (id: string) => app.steps.find((step) => step.id === id);
    expect(standing('train')).toMatchObject({ text: 'Trained on 96 labels', status: 'done' });
    await app.assign([201], 1);
    expect([standing('train')?.status, standing('check')?.status]).toEqual(['warning', 'warning']);
    await app.undo();
    await vi.waitFor(() => expect(standing('check')?.status).toBe('done'));
  });

  it('shows a running job at its step', async () => {
    const bridge = createFakeBridge({ numImages: 40 });
    const app = await started(bridge);
    await app.call('adapt.start', { baseRef: 'scratch:tiny', method: 'byol', budget: { minutes: 1 }, px: 32, normOnly: false, seed: 0 });
    const step = app.steps.find(({ id }) => id === 'adapt');
    expect(step?.status).toBe('running');
    expect(step?.share).toBeCloseTo(0.3);
  });
});
