/** What the network sees while it adapts: random views of some of the project's images, by the very program of the training. */
import type { PictureStrip } from '../../contract/domain.ts';
import type { AugmentationChoice } from '../../contract/augmentation.ts';
import { augment, augmentationInputs, drawAugmentation, type AugmentationSettings } from '../../learn/augment.ts';
import { augmentationFor } from '../../learn/augmentation-presets.ts';
import { floatsOf, uint8 } from '../../learn/host-tensor.ts';
import { methodOf, type AdaptMethod } from '../../learn/methods.ts';
import { streamRandom, streams } from '../../learn/random-streams.ts';
import { resizeWhole } from '../../learn/resample.ts';
import type { Program, Tensors } from '../../tensor/program.ts';
import type { tf } from '../../tensor/tf.ts';
import { storedPx } from '../intake/import-folder.ts';
import { projectPixels } from '../intake/project-pixels.ts';
import type { Workspace } from '../workspace.ts';

export interface PreviewRequest {
  readonly ids: readonly number[];
  /** Views of each image. */
  readonly numViews: number;
  readonly px: number;
  readonly seed: number;
  readonly method: AdaptMethod;
  /** Null for what the method does by itself. */
  readonly augmentation: AugmentationChoice | null;
}

const viewPrefix = 'view.';

/** images uint8 [B, S, S, 3] and the draws for B * V views -> originals [B, P, P, 3] and views [B * V, P, P, 3] in [0, 1]. */
function previewProgram(settings: AugmentationSettings, numImages: number, numViews: number, sourcePx: number, px: number): Program {
  const draws = augmentationInputs(settings, numImages * numViews);
  return {
    name: 'preview-augmentation',
    state: {},
    inputs: {
      images: { dtype: 'uint8', shape: [numImages, sourcePx, sourcePx, 3] },
      ...Object.fromEntries(Object.entries(draws).map(([name, spec]) => [viewPrefix + name, spec])),
    },
    run: (_, inputs) => {
      const images = inputs['images'] as tf.Tensor4D;
      const given: Tensors = Object.fromEntries(
        Object.entries(inputs)
          .filter(([name]) => name.startsWith(viewPrefix))
          .map(([name, tensor]) => [name.slice(viewPrefix.length), tensor]),
      );
      const views = augment(images, given, { numViews, targetPx: px });
      return { state: {}, outputs: { originals: resizeWhole(images, px), views } };
    },
  };
}

function strip(px: number, values: Float32Array): PictureStrip {
  return { px, count: values.length / (px * px * 3), pixels: Uint8Array.from(values, (value) => Math.round(255 * value)) };
}

/** The images as squares of `px`, and `numViews` random views of each, one image's after the other's. Another seed draws others. */
export async function previewAugmentation(
  workspace: Workspace,
  { ids, numViews, px, seed, method, augmentation }: PreviewRequest,
): Promise<{ readonly originals: PictureStrip; readonly views: PictureStrip }> {
  const sourcePx = Math.max(storedPx, px);
  const source = projectPixels(workspace, Int32Array.from(ids), sourcePx);
  const [pixels, executor] = await Promise.all([source.read(Int32Array.from(ids.keys())), workspace.executor()]);
  const own = methodOf(method).settings.augmentation;
  const settings = augmentation === null ? own : augmentationFor(augmentation, own);
  const draws = drawAugmentation(streamRandom(seed, streams.augmentation, 0), ids.length * numViews, settings, { sourcePx, targetPx: px });
  const session = await executor.load(previewProgram(settings, ids.length, numViews, sourcePx, px));
  try {
    const outputs = await session.run({
      images: uint8([ids.length, sourcePx, sourcePx, 3], pixels),
      ...Object.fromEntries(Object.entries(draws).map(([name, tensor]) => [viewPrefix + name, tensor])),
    });
    return { originals: strip(px, floatsOf(outputs, 'originals')), views: strip(px, floatsOf(outputs, 'views')) };
  } finally {
    await session.dispose();
  }
}
