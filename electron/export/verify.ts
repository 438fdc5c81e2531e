/** Whether a written model answers as the app did. */
import { setImmediate } from 'node:timers/promises';
import * as ort from 'onnxruntime-node';
import { AppError } from '../contract/errors.ts';
import type { RunContext } from '../contract/progress.ts';

/** An image that the app has predicted. */
export interface ExportSample {
  /** For messages: its path within its source. */
  readonly name: string;
  /** What the app predicted, [C]. */
  readonly probabilities: Float32Array;
  /** The square that the app predicted it from, uint8 [px, px, 3]. */
  readonly readSquare: () => Promise<Uint8Array>;
  /** The decoded file, upright and at its own size: data is uint8 [height, width, 3]. */
  readonly readFull: () => Promise<{ readonly width: number; readonly height: number; readonly data: Uint8Array }>;
}

export interface VerifyOptions {
  readonly modelPath: string;
  /** The names of the classes, in order. */
  readonly classes: readonly string[];
  readonly px: number;
  readonly samples: readonly ExportSample[];
  readonly ctx: RunContext;
  /** Milliseconds from any fixed moment, never going back. */
  readonly clock: () => number;
}

export interface Agreement {
  readonly numImages: number;
  /** Images whose most probable class is the app's. */
  readonly numSameClass: number;
  /** Further images, whose class differs but is as good as tied with the app's in the app's own prediction. */
  readonly numTies: number;
  /** The largest difference of any probability. */
  readonly maxDifference: number;
  /** The mean over the images of the largest difference of each. */
  readonly meanDifference: number;
}

export interface VerificationReport {
  /** From the very squares that the app predicted from. */
  readonly squares: Agreement;
  /** From the decoded files, resized by the model. */
  readonly files: Agreement;
  /** Images per second on this machine. */
  readonly speed: {
    /** Squares one at a time, and in batches of `batchSize`. */
    readonly single: number;
    readonly batch: number;
    readonly batchSize: number;
    /** Files of their own size, one at a time, without the decoding. */
    readonly file: number;
  };
}

/** On equal pixels probabilities may differ by this much: other kernels and batch sizes add up in another order. */
export const squareTolerance = 1e-3;
/** From files, a class counts as tied with the app's when the app gave it at most this much less. */
const fileTieTolerance = 0.02;
/** From files, at least this share of the images must get the app's class or one tied with it. */
export const minFileAgreement = 0.95;
const maxBatch = 32;
const maxListed = 5;

interface Answer {
  readonly label: number;
  readonly probabilities: Float32Array;
}

/** How the answer to one image compares with the app's prediction. */
interface Comparison {
  readonly sample: ExportSample;
  readonly answer: Answer;
  readonly difference: number;
  readonly sameClass: boolean;
  readonly tied: boolean;
}

/**
 * Runs the file at `modelPath` on the samples: on the app's own squares, one at a time and in batches, where every probability must
 * agree within 0.001 and so must the class but for ties; and on the decoded files, where at least 95 % must get the same class.
 * Throws `AppError` 'mismatch' naming the worst images, 'invalid-input' without samples, and `signal.reason` on cancellation.
 */
export async function verifyModel(options: VerifyOptions): Promise<VerificationReport> {
  if (options.samples.length === 0)
    throw new AppError('invalid-input', 'There is no image to check the exported model on. Add images first.');
  options.ctx.signal.throwIfAborted();
  const run = await openModel(options);
  try {
    const { agreement: squares, single, batch, batchSize } = await checkSquares(options, run.answer);
    const { agreement: files, speed: file } = await checkFiles(options, run.answer);
    return { squares, files, speed: { single, batch, batchSize, file } };
  } finally {
    await run.release();
  }
}

/** Images uint8 [n, height, width, 3] -> the answers and the time they took. */
type Run = (
  pixels: Uint8Array,
  shape: readonly [number, number, number],
) => Promise<{ readonly answers: readonly Answer[]; readonly ms: number }>;

