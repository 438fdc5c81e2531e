/** The predictions of every image as a file of any format. */
import type { PredictionFormat } from '../../contract/label-formats.ts';
import type { Workspace } from '../workspace.ts';
import { predictionsCsv } from './predictions-csv.ts';
import { predictionsDetections } from './predictions-detections.ts';
import { predictionsTasks } from './predictions-tasks.ts';

const writers: Readonly<Record<PredictionFormat, (workspace: Workspace, modelId?: number) => Promise<string>>> = {
  csv: predictionsCsv,
  detections: predictionsDetections,
  'label-studio': predictionsTasks,
};

/** What follows the project's name in the name of such a file. */
export const predictionFileEndings: Readonly<Record<PredictionFormat, string>> = {
  csv: 'predictions.csv',
  detections: 'predictions-detections.json',
  'label-studio': 'predictions-label-studio.json',
};

/** Every prediction of a classifier, the newest without `modelId`, as text. Throws as `readPredictedImages` does. */
export async function writePredictions(workspace: Workspace, format: PredictionFormat, modelId?: number): Promise<string> {
  return await writers[format](workspace, modelId);
}
