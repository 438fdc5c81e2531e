/** How good a classifier is, as well as the labels at hand can tell. */
import { AppError } from '../../contract/errors.ts';
import { atTemperature } from '../../learn/calibration.ts';
import { crossValidationWidth, shareInterval } from '../../learn/intervals.ts';
import { predictedClasses } from '../../learn/metrics.ts';
import { compareFeatures } from '../../learn/verdict.ts';
import type { ModelOutput } from '../../project/models.ts';
import { foldGroups, groupingInUse } from '../intake/grouping.ts';
import { auditSample, isNearlyWhole, labelledTestImages } from './audit-sample.ts';
import { evaluateModel, predictImages } from './evaluate-model.ts';
import { measuredCases, measuredReport } from './measured-report.ts';
import type { EvaluateReport, Measured } from './measured-report.ts';
import { labelledFeatures, poolFeatures, trainingLabels } from './labelled-features.ts';
import type { FeatureKey } from './labelled-features.ts';
import { labelsKey } from '../labelling/labels-key.ts';
import type { ClassifierSettings } from './train-classifier.ts';
import type { Workspace } from '../workspace.ts';

/** Fewer labelled test images than these leave an interval of 30 points and more. */
export const minTestImages = 30;

/** The split that out-of-fold figures are kept under. */
export const crossValidatedSplit = 'cross-validation';

/** How many more of the images kept apart need a label before they can be measured on; 0 where there are enough. */
export function numTestLabelsLacking(workspace: Workspace, outputs: readonly ModelOutput[]): number {
  const { truth } = labelledTestImages(workspace, outputs);
  return Math.max(0, minTestImages - truth.length);
}

/**
 * Measures a classifier and keeps the result: on the images kept apart where enough of them are labelled, else by cross-validation of a probe on
 * its features. `labels` is the key of the labels it was trained on. The same measurement is not repeated.
 */
export async function checkClassifier(workspace: Workspace, modelId: number, labels: string): Promise<EvaluateReport> {
  const record = workspace.project.models.get(modelId);
  if (record.outputs === null) throw new AppError('conflict', `${record.name} is not a classifier. Train one first.`);
  if (numTestLabelsLacking(workspace, record.outputs) === 0) return await evaluateModel(workspace, modelId, labels);
  return await crossValidateClassifier(workspace, modelId, record.outputs, labels);
}

/**
 * `checkClassifier` after a training on the labels of the key `learnt`, while which a person may have gone on. Returns false where labels or classes went
 * away, so that nothing is left to measure with; that must not cost the classifier.
 */
export async function checkWhereLabelsAllow(workspace: Workspace, modelId: number, learnt: string): Promise<boolean> {
  try {
    await checkClassifier(workspace, modelId, checkedLabels(workspace, learnt));
    return true;
  } catch (error) {
    if (labelsKey(workspace) !== learnt && error instanceof AppError && ['invalid-input', 'conflict'].includes(error.code)) return false;
    throw error;
  }
}

/** What a measurement made now is of: measured with other labels than it learnt, a classifier never is of the labels at hand, not even once the change is undone. */
export function checkedLabels(workspace: Workspace, learnt: string): string {
  const now = labelsKey(workspace);
  return now === learnt ? learnt : `${learnt}/${now}`;
}

