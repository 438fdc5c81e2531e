import { describe, expect, it } from 'vitest';
import { adaptDefaults, adaptModel } from '../../electron/services/adaptation/adapt-model.ts';
import { judgeAdaptation } from '../../electron/services/adaptation/judge-adaptation.ts';
import { trainingOf } from '../../electron/services/adaptation/model-views.ts';
import { storedVerdict } from '../../electron/services/adaptation/stored-verdict.ts';
import { trainClassifier } from '../../electron/services/classifiers/train-classifier.ts';
import { featureCandidates } from '../../electron/services/classifiers/train-plan.ts';
import { embedImages } from '../../electron/services/mapping/embed-images.ts';
import { pictureProject } from './labelled-project.ts';

const quiet = { signal: new AbortController().signal, onProgress: () => undefined };
const request = { ...adaptDefaults, baseId: 1, method: 'byol', px: 32, batch: 8, budget: { steps: 20 } } as const;

describe('the verdict on an adaptation', () => {
  it('is open without labels, and says what can be seen and that it is no proof', async () => {
    const { workspace } = await pictureProject({ red: 12, blue: 12 });
    const report = await adaptModel(workspace, request);
    const verdict = await judgeAdaptation(workspace, report.modelId, report.health, quiet);
    expect(verdict).toMatchObject({ outcome: 'unproven', difference: null, uses: 'adapted', numLabels: 0 });
    expect(verdict.words).toMatch(/no labels.*nearest neighbours.*None of this proves/s);
    expect(workspace.project.embeddings.sizes(report.modelId)).toEqual([]);
    const training = trainingOf(workspace, report.modelId)!;
    expect(training.verdict).toEqual(verdict);
    expect(training.kept.map(({ progress }) => progress)).toEqual([0, 0.1, 0.25, 0.5, 1]);
    expect(training.kept.at(-1)).toMatchObject({ isChosen: true, accuracy: null });
    expect(training.keptNote).toMatch(/at the end/);
  });

  it('compares both at their best size where there are labels, and training renews it', async () => {
    const { workspace, ids, classId } = await pictureProject({ red: 20, blue: 20, green: 16 });
    const { project } = workspace;
    for (const name of ['red', 'blue', 'green']) project.labels.assign(ids(name).slice(0, 8), classId(name));
    const report = await adaptModel(workspace, request);
    const verdict = await judgeAdaptation(workspace, report.modelId, report.health, quiet);
    expect(verdict.outcome).not.toBe('unproven');
    expect(verdict.numLabels).toBe(24);
    expect(verdict.difference!.low).toBeLessThanOrEqual(verdict.difference!.estimate);
    expect([verdict.adapted!.px, verdict.unadapted!.px]).toEqual([64, 64]);
    expect(verdict.words).toContain(`used: "${verdict.uses}, 64 px"`);
    project.labels.assign(ids('red').slice(8, 12), classId('red'));
    const candidates = featureCandidates(workspace);
    for (const { modelId, px } of candidates) await embedImages(workspace, modelId, px);
    await trainClassifier(workspace, { candidates, finetuneSteps: 0, alongside: null, flip: false, seed: 0 });
    expect(storedVerdict(project.models.get(report.modelId))!.numLabels).toBe(28);
  });

  it('is open with labels of one class', async () => {
    const { workspace, ids, classId } = await pictureProject({ red: 24 });
    workspace.project.labels.assign(ids('red'), classId('red'));
    const report = await adaptModel(workspace, { ...request, budget: { steps: 2 } });
    expect((await judgeAdaptation(workspace, report.modelId, report.health, quiet)).outcome).toBe('unproven');
  });
});

it('says that it was made worse where the network at the start was kept', async () => {
  const { workspace, ids, classId } = await pictureProject({ red: 20, blue: 20 });
  for (const name of ['red', 'blue']) workspace.project.labels.assign(ids(name), classId(name));
  const report = await adaptModel(workspace, { ...request, budget: { steps: 2 } });
  const points = [0.91, 0.84].map((accuracy, i) => ({ step: 2 * i, progress: i, accuracy, brierScore: 0.1 + i / 10, hasAlarm: false }));
  workspace.project.models.setMetrics(report.modelId, { ...report, kept: { points, chosen: 0 } });
  const verdict = await judgeAdaptation(workspace, report.modelId, report.health, quiet);
  expect(verdict).toMatchObject({ outcome: 'worse', uses: 'unadapted', difference: null });
  expect(verdict.words).toMatch(/84 % right at the end against 91 %/);
});

describe('labels at hand', () => {
  it('choose among the networks kept on the way', async () => {
    const { workspace, ids, classId } = await pictureProject({ red: 30, blue: 30 });
    for (const name of ['red', 'blue']) workspace.project.labels.assign(ids(name).slice(0, 26), classId(name));
    const { kept, health } = await adaptModel(workspace, request);
    expect(kept!.points.every(({ accuracy }) => accuracy !== null)).toBe(true);
    const best = Math.min(...kept!.points.map(({ brierScore }) => brierScore!));
    expect(kept!.points[kept!.chosen]!.brierScore).toBe(best);
    expect(health.filter(({ labelAccuracy }) => labelAccuracy !== null).length).toBeGreaterThanOrEqual(5);
  });
});
