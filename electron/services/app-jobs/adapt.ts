/** Adapting a network to the project's images, watched live. */
import { basename } from 'node:path';
import { z } from 'zod';
import { augmentationChoice } from '../../contract/augmentation.ts';
import { methods } from '../../learn/methods.ts';
import { adaptDefaults, adaptModel } from '../adaptation/adapt-model.ts';
import type { AdaptRequest } from '../adaptation/adapt-model.ts';
import { describeBudget } from '../adaptation/describe-budget.ts';
import { judgeAdaptation } from '../adaptation/judge-adaptation.ts';
import type { StopReason } from '../../learn/training-run.ts';
import { adaptMethodNames } from '../adaptation/method-list.ts';
import { nameOfBase } from '../adaptation/base-names.ts';
import { resolveBase } from '../adaptation/models.ts';
import { healthViews } from '../adaptation/training-view.ts';
import type { AppJob } from './app-job.ts';

const schema = z.object({
  baseRef: z.string().min(1),
  method: z.enum(adaptMethodNames),
  budget: z.union([z.object({ minutes: z.number().positive() }), z.object({ steps: z.number().int().positive() })]),
  px: z.number().int().positive(),
  normOnly: z.boolean(),
  seed: z.number().int(),
  augmentation: augmentationChoice.nullable().default(null),
  stopAtPlateau: z.boolean().default(true),
  folder: z.string().min(1).nullable().default(null),
});

/** What is only known of a training once it is over. */
const inProgress = { modelId: null, kept: [], keptNote: null, verdict: null } as const;

/** How a training ended, where not by its budget. */
const endings: Readonly<Record<StopReason, string>> = {
  steps: '',
  time: '',
  finish: '; ended early',
  plateau: '; ended early, since nothing moved any more',
  collapse: '; the features collapsed, and a network from before is kept',
};

export type AdaptJobRequest = z.infer<typeof schema>;

export const adaptJob: AppJob<AdaptJobRequest> = {
  kind: 'adapt',
  schema,
  // Before it learns it may read a folder, and afterwards it computes features to judge by.
  unit: ({ budget }, phase) => (phase !== '' && phase !== 'adapt' ? 'images' : 'minutes' in budget ? 'seconds' : 'steps'),
  canFinish: true,
  title: (workspace, { baseRef, method, budget, folder }) =>
    `Adapt ${nameOfBase(workspace, baseRef)}${folder === null ? '' : ` to ${basename(folder)} first,`} with ${methods[method].title}, ${describeBudget(budget)}`,
  run: async (workspace, { baseRef, method, ...asked }, ctx) => {
    const known = workspace.project.models.list().length;
    const base = resolveBase(workspace, baseRef, asked.seed);
    if (workspace.project.models.list().length > known) ctx.onChanged(['models']);
    const request: AdaptRequest = { ...adaptDefaults, ...asked, baseId: base.id, method };
    const report = await adaptModel(workspace, request, {
      finish: ctx.finish,
      onTraining: ({ curves, health, imagesPerSecond }) =>
        ctx.onTraining({ ...inProgress, method, curves, health: healthViews(health), imagesPerSecond }),
    });
    ctx.onChanged(['models']);
    const verdict = await judgeAdaptation(workspace, report.modelId, report.health, ctx);
    const minutes = report.seconds / 60;
    const time = minutes < 1.5 ? `${Math.round(report.seconds)} s` : `${Math.round(minutes)} min`;
    const learnt = `Learnt from ${report.numImages.toLocaleString('en')} images in ${time} (${describeBudget({ steps: report.numSteps })})`;
    return `${learnt}${endings[report.stopped]}. ${verdict.headline}.`;
  },
  changes: ['models'],
};
