/** Knowledge transfer: a small network learns from a classifier's, and becomes a classifier of its own that is cheaper to run. */
import { transferMethods as contractMethods } from '../../contract/calls.ts';
import { AppError } from '../../contract/errors.ts';
import { predict } from '../../learn/embed.ts';
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
import { labelsKey } from '../labelling/labels-key.ts';
import { embedImages } from '../mapping/embed-images.ts';
import type { Network } from '../../nn/network.ts';
import type { Workspace } from '../workspace.ts';
import { labelledTestImages } from './audit-sample.ts';
import { evaluateModel, predictImages } from './evaluate-model.ts';
import { measureClassifier } from './measure-classifier.ts';
import { checkedOf } from './check.ts';
import { checkedLabels } from './check-classifier.ts';
import { finetuneBatch, finetunePx, fitClassifier } from './train-classifier.ts';
import type { ClassifierSettings } from './train-classifier.ts';
import { trainingSet } from './training-set.ts';

export const transferMethods = contractMethods satisfies readonly AdaptMethod[];

/** Of learning the teacher's predictions after its features: some minutes on a laptop. */
export const defaultLogitSteps = 300;

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
  /** The key of the labels that the student has learnt. */
  readonly labels: string;
  readonly seconds: number;
}

/** The classes of a classifier. Throws `not-found`, and `conflict` for another model. */
function classesOf({ project }: Workspace, teacherId: number): ReadonlySet<number> {
  const { name, outputs } = project.models.get(teacherId);
  if (outputs === null) throw new AppError('conflict', `${name} is not a classifier. Train one first.`);
  return new Set(outputs.map(({ classId }) => classId));
}

/**
 * Throws where a classifier has nothing to teach now: `not-found`, and `conflict` for another model, where there are labels of classes that it does not
 * know, and where fewer than two of its own have labels.
 */
export function checkTeachable(workspace: Workspace, teacherId: number): void {
  const known = classesOf(workspace, teacherId);
  if (trainingSet(workspace).outputs.some(({ classId }) => !known.has(classId))) {
    throw new AppError('conflict', 'There are classes now that the teacher does not know. Train it again first.');
  }
  trainingSet(workspace, known);
}

/**
 * Makes the student and compares it with its teacher. It learns the classes that the teacher knows; others may come while it runs. Throws what the steps
 * throw, and `conflict` for a teacher that is no classifier or has labels of fewer than two classes.
 */
export async function trainStudent(workspace: Workspace, request: StudentRequest, watch: AdaptWatch = {}): Promise<StudentReport> {
  const startMs = performance.now();
  const { teacherId, method, budget, px, seed, sizes } = request;
  trainingSet(workspace, classesOf(workspace, teacherId));
  const teacher = loadClassifier(workspace, teacherId);
  const { flip } = teacher.record.settings as ClassifierSettings;
  const baseId = resolveBase(workspace, request.base, seed).id;
  const adapted = await adaptModel(
    workspace,
    { ...adaptDefaults, baseId, method, budget, px, seed, teacher: { modelId: teacherId, px: teacher.record.px } },
    watch,
  );
  for (const size of sizes) await embedImages(workspace, adapted.modelId, size);
  const labels = labelsKey(workspace);
  const { modelId, agreement } = await taught(workspace, request, { adaptedId: adapted.modelId, flip, finish: watch.finish });
  return {
    teacher: await deployable(workspace, teacherId, checkedOf(workspace, teacherId)),
    student: await deployable(workspace, modelId, checkedLabels(workspace, labels)),
    agreement,
    labels,
    seconds: (performance.now() - startMs) / 1e3,
  };
}

interface Taught {
  readonly modelId: number;
  /** Share of the images learnt from on which it says what its teacher says. */
  readonly agreement: number;
  /** Whether a person ended it before it had learnt all that the teacher says. */
  readonly isFinishedEarly: boolean;
}

interface TaughtOptions {
  /** The small network. */
  readonly adaptedId: number;
  readonly flip: boolean;
  readonly finish: AbortSignal | undefined;
}

/**
 * A classifier on the small network: a probe on the labels, then what the teacher says of all images that are not kept apart. It joins the project once it
 * is whole, since the newest classifier is the one in use. One that was made of the same labels before is not made again.
 */
async function taught(workspace: Workspace, request: StudentRequest, { adaptedId, flip, finish }: TaughtOptions): Promise<Taught> {
  const { project } = workspace;
  const { teacherId, sizes, logitSteps, seed } = request;
  const training = trainingSet(workspace, classesOf(workspace, teacherId));
  const { outputs, pool: imageIds } = training;
  const key = { teacherId, adaptedId, sizes, logitSteps, flip, seed, images: imagesKey(workspace, imageIds) };
  const params = { ...key, labels: labelsKey(workspace) };
  const earlier = workspace.finished('student', params) as Taught | undefined;
  if (earlier !== undefined && !earlier.isFinishedEarly && project.models.list().some(({ id }) => id === earlier.modelId)) return earlier;
  const executor = await workspace.executor();
  return await workspace.job({ kind: 'student', params }, async (ctx) => {
    const candidates = sizes.map((size) => ({ modelId: adaptedId, px: size }));
    const probe = await fitClassifier(workspace, { candidates, finetuneSteps: 0, alongside: null, flip, seed }, training, ctx);
    const { network, parameters, head } = probe;
    const wanted = await predictionsFor(workspace, teacherId, outputs, imageIds, ctx);
    let made = { ...probe, isFinishedEarly: false };
    if (logitSteps > 0) {
      const px = finetunePx(probe.model.px);
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
        // Ended while it learnt the features, it still learns what the teacher says.
        ...(finish?.aborted === false && { finish }),
        ...checkpointing(workspace, ctx),
      });
      const settings: ClassifierSettings = { ...probe.settings, finetuneSteps: trained.numSteps };
      const weights = classifierBytes(network, trained.parameters, trained.head);
      const model = { ...probe.model, name: `${probe.model.name}, distilled`, method: 'distil-logits', settings, weights };
      made = { ...probe, ...trained, model, settings, isFinishedEarly: trained.stopped === 'finish' };
    }
    const source = projectPixels(workspace, imageIds, made.model.px);
    const said = await predict({ network, parameters: made.parameters, head: made.head, source, executor, ctx, flip });
    const teacherSaid = predictedClasses(wanted, outputs.length);
    const isSame = (value: number, i: number): boolean => value === teacherSaid[i];
    const agreement = predictedClasses(said, outputs.length).filter(isSame).length / imageIds.length;
    ctx.signal.throwIfAborted();
    const modelId = project.models.add(made.model).id;
    return { modelId, agreement, isFinishedEarly: made.isFinishedEarly };
  });
}

/** The teacher's probabilities of the student's classes, in their order; those that only the teacher knows count for nothing. */
async function predictionsFor(
  workspace: Workspace,
  teacherId: number,
  outputs: readonly { readonly classId: number }[],
  imageIds: Int32Array,
  ctx: Parameters<typeof predictImages>[3],
): Promise<Float32Array> {
  const teacherOutputs = workspace.project.models.get(teacherId).outputs ?? [];
  const columns = outputs.map(({ classId }) => teacherOutputs.findIndex((output) => output.classId === classId));
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

/** `labels`: what a measurement of it is kept as being of. */
async function deployable(workspace: Workspace, modelId: number, labels: string | undefined): Promise<Deployable> {
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
    accuracy: isMeasurable ? (await evaluateModel(workspace, modelId, labels)).accuracy : null,
  };
}
