/** Results as text for a person. */
import type { AdaptVerdictView } from '../contract/domain.ts';
import type { SourceReport } from '../services/adaptation/choose-source.ts';
import type { AdaptReport } from '../services/adaptation/adapt-model.ts';
import { keptNote } from '../services/adaptation/training-view.ts';
import type { EmbedReport } from '../services/mapping/embed-images.ts';
import { samplingNotes } from '../services/classifiers/check.ts';
import type { EvaluateReport } from '../services/classifiers/measured-report.ts';
import { tableCells } from '../services/experiments/experiment-table.ts';
import type { ExperimentReport } from '../services/experiments/run-experiment.ts';
import type { ExportReport } from '../services/classifiers/export-model.ts';
import type { ImportReport } from '../services/intake/import-folder.ts';
import type { LabelReport } from '../services/labelling/label-images.ts';
import type { RunReport } from '../services/run-everything.ts';
import type { StatusReport } from '../services/status.ts';
import type { SuggestReport } from '../services/labelling/suggest-labels.ts';
import type { Deployable, StudentReport } from '../services/classifiers/train-student.ts';
import type { ProbeLayersReport } from '../services/classifiers/probe-layers.ts';
import type { TrainReport } from '../services/classifiers/train-classifier.ts';
import { formatDuration, formatPercent, formatTable } from './terminal.ts';

interface Interval {
  readonly estimate: number;
  readonly low: number;
  readonly high: number;
}

const maxListed = 40;

/** `81.2 % (76.0 to 85.5)` */
function interval({ estimate, low, high }: Interval): string {
  return `${formatPercent(estimate)} (${(100 * low).toFixed(1)} to ${(100 * high).toFixed(1)})`;
}

/** `0.812 (0.760 to 0.855)` */
function plainInterval({ estimate, low, high }: Interval): string {
  return `${estimate.toFixed(3)} (${low.toFixed(3)} to ${high.toFixed(3)})`;
}

/** The parts there are, one below the other. */
export const lines = (...parts: (string | null)[]): string => parts.filter((part) => part !== null && part !== '').join('\n');

export function imported(report: ImportReport): string {
  const { numImages, numAdded, numUnchanged, numMoved, numChanged, numMissing, numIgnored, problems } = report;
  const counts = [`${numAdded} new`, `${numUnchanged} unchanged`];
  if (numMoved > 0) counts.push(`${numMoved} moved`);
  if (numChanged > 0) counts.push(`${numChanged} changed`);
  if (numMissing > 0) counts.push(`${numMissing} missing`);
  if (numIgnored > 0) counts.push(`${numIgnored} other files ignored`);
  const listed = problems.slice(0, maxListed).map(({ path, message }) => [path, message]);
  const more = problems.length - listed.length;
  return lines(
    `Images    ${numImages}${problems.length === 0 ? '' : ` readable of ${numImages + problems.length} files`} (${counts.join(', ')})`,
    problems.length === 0 ? null : `Problems  ${problems.length} ${problems.length === 1 ? 'file is' : 'files are'} left out:`,
    listed.length === 0 ? null : formatTable(listed),
    more > 0 ? `  and ${more} more; --json lists them all` : null,
  );
}

export function adapted(report: AdaptReport): string {
  const { method, numImages, numSteps, seconds, imagesPerSecond, health, stopped, kept } = report;
  const [first, last] = [health[0], health.at(-1)];
  const words = { good: 'healthy', warning: 'worth watching', collapsed: 'collapsed' };
  const ends = {
    plateau: 'Ended     before its time: nothing moved any more over the last checks',
    collapse: 'Ended     before its time: the features collapsed, and a network from before is kept',
    finish: 'Ended     before its time, as asked',
  };
  const note = keptNote(kept);
  return lines(
    `Adapted   ${method.toUpperCase()} on ${numImages} images without labels: ${numSteps} steps in ${formatDuration(1e3 * seconds)}, ${imagesPerSecond.toFixed(0)} images a second`,
    first === undefined || last === undefined
      ? null
      : `Health    ${words[last.verdict]}: spread ${first.spread.toFixed(2)} -> ${last.spread.toFixed(2)}, rank ${first.rankMe.toFixed(0)} -> ${last.rankMe.toFixed(0)}, ` +
          `${formatPercent(last.agreement)} of each image's neighbours as before`,
    stopped === 'steps' || stopped === 'time' ? null : ends[stopped],
    note === null ? null : `Kept      ${note.replace(/^Kept /, '')}`,
  );
}

/** What is known of whether adapting helped. */
export function verdict({ headline, words }: AdaptVerdictView): string {
  return `Verdict   ${headline}. ${words}`;
}

export function embedded({ numImages, numComputed, px, seconds }: EmbedReport): string {
  return `Features  ${numImages} images at ${px} px (${numComputed === 0 ? 'all there already' : `${numComputed} computed now${seconds < 1 ? '' : `, in ${formatDuration(1e3 * seconds)}`}`})`;
}

