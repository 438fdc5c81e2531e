/** What was found of whether an adaptation helped, kept with its model. */
import { z } from 'zod';
import type { AdaptVerdictView } from '../../contract/domain.ts';
import type { ModelRecord } from '../../project/models.ts';
import type { Workspace } from '../workspace.ts';

const interval = z.object({ estimate: z.number(), low: z.number(), high: z.number() });
const arm = z.object({ px: z.number(), accuracy: interval });

const verdict = z.object({
  outcome: z.enum(['better', 'no-difference', 'worse', 'unproven']),
  headline: z.string(),
  words: z.string(),
  difference: interval.nullable(),
  adapted: arm.nullable(),
  unadapted: arm.nullable(),
  uses: z.enum(['adapted', 'unadapted']),
  numLabels: z.number(),
}) satisfies z.ZodType<AdaptVerdictView>;

const keptSchema = z.object({
  points: z.array(z.object({ step: z.number(), accuracy: z.number().nullable() })),
  chosen: z.number(),
});
const metrics = z.looseObject({ verdict: verdict.optional(), kept: keptSchema.nullable().optional() });

/** Null where none was given. */
export function storedVerdict(model: ModelRecord): AdaptVerdictView | null {
  const parsed = metrics.safeParse(model.metrics);
  return parsed.success ? (parsed.data.verdict ?? null) : null;
}

/**
 * Where the network at the start was the best of those set aside, so that nothing has changed: how it and the one at the end did on the labels.
 * Null for others.
 */
export function unchangedScores(model: ModelRecord): { readonly start: number; readonly end: number } | null {
  const parsed = metrics.safeParse(model.metrics);
  const kept = parsed.success ? parsed.data.kept : null;
  const [chosen, last] = [kept?.points[kept.chosen], kept?.points.at(-1)];
  if (chosen?.step !== 0 || last === chosen) return null;
  return chosen.accuracy === null || last?.accuracy == null ? null : { start: chosen.accuracy, end: last.accuracy };
}

/** Keeps a verdict with an adapted model, in place of an earlier one. Throws `not-found`. */
export function storeVerdict({ project }: Workspace, modelId: number, given: AdaptVerdictView): void {
  const { metrics: known } = project.models.get(modelId);
  const rest = typeof known === 'object' && known !== null ? known : {};
  project.models.setMetrics(modelId, { ...rest, verdict: given });
}
