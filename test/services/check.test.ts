import { describe, expect, it } from 'vitest';
import { checkHandlers } from '../../electron/services/api/check.ts';
import { trainHandlers } from '../../electron/services/api/train.ts';
import { trainJob } from '../../electron/services/app-jobs/train.ts';
import { latestCheckSummary, readCheck } from '../../electron/services/classifiers/check.ts';
import { unpredictedImages } from '../../electron/services/classifiers/predict-all.ts';
import { featureCandidates, sizesFor } from '../../electron/services/classifiers/train-plan.ts';
import { jobContext, pictureProject } from './labelled-project.ts';
import type { LabelledProject } from './labelled-project.ts';

const request = { finetune: false, flip: false, seed: 1, alongside: null } as const;

async function train({ workspace }: LabelledProject): Promise<string> {
  return await trainJob.run(workspace, request, jobContext());
}

const sum = (matrix: readonly (readonly number[])[]): number => matrix.flat().reduce((total, count) => total + count, 0);

/** 16 labelled images of each of two colours, the last of them labelled wrongly. */
async function crossValidated(): Promise<LabelledProject> {
  const made = await pictureProject({ red: 18, blue: 18 });
  const { labels } = made.workspace.project;
  labels.assign(made.ids('red').slice(0, 16), made.classId('red'));
  labels.assign(made.ids('blue').slice(0, 16), made.classId('blue'));
  labels.assign([made.ids('red')[15]!], made.classId('blue'));
  return made;
}

describe('check', () => {
  it('by cross-validation lists a wrong label among the most confident mistakes', async () => {
    const made = await crossValidated();
    expect(readCheck(made.workspace)).toBeNull();
    const outcome = await train(made);
    const check = readCheck(made.workspace)!;
    expect(outcome).toContain(
      'Learnt 2 classes from 32 labels; 97 % right of the images you chose to label, which says little of the others',
    );
    expect(check).toMatchObject({ basis: 'chosen', isStale: false, numImages: 32, numLabels: 32, gain: null, verdict: null, audit: null });
    expect(check.basisNote).toContain('no random sample');
    expect(check.basisNote).toContain('this project keeps 0');
    expect(sum(check.confusion)).toBe(32);
    expect(check.classes.map(({ name, colour }) => [name, colour])).toEqual([
      ['red', '#cc0000'],
      ['blue', '#0000cc'],
    ]);
    expect(check.accuracy.estimate).toBeCloseTo(31 / 32);
    for (const { low, estimate, high } of [check.accuracy, check.macroF1, ...check.arms.map((arm) => arm.accuracy)]) {
      expect(low).toBeLessThanOrEqual(estimate);
      expect(high).toBeGreaterThanOrEqual(estimate);
    }
    const { truth, predicted, confidence, imageIds } = check.cases;
    const mistakes = [...imageIds.keys()].filter((i) => truth[i] !== predicted[i]).sort((a, b) => confidence[b]! - confidence[a]!);
    expect(imageIds[mistakes[0]!]).toBe(made.ids('red')[15]);
    expect(confidence[mistakes[0]!]).toBeGreaterThan(0.8);
    expect(check.perClass[1]).toMatchObject({ precision: 1, recall: 16 / 17, support: 17 });
    expect(unpredictedImages(made.workspace, check.modelId)).toHaveLength(0);
  });

  it('is stale once a label changes, and not when that is undone; the earlier classifier keeps its own', async () => {
    const made = await crossValidated();
    await train(made);
    const first = readCheck(made.workspace)!;
    expect(latestCheckSummary(made.workspace)).toEqual({
      modelId: first.modelId,
      accuracy: first.accuracy,
      basis: 'chosen',
      isStale: false,
      numLabels: first.numLabels,
    });
    const { labels } = made.workspace.project;
    labels.assign([made.ids('red')[15]!], made.classId('red'));
    expect(readCheck(made.workspace)!.isStale).toBe(true);
    labels.undo();
    expect(readCheck(made.workspace)!.isStale).toBe(false);
    labels.redo();
    await train(made);
    const second = readCheck(made.workspace)!;
    expect(second.modelId).not.toBe(first.modelId);
    expect(second).toMatchObject({ isStale: false, accuracy: { estimate: 1 } });
    expect(readCheck(made.workspace, first.modelId)).toMatchObject({ isStale: true, accuracy: first.accuracy });
    // Back at the earlier labels, the newest classifier is of those.
    labels.undo();
    await train(made);
    expect(readCheck(made.workspace)).toMatchObject({ isStale: false, accuracy: first.accuracy });
  });

  it('on images kept apart once 30 of them are labelled, with both arms where a network was adapted', async () => {
    const made = await pictureProject({ red: 30, blue: 30 });
    const { project } = made.workspace;
    const [base] = project.models.list();
    const weights = project.models.weights(base!.id);
    project.models.add({ ...base!, name: 'adapted', kind: 'adapted', parentId: base!.id, method: 'byol', weights });
    const test = [...made.ids('red').slice(0, 16), ...made.ids('blue').slice(0, 16)];
    project.splits.assign('audit', 'test', test);
    project.labels.assign(made.ids('red').slice(0, 26), made.classId('red'));
    project.labels.assign([...made.ids('blue').slice(0, 13), ...made.ids('blue').slice(16, 26)], made.classId('blue'));
    await train(made);
    expect(readCheck(made.workspace)).toMatchObject({ basis: 'chosen', numImages: 20, audit: { numImages: 29 } });
    expect(readCheck(made.workspace)!.basisNote).toContain('Label about 1 more of the 32 images kept apart');
    project.labels.assign([made.ids('blue')[13]!], made.classId('blue'));
    expect(readCheck(made.workspace)!.basisNote).toContain('train again for an honest number');
    await train(made);
    const check = readCheck(made.workspace)!;
    expect(check).toMatchObject({ basis: 'held-out', isStale: false, numImages: 30, numLabels: 20 });
    expect(sum(check.confusion)).toBe(30);
    expect([...check.cases.imageIds].every((id) => test.includes(id))).toBe(true);
    expect(check.cases.confidence.every((share) => share >= 0.5 && share <= 1)).toBe(true);
    expect(check.arms.map((arm) => arm.name)).toEqual(['unadapted', 'adapted']);
    // The weights are the same.
    expect(check.gain).toMatchObject({ estimate: 0 });
    expect(check.verdict).toContain('No difference shown');
  });
});

