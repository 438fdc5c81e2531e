/** A classifier as a folder that runs without the app. */
import { createHash } from 'node:crypto';
import { copyFile, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AppError } from '../contract/errors.ts';
import type { RunContext } from '../contract/progress.ts';
import { buildClassifierModel } from './classifier-model.ts';
import type { Classifier } from './classifier-model.ts';
import { modelCardMarkdown } from './model-card.ts';
import type { ModelCard } from './model-card.ts';
import { checkReplaceable, manifestFormat, manifestName, writePackageFolder } from './package-folder.ts';
import { verifyModel } from './verify.ts';
import type { ExportSample, VerificationReport } from './verify.ts';

export interface ExportOptions {
  readonly outDir: string;
  readonly classifier: Classifier;
  readonly card: ModelCard;
  /** Images with the app's predictions by this very classifier: at least 64, or all of the project where it has fewer. */
  readonly samples: readonly ExportSample[];
  readonly ctx: RunContext;
  /** Milliseconds from any fixed moment, never going back. */
  readonly clock: () => number;
}

export interface ExportResult {
  readonly outDir: string;
  readonly files: readonly PackagedFile[];
  readonly report: VerificationReport;
}

export interface PackagedFile {
  readonly name: string;
  readonly numBytes: number;
  readonly sha256: string;
}

/** Fewer images than this are only enough where the project has no more. */
export const minSamples = 64;

const snippetDir = fileURLToPath(new URL('./snippets', import.meta.url));
const snippets = ['predict.py', 'predict.mjs', 'browser.html'] as const;

/**
 * Writes `model.onnx`, `labels.json`, `README.md`, scripts for Python, Node and the browser, and `manifest.json` to `outDir`, which
 * appears only when the written model has been run on the samples and agreed with the app's predictions. Throws `AppError` 'mismatch'
 * where it did not, 'conflict' where `outDir` holds anything but an earlier package, 'invalid-input' for too few samples or classes
 * that do not fit, 'io' where the disk refuses, and `signal.reason` on cancellation; in each case no package is left.
 */
export async function exportPackage(options: ExportOptions): Promise<ExportResult> {
  const { outDir, classifier, card, samples, ctx, clock } = options;
  const wanted = Math.min(minSamples, card.data.numImages);
  if (samples.length < wanted) {
    throw new AppError(
      'invalid-input',
      `An export is checked on at least ${wanted} images; only ${samples.length} have predictions. Predict first.`,
    );
  }
  await checkReplaceable(outDir);
  ctx.signal.throwIfAborted();
  ctx.onProgress({ phase: 'build', done: 0, total: 1 });
  const model = buildClassifierModel(classifier, modelMetadata(card));
  ctx.onProgress({ phase: 'build', done: 1, total: 1 });
  return await writePackageFolder(outDir, async (dir) => {
    const modelPath = join(dir, 'model.onnx');
    await writeFile(modelPath, model);
    const classes = classifier.classes.map(({ name }) => name);
    const report = await verifyModel({ modelPath, classes, px: classifier.px, samples, ctx, clock });
    await writeFile(join(dir, 'labels.json'), json(labelsFile(classifier)));
    await writeFile(join(dir, 'README.md'), modelCardMarkdown(card, classifier, report));
    await writeFile(join(dir, 'package.json'), json(npmPackage));
    for (const name of snippets) await copyFile(join(snippetDir, name), join(dir, name));
    const files = await listFiles(dir);
    await writeFile(join(dir, manifestName), json(manifest(options, report, files)));
    ctx.signal.throwIfAborted();
    return { outDir, files, report };
  });
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

function modelMetadata(card: ModelCard): Record<string, string> {
  return {
    title: card.title,
    app: 'acclimate',
    app_version: card.appVersion,
    created_at: card.createdAt,
    lineage: JSON.stringify(card.lineage),
  };
}

function labelsFile({ classes, minProbability, abstention = null }: Classifier): object {
  return { classes: classes.map(({ name, numLabels }, index) => ({ index, name, numLabels })), minProbability, abstention };
}

/** So that npm installs what the scripts need into the package and not into a folder above it. */
const npmPackage = {
  name: 'exported-classifier',
  private: true,
  type: 'module',
  dependencies: { 'onnxruntime-node': '>=1.18' },
  optionalDependencies: { sharp: '>=0.33' },
};

async function listFiles(dir: string): Promise<PackagedFile[]> {
  const names = (await readdir(dir)).toSorted();
  return await Promise.all(
    names.map(async (name) => {
      const bytes = await readFile(join(dir, name));
      return { name, numBytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
    }),
  );
}

function manifest({ classifier, card }: ExportOptions, verification: VerificationReport, files: readonly PackagedFile[]): object {
  const { classes, px, flip, minProbability, network } = classifier;
  return {
    format: manifestFormat,
    formatVersion: 1,
    title: card.title,
    createdAt: card.createdAt,
    appVersion: card.appVersion,
    arch: network.arch,
    input: { name: 'images', type: 'uint8', shape: ['batch', 'height', 'width', 3] },
    outputs: [
      { name: 'probabilities', type: 'float32', shape: ['batch', classes.length] },
      { name: 'label', type: 'int32', shape: ['batch'] },
    ],
    imageSizePx: px,
    flip,
    minProbability,
    abstention: classifier.abstention ?? null,
    temperature: classifier.temperature ?? 1,
    lineage: card.lineage,
    evaluation: card.evaluation,
    verification,
    files,
  };
}
