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

const metrics = z.looseObject({ verdict: verdict.optional() });

/** Null where none was given. */
export function storedVerdict(model: ModelRecord): AdaptVerdictView | null {
  const parsed = metrics.safeParse(model.metrics);
  return parsed.success ? (parsed.data.verdict ?? null) : null;
}

/** Keeps a verdict with an adapted model, in place of an earlier one. Throws `not-found`. */
export function storeVerdict({ project }: Workspace, modelId: number, given: AdaptVerdictView): void {
  const { metrics: known } = project.models.get(modelId);
  const rest = typeof known === 'object' && known !== null ? known : {};
  project.models.setMetrics(modelId, { ...rest, verdict: given });
}
