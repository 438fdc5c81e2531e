/** One cell of an experiment: adapt, compute features, and see what labels bring on images that were neither adapted on nor labelled. */
import { createHash } from 'node:crypto';
import { AppError } from '../../contract/errors.ts';
import type { RunContext } from '../../contract/progress.ts';
import { embed } from '../../learn/embed.ts';
import { accuracy, predictedClasses } from '../../learn/metrics.ts';
import { fitProbe, predictProbe } from '../../learn/probe.ts';
import { adaptDefaults, adaptModel } from '../adaptation/adapt-model.ts';
import type { AdaptReport } from '../adaptation/adapt-model.ts';
import { loadModel, resolveBase } from '../adaptation/models.ts';
import { imagesKey } from '../intake/images-key.ts';
import { projectPixels } from '../intake/project-pixels.ts';
import type { Workspace } from '../workspace.ts';
import type { Cell } from './grid.ts';
import { drawnImages, labelDraw } from './label-draws.ts';

/** What every cell of an experiment has in common. */
export interface Protocol {
  /** Side of the views when adapting. */
  readonly px: number;
  readonly batch: number;
  /** Sizes to compute features at. */
  readonly testPx: readonly number[];
  readonly labelCounts: readonly number[];
  /** Random choices of the labelled images. */
  readonly numDraws: number;
  /** Images that may be labelled, and those to test on, each with its class. */
  readonly pool: Int32Array;
  readonly test: Int32Array;
  readonly classOf: ReadonlyMap<number, number>;
  readonly numClasses: number;
}

/** Accuracy of a linear probe on the test images, one figure per draw of the labels. */
export interface Score {
  readonly px: number;
  readonly numLabels: number;
  readonly accuracies: readonly number[];
}

export interface CellResult {
  readonly cell: Cell;
  /** Why there are no scores: training was stopped, by a collapse for instance. */
  readonly failure: string | null;
  /** Of all stages: images shown to the network, steps and seconds of training. */
  readonly numPresentations: number;
  readonly numSteps: number;
  readonly seconds: number;
  readonly scores: readonly Score[];
}

/** Runs the stages of a cell and returns the model to test, with what it took. Throws what `adaptModel` throws. */
async function modelOf(workspace: Workspace, { px, batch }: Protocol, cell: Cell): Promise<{ modelId: number; stages: AdaptReport[] }> {
  const { method, budget, normOnly, seed, chain, maxImages } = cell;
  let modelId = resolveBase(workspace, cell.base, seed).id;
  const stages: AdaptReport[] = [];
  if (method === null || budget === null) return { modelId, stages };
  for (const folder of [...chain, null]) {
    const stage = await adaptModel(workspace, {
      ...adaptDefaults,
      baseId: modelId,
      method,
      budget,
      px,
      batch,
      seed,
      normOnly,
      folder,
      augmentation: cell.augmentation.choice,
      // Fewer images are a question about the target; a source folder is used whole.
      maxImages: folder === null ? maxImages : null,
    });
    stages.push(stage);
    modelId = stage.modelId;
  }
  return { modelId, stages };
}

/** The accuracies of probes on features of one size: every count of labels, every draw. Features are not kept: a grid has too many networks for that. */
async function scoresAt(workspace: Workspace, protocol: Protocol, modelId: number, px: number): Promise<Score[]> {
  const { pool, test, labelCounts, numDraws, classOf } = protocol;
  const needed = drawnImages(pool.length, Math.max(...labelCounts), numDraws);
  const imageIds = Int32Array.from([...needed.map((position) => pool[position] ?? 0), ...test]);
  const classes = imageIds.map((id) => classOf.get(id) ?? 0);
  const params = {
    modelId,
    px,
    labelCounts,
    numDraws,
    numTest: test.length,
    images: imagesKey(workspace, imageIds),
    classes: keyOf(classes),
  };
  const kind = 'experiment-scores';
  const earlier = workspace.finished(kind, params) as Score[] | undefined;
  if (earlier !== undefined) return earlier;
  const executor = await workspace.executor();
  return await workspace.job({ kind, params }, async (ctx) => {
    const { network, parameters } = loadModel(workspace, modelId);
    const features = await embed({ network, parameters, executor, source: projectPixels(workspace, imageIds, px), ctx });
    const measure = probeMeasure(protocol, { features, classes, needed, dim: network.numFeatures });
    const scores: Score[] = [];
    for (const numLabels of labelCounts) scores.push({ px, numLabels, accuracies: await measure(numLabels, ctx) });
    return scores;
  });
}

interface DrawnFeatures {
  /** [needed + test, dim] */
  readonly features: Float32Array;
  readonly classes: Int32Array;
  /** Positions in the pool of the first rows. */
  readonly needed: Int32Array;
  readonly dim: number;
}

/** The accuracy on the test rows after a probe on `numLabels` rows, for every draw of them. */
function probeMeasure(
  { pool, numDraws, numClasses }: Protocol,
  { features, classes, needed, dim }: DrawnFeatures,
): (numLabels: number, ctx: RunContext) => Promise<number[]> {
  const rowOf = new Map(Array.from(needed, (position, row) => [position, row]));
  const reference = features.subarray(0, needed.length * dim);
  const testFeatures = features.subarray(needed.length * dim);
  const testClasses = classes.subarray(needed.length);
  return async (numLabels, ctx) => {
    const accuracies: number[] = [];
    for (let draw = 0; draw < numDraws; draw++) {
      ctx.signal.throwIfAborted();
      const rows = labelDraw(pool.length, numLabels, draw).map((position) => rowOf.get(position) ?? 0);
      const chosen = new Float32Array(rows.length * dim);
      rows.forEach((row, at) => chosen.set(features.subarray(row * dim, (row + 1) * dim), at * dim));
      const labels = rows.map((row) => classes[row] ?? 0);
      const { model } = await fitProbe({ features: chosen, labels, numClasses, reference, seed: draw });
      accuracies.push(accuracy(testClasses, predictedClasses(predictProbe(model, testFeatures), numClasses)));
      ctx.onProgress({ phase: 'probe', done: draw + 1, total: numDraws });
    }
    return accuracies;
  };
}

function keyOf(values: Int32Array): string {
  return createHash('sha256').update(values).digest('hex').slice(0, 32);
}

/**
 * The result of a cell; one that was measured before is not measured again. A training that is stopped for instability is a result too, without
 * scores. Throws on cancellation.
 */
export async function measureCell(workspace: Workspace, protocol: Protocol, cell: Cell): Promise<CellResult> {
  try {
    const { modelId, stages } = await modelOf(workspace, protocol, cell);
    const scores: Score[] = [];
    for (const px of protocol.testPx) scores.push(...(await scoresAt(workspace, protocol, modelId, px)));
    const sum = (of: (stage: AdaptReport) => number): number => stages.reduce((total, stage) => total + of(stage), 0);
    return {
      cell,
      failure: null,
      numPresentations: sum(({ numSteps, numImages }) => numSteps * Math.min(protocol.batch, numImages)),
      numSteps: sum(({ numSteps }) => numSteps),
      seconds: sum(({ seconds }) => seconds),
      scores,
    };
  } catch (error) {
    if (!(error instanceof AppError && error.code === 'unstable')) throw error;
    return { cell, failure: error.message, numPresentations: 0, numSteps: 0, seconds: 0, scores: [] };
  }
}
