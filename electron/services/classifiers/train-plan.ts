/** What to train a classifier from: which features are worth comparing, and whether there are labels enough. */
import { AppError } from '../../contract/errors.ts';
import type { ModelRecord } from '../../project/models.ts';
import { isTransfer } from '../adaptation/method-list.ts';
import { folderOf, sourcesView } from '../adaptation/source-stages.ts';
import { trainingLabels } from './labelled-features.ts';
import type { FeatureKey } from './labelled-features.ts';
import { newestMap } from '../mapping/maps.ts';
import { defaultSizes } from '../run-everything.ts';
import type { Workspace } from '../workspace.ts';

/** Beyond this many times the size of the images, larger squares hold nothing new and cost more. */
const maxEnlargement = 2;
const sizeStepPx = 32;

/** The middle one of the images' shorter sides; null without images. */
export function typicalSide({ project }: Workspace): number | null {
  const images = project.images.getMany(project.images.usable());
  const sides = images.flatMap(({ width, height }) => (width === null || height === null ? [] : [Math.min(width, height)]));
  return sides.sort((a, b) => a - b)[sides.length >> 1] ?? null;
}

/** Of these sizes those that suit images of this side: none much larger than the images, at least one. */
export function sizesFor(sizes: readonly number[], side: number | null): number[] {
  if (side === null) return [...sizes];
  const limit = maxEnlargement * side;
  const kept = sizes.filter((px) => px <= limit);
  return kept.length > 0 ? kept : [Math.max(sizeStepPx, Math.ceil(limit / sizeStepPx) * sizeStepPx)];
}

function baseOf({ project }: Workspace, model: ModelRecord): ModelRecord | undefined {
  return project.models.lineage(model.id).find(({ kind }) => kind === 'base');
}

/**
 * The adapted network to train on: the newest that has learnt from the project's own images, or else what to go on from after a stage on another folder.
 * What a student has learnt is for the student alone. Undefined where there is none.
 */
export function newestAdapted(workspace: Workspace): ModelRecord | undefined {
  const models = workspace.project.models.list();
  const own = models.findLast((model) => model.kind === 'adapted' && !isTransfer(model.method) && folderOf(model) === null);
  const { nextId } = sourcesView(workspace);
  return own ?? models.find(({ id }) => id === nextId);
}

/**
 * An adapted model, `newestAdapted` unless told, and the base it came from, each at the sizes that suit the images; without one, the base of the newest
 * map. Throws `conflict` where there is no network yet.
 */
export function featureCandidates(workspace: Workspace, adaptedId?: number): FeatureKey[] {
  const models = workspace.project.models.list();
  const adapted =
    adaptedId === undefined ? newestAdapted(workspace) : models.find(({ id, kind }) => id === adaptedId && kind === 'adapted');
  const map = newestMap(workspace);
  const mapped = models.find(({ id }) => id === map?.modelId);
  const start = adapted ?? mapped ?? models.findLast(({ kind }) => kind === 'base');
  const base = start && baseOf(workspace, start);
  if (base === undefined) {
    throw new AppError('conflict', 'There is no network to learn with yet. Adapt one to the images, or make a map, first.');
  }
  const side = typicalSide(workspace);
  const at = (modelId: number, sizes: readonly number[]): FeatureKey[] => sizesFor(sizes, side).map((px) => ({ modelId, px }));
  return [...(adapted === undefined ? [] : at(adapted.id, defaultSizes.adapted)), ...at(base.id, defaultSizes.unadapted)];
}

/** Throws `conflict` saying what is missing where a classifier cannot be trained now. */
export function checkTrainable(workspace: Workspace): void {
  const { classIds } = trainingLabels(workspace);
  const counts = new Map<number, number>();
  for (const id of classIds) counts.set(id, (counts.get(id) ?? 0) + 1);
  if (counts.size < 2) {
    throw new AppError('conflict', 'All labels to learn from are of one class. Label images of a second class, then train.');
  }
  if (![...counts.values()].some((count) => count >= 2)) {
    throw new AppError('conflict', 'No class has two labels yet, so nothing could be checked. Label a few more images, then train.');
  }
  featureCandidates(workspace);
}
