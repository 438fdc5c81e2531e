/** What a classifier says of every image, as tasks that Label Studio imports with pre-annotations; labels that there are come as annotations. */
import { predictedClasses } from '../../learn/metrics.ts';
import { outsidePaths } from '../intake/outside-paths.ts';
import { choiceResult } from '../labelling/formats/label-studio.ts';
import { taskData } from '../labelling/formats/task-image.ts';
import type { Workspace } from '../workspace.ts';
import { readPredictedImages } from './predicted-images.ts';

/** One task for every usable image. Throws as `readPredictedImages` does. */
export async function predictionsTasks(workspace: Workspace, modelId?: number): Promise<string> {
  const { model, names, batches } = readPredictedImages(workspace, modelId);
  const usable = workspace.project.images.getMany(workspace.project.images.usable());
  const paths = outsidePaths(workspace, usable);
  const pathOf = new Map(usable.map(({ id }, i) => [id, paths[i] ?? '']));
  const rows: string[] = [];
  for await (const batch of batches()) {
    for (const { image, probabilities, label } of batch) {
      const best = predictedClasses(probabilities, names.length)[0] ?? 0;
      const annotations = label === null ? [] : [{ was_cancelled: false, result: [choiceResult(`label-${image.id}`, label)] }];
      const score = Number((probabilities[best] ?? 0).toFixed(6));
      const prediction = { model_version: model.name, score, result: [choiceResult(`prediction-${image.id}`, names[best] ?? '')] };
      rows.push(JSON.stringify({ id: image.id, data: taskData(pathOf.get(image.id) ?? ''), annotations, predictions: [prediction] }));
    }
  }
  return `[\n${rows.join(',\n')}\n]\n`;
}