export function suggested({ paths, numCopies, numOutliers }: SuggestReport): string {
  const aside = numCopies + numOutliers > 0 ? ` (set aside: ${numCopies} copies, ${numOutliers} outliers)` : '';
  const listed = paths.slice(0, maxListed).map((path) => `  ${path}`);
  const more = paths.length - listed.length;
  return lines(`Label next, most useful first${aside}:`, ...listed, more > 0 ? `  and ${more} more; --json lists them all` : null);
}

export function labelled(report: LabelReport): string {
  const { numLabelled, numForTesting, classes, unmatched, numUnmatched, leftOut, numLeftOut, moved } = report;
  const use = numForTesting === 0 ? String(numLabelled) : `${numLabelled - numForTesting} to learn from, ${numForTesting} to test on`;
  return lines(
    `Labels    ${use}: ${classes.map(({ name, numLabels }) => `${name} ${numLabels}`).join(', ')}`,
    ...moved.map(({ from, to }) => `  the file's folder ${from} was taken for ${to}`),
    numUnmatched === 0 ? null : `${numUnmatched} rows name no image of the project:`,
    ...unmatched.map((row) => `  ${row}`),
    numLeftOut === 0 ? null : `${numLeftOut} images of the file have no single label:`,
    ...leftOut.map((row) => `  ${row}`),
  );
}

export function trained({ numLabels, candidates, verdict, finetuneSteps, seconds }: TrainReport): string {
  const rows = candidates.map((each) => [each.isChosen ? '*' : ' ', each.name, formatPercent(each.accuracy), each.logLoss.toFixed(3)]);
  return lines(
    `Trained   on ${numLabels} labels in ${formatDuration(1e3 * seconds)}${finetuneSteps > 0 ? `, fine-tuned for ${finetuneSteps} steps` : ''}; * is what is used`,
    formatTable([[' ', 'features', 'accuracy', 'log loss'], ...rows]),
    `  (of the ${numLabels} labelled images, each predicted without its own label; where they were chosen this is not the accuracy on others, which evaluate measures)`,
    verdict,
  );
}

/** Beyond this many classes a confusion matrix is wider than a terminal. */
const maxConfusionClasses = 12;

/** Rows are the true classes, columns the predicted ones; null where there are too many. */
function confusionTable({ classes, confusion }: EvaluateReport): string | null {
  if (classes.length > maxConfusionClasses) return null;
  const header = ['true class', 'images', 'found', ...classes.map((_, column) => `as ${column + 1}`)];
  const rows = confusion.map((row, k) => {
    const numImages = row.reduce((a, b) => a + b, 0);
    const found = numImages === 0 ? '' : formatPercent((row[k] ?? 0) / numImages);
    return [`${k + 1} ${classes[k] ?? ''}`, String(numImages), found, ...row.map((n) => (n === 0 ? '.' : String(n)))];
  });
  return formatTable([header, ...rows]);
}

export function evaluated(report: EvaluateReport): string {
  const { numTest, accuracy, macroF1, intervals, arms, gain } = report;
  const rows = [
    ['accuracy', interval(accuracy)],
    ['balanced accuracy', interval(intervals.balancedAccuracy)],
    ['macro F1', interval(macroF1)],
    ['log loss', plainInterval(intervals.logLoss)],
    ...(intervals.auc === null ? [] : [['AUC', plainInterval(intervals.auc)]]),
    ...arms.map((arm) => [`probe, ${arm.name} features (${arm.px} px)`, interval(arm.accuracy)]),
    ...(gain === null
      ? []
      : [
          [
            'gain by adapting, in points',
            `${(100 * gain.estimate).toFixed(1)} (${(100 * gain.low).toFixed(1)} to ${(100 * gain.high).toFixed(1)})`,
          ],
        ]),
  ];
  return lines(
    `Tested    on ${numTest} images kept apart, a random sample that was not learnt from, with 95 % intervals:`,
    formatTable(rows),
    ...samplingNotes(report.sampling).map((note) => `  ${note}`),
    confusionTable(report),
  );
}

/** What each depth of a network tells. */
export function probedLayers({ name, px, numLabels, layers }: ProbeLayersReport): string {
  const share = (score: Interval | null): string => (score === null ? 'too few labels' : interval(score));
  return lines(
    `${name} at ${px} px, cross-validated on ${numLabels} labels:`,
    formatTable([
      ['features of', 'numbers', 'linear probe', 'with a hidden layer'],
      ...layers.map(({ name: layer, dim, linear, nonLinear }) => [layer, String(dim), share(linear), share(nonLinear)]),
    ]),
  );
}