async function crossValidateClassifier(
  workspace: Workspace,
  modelId: number,
  outputs: readonly ModelOutput[],
  labels: string,
): Promise<EvaluateReport> {
  const { project } = workspace;
  const params = { modelId, labels, grouping: groupingInUse(workspace) };
  const earlier = workspace.finished('cross-validate', params) as EvaluateReport | undefined;
  if (earlier !== undefined) return earlier;
  return await workspace.job({ kind: 'cross-validate', params }, async (ctx) => {
    const record = project.models.get(modelId);
    const settings = record.settings as ClassifierSettings;
    const chosen: FeatureKey = { modelId: record.parentId ?? modelId, px: record.px };
    const arms = settings.arms.length > 0 ? settings.arms : [{ name: 'unadapted', ...chosen }];
    const { imageIds, truth: all } = trainingTruth(workspace, outputs);
    const candidates = arms.map((arm) => ({
      name: `${arm.name}, ${arm.px} px`,
      adapted: arm.name === 'adapted',
      features: labelledFeatures(workspace, arm, imageIds),
      reference: poolFeatures(workspace, arm),
    }));
    const numClasses = outputs.length;
    const groups = foldGroups(workspace, imageIds);
    // Of the same seed as the training, hence of the same folds and with the same words.
    const options = { candidates, labels: all, numClasses, seed: settings.seed, ...(groups && { groups }) };
    const comparison = await compareFeatures(options, ctx);
    const own = comparison.candidates[arms.findIndex((arm) => arm.modelId === chosen.modelId && arm.px === chosen.px)];
    const held = own ?? comparison.candidates[comparison.chosen];
    if (held === undefined) throw new AppError('internal', 'Cross-validation gave no predictions.');
    const rows = comparison.scoredRows;
    const raw = new Float32Array(rows.length * numClasses);
    rows.forEach((row, i) => raw.set(held.probabilities.subarray(row * numClasses, (row + 1) * numClasses), i * numClasses));
    const measured: Measured = {
      modelId,
      outputs,
      truth: rows.map((row) => all[row] ?? 0),
      probabilities: atTemperature(raw, numClasses, settings.temperature ?? 1),
      sampling: {
        basis: isNearlyWhole(workspace, imageIds.length) ? 'cross-validated' : 'chosen',
        numLeftOut: 0,
        isWeighted: false,
        uncovered: 0,
        isGrouped: groups !== undefined,
      },
      seed: settings.seed,
      groups: groups && rows.map((row) => groups[row] ?? 0),
      width: crossValidationWidth,
    };
    const report = measuredReport(measured, {
      accuracy: held.accuracy,
      arms: arms.flatMap((arm, i) => {
        const score = comparison.candidates[i];
        return score === undefined ? [] : [{ ...arm, accuracy: score.accuracy }];
      }),
      gain: comparison.verdict?.accuracyDifference ?? null,
      audit: await fewKeptApart(workspace, modelId, outputs, ctx),
    });
    const cases = measuredCases(
      rows.map((row) => imageIds[row] ?? 0),
      measured,
      labels,
    );
    project.evaluations.add({ modelId, split: crossValidatedSplit, metrics: report, cases });
    return report;
  });
}

/** How the classifier does on the images kept apart that have a label, however few; null without any. */
async function fewKeptApart(
  workspace: Workspace,
  modelId: number,
  outputs: readonly ModelOutput[],
  ctx: Parameters<typeof predictImages>[3],
): Promise<EvaluateReport['audit']> {
  const test = labelledTestImages(workspace, outputs);
  if (test.imageIds.length === 0) return null;
  const predicted = predictedClasses(await predictImages(workspace, modelId, test.imageIds, ctx), outputs.length);
  const hits = Float64Array.from(test.truth, (label, i) => (label === predicted[i] ? 1 : 0));
  const { weights, groups } = auditSample(workspace, test);
  return { numImages: hits.length, accuracy: shareInterval(hits, { weights, groups }) };
}

/** The labels to learn from, as positions among the outputs; classes that came later are left out. */
function trainingTruth(workspace: Workspace, outputs: readonly ModelOutput[]): { imageIds: Int32Array; truth: Int32Array } {
  const position = new Map(outputs.map((output, i) => [output.classId, i]));
  const all = trainingLabels(workspace);
  const rows = Array.from(all.imageIds.keys()).filter((i) => position.has(all.classIds[i] ?? -1));
  return {
    imageIds: Int32Array.from(rows, (i) => all.imageIds[i] ?? 0),
    truth: Int32Array.from(rows, (i) => position.get(all.classIds[i] ?? -1) ?? 0),
  };
}
