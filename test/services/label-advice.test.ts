import { describe, expect, it } from 'vitest';
import { trainJob } from '../../electron/services/app-jobs/train.ts';
import { adviceHandlers } from '../../electron/services/api/advice.ts';
import { adviseLabels, readAdvice } from '../../electron/services/labelling/label-advice.ts';
import { predictionSteadiness } from '../../electron/services/labelling/prediction-steadiness.ts';
import { jobContext, pictureProject } from './labelled-project.ts';

const request = { finetune: false, flip: false, seed: 1, alongside: null } as const;

describe('advice on further labels', () => {
  it('is null before a training, comes with one, and is stale once labels change', async () => {
    const made = await pictureProject({ red: 20, blue: 20, green: 3 });
    const { workspace, ids, classId, host } = made;
    const { labels } = workspace.project;
    const read = () => adviceHandlers(host)['advice.read']({});
    expect(read()).toBeNull();
    await expect(adviseLabels(workspace, {}, jobContext())).rejects.toThrow('Train a classifier first');
    labels.assign(ids('red').slice(0, 18), classId('red'));
    labels.assign(ids('blue').slice(0, 18), classId('blue'));
    await trainJob.run(workspace, request, jobContext());
    const first = readAdvice(workspace)!;
    expect(first).toMatchObject({ numLabels: 36, isStale: false, verdict: 'go-on', headline: 'Go on' });
    expect(first.words).toContain('green (0)');
    expect(first.needs[0]).toMatchObject({ name: 'green', numLabels: 0, recall: null, colour: '#00cc00' });
    expect(first.needs).toHaveLength(3);
    expect(first.forecast!.measured.map((each) => each.numLabels)).toEqual([6, 9, 13, 19, 28]);
    expect(first.forecast!.now.estimate).toBeGreaterThan(0.9);
    expect(first.forecast!.curve.at(-1)!.numLabels).toBeGreaterThan(86);
    labels.assign(ids('red').slice(18), classId('red'));
    expect(readAdvice(workspace)!.isStale).toBe(true);
    labels.undo();
    expect(readAdvice(workspace)!.isStale).toBe(false);
  });

  it('says to stop once three trainings in a row predict the same, each on more labels', async () => {
    const { workspace, ids, classId } = await pictureProject({ red: 20, blue: 20 });
    const { labels } = workspace.project;
    for (const count of [8, 10, 12, 14]) {
      labels.assign(ids('red').slice(0, count), classId('red'));
      labels.assign(ids('blue').slice(0, count), classId('blue'));
      await trainJob.run(workspace, request, jobContext());
    }
    expect(predictionSteadiness(workspace)).toEqual([1, 1, 1]);
    expect(readAdvice(workspace)).toMatchObject({ verdict: 'stop', headline: 'You can stop', steadiness: [1, 1, 1] });
    // Training again on the same number of labels is no round.
    await trainJob.run(workspace, { ...request, seed: 2 }, jobContext());
    expect(predictionSteadiness(workspace)).toHaveLength(3);
  });

  it('asks for five of each class while there are too few for a curve', async () => {
    const { workspace, ids, classId } = await pictureProject({ red: 3, blue: 3 });
    workspace.project.labels.assign(ids('red'), classId('red'));
    workspace.project.labels.assign(ids('blue'), classId('blue'));
    await trainJob.run(workspace, request, jobContext());
    const advice = readAdvice(workspace)!;
    expect(advice).toMatchObject({ verdict: 'too-early', forecast: null });
    expect(advice.words).toContain('red (3), blue (3)');
  });
});
