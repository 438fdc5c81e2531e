/** Whether this classifier's predictions are better averaged over the mirror image, or over crops. */
import { z } from 'zod';
import type { ViewsView } from '../../contract/domain.ts';
import { AppError } from '../../contract/errors.ts';
import { embed } from '../../learn/embed.ts';
import type { PixelSource } from '../../learn/pixel-source.ts';
import { judgeViews } from '../../learn/view-averaging.ts';
import type { ViewAveraging } from '../../learn/view-averaging.ts';
import { loadModel } from '../adaptation/models.ts';
import { foldGroups, groupingInUse } from '../intake/grouping.ts';
import { imagesKey } from '../intake/images-key.ts';
import { projectPixels } from '../intake/project-pixels.ts';
import { labelledFeatures, poolFeatures } from './labelled-features.ts';
import type { ClassifierSettings } from './train-classifier.ts';
import { trainingSet } from './training-set.ts';
import type { Workspace } from '../workspace.ts';

export interface ViewReport extends ViewAveraging {
  readonly modelId: number;
}

const viewsSplit = 'views';
const interval = z.object({ estimate: z.number(), low: z.number(), high: z.number() });
const viewsSchema = z.object({
  plainAccuracy: z.number(),
  numImages: z.number(),
  verdicts: z.array(
    z.object({
      name: z.string(),
      accuracy: z.number(),
      accuracyDifference: interval,
      logLossDifference: interval,
      outcome: z.enum(['helps', 'harms', 'no difference shown']),
    }),
  ),
});

/** The newest judgement of a classifier's views, or null. */
export function readViews({ project }: Workspace, modelId: number): ViewsView | null {
  const parsed = viewsSchema.safeParse(project.evaluations.latest(modelId, viewsSplit)?.metrics);
  return parsed.success ? parsed.data : null;
}

/** A crop keeps this much of the side. */
const cropShare = 0.875;

/**
 * Compares plain predictions of a probe with means over the mirror image, and over the mirror image and crops of the middle and the corners, on the labels
 * to learn from, each held out in turn. The same comparison is not repeated. Throws `conflict` for what is no classifier.
 */
export async function judgeViewsOf(workspace: Workspace, modelId: number): Promise<ViewReport> {
  const record = workspace.project.models.get(modelId);
  if (record.outputs === null || record.parentId === null)
    throw new AppError('conflict', `${record.name} is not a classifier. Train one first.`);
  const { imageIds, labels, outputs } = trainingSet(workspace);
  const { seed, strength } = record.settings as ClassifierSettings;
  const key = { modelId: record.parentId, px: record.px };
  const params = { modelId, images: imagesKey(workspace, imageIds), labels: labels.join(' '), grouping: groupingInUse(workspace) };
  const earlier = workspace.finished('judge-views', params) as ViewReport | undefined;
  if (earlier !== undefined) return earlier;
  return await workspace.job({ kind: 'judge-views', params }, async (ctx) => {
    const { network, parameters } = loadModel(workspace, key.modelId);
    const executor = await workspace.executor();
    const features = async (source: PixelSource): Promise<Float32Array> => await embed({ network, parameters, source, executor, ctx });
    const flipped = await features(cutOut(projectPixels(workspace, imageIds, key.px), key.px, [0, 0], true));
    const largePx = Math.round(key.px / cropShare);
    const large = projectPixels(workspace, imageIds, largePx);
    const crops: Float32Array[] = [];
    for (const place of cropPlaces(largePx - key.px)) crops.push(await features(cutOut(large, key.px, place)));
    const groups = foldGroups(workspace, imageIds);
    const judged = await judgeViews(
      {
        features: labelledFeatures(workspace, key, imageIds),
        sets: [
          { name: 'the mirror image', views: [flipped] },
          { name: 'crops', views: crops },
          { name: 'the mirror image and crops', views: [flipped, ...crops] },
        ],
        labels,
        numClasses: outputs.length,
        reference: poolFeatures(workspace, key),
        strength,
        seed,
        ...(groups && { groups }),
      },
      ctx,
    );
    workspace.project.evaluations.add({ modelId, split: viewsSplit, metrics: judged, cases: null });
    return { modelId, ...judged };
  });
}

/** Corners of the middle and of four crops, as far as the larger square leaves room. */
function cropPlaces(room: number): (readonly [number, number])[] {
  const middle = Math.floor(room / 2);
  return [
    [middle, middle],
    [0, 0],
    [room, 0],
    [0, room],
    [room, room],
  ];
}

/** A square of `px` out of each larger one of a source, from (left, top) on; mirrored on request. */
export function cutOut(source: PixelSource, px: number, [left, top]: readonly [number, number], isMirrored = false): PixelSource {
  return {
    px,
    numImages: source.numImages,
    read: async (indices) => {
      const pixels = await source.read(indices);
      const out = new Uint8Array(indices.length * px * px * 3);
      for (let image = 0; image < indices.length; image++) {
        for (let y = 0; y < px; y++) {
          for (let x = 0; x < px; x++) {
            const column = left + (isMirrored ? px - 1 - x : x);
            const from = 3 * ((image * source.px + top + y) * source.px + column);
            out.set(pixels.subarray(from, from + 3), 3 * ((image * px + y) * px + x));
          }
        }
      }
      return out;
    },
  };
}
