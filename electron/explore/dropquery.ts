/** Choosing further images to label where the classifier's answer hangs on a few features. */
import { setImmediate } from 'node:timers/promises';
import type { RunContext } from '../contract/progress.ts';
import type { Executor } from '../tensor/program.ts';
import { createRandom } from '../tensor/random.ts';
import type { Random } from '../tensor/random.ts';
import { measureMargins, mostCentral } from './doubt.ts';
import { gatherRows } from './normalise.ts';
import { createFeaturePool, toSuggestions } from './selection.ts';
import type { FeatureRequest, Suggestions } from './selection.ts';

/** Both as in the paper. */
const NUM_PASSES = 3;
const DROPPED_SHARE = 0.75;
/** Ours: clustering more candidates than that for one image wanted tells nothing new. */
const MAX_CANDIDATES_PER_IMAGE = 50;
/** Classified four times before other events may run. */
const BLOCK_ROWS = 512;

export interface DropoutRequest extends FeatureRequest {
  readonly numClasses: number;
  /** Probabilities [M, numClasses] for features [M, numDims]. */
  readonly classify: (features: Float32Array) => Float32Array;
}

/**
 * DropQuery (Gupte, Aklilu, Nirschl and Yeung-Levy 2024, arXiv 2401.14555): classifies every image again three times with three quarters of
 * its features dropped, the others scaled up to make up for it. Images whose answer changes in most passes are candidates; of these the
 * most central of as many clusters as images are wanted are taken. Where too few change, those that change once and then those of the
 * smallest margins follow; of too many, 50 for each image wanted are drawn.
 *
 * Features must be what the classifier sees, centred, so that a dropped one says nothing. By falling number of changes, which is the
 * score. Errors are those of `suggestByMargin`.
 */
export async function suggestByDropout(request: DropoutRequest, executor: Executor | null, ctx: RunContext): Promise<Suggestions> {
  const { candidates, numWanted } = createFeaturePool(request);
  const { flips, margins } = await countFlips(request, candidates, ctx);
  if (numWanted === 0) return toSuggestions([]);
  const place = new Map(Array.from(candidates, (image, at) => [image, at] as const));
  const of = (values: ArrayLike<number>, image: number): number => values[place.get(image) ?? 0] ?? 0;
  const order = candidates.slice().sort((a, b) => of(flips, b) - of(flips, a) || of(margins, a) - of(margins, b) || a - b);
  const numUnstable = flips.filter((count) => count > NUM_PASSES / 2).length;
  const unstable = drawAtMost(order.subarray(0, Math.max(numUnstable, numWanted)), MAX_CANDIDATES_PER_IMAGE * numWanted, request.seed);
  const scores = new Float32Array(request.numImages);
  candidates.forEach((image, at) => (scores[image] = flips[at] as number));
  return mostCentral(request, unstable, numWanted, scores, executor, ctx);
}

/** Per candidate, how many passes change its answer, and its margin without dropout. */
async function countFlips(
  { features, numDims, numClasses, classify, seed }: DropoutRequest,
  candidates: Int32Array,
  ctx: RunContext,
): Promise<{ flips: Uint8Array; margins: Float32Array }> {
  const random = createRandom(seed);
  const flips = new Uint8Array(candidates.length);
  const margins = new Float32Array(candidates.length);
  for (let start = 0; start < candidates.length; start += BLOCK_ROWS) {
    ctx.signal.throwIfAborted();
    const block = gatherRows(features, numDims, candidates.subarray(start, start + BLOCK_ROWS));
    const numImages = block.length / numDims;
    const probabilities = classify(block);
    margins.set(measureMargins({ probabilities, numImages, numClasses }), start);
    const answers = answersOf(probabilities, numClasses);
    for (let pass = 0; pass < NUM_PASSES; pass++) {
      const changed = answersOf(classify(dropped(block, random)), numClasses);
      for (let i = 0; i < numImages; i++) if (changed[i] !== answers[i]) flips[start + i] = (flips[start + i] as number) + 1;
    }
    ctx.onProgress({ phase: 'Dropping features', done: start + numImages, total: candidates.length });
    await setImmediate();
  }
  return { flips, margins };
}

function dropped(rows: Float32Array, random: Random): Float32Array {
  const scale = 1 / (1 - DROPPED_SHARE);
  return rows.map((value) => (random.next() < DROPPED_SHARE ? 0 : value * scale));
}

function answersOf(probabilities: Float32Array, numClasses: number): Int32Array {
  return Int32Array.from({ length: probabilities.length / numClasses }, (_, i) => {
    let top = i * numClasses;
    for (let c = top + 1; c < (i + 1) * numClasses; c++) if ((probabilities[c] as number) > (probabilities[top] as number)) top = c;
    return top - i * numClasses;
  });
}

/** All of them, or `count` at random, in their order. */
function drawAtMost(images: Int32Array, count: number, seed: number): Int32Array {
  if (images.length <= count) return images;
  const places = createRandom(seed).permutation(images.length).slice(0, count).sort();
  return places.map((at) => images[at] as number);
}
