/** How little predictions change from one classifier to the next. */
import type { RunContext } from '../../contract/progress.ts';
import { cohenKappa } from '../../learn/agreement.ts';
import { predictedClasses } from '../../learn/metrics.ts';
import type { ModelRecord } from '../../project/models.ts';
import { predictAll } from '../classifiers/predict-all.ts';
import type { ClassifierSettings } from '../classifiers/train-classifier.ts';
import type { Workspace } from '../workspace.ts';

/** Enough to see three in a row. */
const maxRounds = 6;
/** Students learn what a classifier says, not labels. */
const labelled: ReadonlySet<string> = new Set(['linear-probe', 'lp-ft']);

/**
 * Cohen's kappa between the predicted classes of each classifier and the one before it, over the images that both have predicted; newest last.
 * A classifier that learnt from no more labels than the one before is no round of labelling, and takes its place. Classifiers that have
 * predicted nothing are passed over.
 */
export function predictionSteadiness({ project }: Workspace): number[] {
  const predictions = rounds(project)
    .map((model) => classesPredicted(project, model))
    .filter(({ size }) => size > 0);
  return predictions.slice(1).flatMap((now, i) => {
    const before = predictions[i] ?? new Map<number, number>();
    const both = [...now.keys()].filter((id) => before.has(id));
    if (both.length === 0) return [];
    const classIds = [...new Set([...now.values(), ...before.values()])];
    const places = (of: ReadonlyMap<number, number>): Int32Array => Int32Array.from(both, (id) => classIds.indexOf(of.get(id) ?? 0));
    return [cohenKappa(places(before), places(now), classIds.length).kappa];
  });
}

/** Lets the classifiers of the last rounds predict every image, where that costs next to nothing: probes whose features are there. */
export async function predictRounds(workspace: Workspace, ctx: RunContext): Promise<void> {
  const { project } = workspace;
  for (const { id, parentId, px, settings } of rounds(project)) {
    const { finetuneSteps, flip } = settings as Partial<ClassifierSettings>;
    const isCheap = finetuneSteps === 0 && flip === false && parentId !== null;
    if (isCheap && project.embeddings.missing({ modelId: parentId, px }).length === 0) await predictAll(workspace, id, ctx);
  }
}

/** The last classifiers that were trained on labels by a person, each on more than the one before. */
function rounds(project: Workspace['project']): ModelRecord[] {
  const found: ModelRecord[] = [];
  for (const model of project.models.list()) {
    if (model.kind !== 'classifier' || !labelled.has(model.method)) continue;
    const before = found.at(-1);
    if (before !== undefined && numLabelsOf(model) <= numLabelsOf(before)) found.pop();
    found.push(model);
  }
  return found.slice(-maxRounds);
}

function numLabelsOf(model: ModelRecord): number {
  return (model.settings as Partial<ClassifierSettings>).numLabels ?? 0;
}

/** The class id that a classifier gives each image. */
function classesPredicted(project: Workspace['project'], { id, outputs }: ModelRecord): ReadonlyMap<number, number> {
  const { imageIds, probabilities, numClasses } = project.predictions.readAll(id);
  if (numClasses === 0) return new Map();
  const predicted = predictedClasses(probabilities, numClasses);
  return new Map(Array.from(imageIds, (image, i) => [image, outputs?.[predicted[i] ?? 0]?.classId ?? 0] as const));
}
