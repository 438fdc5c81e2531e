/** Knowledge transfer: a small network learns from a classifier's, and becomes a classifier of its own that is cheaper to run. */
import { transferMethods as contractMethods } from '../../contract/calls.ts';
import { AppError } from '../../contract/errors.ts';
import { finetune } from '../../learn/finetune.ts';
import type { Interval } from '../../learn/intervals.ts';
import { predictedClasses } from '../../learn/metrics.ts';
import type { AdaptMethod } from '../../learn/methods.ts';
import { adaptDefaults, adaptModel } from '../adaptation/adapt-model.ts';
import type { AdaptWatch } from '../adaptation/adapt-model.ts';
import { classifierBytes, loadClassifier, resolveBase } from '../adaptation/models.ts';
import { checkpointing } from '../adaptation/training-checkpoints.ts';
import { imagesKey } from '../intake/images-key.ts';
import { storedPx } from '../intake/import-folder.ts';
import { projectPixels } from '../intake/project-pixels.ts';
import { testImages } from '../intake/test-split.ts';
import { labelsKey } from '../labelling/labels-key.ts';
import { embedImages } from '../mapping/embed-images.ts';
import type { Network } from '../../nn/network.ts';
import type { Workspace } from '../workspace.ts';
import { evaluateModel, labelledTestImages, predictImages } from './evaluate-model.ts';
import { measureClassifier } from './measure-classifier.ts';
import { finetuneBatch, finetunePx, trainClassifier } from './train-classifier.ts';
import type { ClassifierSettings } from './train-classifier.ts';

export const transferMethods = contractMethods satisfies readonly AdaptMethod[];

export interface StudentRequest {
  /** The classifier to learn from. */
  readonly teacherId: number;
  /** The small network: a file, `scratch:<architecture>` or `model:<id>`. */
  readonly base: string;
  readonly method: (typeof transferMethods)[number];
  readonly budget: { readonly minutes: number } | { readonly steps: number };
  /** Side of the views. */
  readonly px: number;
  /** Sizes at which the small network may look at images; cross-validation chooses. */
  readonly sizes: readonly number[];
  /** Steps of learning the teacher's predictions on every image, afterwards; 0 for none. */
  readonly logitSteps: number;
  readonly seed: number;
}

/** What a classifier costs and gives. */
export interface Deployable {
  readonly modelId: number;
  readonly name: string;
  readonly arch: string;
  readonly px: number;
  readonly numParameters: number;
  /** One image at a time, as on a device, on this machine. */
  readonly msPerImage: number;
  /** On the labelled images kept apart; null where there are none. */
  readonly accuracy: Interval | null;
}

export interface StudentReport {
  readonly teacher: Deployable;
  readonly student: Deployable;
  /** Share of the images that were not kept apart on which both say the same. */
  readonly agreement: number;
  readonly seconds: number;
}

/** Makes the student and compares it with its teacher. Throws `conflict` for a teacher that is no classifier, and what the steps throw. */
export async function trainStudent(workspace: Workspace, request: StudentRequest, watch: AdaptWatch = {}): Promise<StudentReport> {
  const startMs = performance.now();
  const teacher = loadClassifier(workspace, request.teacherId);
  const { flip } = teacher.record.settings as ClassifierSettings;
  const { method, budget, px, seed, sizes } = request;
  const baseId = resolveBase(workspace, request.base, seed).id;
  const adapted = await adaptModel(
    workspace,
    { ...adaptDefaults, baseId, method, budget, px, seed, teacher: { modelId: request.teacherId, px: teacher.record.px } },
    watch,
  );
  for (const size of sizes) await embedImages(workspace, adapted.modelId, size);
  const { modelId, agreement } = await taught(workspace, request, adapted.modelId, flip);
  return {
    teacher: await deployable(workspace, request.teacherId),
    student: await deployable(workspace, modelId),
    agreement,
    seconds: (performance.now() - startMs) / 1e3,
  };
}

interface Taught {
  readonly modelId: number;
  /** Share of the images learnt from on which it says what its teacher says. */
  readonly agreement: number;
}

/**
 * A classifier on the small network `adaptedId`: a probe on the labels, then what the teacher says of all images that are not kept apart. One that was
 * made of the same labels before is not made again.
 */
