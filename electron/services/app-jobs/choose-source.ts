/** Which of several folders is worth learning from before the project's own images. */
import { z } from 'zod';
import { basename } from 'node:path';
import { augmentationChoice } from '../../contract/augmentation.ts';
import { methods } from '../../learn/methods.ts';
import { adaptDefaults } from '../adaptation/adapt-model.ts';
import { nameOfBase } from '../adaptation/base-names.ts';
import { chooseSource } from '../adaptation/choose-source.ts';
import { describeBudget } from '../adaptation/describe-budget.ts';
import { adaptMethodNames } from '../adaptation/method-list.ts';
import { resolveBase } from '../adaptation/models.ts';
import { storeSourceChoice } from '../adaptation/source-stages.ts';
import { healthViews } from '../adaptation/training-view.ts';
import { storedPx } from '../intake/import-folder.ts';
import type { AppJob } from './app-job.ts';

const schema = z.object({
  baseRef: z.string().min(1),
  folders: z.array(z.string().min(1)).min(1),
  method: z.enum(adaptMethodNames),
  budget: z.union([z.object({ minutes: z.number().positive() }), z.object({ steps: z.number().int().positive() })]),
  px: z.number().int().positive(),
  normOnly: z.boolean(),
  seed: z.number().int(),
  augmentation: augmentationChoice.nullable(),
});

export type ChooseSourceJobRequest = z.infer<typeof schema>;

/** What is only known of a training once it is over. */
const inProgress = { modelId: null, kept: [], keptNote: null, verdict: null } as const;

export const chooseSourceJob: AppJob<ChooseSourceJobRequest> = {
  kind: 'choose-source',
  schema,
  unit: ({ budget }, phase) => (phase !== '' && phase !== 'adapt' ? 'images' : 'minutes' in budget ? 'seconds' : 'steps'),
  canFinish: false,
  title: (workspace, { baseRef, folders, method, budget }) =>
    `Compare ${folders.length === 1 ? 'one folder' : `${folders.length} folders`} to learn from first: ${nameOfBase(workspace, baseRef)} with ${methods[method].title}, ${describeBudget(budget)} each`,
  run: async (workspace, { baseRef, ...asked }, ctx) => {
    const { id: baseId } = resolveBase(workspace, baseRef, asked.seed);
    ctx.onChanged(['models']);
    const report = await chooseSource(
      workspace,
      { ...adaptDefaults, ...asked, baseId, testPx: storedPx },
      {
        onTraining: ({ curves, health, imagesPerSecond }) =>
          ctx.onTraining({ ...inProgress, method: asked.method, curves, health: healthViews(health), imagesPerSecond }),
        onStage: () => ctx.onChanged(['models']),
      },
    );
    storeSourceChoice(workspace, report);
    const chosen = report.scores[report.chosen]?.folder ?? null;
    const by =
      report.basis === 'labels'
        ? `by ${report.numLabels.toLocaleString('en')} labels`
        : 'by how it tells your images apart, without labels';
    return chosen === null ? `None of the folders helps, ${by}.` : `${basename(chosen)} helps most, ${by}.`;
  },
  changes: ['models'],
};
