/** How good a classifier is on the images kept apart. */
import { AppError } from '../../contract/errors.ts';
import { predict } from '../../learn/embed.ts';
import { meanOver, pairedBootstrap, shareInterval } from '../../learn/intervals.ts';
import { predictedClasses } from '../../learn/metrics.ts';
import { fitProbe, predictProbe } from '../../learn/probe.ts';
import { groupingInUse } from '../intake/grouping.ts';
import { imagesKey } from '../intake/images-key.ts';
import { auditSample, labelledTestImages } from './audit-sample.ts';
import type { LabelledTest } from './audit-sample.ts';
import { measuredCases, measuredReport } from './measured-report.ts';
import type { ArmReport, EvaluateReport, Measured } from './measured-report.ts';
import { labelledFeatures, poolFeatures, trainingLabels } from './labelled-features.ts';
import { labelsKey } from '../labelling/labels-key.ts';
import type { FeatureKey } from './labelled-features.ts';
import { loadClassifier } from '../adaptation/models.ts';
import { projectPixels } from '../intake/project-pixels.ts';
import { testImages } from '../intake/test-split.ts';
import type { ClassifierSettings } from './train-classifier.ts';
import type { Workspace } from '../workspace.ts';

const numResamples = 2000;

/** The classifier's probabilities [N, C] for these images, which are also kept as its predictions. */
export async function predictImages(
  workspace: Workspace,
  modelId: number,
  imageIds: Int32Array,
  ctx: Parameters<typeof predict>[0]['ctx'],
): Promise<Float32Array> {
  const { network, parameters, head, record } = loadClassifier(workspace, modelId);
  const settings = record.settings as ClassifierSettings;
  const probabilities = await predict({
    network,
    parameters,
    head,
    source: projectPixels(workspace, imageIds, record.px),
    executor: await workspace.executor(),
    ctx,
    flip: settings.flip,
  });
  workspace.project.predictions.write(modelId, imageIds, probabilities);
  return probabilities;
}

/**
 * Predicts the labelled images that were kept apart and measures the result, with 95 % intervals over images; beside it, plain
 * probes on unadapted and adapted features. The same measurement is not repeated. Throws `conflict` for a model that is no
 * classifier, and where no labelled image was kept apart. `labels` is the key of the labels that the classifier was trained on.
 */
export async function evaluateModel(workspace: Workspace, modelId: number, labels = labelsKey(workspace)): Promise<EvaluateReport> {
  const { project } = workspace;
  const record = project.models.get(modelId);
  if (record.outputs === null) throw new AppError('conflict', `${record.name} is not a classifier. Train one first.`);
  const settings = record.settings as ClassifierSettings;
  const { outputs } = record;
  const test = labelledTestImages(workspace, outputs);
  const { imageIds, truth, numLeftOut } = test;
  if (imageIds.length === 0) {
    const kept = testImages(workspace).length;
    const what =
      kept === 0
        ? 'No images are kept apart for testing. Keep some apart when importing'
        : numLeftOut > 0
          ? `All of the ${numLeftOut} labelled images kept apart are copies, or of the groups, of images learnt from. Label others`
          : `None of the ${kept} images kept apart for testing has a label of one of the classes. Label some of them`;
    throw new AppError('conflict', `${what}: a measure on images the classifier was trained on would be worth nothing.`);
  }
  const training = trainingKey(workspace);
  const { sampling, weights, groups } = auditSample(workspace, test);
  const params = {
    modelId,
    images: imagesKey(workspace, imageIds),
    truth: truth.join(' '),
    training,
    labels,
    sampling,
    grouping: groupingInUse(workspace),
  };
  const earlier = workspace.finished('evaluate', params) as EvaluateReport | undefined;
  if (earlier !== undefined) return earlier;
  return await workspace.job({ kind: 'evaluate', params }, async (ctx) => {
    const probabilities = await predictImages(workspace, modelId, imageIds, ctx);
    const arms: { report: ArmReport; correct: Float64Array }[] = [];
    for (const arm of settings.arms) {
      const correct = await probeArm(workspace, arm, test);
      arms.push({
        report: {
          ...arm,
          accuracy: shareInterval(correct, { weights, groups }),
        },
        correct,
      });
    }
    const [unadapted, adapted] = ['unadapted', 'adapted'].map((name) => arms.find((arm) => arm.report.name === name)?.correct);
    const options = { seed: settings.seed, numResamples, ...(groups && { groups }) };
    const measured: Measured = { modelId, outputs, truth, probabilities, sampling, seed: settings.seed, weights, groups };
    const report = measuredReport(measured, {
      arms: arms.map((arm) => arm.report),
      gain:
        unadapted && adapted
          ? pairedBootstrap(truth.length, weightedMeanOver(adapted, weights), weightedMeanOver(unadapted, weights), options)
          : null,
      audit: null,
    });
    const cases = measuredCases(imageIds, measured, labels);
    project.evaluations.add({ modelId, split: 'test', metrics: report, cases });
    return report;
  });
}

/** The weighted mean of values over drawn items, of which each counts as often as it was drawn. */
function weightedMeanOver(values: Float64Array, weights: Float64Array | undefined): (items: Int32Array) => number {
  if (weights === undefined) return meanOver(values);
  return (items) => {
    let [sum, total] = [0, 0];
    for (const i of items) {
      sum += (weights[i] ?? 0) * (values[i] ?? 0);
      total += weights[i] ?? 0;
    }
    return sum / total;
  };
}

/** The probes beside the classifier are trained on the labels of this moment. */
function trainingKey(workspace: Workspace): string {
  const { imageIds, classIds } = trainingLabels(workspace);
  return `${imagesKey(workspace, imageIds)} ${classIds.join(' ')}`;
}

/** 1 for every test image that a probe on these features, trained on the same labels, gets right. */
async function probeArm(workspace: Workspace, key: FeatureKey, test: LabelledTest): Promise<Float64Array> {
  const all = trainingLabels(workspace);
  // Classes that came after the classifier are none of its outputs.
  const rows = Array.from(all.classIds.keys()).filter((i) => test.classOf.has(all.classIds[i] ?? -1));
  const numClasses = test.classOf.size;
  const { model } = await fitProbe({
    features: labelledFeatures(
      workspace,
      key,
      Int32Array.from(rows, (i) => all.imageIds[i] ?? 0),
    ),
    labels: Int32Array.from(rows, (i) => test.classOf.get(all.classIds[i] ?? -1) ?? 0),
    numClasses,
    reference: poolFeatures(workspace, key),
  });
  const predicted = predictedClasses(predictProbe(model, labelledFeatures(workspace, key, test.imageIds)), numClasses);
  return Float64Array.from(test.truth, (label, i) => (label === predicted[i] ? 1 : 0));
}