async function taught(workspace: Workspace, request: StudentRequest, adaptedId: number, flip: boolean): Promise<Taught> {
  const { project } = workspace;
  const { teacherId, sizes, logitSteps, seed } = request;
  const held = new Set(testImages(workspace));
  const imageIds = project.images.usable().filter((id) => !held.has(id));
  const key = { teacherId, adaptedId, sizes, logitSteps, flip, seed, images: imagesKey(workspace, imageIds) };
  const params = { ...key, labels: labelsKey(workspace) };
  const earlier = workspace.finished('student', params) as Taught | undefined;
  if (earlier !== undefined && project.models.list().some(({ id }) => id === earlier.modelId)) return earlier;
  const candidates = sizes.map((size) => ({ modelId: adaptedId, px: size }));
  const { modelId: probeId } = await trainClassifier(workspace, { candidates, finetuneSteps: 0, alongside: null, flip, seed });
  const executor = await workspace.executor();
  return await workspace.job({ kind: 'student', params }, async (ctx) => {
    const { network, parameters, head, record } = loadClassifier(workspace, probeId);
    const outputs = record.outputs ?? [];
    const wanted = await predictionsFor(workspace, teacherId, outputs, imageIds, ctx);
    let modelId = probeId;
    if (logitSteps > 0) {
      const px = finetunePx(record.px);
      const trained = await finetune({
        network,
        parameters,
        head,
        images: Int32Array.from(imageIds.keys()),
        labels: predictedClasses(wanted, outputs.length),
        probabilities: wanted,
        px,
        batch: finetuneBatch,
        seed,
        budget: { steps: logitSteps },
        executor,
        source: projectPixels(workspace, imageIds, Math.max(storedPx, px)),
        clock: () => performance.now(),
        ctx,
        ...checkpointing(workspace, ctx),
      });
      modelId = project.models.add({
        ...record,
        name: `${record.name}, distilled`,
        parentId: record.parentId,
        method: 'distil-logits',
        settings: { ...(record.settings as ClassifierSettings), finetuneSteps: logitSteps, seed },
        weights: classifierBytes(network, trained.parameters, trained.head),
      }).id;
    }
    const said = predictedClasses(await predictImages(workspace, modelId, imageIds, ctx), outputs.length);
    const teacherSaid = predictedClasses(wanted, outputs.length);
    return { modelId, agreement: said.filter((value, i) => value === teacherSaid[i]).length / imageIds.length };
  });
}

/** The teacher's probabilities in the order of the student's classes; a class that only one of them knows counts for nothing. */
async function predictionsFor(
  workspace: Workspace,
  teacherId: number,
  outputs: readonly { readonly classId: number }[],
  imageIds: Int32Array,
  ctx: Parameters<typeof predictImages>[3],
): Promise<Float32Array> {
  const teacherOutputs = workspace.project.models.get(teacherId).outputs ?? [];
  const columns = outputs.map(({ classId }) => teacherOutputs.findIndex((output) => output.classId === classId));
  if (columns.some((column) => column < 0)) {
    throw new AppError('conflict', 'There are classes now that the teacher does not know. Train it again first.');
  }
  const probabilities = await predictImages(workspace, teacherId, imageIds, ctx);
  const wanted = new Float32Array(imageIds.length * outputs.length);
  for (let row = 0; row < imageIds.length; row++) {
    const values = columns.map((column) => probabilities[row * teacherOutputs.length + column] ?? 0);
    const sum = values.reduce((a, b) => a + b, 0);
    values.forEach((value, k) => {
      wanted[row * outputs.length + k] = sum > 0 ? value / sum : 1 / outputs.length;
    });
  }
  return wanted;
}

/** Numbers that a classifier on this network has learnt. */
export function numParametersOf({ parameters, numFeatures }: Network, numClasses: number): number {
  return Object.values(parameters)
    .filter(({ classifier, kind }) => classifier !== true && kind !== 'statistic')
    .reduce((total, { shape }) => total + shape.reduce((product, size) => product * size, 1), numFeatures * numClasses);
}

async function deployable(workspace: Workspace, modelId: number): Promise<Deployable> {
  const { network, record } = loadClassifier(workspace, modelId);
  const isMeasurable = labelledTestImages(workspace, record.outputs ?? []).imageIds.length > 0;
  const numParameters = numParametersOf(network, record.outputs?.length ?? 0);
  return {
    modelId,
    name: record.name,
    arch: record.arch,
    px: record.px,
    numParameters,
    msPerImage: await measureClassifier(workspace, modelId),
    accuracy: isMeasurable ? (await evaluateModel(workspace, modelId)).accuracy : null,
  };
}