/** What came of every folder, and how to go on from the best. */
export function sources({ scores, chosen, basis, numLabels }: SourceReport): string {
  const rows = scores.map(({ folder, modelId, accuracy, consistency }, index) => [
    index === chosen ? '*' : ' ',
    folder ?? 'none, straight from the base',
    accuracy === null ? 'no labels' : formatPercent(accuracy),
    formatPercent(consistency),
    `model:${modelId}`,
  ]);
  return lines(
    formatTable([[' ', 'learnt from before', 'accuracy', 'views found', 'network'], ...rows]),
    basis === 'labels'
      ? `* has the best probe, cross-validated on ${numLabels} labels.`
      : '* finds most images by another view of them. Without labels that is a hint, no proof: label some 20 images and ask again.',
    `Go on with: adapt --base model:${scores[chosen]?.modelId ?? 0}`,
  );
}

/** A teacher and its student side by side. */
export function taught({ teacher, student, agreement, seconds }: StudentReport): string {
  const row = (role: string, { arch, px, numParameters, msPerImage, accuracy }: Deployable): string[] => [
    role,
    arch,
    `${(numParameters / 1e6).toFixed(2)} M`,
    `${px} px`,
    `${msPerImage.toFixed(1)} ms`,
    accuracy === null ? 'not measured' : interval(accuracy),
  ];
  const kept =
    teacher.accuracy === null || student.accuracy === null
      ? ''
      : `, ${formatPercent(student.accuracy.estimate / teacher.accuracy.estimate)} of its accuracy`;
  return lines(
    formatTable([['', 'network', 'parameters', 'looks at', 'per image', 'accuracy'], row('teacher', teacher), row('student', student)]),
    `The student has ${(teacher.numParameters / student.numParameters).toFixed(1)} times fewer parameters${kept}, and says the same as its teacher on ${formatPercent(agreement)} of the images both learnt from.`,
    `Made in ${formatDuration(1e3 * seconds)}, as model ${student.modelId}.`,
  );
}

export function exported({ outDir, verification, numBytes }: ExportReport): string {
  const { squares, files, speed } = verification;
  return lines(
    `Verified  the written model agrees with the app on ${squares.numSameClass + squares.numTies} of ${squares.numImages} images (largest difference ${squares.maxDifference.toExponential(1)}), ` +
      `and from the original files, which it resizes itself, on ${files.numSameClass + files.numTies} of ${files.numImages}; ${speed.batch.toFixed(0)} images a second`,
    `Exported  ${outDir} (${(numBytes / 1e6).toFixed(1)} MB)`,
  );
}

export function status(report: StatusReport): string {
  const { ok, unreadable, missing, excluded } = report.images;
  return lines(
    `Project   ${report.project}`,
    formatTable(report.folders.map(({ path, isPresent, numImages }) => [path, String(numImages), isPresent ? '' : 'not there now'])),
    `Images    ${ok} readable, ${unreadable} unreadable, ${missing} missing, ${excluded} excluded; ${report.numTest} kept apart for testing`,
    `Classes   ${report.classes.map(({ name, numLabels }) => `${name} ${numLabels}`).join(', ') || 'none yet'}`,
    report.models.length === 0 ? 'Models    none yet' : 'Models',
    formatTable(report.models.map(({ id, kind, lineage }) => [String(id), kind, lineage])),
    report.jobs.length === 0 ? null : 'Jobs      newest first',
    formatTable(report.jobs.map((job) => [String(job.id), job.kind, job.status, job.message])),
    report.integrity.length === 0 ? 'File      sound' : `File      damaged: ${report.integrity.join('; ')}`,
  );
}

/** One finished step of the whole job. */
export function step(report: Partial<RunReport>): string {
  return lines(
    report.import === undefined ? null : imported(report.import),
    report.numTest === undefined ? null : `Test set  ${report.numTest} images kept apart: not adapted on, not suggested, not trained on`,
    report.adapt === undefined ? null : adapted(report.adapt),
    report.suggest === undefined || report.suggest === null ? null : chosen(report.suggest),
    report.label === undefined ? null : labelled(report.label),
    report.train === undefined ? null : trained(report.train),
    report.evaluate === undefined || report.evaluate === null ? null : evaluated(report.evaluate),
    report.export === undefined ? null : exported(report.export),
  );
}

function chosen({ paths, numCopies, numOutliers }: SuggestReport): string {
  return `Suggested ${paths.length} images to label, such as ${paths.slice(0, 3).join(', ')} (set aside: ${numCopies} copies, ${numOutliers} outliers)`;
}

export function experimented({ rows, numPool, numTest, classes, files }: ExperimentReport): string {
  const { same, header, body, failures } = tableCells(rows);
  return lines(
    `Measured  on ${numTest} images of ${classes.length} classes that were neither adapted on nor labelled; ${numPool} others to draw labels from`,
    same.length === 0 ? null : `Same      ${same.join('; ')}`,
    formatTable([header.map(({ title }) => title), ...body]),
    failures.length === 0 ? null : `Stopped   ${failures.join('\n          ')}`,
    `Files     ${files.join('\n          ')}`,
  );
}

/** The end of the whole job; its steps have been shown. */
export function ran({ seconds, export: { outDir } }: RunReport): string {
  return lines(`Done in ${formatDuration(1e3 * seconds)}. The verified package is in`, outDir);
}
