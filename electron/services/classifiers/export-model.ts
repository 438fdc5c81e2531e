/** A classifier as a package that runs without the app. */
import { readFileSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { exportPackage, minSamples } from '../../export/export-package.ts';
import type { Classifier } from '../../export/classifier-model.ts';
import type { VerificationReport } from '../../export/verify.ts';
import type { CardEvaluation, ModelCard } from '../../export/model-card.ts';
import { createRandom } from '../../tensor/random.ts';
import { abstainView } from './abstain-rule.ts';
import { samplingNotes, storedCheck } from './check.ts';
import { predictImages } from './evaluate-model.ts';
import type { EvaluateReport } from './measured-report.ts';
import { loadClassifier } from '../adaptation/models.ts';
import { fullImage, projectPixels } from '../intake/project-pixels.ts';
import type { ClassifierSettings } from './train-classifier.ts';
import { testImages } from '../intake/test-split.ts';
import type { ModelRecord } from '../../project/models.ts';
import type { Workspace } from '../workspace.ts';

export interface ExportReport {
  readonly outDir: string;
  readonly modelId: number;
  readonly files: readonly string[];
  readonly numBytes: number;
  readonly verification: VerificationReport;
}

const { version } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as { version: string };

/** Images the written file is run on, images kept apart for testing first. */
const numVerified = 128;

/**
 * Writes the package, runs it on the project's images and compares with the app's own predictions. Throws `mismatch`, leaving no
 * package behind, where they disagree; `conflict` where `outDir` holds something else.
 */
export async function exportModel(workspace: Workspace, modelId: number, outDir: string): Promise<ExportReport> {
  const { project } = workspace;
  const out = resolve(outDir);
  return await workspace.job({ kind: 'export', params: { modelId, outDir: out } }, async (ctx) => {
    const model = loadClassifier(workspace, modelId);
    const settings = model.record.settings as ClassifierSettings;
    const usable = project.images.usable();
    const held = new Set(testImages(workspace));
    const shuffled = (ids: Int32Array): number[] => Array.from(createRandom(settings.seed).permutation(ids.length), (i) => ids[i] ?? 0);
    const ordered = [...shuffled(usable.filter((id) => held.has(id))), ...shuffled(usable.filter((id) => !held.has(id)))];
    const imageIds = Int32Array.from(ordered.slice(0, Math.max(minSamples, numVerified)));
    const probabilities = await predictImages(workspace, modelId, imageIds, ctx);
    const squares = projectPixels(workspace, imageIds, model.record.px);
    const images = project.images.getMany(imageIds);
    const numClasses = model.head.numClasses;
    const readable = images.flatMap((image, i) => (image.status === 'ok' ? [{ image, i }] : []));
    const result = await exportPackage({
      outDir: out,
      classifier: {
        network: model.network,
        parameters: model.parameters,
        head: model.head,
        classes: classCounts(model.record),
        px: model.record.px,
        flip: settings.flip,
        ...abstentionOf(workspace, model.record),
        ...(settings.temperature !== undefined && { temperature: settings.temperature }),
      },
      card: cardOf(workspace, modelId),
      samples: readable.map(({ image, i }) => ({
        name: image.relativePath,
        probabilities: probabilities.slice(i * numClasses, (i + 1) * numClasses),
        readSquare: () => squares.read(Int32Array.of(i)),
        readFull: () => fullImage(workspace, image.id),
      })),
      ctx,
      clock: () => performance.now(),
    });
    return {
      outDir: result.outDir,
      modelId,
      files: result.files.map((file) => file.name),
      numBytes: result.files.reduce((sum, file) => sum + file.numBytes, 0),
      verification: result.report,
    };
  });
}

/** The threshold that the newest measurement allows, rounded down so that other runtimes answer what it was found on; none without a measurement. */
function abstentionOf(workspace: Workspace, record: ModelRecord): Pick<Classifier, 'minProbability' | 'abstention'> {
  const stored = storedCheck(workspace, record);
  const view = stored && abstainView(workspace, stored);
  if (!view?.rule || view.maxRisk === null) return { minProbability: null, abstention: null };
  const { rule, words, maxRisk } = view;
  const { coverage, risk, isPromised, numMeasured } = rule;
  return {
    minProbability: Math.floor(1e6 * rule.minProbability) / 1e6,
    abstention: { maxRisk, coverage, risk, isPromised, numMeasured, words },
  };
}

function classCounts({ outputs, settings }: ModelRecord): { name: string; numLabels: number }[] {
  const { labelCounts } = settings as ClassifierSettings;
  return (outputs ?? []).map(({ name }, i) => ({ name, numLabels: labelCounts[i] ?? 0 }));
}

function cardOf(workspace: Workspace, modelId: number): ModelCard {
  const { project } = workspace;
  const record = project.models.get(modelId);
  const settings = record.settings as ClassifierSettings;
  const sources = project.sources.list();
  const adapted = project.models.lineage(modelId).find((model) => model.kind === 'adapted');
  const method = [
    adapted === undefined
      ? 'The base network was used as it came; it was not adapted to these images.'
      : `The base network was adapted to the images without labels by ${adapted.method.toUpperCase()} at ${adapted.px} px.`,
    `A linear classifier was trained on its features at ${record.px} px from ${settings.numLabels} labels (L2 strength ${settings.strength}, chosen by cross-validation).`,
    ...(settings.finetuneSteps > 0 ? [`Then all layers were fine-tuned for ${settings.finetuneSteps} steps.`] : []),
    ...(settings.temperature !== undefined && Math.abs(settings.temperature - 1) > 0.005
      ? [
          `Its logits are divided by ${settings.temperature.toFixed(2)}, fitted to predictions of images not learnt from, so that it is about as often right as it is sure.`,
        ]
      : []),
    ...(settings.flip ? ['Predictions are averaged over the image and its mirror image.'] : []),
  ];
  // What early versions kept lacks some of the figures.
  const evaluation = storedCheck(workspace, record) === null ? null : project.evaluations.latest(modelId, 'test');
  return {
    title: record.name,
    createdAt: new Date().toISOString(),
    appVersion: version,
    data: {
      numImages: project.images.usable().length,
      numLabelled: settings.numLabels,
      sources: sources.map((source) => ({ name: basename(source.rootPath), numImages: source.numImages })),
    },
    method,
    lineage: project.models.lineage(modelId).map((model) => ({ stage: model.kind, detail: `${model.name} (${model.method})` })),
    evaluation: evaluation === null ? null : evaluationOf(evaluation.metrics as EvaluateReport),
    verdict: settings.verdict,
    limits: [],
  };
}

function evaluationOf(report: EvaluateReport): CardEvaluation {
  const { accuracy, macroF1, intervals, numTest, gain, perClass, sampling } = report;
  const { balancedAccuracy, logLoss, auc } = intervals;
  return {
    measuredOn: [
      'They were kept apart by a hash of their content: not adapted on, not chosen for what they show, not trained on.',
      ...samplingNotes(sampling),
    ].join(' '),
    numImages: numTest,
    metrics: [
      { name: 'accuracy', value: accuracy.estimate, interval: [accuracy.low, accuracy.high] },
      { name: 'macro F1', value: macroF1.estimate, interval: [macroF1.low, macroF1.high] },
      { name: 'balanced accuracy', value: balancedAccuracy.estimate, interval: [balancedAccuracy.low, balancedAccuracy.high] },
      { name: 'log loss', value: logLoss.estimate, interval: [logLoss.low, logLoss.high] },
      ...(auc === null ? [] : [{ name: 'AUC', value: auc.estimate, interval: [auc.low, auc.high] as const }]),
      ...(gain === null
        ? []
        : [{ name: 'accuracy of a probe gained by adapting', value: gain.estimate, interval: [gain.low, gain.high] as const }]),
    ],
    perClass,
  };
}
