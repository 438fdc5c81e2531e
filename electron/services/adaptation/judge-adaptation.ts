/** Whether adapting helped: a verdict wherever there are labels to tell by, and what can be said without. */
import type { AdaptVerdictView } from '../../contract/domain.ts';
import { AppError } from '../../contract/errors.ts';
import type { RunContext } from '../../contract/progress.ts';
import type { HealthRecord } from '../../learn/health.ts';
import { compareFeatures } from '../../learn/verdict.ts';
import { createRandom } from '../../tensor/random.ts';
import { labelledFeatures, poolFeatures, trainingLabels } from '../classifiers/labelled-features.ts';
import type { FeatureKey } from '../classifiers/labelled-features.ts';
import { featureCandidates } from '../classifiers/train-plan.ts';
import { testImages } from '../intake/test-split.ts';
import { embedImages } from '../mapping/embed-images.ts';
import { storeVerdict, unchangedScores } from './stored-verdict.ts';
import { headlines, verdictView } from './verdict-view.ts';
import type { Workspace } from '../workspace.ts';

/** With fewer, cross-validation says next to nothing. */
const minLabels = 20;
/** More labels and images than these make the verdict slower, not better. */
const maxLabels = 1000;
const maxPool = 1000;
const seed = 0;

/**
 * Compares an adapted model with the base it came from, both at their best size, on the same folds of the labels at hand; features are computed
 * only of the images that takes. The verdict is kept with the model, and told at once where there are too few labels.
 */
export async function judgeAdaptation(
  workspace: Workspace,
  modelId: number,
  health: readonly HealthRecord[],
  ctx: RunContext,
): Promise<AdaptVerdictView> {
  const labels = judgingLabels(workspace);
  const unchanged = unchangedScores(workspace.project.models.get(modelId));
  if (unchanged !== null) {
    const verdict = unchangedVerdict(unchanged, numLabels(workspace));
    storeVerdict(workspace, modelId, verdict);
    return verdict;
  }
  const verdict = (labels && (await compared(workspace, modelId, labels, ctx))) ?? unproven(health, numLabels(workspace));
  storeVerdict(workspace, modelId, verdict);
  return verdict;
}

export interface JudgingLabels {
  readonly imageIds: Int32Array;
  readonly labels: Int32Array;
  readonly numClasses: number;
}

function numLabels(workspace: Workspace): number {
  return tryLabels(workspace)?.imageIds.length ?? 0;
}

function tryLabels(workspace: Workspace): ReturnType<typeof trainingLabels> | null {
  try {
    return trainingLabels(workspace);
  } catch (error) {
    if (error instanceof AppError && error.code === 'conflict') return null;
    throw error;
  }
}

/** Null where they are too few to tell anything. */
export function judgingLabels(workspace: Workspace): JudgingLabels | null {
  const all = tryLabels(workspace);
  if (all === null || all.imageIds.length < minLabels) return null;
  const rows = createRandom(seed).permutation(all.imageIds.length).slice(0, maxLabels).sort();
  const classes = [...new Set(Array.from(rows, (row) => all.classIds[row] as number))].sort((a, b) => a - b);
  if (classes.length < 2) return null;
  return {
    imageIds: Int32Array.from(rows, (row) => all.imageIds[row] as number),
    labels: Int32Array.from(rows, (row) => classes.indexOf(all.classIds[row] as number)),
    numClasses: classes.length,
  };
}

async function compared(
  workspace: Workspace,
  modelId: number,
  { imageIds, labels, numClasses }: JudgingLabels,
  ctx: RunContext,
): Promise<AdaptVerdictView | null> {
  const keys = featureCandidates(workspace, modelId);
  const wanted = new Set([...imageIds, ...somePool(workspace)]);
  for (const { modelId: id, px } of keys) {
    ctx.signal.throwIfAborted();
    await embedImages(workspace, id, px, wanted);
  }
  const isAdapted = ({ modelId: id }: FeatureKey): boolean => id === modelId;
  const candidates = keys.map((key) => ({
    name: `${isAdapted(key) ? 'adapted' : 'unadapted'}, ${key.px} px`,
    adapted: isAdapted(key),
    features: labelledFeatures(workspace, key, imageIds),
    reference: poolFeatures(workspace, key),
  }));
  try {
    const comparison = await compareFeatures({ candidates, labels, numClasses, seed }, ctx);
    return verdictView(comparison, keys, labels.length);
  } catch (error) {
    // Every class may have but one label.
    if (error instanceof AppError && error.code === 'invalid-input') return null;
    throw error;
  }
}

/** Images to standardise features on. */
export function somePool(workspace: Workspace): Int32Array {
  const held = new Set(testImages(workspace));
  const pool = workspace.project.images.usable().filter((id) => !held.has(id));
  return createRandom(seed)
    .permutation(pool.length)
    .slice(0, maxPool)
    .map((at) => pool[at] as number);
}

/** What there is to say where the network at the start was the best. */
function unchangedVerdict({ start, end }: { readonly start: number; readonly end: number }, count: number): AdaptVerdictView {
  const percent = (share: number): string => `${Math.round(100 * share)} %`;
  return {
    outcome: 'worse',
    headline: 'Adapting made it worse, so the network stays as it was',
    words:
      `None of the networks set aside on the way did better on your labels than the one at the start: cross-validated, ${percent(end)} right at the end ` +
      `against ${percent(start)}. Views that leave alone what tells your classes apart, or another method, may help.`,
    difference: null,
    adapted: null,
    unadapted: null,
    uses: 'unadapted',
    numLabels: count,
  };
}

/** What can be said without labels, and that it is no proof. */
export function unproven(health: readonly HealthRecord[], count: number): AdaptVerdictView {
  const [first, last] = [health[0], health.at(-1)];
  const labels = count === 0 ? 'there are no labels' : `there ${count === 1 ? 'is only 1 label' : `are only ${count} labels`}`;
  const open = `It takes ${minLabels} labels of at least two classes to tell, and ${labels}.`;
  const percent = (share: number): string => `${Math.round(100 * share)} %`;
  const seen =
    first === undefined || last === undefined || first === last
      ? ''
      : ` Without labels, this much can be seen: ${percent(last.agreement)} of each image's nearest neighbours are still the same ones, clusters from ` +
        `different starts agree to ${percent(last.clusterStability)} (${percent(first.clusterStability)} before), and images differ in ` +
        `${last.rankMe.toFixed(0)} independent ways (${first.rankMe.toFixed(0)} before). None of this proves that it is better for your classes.`;
  return {
    outcome: 'unproven',
    headline: headlines.unproven,
    words: open + seen,
    difference: null,
    adapted: null,
    unadapted: null,
    uses: 'adapted',
    numLabels: count,
  };
}
