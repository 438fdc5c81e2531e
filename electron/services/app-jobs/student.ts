/** A small network that learns from a classifier, is checked, and predicts every image. */
import { z } from 'zod';
import { adaptDefaults } from '../adaptation/adapt-model.ts';
import { nameOfBase } from '../adaptation/base-names.ts';
import { describeBudget } from '../adaptation/describe-budget.ts';
import { checkWhereLabelsAllow } from '../classifiers/check-classifier.ts';
import { predictAll } from '../classifiers/predict-all.ts';
import { storeStudent } from '../classifiers/students.ts';
import { sizesFor, typicalSide } from '../classifiers/train-plan.ts';
import { defaultLogitSteps, trainStudent, transferMethods } from '../classifiers/train-student.ts';
import { defaultSizes } from '../run-everything.ts';
import { healthViews } from '../adaptation/training-view.ts';
import type { AppJob } from './app-job.ts';

const schema = z.object({
  teacherId: z.number().int().positive(),
  baseRef: z.string().min(1),
  method: z.enum(transferMethods),
  budget: z.union([z.object({ minutes: z.number().positive() }), z.object({ steps: z.number().int().positive() })]),
  px: z.number().int().positive(),
  seed: z.number().int(),
  logitSteps: z.number().int().min(0).default(defaultLogitSteps),
});

export type StudentJobRequest = z.infer<typeof schema>;

const inProgress = { modelId: null, kept: [], keptNote: null, verdict: null } as const;

const percent = (share: number): string => `${(100 * share).toFixed(0)} %`;

export const studentJob: AppJob<StudentJobRequest> = {
  kind: 'student',
  schema,
  unit: ({ budget }, phase) => {
    if (phase === '' || phase === 'adapt') return 'minutes' in budget ? 'seconds' : 'steps';
    return phase === 'finetune' ? 'steps' : 'images';
  },
  canFinish: true,
  title: (workspace, { baseRef, budget }) => `Teach ${nameOfBase(workspace, baseRef)} what the classifier knows, ${describeBudget(budget)}`,
  run: async (workspace, { baseRef, method, teacherId, budget, px, seed, logitSteps }, ctx) => {
    const sizes = sizesFor(defaultSizes.adapted, typicalSide(workspace));
    const report = await trainStudent(
      workspace,
      { ...{ teacherId, base: baseRef, method, budget, px: px || adaptDefaults.px, sizes, seed }, logitSteps },
      {
        finish: ctx.finish,
        onTraining: ({ curves, health, imagesPerSecond }) =>
          ctx.onTraining({ ...inProgress, method, curves, health: healthViews(health), imagesPerSecond }),
      },
    );
    storeStudent(workspace, report);
    ctx.onChanged(['models']);
    const { student, teacher, agreement, labels } = report;
    const isChecked = await checkWhereLabelsAllow(workspace, student.modelId, labels);
    ctx.onChanged(['checks']);
    await predictAll(workspace, student.modelId, ctx);
    const times = teacher.numParameters / student.numParameters;
    const size = times >= 1.05 ? `${times.toFixed(1)} times smaller` : 'no smaller';
    const news = `The new classifier is ${size} and says the same as its teacher on ${percent(agreement)} of the images`;
    return isChecked ? `${news}. It is the newest one now.` : `${news}; not checked, because labels changed meanwhile.`;
  },
  changes: ['images', 'models', 'checks', 'predictions'],
};
