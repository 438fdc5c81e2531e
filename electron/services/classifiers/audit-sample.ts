/** The images kept apart that can be measured on, and what each stands for. */
import { inclusionWeights } from '../../learn/inclusion.ts';
import type { ModelOutput } from '../../project/models.ts';
import { foldGroups } from '../intake/grouping.ts';
import { testImages } from '../intake/test-split.ts';
import { newestMap, readClusters } from '../mapping/maps.ts';
import type { Workspace } from '../workspace.ts';
import { unseenRows } from './leaks.ts';
import type { Sampling } from './measured-report.ts';

export interface LabelledTest {
  readonly imageIds: Int32Array;
  /** Positions of their classes among the outputs. */
  readonly truth: Int32Array;
  readonly classOf: ReadonlyMap<number, number>;
  /** Images that have a label too, but are like some that were learnt from. */
  readonly numLeftOut: number;
}

/** The usable images kept apart that have a label of one of these classes, without those that have copies, or others of their group, to learn from. */
export function labelledTestImages(workspace: Workspace, outputs: readonly ModelOutput[]): LabelledTest {
  const { project } = workspace;
  const classOf = new Map(outputs.map((output, i) => [output.classId, i]));
  const usable = new Set(project.images.usable());
  const test = testImages(workspace);
  const [apart, labels] = [new Set(test), project.labels.all()];
  const given = new Map(Array.from(labels.imageIds, (id, i) => [id, labels.classIds[i] ?? 0]));
  const labelled = test.filter((id) => usable.has(id) && classOf.has(given.get(id) ?? -1));
  const learnt = labels.imageIds.filter((id) => usable.has(id) && !apart.has(id));
  const imageIds = Int32Array.from(unseenRows(workspace, labelled, learnt), (i) => labelled[i] ?? 0);
  return {
    imageIds,
    truth: Int32Array.from(imageIds, (id) => classOf.get(given.get(id) ?? -1) ?? 0),
    classOf,
    numLeftOut: labelled.length - imageIds.length,
  };
}

/** Of the images to learn from, with a label of at least this share there is no saying that some were chosen. */
const wholeShare = 0.9;

/** Whether hardly any image that could be learnt from has no label, so that nothing was chosen among them. */
export function isNearlyWhole(workspace: Workspace, numLabelled: number): boolean {
  const { project } = workspace;
  const apart = new Set(testImages(workspace));
  return numLabelled >= wholeShare * project.images.usable().filter((id) => !apart.has(id)).length;
}

export interface AuditSample {
  readonly sampling: Sampling;
  /** Undefined where all count alike. */
  readonly weights: Float64Array | undefined;
  /** Undefined where all are independent. */
  readonly groups: Int32Array | undefined;
}

/** Weights by the clusters of the newest map, where some clusters were labelled more than chance would have it and others remain. */
export function auditSample(workspace: Workspace, { imageIds, numLeftOut }: LabelledTest): AuditSample {
  const groups = foldGroups(workspace, imageIds);
  const common = { basis: 'held-out', numLeftOut, isGrouped: groups !== undefined } as const;
  const even = { sampling: { ...common, isWeighted: false, uncovered: 0 }, weights: undefined, groups };
  const map = newestMap(workspace);
  const stored = map && readClusters(workspace, map);
  if (stored === null || imageIds.length >= testImages(workspace).length) return even;
  const clusterOf = new Map(Array.from(stored.imageIds, (id, i) => [id, stored.clusterIds[i] ?? -1]));
  const clusters = (ids: Int32Array): Int32Array => ids.map((id) => clusterOf.get(id) ?? -1);
  const { weights, isWeighted, uncovered } = inclusionWeights(clusters(workspace.project.images.usable()), clusters(imageIds));
  if (!isWeighted) return even;
  return { sampling: { ...common, isWeighted, uncovered }, weights, groups };
}