describe('check.read', () => {
  it('stays stale where a label changed during the training, also when that is undone', async () => {
    const made = await crossValidated();
    const { labels } = made.workspace.project;
    let told = false;
    const once = (): void => {
      if (!told) labels.assign([made.ids('red')[0]!], made.classId('blue'));
      told = true;
    };
    await trainJob.run(made.workspace, request, { ...jobContext(), onChanged: once });
    labels.undo();
    const check = readCheck(made.workspace)!;
    expect(check.confusion[1]!.reduce((all, count) => all + count, 0)).toBe(18);
    expect(check.isStale).toBe(true);
  });

  it('is left out where the classes were merged during the training, and the predictions are there all the same', async () => {
    const made = await crossValidated();
    const { labels } = made.workspace.project;
    let told = false;
    const merge = (): void => {
      if (!told) labels.mergeClasses(made.classId('red'), made.classId('blue'));
      told = true;
    };
    const outcome = await trainJob.run(made.workspace, request, { ...jobContext(), onChanged: merge });
    expect(outcome).toBe('Learnt 2 classes from 32 labels; not checked, because labels changed meanwhile. Train again.');
    expect(readCheck(made.workspace)).toBeNull();
    const { id } = made.workspace.project.models.list().at(-1)!;
    expect(unpredictedImages(made.workspace, id)).toHaveLength(0);
  });

  it('refuses what is no classifier', async () => {
    const { host, workspace } = await pictureProject({ red: 1 });
    const { id } = workspace.project.models.list()[0]!;
    const handlers = checkHandlers(host);
    expect(handlers['check.read']({})).toBeNull();
    expect(() => handlers['check.read']({ modelId: id })).toThrow('is not a classifier');
    expect(() => handlers['check.read']({ modelId: 99 })).toThrow('There is no model number 99');
  });
});

describe('train.start', () => {
  it('says at once what is missing', async () => {
    const { host, workspace, ids, classId } = await pictureProject({ red: 3, blue: 3 });
    const start = async (): Promise<unknown> => await trainHandlers(host)['train.start'](request);
    const { labels, models } = workspace.project;
    await expect(start()).rejects.toThrow('no labels to learn from');
    labels.assign(ids('red').slice(0, 1), classId('red'));
    await expect(start()).rejects.toThrow('of one class');
    labels.assign(ids('blue').slice(0, 1), classId('blue'));
    await expect(start()).rejects.toThrow('No class has two labels');
    labels.assign(ids('blue').slice(0, 2), classId('blue'));
    await start();
    expect(host.started).toEqual([{ kind: 'train', request }]);
    models.remove(models.list()[0]!.id);
    await expect(start()).rejects.toThrow('no network to learn with');
  });
});

describe('sizes of features', () => {
  it('suit the images', async () => {
    expect(sizesFor([128, 160, 224], 640)).toEqual([128, 160, 224]);
    expect(sizesFor([128, 160, 224], 64)).toEqual([128]);
    expect(sizesFor([160, 224], 28)).toEqual([64]);
    expect(sizesFor([160, 224], null)).toEqual([160, 224]);
    const { workspace } = await pictureProject({ red: 2 });
    expect(featureCandidates(workspace)).toEqual([{ modelId: 1, px: 64 }]);
  });
});
