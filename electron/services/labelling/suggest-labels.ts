/** Which images to label next. */
import { AppError } from '../../contract/errors.ts';
import { groupDuplicates, redundantCopies } from '../../explore/duplicates.ts';
import { suggestByMargin } from '../../explore/margin.ts';
import { nearestNeighbours } from '../../explore/neighbours.ts';
import { findOutliers } from '../../explore/outliers.ts';
import { suggestRandom } from '../../explore/selection.ts';
import type { Suggestions } from '../../explore/selection.ts';
import { suggestCentral, suggestTypical } from '../../explore/typiclust.ts';
import type { RunContext } from '../../contract/progress.ts';
import type { Executor } from '../../tensor/program.ts';
import { predictImages } from '../classifiers/evaluate-model.ts';
import { testImages } from '../intake/test-split.ts';
import type { Workspace } from '../workspace.ts';

export type Strategy = 'typical' | 'central' | 'margin' | 'random';

export const strategies: readonly Strategy[] = ['typical', 'central', 'margin', 'random'];

export interface SuggestRequest {
  readonly modelId: number;
  /** Size the images were embedded at. */
  readonly px: number;
  readonly budget: number;
  readonly strategy: Strategy;
  readonly seed: number;
}

export interface SuggestReport {
  readonly strategy: Strategy;
  readonly imageIds: readonly number[];
  readonly paths: readonly string[];
  /** Left out of the choice: copies of other images, and images unlike any other. */
  readonly numCopies: number;
  readonly numOutliers: number;
}

const reasons: Readonly<Record<Strategy, string>> = {
  typical: 'typical of a cluster without labels',
  central: 'in the middle of a cluster without labels',
  margin: 'the model is undecided',
  random: 'drawn at random',
};

/** What choosing needs, over the pool's features [N, D]. */
export interface ChooseRequest {
  readonly features: Float32Array;
  readonly numImages: number;
  readonly numDims: number;
  readonly labelled: Int32Array;
  readonly budget: number;
  readonly strategy: Strategy;
  readonly seed: number;
  readonly hashes?: readonly (string | null)[];
  /** [N, C], for `margin`. */
  readonly probabilities?: { readonly values: Float32Array; readonly numClasses: number };
}

export interface Choice {
  readonly suggestions: Suggestions;
  readonly numCopies: number;
  readonly numOutliers: number;
}

const numNeighbours = 10;

/** Chooses what to label from features alone: copies and outliers are set aside first, then the strategy decides. */
export async function chooseImages(request: ChooseRequest, executor: Executor, ctx: RunContext): Promise<Choice> {
  const { features, numImages, numDims, labelled, budget, strategy, seed } = request;
  const shape = { numImages, numDims };
  if (strategy === 'random') {
    const suggestions = suggestRandom({ numImages, labelled, excluded: new Int32Array(0), budget, seed });
    return { suggestions, numCopies: 0, numOutliers: 0 };
  }
  const neighbours = await nearestNeighbours(features, shape, numNeighbours, executor, ctx);
  const { groups } = groupDuplicates(neighbours, request.hashes === undefined ? {} : { hashes: request.hashes });
  const copies = redundantCopies(groups, labelled);
  const outliers = findOutliers(neighbours).indices;
  const excluded = Int32Array.from(new Set([...copies, ...outliers]));
  const common = { ...shape, features, labelled, excluded, budget, seed };
  const choose = (): Promise<Suggestions> => {
    switch (strategy) {
      case 'typical':
        return suggestTypical(common, executor, ctx);
      case 'central':
        return suggestCentral(common, executor, ctx);
      case 'margin':
        if (request.probabilities === undefined) throw new AppError('conflict', 'Choosing by margin needs a classifier. Train one first.');
        return suggestByMargin(
          { ...common, probabilities: request.probabilities.values, numClasses: request.probabilities.numClasses },
          executor,
          ctx,
        );
    }
  };
  return { suggestions: await choose(), numCopies: copies.length, numOutliers: outliers.length };
}

/** Suggests images to label among those not labelled and not kept apart for testing, and keeps the suggestions. */
export async function suggestLabels(workspace: Workspace, request: SuggestRequest): Promise<SuggestReport> {
  const { project } = workspace;
  const executor = await workspace.executor();
  return await workspace.job({ kind: 'suggest', params: request }, async (ctx) => {
    const held = new Set(testImages(workspace));
    const all = project.embeddings.readAll({ modelId: request.modelId, px: request.px });
    if (all.imageIds.length === 0) throw new AppError('conflict', 'The images have no features yet. Embed them first.');
    const rows = Array.from(all.imageIds.keys()).filter((i) => !held.has(all.imageIds[i] ?? 0));
    const imageIds = rows.map((i) => all.imageIds[i] ?? 0);
    const features = new Float32Array(rows.length * all.dim);
    rows.forEach((i, at) => features.set(all.vectors.subarray(i * all.dim, (i + 1) * all.dim), at * all.dim));
    const isLabelled = new Set(project.labels.all().imageIds);
    const labelled = Int32Array.from(imageIds.keys()).filter((i) => isLabelled.has(imageIds[i] ?? 0));
    const images = project.images.getMany(imageIds);
    const predicted = request.strategy === 'margin' ? await newestPredictions(workspace, imageIds, ctx) : undefined;
    const choice = await chooseImages(
      {
        ...request,
        features,
        numImages: rows.length,
        numDims: all.dim,
        labelled,
        hashes: images.map((image) => image.contentHash),
        ...(predicted && { probabilities: predicted }),
      },
      executor,
      ctx,
    );
    const chosen = Array.from(choice.suggestions.indices, (i, at) => ({ image: images[i], score: choice.suggestions.scores[at] ?? 0 }));
    project.suggestions.add({
      strategy: request.strategy,
      modelId: request.modelId,
      params: request,
      suggestions: chosen.map(({ image, score }) => ({ imageId: image?.id ?? 0, reason: reasons[request.strategy], score })),
    });
    return {
      strategy: request.strategy,
      imageIds: chosen.map(({ image }) => image?.id ?? 0),
      paths: chosen.map(({ image }) => image?.relativePath ?? ''),
      numCopies: choice.numCopies,
      numOutliers: choice.numOutliers,
    };
  });
}

/** The newest classifier's probabilities for these images; those it has not predicted yet are predicted now. */
async function newestPredictions(
  workspace: Workspace,
  imageIds: readonly number[],
  ctx: RunContext,
): Promise<{ values: Float32Array; numClasses: number }> {
  const { models, predictions } = workspace.project;
  const model = models.list().findLast(({ kind }) => kind === 'classifier');
  if (model === undefined) throw new AppError('conflict', 'Choosing by margin needs a classifier. Train one first.');
  const known = new Set(predictions.readAll(model.id).imageIds);
  const missing = Int32Array.from(imageIds.filter((id) => !known.has(id)));
  if (missing.length > 0) await predictImages(workspace, model.id, missing, ctx);
  const { numClasses, probabilities, imageIds: rowIds } = predictions.readAll(model.id);
  const rows = new Map(Array.from(rowIds, (id, row) => [id, row] as const));
  const values = new Float32Array(imageIds.length * numClasses);
  imageIds.forEach((id, at) => {
    const row = rows.get(id) ?? 0;
    values.set(probabilities.subarray(row * numClasses, (row + 1) * numClasses), at * numClasses);
  });
  return { values, numClasses };
}
