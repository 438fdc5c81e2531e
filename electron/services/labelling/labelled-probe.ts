/** The labels to learn from as a probe sees them: on the features of the newest classifier, at its strength. */
import { AppError } from '../../contract/errors.ts';
import type { FeatureSpan } from '../../learn/feature-span.ts';
import { spanOf } from '../../learn/feature-span.ts';
import { measureStandardisation, standardise } from '../../learn/standardise.ts';
import type { ModelRecord } from '../../project/models.ts';
import { labelledFeatures, poolFeatures, trainingLabels } from '../classifiers/labelled-features.ts';
import type { FeatureKey } from '../classifiers/labelled-features.ts';
import type { ClassifierSettings } from '../classifiers/train-classifier.ts';
import { groupNumbers } from '../intake/grouping.ts';
import { embedImages } from '../mapping/embed-images.ts';
import type { Workspace } from '../workspace.ts';
import { labelWeights } from './label-weights.ts';

/** For a classifier that was not made from a probe; the usual choice at about a hundred labels and a thousand features. */
const usualStrength = 100;

export interface LabelledProbe {
  readonly classifier: ModelRecord;
  readonly key: FeatureKey;
  readonly strength: number;
  /** [N] */
  readonly imageIds: Int32Array;
  /** [N]: positions in `classIds`. */
  readonly labels: Int32Array;
  /** The classes that have labels to learn from, in the order of the project's classes. */
  readonly classIds: readonly number[];
  readonly span: FeatureSpan;
  readonly sampleWeights: Float64Array;
  /** [N]: the same for copies, and for images that belong together by the project's rule. */
  readonly groups: Int32Array;
}

/** The newest classifier, or null. */
export function newestClassifier({ project }: Workspace): ModelRecord | null {
  return project.models.list().findLast(({ kind, outputs }) => kind === 'classifier' && outputs !== null) ?? null;
}

/** Throws `conflict` where no classifier was trained yet, or fewer than two classes have labels to learn from. */
export async function labelledProbe(workspace: Workspace): Promise<LabelledProbe> {
  const classifier = newestClassifier(workspace);
  if (classifier === null) throw new AppError('conflict', 'Train a classifier first: its features are what labels are judged by.');
  const key = { modelId: classifier.parentId ?? classifier.id, px: classifier.px };
  const { imageIds, classIds: own } = trainingLabels(workspace);
  const used = new Set(own);
  const classIds = workspace.project.classes.list().flatMap(({ id }) => (used.has(id) ? [id] : []));
  if (classIds.length < 2) throw new AppError('conflict', 'All labels to learn from are of one class. Label images of a second class.');
  // Images may have come since.
  await embedImages(workspace, key.modelId, key.px);
  const features = labelledFeatures(workspace, key, imageIds);
  const dim = features.length / imageIds.length;
  const standardisation = measureStandardisation(poolFeatures(workspace, key), dim);
  const position = new Map(classIds.map((id, k) => [id, k] as const));
  return {
    classifier,
    key,
    strength: (classifier.settings as Partial<ClassifierSettings>).strength ?? usualStrength,
    imageIds,
    labels: Int32Array.from(own, (id) => position.get(id) ?? 0),
    classIds,
    span: spanOf(standardise(features, standardisation), imageIds.length, dim),
    sampleWeights: labelWeights(workspace, imageIds),
    groups: groupNumbers(workspace, imageIds),
  };
}
