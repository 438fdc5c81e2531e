/** Labels that should be looked at again: probably wrong ones, those that hurt the classifier most, and copies with different labels. */
import { z } from 'zod';
import type { LabelReviewView, ReviewItem } from '../../contract/domain.ts';
import { AppError } from '../../contract/errors.ts';
import type { RunContext } from '../../contract/progress.ts';
import { crossValidate } from '../../learn/cross-validation.ts';
import type { CrossValidation } from '../../learn/cross-validation.ts';
import type { Folds } from '../../learn/folds.ts';
import { repeatedFolds } from '../../learn/folds.ts';
import { findLabelErrors } from '../../learn/label-errors.ts';
import { labelHarm } from '../../learn/label-influence.ts';
import type { Workspace } from '../workspace.ts';
import { conflictingCopies } from './conflicting-copies.ts';
import { labelledProbe, newestClassifier } from './labelled-probe.ts';
import type { LabelledProbe } from './labelled-probe.ts';
import { labelsKey } from './labels-key.ts';

const kind = 'label-review';
const numFolds = 5;
/** Of labels that hurt, beside those that are probably wrong. */
const maxHarmful = 20;
/** Only labels that hurt this many standard deviations more than usual stand out. */
const outstanding = 3;

const itemSchema = z.object({
  imageId: z.number(),
  classId: z.number(),
  likelyId: z.number().nullable(),
  reasons: z.array(z.enum(['mislabelled', 'harmful', 'conflict'])),
  margin: z.number().nullable(),
  harm: z.number().nullable(),
  copies: z.array(z.number()),
});
const storedSchema = z.object({ labels: z.string(), numLabels: z.number(), items: z.array(itemSchema) });

/**
 * Looks for them among the labels to learn from and keeps what was found with the newest classifier. Every label is judged by fits that saw neither it nor
 * a copy of its image. Throws `conflict` where there is no classifier, or labels of one class alone.
 */
export async function reviewLabels(
  workspace: Workspace,
  { seed = 0 }: { readonly seed?: number },
  ctx: RunContext,
): Promise<LabelReviewView> {
  const probe = await labelledProbe(workspace);
  const labels = labelsKey(workspace);
  const items = new Map<number, ReviewItem>();
  const { imageIds, classIds } = probe;
  const note = (imageId: number, classId: number, found: Partial<ReviewItem>, reason: ReviewItem['reasons'][number]): void => {
    const known = items.get(imageId) ?? { imageId, classId, likelyId: null, reasons: [], margin: null, harm: null, copies: [] };
    items.set(imageId, { ...known, ...found, reasons: [...known.reasons, reason] });
  };
  for (const { imageId, classId, copies } of conflictingCopies(workspace)) note(imageId, classId, { copies }, 'conflict');
  if (new Set(probe.groups).size >= numFolds) {
    const repeats = repeatedFolds(probe.labels, { numFolds, numRepeats: 3, seed, groups: probe.groups });
    const { suspects } = await suspectsOf(probe, repeats, ctx);
    for (const { row, given, likely, margin } of suspects) {
      note(imageIds[row] ?? 0, classIds[given] ?? 0, { likelyId: classIds[likely] ?? null, margin }, 'mislabelled');
    }
    const harm = await labelHarm({ ...probe, repeats: repeats.slice(0, 2) }, ctx);
    for (const row of mostHarmful(harm)) {
      note(imageIds[row] ?? 0, classIds[probe.labels[row] ?? 0] ?? 0, { harm: harm[row] ?? 0 }, 'harmful');
    }
  }
  const summary = { labels, numLabels: imageIds.length, items: [...items.values()] };
  workspace.project.analyses.put({ kind, modelId: probe.classifier.id, params: {} }, { summary });
  const found = readReview(workspace);
  if (found === null) throw new AppError('internal', 'What was found was kept in a form that cannot be read.');
  return found;
}

/** What is still to be looked at: labels that were changed since, and those that a person marked as right, are left out. Null before a review. */
export function readReview(workspace: Workspace): LabelReviewView | null {
  const { project } = workspace;
  const classifier = newestClassifier(workspace);
  const found = classifier === null ? null : project.analyses.latest(kind, classifier.id);
  const stored = storedSchema.safeParse(found?.summary);
  if (found === null || !stored.success) return null;
  const { items, labels, numLabels } = stored.data;
  const now = project.labels.classesOf(Int32Array.from(items, ({ imageId }) => imageId));
  const confirmed = new Set(project.labelReviews.confirmed());
  const known = new Set(project.classes.list().map(({ id }) => id));
  const open = items.filter(
    ({ imageId, classId, reasons, copies }, i) =>
      now[i] === classId &&
      !confirmed.has(imageId) &&
      (reasons.some((reason) => reason !== 'conflict') || stillConflict(workspace, classId, copies)),
  );
  return {
    createdAt: found.createdAt,
    isStale: labels !== labelsKey(workspace),
    numLabels,
    numDone: items.length - open.length,
    items: open.map((item) => ({ ...item, likelyId: item.likelyId !== null && known.has(item.likelyId) ? item.likelyId : null })),
  };
}

function stillConflict({ project }: Workspace, classId: number, copies: readonly number[]): boolean {
  return project.labels.classesOf(Int32Array.from(copies)).some((other) => other !== 0 && other !== classId);
}

/** By the mean of the out-of-fold probabilities over the repeats. */
async function suspectsOf(probe: LabelledProbe, repeats: readonly Folds[], ctx: RunContext): Promise<ReturnType<typeof findLabelErrors>> {
  const { span, labels, sampleWeights, strength, classIds } = probe;
  const numClasses = classIds.length;
  const found = await crossValidate({ span, labels, numClasses, sampleWeights, repeats, strengths: [strength] }, ctx);
  if (found === null) return { suspects: [], thresholds: new Float64Array(numClasses), joint: new Int32Array(numClasses ** 2) };
  return findLabelErrors(labels, meanOf(found), numClasses, scoredInAll(found, labels.length));
}

function meanOf({ probabilities }: CrossValidation): Float32Array {
  const mean = new Float32Array(probabilities[0]?.length ?? 0);
  for (const p of probabilities) p.forEach((value, at) => (mean[at] = (mean[at] as number) + value / probabilities.length));
  return mean;
}

function scoredInAll({ scored }: CrossValidation, numRows: number): Uint8Array {
  return Uint8Array.from({ length: numRows }, (_, row) => Number(scored.every((each) => each[row] === 1)));
}

/** Rows by falling harm, those alone that stand out. */
function mostHarmful(harm: Float64Array): number[] {
  const mean = harm.reduce((sum, h) => sum + h, 0) / harm.length;
  const spread = Math.sqrt(harm.reduce((sum, h) => sum + (h - mean) ** 2, 0) / harm.length);
  return Array.from(harm.keys())
    .filter((row) => (harm[row] as number) > Math.max(0, mean + outstanding * spread))
    .sort((a, b) => (harm[b] as number) - (harm[a] as number))
    .slice(0, maxHarmful);
}
