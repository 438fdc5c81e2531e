/** How much the depths of a network tell about the project's classes. */
import { AppError } from '../../contract/errors.ts';
import { embedStages } from '../../learn/embed.ts';
import { layerProbes } from '../../learn/layer-probes.ts';
import type { LayerFeatures, LayerScore } from '../../learn/layer-probes.ts';
import { judgingLabels } from '../adaptation/judge-adaptation.ts';
import { loadModel } from '../adaptation/models.ts';
import { imagesKey } from '../intake/images-key.ts';
import { projectPixels } from '../intake/project-pixels.ts';
import { labelsKey } from '../labelling/labels-key.ts';
import type { Workspace } from '../workspace.ts';

export interface ProbeLayersRequest {
  readonly modelId: number;
  readonly px: number;
  readonly seed: number;
}

export interface ProbeLayersReport extends ProbeLayersRequest {
  readonly name: string;
  readonly numLabels: number;
  readonly layers: readonly LayerScore[];
}

/** Linear and non-linear probes on the frozen features of every depth, cross-validated on the labels at hand. Throws `conflict` for too few labels. */
export async function probeLayers(workspace: Workspace, request: ProbeLayersRequest): Promise<ProbeLayersReport> {
  const labelled = judgingLabels(workspace);
  if (labelled === null)
    throw new AppError('conflict', 'Comparing layers takes at least 20 labels of two classes. Label some more images first.');
  const { imageIds, labels, numClasses } = labelled;
  const params = { ...request, images: imagesKey(workspace, imageIds), labels: labelsKey(workspace) };
  const earlier = workspace.finished('probe-layers', params) as ProbeLayersReport | undefined;
  if (earlier !== undefined) return earlier;
  const executor = await workspace.executor();
  return await workspace.job({ kind: 'probe-layers', params }, async (ctx) => {
    const { network, parameters, record } = loadModel(workspace, request.modelId);
    const rows = await embedStages({ network, parameters, executor, source: projectPixels(workspace, imageIds, request.px), ctx });
    const width = rows.length / imageIds.length;
    let start = 0;
    const layers = network.stages.map(({ numChannels, reduction }, index): LayerFeatures => {
      const features = new Float32Array(imageIds.length * numChannels);
      for (let row = 0; row < imageIds.length; row++) {
        features.set(rows.subarray(row * width + start, row * width + start + numChannels), row * numChannels);
      }
      start += numChannels;
      return { name: `stage ${index + 1}, 1/${reduction} of the size`, dim: numChannels, features };
    });
    const scores = await layerProbes(layers, labels, numClasses, { seed: request.seed, executor }, ctx);
    return { ...request, name: record.name, numLabels: labels.length, layers: scores };
  });
}