async function openModel({ modelPath, classes, clock }: VerifyOptions): Promise<{ answer: Run; release: () => Promise<void> }> {
  const unusable = (cause: unknown): AppError =>
    new AppError('mismatch', `The exported model does not run: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  const session = await ort.InferenceSession.create(modelPath, { logSeverityLevel: 3 }).catch((cause: unknown) => {
    throw unusable(cause);
  });
  const answer: Run = async (pixels, [numImages, height, width]) => {
    const images = new ort.Tensor('uint8', pixels, [numImages, height, width, 3]);
    const startMs = clock();
    const { probabilities, label } = await session.run({ images }).catch((cause: unknown) => {
      throw unusable(cause);
    });
    const ms = clock() - startMs;
    const [rows, labels] = [probabilities?.data, label?.data];
    const numClasses = classes.length;
    if (!(rows instanceof Float32Array && labels instanceof Int32Array && rows.length === numImages * numClasses)) {
      throw unusable(`its outputs are not [${numImages},${numClasses}] probabilities and [${numImages}] labels`);
    }
    const answers = Array.from(labels, (k, i) => ({ label: k, probabilities: rows.slice(i * numClasses, (i + 1) * numClasses) }));
    return { answers, ms };
  };
  return { answer, release: () => session.release() };
}

/** A turn of the event loop, so that a cancellation can arrive even where runs block the thread. */
async function report({ ctx, samples }: VerifyOptions, phase: string, done: number): Promise<void> {
  ctx.onProgress({ phase, done, total: samples.length });
  await setImmediate();
  ctx.signal.throwIfAborted();
}

async function checkSquares(
  options: VerifyOptions,
  run: Run,
): Promise<{ agreement: Agreement; single: number; batch: number; batchSize: number }> {
  const { samples, px } = options;
  const batchSize = Math.min(maxBatch, samples.length);
  const compared: Comparison[] = [];
  let [singleMs, batchMs] = [0, 0];
  for (let at = 0; at < samples.length; at += batchSize) {
    const group = samples.slice(at, at + batchSize);
    const squares = await Promise.all(group.map(({ readSquare }) => readSquare()));
    const pixels = new Uint8Array(group.length * px * px * 3);
    squares.forEach((square, i) => pixels.set(square, i * px * px * 3));
    if (at === 0) {
      // The first run of each shape also plans memory.
      await run(pixels, [group.length, px, px]);
      await run(pixels.slice(0, px * px * 3), [1, px, px]);
    }
    const together = await run(pixels, [group.length, px, px]);
    batchMs += together.ms;
    for (const [i, sample] of group.entries()) {
      const alone = await run(pixels.slice(i * px * px * 3, (i + 1) * px * px * 3), [1, px, px]);
      singleMs += alone.ms;
      const both = [together.answers[i], alone.answers[0]].map((answer) => compare(sample, answer, squareTolerance));
      compared.push(...both.toSorted(worstFirst).slice(0, 1));
      await report(options, 'check-squares', compared.length);
    }
  }
  const wrong = compared.filter(({ difference, sameClass, tied }) => !(difference <= squareTolerance && (sameClass || tied)));
  if (wrong.length > 0) throw mismatch(options, wrong, 'on the very pixels that the app predicted from');
  const perSecond = (ms: number): number => (samples.length * 1000) / Math.max(ms, 1e-3);
  return { agreement: summarise(compared), single: perSecond(singleMs), batch: perSecond(batchMs), batchSize };
}

async function checkFiles(options: VerifyOptions, run: Run): Promise<{ agreement: Agreement; speed: number }> {
  const { samples } = options;
  const compared: Comparison[] = [];
  let totalMs = 0;
  for (const sample of samples) {
    const { width, height, data } = await sample.readFull();
    const { answers, ms } = await run(data, [1, height, width]);
    totalMs += ms;
    compared.push(compare(sample, answers[0], fileTieTolerance));
    await report(options, 'check-files', compared.length);
  }
  const wrong = compared.filter(({ difference, sameClass, tied }) => Number.isNaN(difference) || !(sameClass || tied));
  if (wrong.length > (1 - minFileAgreement) * samples.length) throw mismatch(options, wrong, 'on the image files');
  return { agreement: summarise(compared), speed: (samples.length * 1000) / Math.max(totalMs, 1e-3) };
}

function compare(sample: ExportSample, answer: Answer | undefined, tieTolerance: number): Comparison {
  if (answer?.probabilities.length !== sample.probabilities.length) {
    throw new AppError(
      'internal',
      `${sample.name}: ${sample.probabilities.length} predicted probabilities, ${answer?.probabilities.length ?? 0} answered`,
    );
  }
  const predicted = sample.probabilities;
  const differences = Array.from(predicted, (p, k) => Math.abs(p - (answer.probabilities[k] as number)));
  const best = Math.max(...predicted);
  const given = predicted[answer.label] ?? Number.NaN;
  return {
    sample,
    answer,
    difference: Math.max(...differences),
    sameClass: predicted.indexOf(best) === answer.label,
    tied: predicted.indexOf(best) !== answer.label && best - given <= tieTolerance,
  };
}

function worstFirst(a: Comparison, b: Comparison): number {
  const badness = ({ difference, sameClass, tied }: Comparison): number =>
    (Number.isNaN(difference) ? 4 : difference) + (sameClass || tied ? 0 : 2);
  return badness(b) - badness(a);
}

function summarise(compared: readonly Comparison[]): Agreement {
  return {
    numImages: compared.length,
    numSameClass: compared.filter(({ sameClass }) => sameClass).length,
    numTies: compared.filter(({ tied }) => tied).length,
    maxDifference: compared.reduce((max, { difference }) => Math.max(max, difference), 0),
    meanDifference: compared.reduce((sum, { difference }) => sum + difference, 0) / compared.length,
  };
}

function mismatch({ classes, samples }: VerifyOptions, wrong: readonly Comparison[], where: string): AppError {
  const describe = (k: number, probabilities: Float32Array): string =>
    `${classes[k] ?? `class ${k}`} ${(probabilities[k] ?? Number.NaN).toFixed(3)}`;
  const worst = wrong.toSorted(worstFirst).slice(0, maxListed);
  const listed = worst.map(({ sample, answer }) => {
    const predicted = sample.probabilities;
    const app = describe(predicted.indexOf(Math.max(...predicted)), predicted);
    return `${sample.name} (app: ${app}; exported model: ${describe(answer.label, answer.probabilities)})`;
  });
  const said = `The exported model disagrees with the app on ${wrong.length} of ${samples.length} images, ${where}.`;
  const wayOut = 'Nothing was exported. Predict again and repeat the export; if images were edited meanwhile, rescan their folder first.';
  return new AppError('mismatch', `${said} ${wayOut} Worst: ${listed.join('; ')}.`, {
    details: { images: worst.map(({ sample }) => sample.name) },
  });
}
