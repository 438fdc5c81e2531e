import { describe, expect, it } from 'vitest';
import { trainClassifier } from '../../electron/services/classifiers/train-classifier.ts';
import { featureCandidates } from '../../electron/services/classifiers/train-plan.ts';
import { labelWeights } from '../../electron/services/labelling/label-weights.ts';
import { embedImages } from '../../electron/services/mapping/embed-images.ts';
import { pictureProject } from './labelled-project.ts';

describe('labels given in bulk', () => {
  it('count half in training until they were looked at, and then a training is no repetition', async () => {
    const { workspace, ids, classId } = await pictureProject({ red: 12, blue: 12 });
    const { labels, labelReviews, models } = workspace.project;
    labels.assign(ids('red').slice(0, 6), classId('red'));
    labels.assign(ids('blue'), classId('blue'));
    const inBulk = ids('red').slice(6);
    labels.assign(inBulk, classId('red'), 'bulk');
    const all = Int32Array.from([...ids('red'), ...ids('blue')]);
    const weightSum = (): number => labelWeights(workspace, all).reduce((sum, weight) => sum + weight, 0);
    expect(weightSum()).toBe(24 - 6 / 2);

    const candidates = featureCandidates(workspace);
    for (const { modelId, px } of candidates) await embedImages(workspace, modelId, px);
    const train = async (): Promise<number> =>
      (await trainClassifier(workspace, { candidates, finetuneSteps: 0, alongside: null, flip: false, seed: 1 })).modelId;
    const first = await train();
    expect(await train()).toBe(first);
    labelReviews.confirm(inBulk);
    expect(weightSum()).toBe(24);
    const second = await train();
    expect(second).not.toBe(first);
    expect(models.weights(first)).not.toEqual(models.weights(second));
  });
});
