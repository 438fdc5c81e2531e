/** How good a classifier is on the images kept apart. */
import { AppError } from '../../contract/errors.ts';
import { predict } from '../../learn/embed.ts';
import { bootstrapInterval, meanOver, pairedBootstrap, wilsonInterval } from '../../learn/intervals.ts';
import type { Interval } from '../../learn/intervals.ts';
import { classificationMetrics, confusionMatrix, macroF1, perClassScores, predictedClasses } from '../../learn/metrics.ts';
import type { ClassificationMetrics, ClassScore } from '../../learn/metrics.ts';
import { fitProbe, predictProbe } from '../../learn/probe.ts';
import type { ModelOutput } from '../../project/models.ts';
import { imagesKey } from '../intake/images-key.ts';
import { labelledFeatures, poolFeatures, trainingLabels } from './labelled-features.ts';
import { labelsKey } from '../labelling/labels-key.ts';
import type { FeatureKey } from './labelled-features.ts';
import { loadClassifier } from '../adaptation/models.ts';
import { projectPixels } from '../intake/project-pixels.ts';
import { testImages } from '../intake/test-split.ts';
import type { ClassifierSettings } from './train-classifier.ts';
import type { Workspace } from '../workspace.ts';

/** A plain probe on one set of features, on the same test images. */
export interface ArmReport extends FeatureKey {
  readonly name: string;
  readonly accuracy: Interval;
}

export interface EvaluateReport {
  readonly modelId: number;
  readonly classes: readonly string[];
  readonly numTest: number;
  readonly accuracy: Interval;
  readonly macroF1: Interval;
  readonly metrics: ClassificationMetrics;
  /** `confusion[t][p]`: images of class t predicted as class p. */
  readonly confusion: readonly (readonly number[])[];
  /** In the order of the classes. */
  readonly perClass: readonly ClassScore[];
  /** Probes on unadapted and adapted features, so that what adapting did can be seen. */
  readonly arms: readonly ArmReport[];
  /** Accuracy of the adapted arm minus that of the unadapted one; null without both. */
  readonly gain: Interval | null;
}

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
  const { imageIds, truth, classOf } = labelledTestImages(workspace, outputs);
  if (imageIds.length === 0) {
    const kept = testImages(workspace).length;
    const what =
      kept === 0
        ? 'No images are kept apart for testing. Keep some apart when importing'
        : `None of the ${kept} images kept apart for testing has a label of one of the classes. Label some of them`;
    throw new AppError('conflict', `${what}: a measure on images the classifier was trained on would be worth nothing.`);
  }
  const training = trainingKey(workspace);
  const params = { modelId, images: imagesKey(workspace, imageIds), truth: truth.join(' '), training, labels };
  const earlier = workspace.finished('evaluate', params) as EvaluateReport | undefined;
  if (earlier !== undefined) return earlier;
  return await workspace.job({ kind: 'evaluate', params }, async (ctx) => {
    const probabilities = await predictImages(workspace, modelId, imageIds, ctx);
    const predicted = predictedClasses(probabilities, outputs.length);
    const metrics = classificationMetrics(truth, probabilities, outputs.length);
    const confusion = confusionMatrix(truth, predicted, outputs.length);
    const f1 = (items: Int32Array): number =>
      macroF1(
        items.map((i) => truth[i] ?? 0),
        items.map((i) => predicted[i] ?? 0),
        outputs.length,
      );
    const arms: { report: ArmReport; correct: Float64Array }[] = [];
    for (const arm of settings.arms) {
      const correct = await probeArm(workspace, arm, { imageIds, truth, classOf });
      arms.push({
        report: {
          ...arm,
          accuracy: wilsonInterval(
            correct.reduce((a, b) => a + b, 0),
            correct.length,
          ),
        },
        correct,
      });
    }
    const [unadapted, adapted] = ['unadapted', 'adapted'].map((name) => arms.find((arm) => arm.report.name === name)?.correct);
    const options = { seed: settings.seed, numResamples };
    const report: EvaluateReport = {
      modelId,
      classes: outputs.map((output) => output.name),
      numTest: imageIds.length,
      accuracy: wilsonInterval(truth.filter((label, i) => label === predicted[i]).length, truth.length),
      macroF1: bootstrapInterval(truth.length, f1, options),
      metrics,
      confusion: outputs.map((_, row) => [...confusion.subarray(row * outputs.length, (row + 1) * outputs.length)]),
      perClass: perClassScores(confusion, outputs.length),
      arms: arms.map((arm) => arm.report),
      gain: unadapted && adapted ? pairedBootstrap(truth.length, meanOver(adapted), meanOver(unadapted), options) : null,
    };
    const confidence = Array.from(predicted, (c, i) => probabilities[i * outputs.length + c] ?? 0);
    const cases = { imageIds: [...imageIds], truth: [...truth], predicted: [...predicted], confidence, labels };
    project.evaluations.add({ modelId, split: 'test', metrics: report, cases });
    return report;
  });
}

/** The usable images kept apart that have a label of one of these classes, and the positions of their classes. */
export function labelledTestImages(
  workspace: Workspace,
  outputs: readonly ModelOutput[],
): { readonly imageIds: Int32Array; readonly truth: Int32Array; readonly classOf: ReadonlyMap<number, number> } {
  const { project } = workspace;
  const classOf = new Map(outputs.map((output, i) => [output.classId, i]));
  const labels = new Map(pairs(project.labels.all()));
  const usable = new Set(project.images.usable());
  const imageIds = testImages(workspace).filter((id) => usable.has(id) && classOf.has(labels.get(id) ?? -1));
  return { imageIds, truth: Int32Array.from(imageIds, (id) => classOf.get(labels.get(id) ?? -1) ?? 0), classOf };
}

/** The probes beside the classifier are trained on the labels of this moment. */
function trainingKey(workspace: Workspace): string {
  const { imageIds, classIds } = trainingLabels(workspace);
  return `${imagesKey(workspace, imageIds)} ${classIds.join(' ')}`;
}

/** 1 for every test image that a probe on these features, trained on the same labels, gets right. */
async function probeArm(
  workspace: Workspace,
  key: FeatureKey,
  test: { readonly imageIds: Int32Array; readonly truth: Int32Array; readonly classOf: ReadonlyMap<number, number> },
): Promise<Float64Array> {
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

function pairs({ imageIds, classIds }: { imageIds: Int32Array; classIds: Int32Array }): [number, number][] {
  return Array.from(imageIds, (id, i) => [id, classIds[i] ?? 0]);
}
