/** From the labels to a classifier, its check, and its predictions of every image. */
import { z } from 'zod';
import type { CheckBasis } from '../../contract/domain.ts';
import { AppError } from '../../contract/errors.ts';
import { checkWhereLabelsAllow } from '../classifiers/check-classifier.ts';
import { latestCheckSummary } from '../classifiers/check.ts';
import { besideMethodNames } from '../adaptation/method-list.ts';
import { embedImages } from '../mapping/embed-images.ts';
import { adviseLabels } from '../labelling/label-advice.ts';
import { labelsKey } from '../labelling/labels-key.ts';
import { reviewLabels } from '../labelling/review-labels.ts';
import { judgeViewsOf } from '../classifiers/judge-views.ts';
import { predictAll } from '../classifiers/predict-all.ts';
import { trainClassifier } from '../classifiers/train-classifier.ts';
import { checkTrainable, featureCandidates } from '../classifiers/train-plan.ts';
import type { Workspace } from '../workspace.ts';
import type { AppJob, AppJobContext } from './app-job.ts';

const alongside = z.object({ method: z.enum(besideMethodNames), weight: z.number().positive() });
const schema = z.object({
  finetune: z.boolean(),
  flip: z.boolean(),
  priors: z.boolean().default(false),
  seed: z.number().int(),
  alongside: alongside.nullable().default(null),
});

export type TrainJobRequest = Omit<z.infer<typeof schema>, 'priors'> & { readonly priors?: boolean };

/** Of batches of 32: enough for a few hundred labels, minutes on a laptop. */
const numFinetuneSteps = 150;

const measuredOn: Readonly<Record<CheckBasis, string>> = {
  'held-out': 'right on images kept apart',
  'cross-validated': 'right in cross-validation',
  chosen: 'right of the images you chose to label, which says little of the others',
};

/** Whether the mirror image is worth its time is told wherever it was asked for, as far as labels allow. */
async function judgeWhereLabelsAllow(workspace: Workspace, modelId: number): Promise<void> {
  try {
    await judgeViewsOf(workspace, modelId);
  } catch (error) {
    if (!(error instanceof AppError && ['conflict', 'not-found', 'invalid-input'].includes(error.code))) throw error;
  }
}

/** Advice on labels is an extra: where labels or classes went away meanwhile it is left out. */
async function adviseWhereLabelsAllow(workspace: Workspace, seed: number, ctx: AppJobContext): Promise<void> {
  try {
    await adviseLabels(workspace, { seed }, ctx);
    await reviewLabels(workspace, { seed }, ctx);
    ctx.onChanged(['checks']);
  } catch (error) {
    if (!(error instanceof AppError && (error.code === 'conflict' || error.code === 'not-found'))) throw error;
  }
}

export const trainJob: AppJob<TrainJobRequest> = {
  kind: 'train',
  schema,
  unit: 'images',
  canFinish: false,
  title: (_, { finetune }) => (finetune ? 'Train and fine-tune a classifier' : 'Train a classifier'),
  run: async (workspace, { finetune, flip, priors = false, seed, alongside: beside }, ctx) => {
    checkTrainable(workspace);
    const candidates = featureCandidates(workspace);
    for (const { modelId, px } of candidates) await embedImages(workspace, modelId, px);
    ctx.signal.throwIfAborted();
    // Of before the training: labels that come while it runs make the check stale.
    const labels = labelsKey(workspace);
    const report = await trainClassifier(workspace, {
      candidates,
      finetuneSteps: finetune ? numFinetuneSteps : 0,
      alongside: finetune ? beside : null,
      flip,
      ...(priors && { priors }),
      seed,
    });
    ctx.onChanged(['models']);
    const isChecked = await checkWhereLabelsAllow(workspace, report.modelId, labels);
    ctx.onChanged(['checks']);
    await predictAll(workspace, report.modelId, ctx);
    if (flip) await judgeWhereLabelsAllow(workspace, report.modelId);
    await adviseWhereLabelsAllow(workspace, seed, ctx);
    const check = latestCheckSummary(workspace);
    const learnt = `Learnt ${report.classes.length} classes from ${report.numLabels.toLocaleString('en')} labels`;
    if (!isChecked) return `${learnt}; not checked, because labels changed meanwhile. Train again.`;
    if (check?.modelId !== report.modelId) return `${learnt}.`;
    const percent = (share: number): string => `${(100 * share).toFixed(0)} %`;
    const { estimate, low, high } = check.accuracy;
    return `${learnt}; ${percent(estimate)} ${measuredOn[check.basis]} (95 % interval ${percent(low)} to ${percent(high)}).`;
  },
  changes: ['images', 'models', 'checks', 'predictions'],
};
