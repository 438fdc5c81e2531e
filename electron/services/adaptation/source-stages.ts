/** What was learnt from other folders before the project's own images, and what to go on from. */
import { z } from 'zod';
import type { SourceChoiceView, SourceStageView, SourcesView } from '../../contract/domain.ts';
import type { ModelRecord } from '../../project/models.ts';
import type { Workspace } from '../workspace.ts';
import type { SourceReport } from './choose-source.ts';
import { isTransfer } from './method-list.ts';
import { storedVerdict } from './stored-verdict.ts';

const kind = 'source-choice';

const reportSchema = z.object({
  scores: z.array(
    z.object({ folder: z.string().nullable(), modelId: z.number(), accuracy: z.number().nullable(), consistency: z.number() }),
  ),
  chosen: z.number(),
  basis: z.enum(['labels', 'views']),
  numLabels: z.number(),
}) satisfies z.ZodType<SourceReport>;

const settingsSchema = z.looseObject({ folder: z.string().nullable() });

/** The folder a model has learnt from in place of the project's images, or null. */
export function folderOf({ kind: of, settings }: ModelRecord): string | null {
  const parsed = of === 'adapted' ? settingsSchema.safeParse(settings) : null;
  return parsed?.success === true ? parsed.data.folder : null;
}

/** Keeps the newest comparison of folders. */
export function storeSourceChoice({ project }: Workspace, report: SourceReport): void {
  project.analyses.put({ kind, modelId: null, params: {} }, { summary: report });
}

/** The newest comparison of folders; null where there is none, or where a network of it was removed. */
function sourceChoice({ project }: Workspace, models: readonly ModelRecord[]): SourceChoiceView | null {
  const stored = project.analyses.latest(kind);
  const parsed = reportSchema.safeParse(stored?.summary);
  if (stored === null || !parsed.success) return null;
  const { scores, chosen, basis, numLabels } = parsed.data;
  if (!scores.every(({ modelId }) => models.some(({ id }) => id === modelId))) return null;
  return { scores: scores.map((score, i) => ({ ...score, isChosen: i === chosen })), basis, numLabels, createdAt: stored.createdAt };
}

/**
 * Where the newest adaptation was one to another folder: the better of those that were compared, which may be the one from before, or else the newest
 * one unless it does worse on the labels than before. One without a verdict is of a comparison, or a stage, that was cut off.
 */
function nextId(models: readonly ModelRecord[], choice: SourceChoiceView | null): number | null {
  const newest = models.findLast((model) => model.kind === 'adapted' && !isTransfer(model.method));
  if (newest === undefined || folderOf(newest) === null) return null;
  if (choice?.scores.some(({ modelId }) => modelId === newest.id) === true) {
    const chosen = choice.scores.find(({ isChosen }) => isChosen);
    return models.find(({ id, kind: of }) => id === chosen?.modelId && of === 'adapted')?.id ?? null;
  }
  const verdict = storedVerdict(newest);
  return verdict === null || verdict.outcome === 'worse' ? null : newest.id;
}

/** Every stage on another folder, the newest comparison, and what to go on from. */
export function sourcesView(workspace: Workspace): SourcesView {
  const models = workspace.project.models.list();
  const stages = models.flatMap((model): SourceStageView[] => {
    const folder = folderOf(model);
    return folder === null ? [] : [{ modelId: model.id, name: model.name, folder }];
  });
  const choice = sourceChoice(workspace, models);
  return { stages, choice, nextId: nextId(models, choice) };
}
