/** Reports for a person to read. */
import { formatTable } from '../../electron/cli/terminal.ts';
import type { EmbedReport } from './embed.ts';
import type { ImportBenchReport } from './import.ts';
import type { CalibrationReport } from './calibration.ts';
import type { IntervalsReport } from './intervals.ts';
import type { LabelsReport } from './labels.ts';
import type { SelectionReport } from './selection.ts';
import type { StepReport } from './step.ts';
import type { FrameFigures, TimeFigures, WindowBenchReport } from './window.ts';

const orDash = (value: number | null): string => (value === null ? '-' : String(value));
const note = (text: string | null): string => (text === null ? '' : `\nNote: ${text}`);

export function step(report: StepReport): string {
  const { method, arch, px, batch, threads } = report;
  const rows = [
    ['', 'Acclimate', 'PyTorch', 'ratio'],
    ['images/s', String(report.images_per_s), orDash(report.peer_images_per_s), orDash(report.ratio)],
    ['ms a step', String(report.ms_per_step), orDash(report.peer_ms_per_step), ''],
  ];
  const title = `${method}, ${arch}, ${px} px, batch ${batch}, ${threads} threads: ${report.num_nodes} nodes, loaded in ${report.load_ms} ms`;
  return `${title}\n${formatTable(rows)}\n${report.how}${note(report.peer_note)}${note(report.busy_note)}`;
}

export function embed(report: EmbedReport): string {
  const rows = [
    ['images/s', 'Acclimate', 'PyTorch', 'ratio'],
    ['network alone', String(report.network_images_per_s), orDash(report.peer_network_images_per_s), orDash(report.network_ratio)],
    ['end to end', String(report.images_per_s), orDash(report.peer_images_per_s), orDash(report.ratio)],
  ];
  const title = `${report.arch}, ${report.px} px, batch ${report.batch}, ${report.threads} threads, ${report.images} images`;
  return `${title}\n${formatTable(rows)}\n${report.how}${note(report.peer_note)}${note(report.busy_note)}`;
}

export function imported({ images, problems, images_per_s, seconds, again }: ImportBenchReport): string {
  const rows = [
    ['', 'images/s', 'seconds'],
    ['first import', String(images_per_s), String(seconds)],
    ['again', String(again.images_per_s), String(again.seconds)],
  ];
  return `${images} images, ${problems} that cannot be read; ${again.unchanged} not opened again\n${formatTable(rows)}`;
}

export function labels(report: LabelsReport): string {
  const { sizes } = report;
  const rows = [
    ['features', 'labels', 'classifier', 'accuracy', 'sd', 'macro F1', 'log loss', 'px'],
    ...report.arms.map((arm) => [
      arm.features,
      arm.selection,
      arm.classifier === 'finetuned' && arm.num_finetuned < report.seeds
        ? `finetuned (${arm.num_finetuned} of ${report.seeds})`
        : arm.classifier,
      arm.accuracy.toFixed(4),
      arm.sd.toFixed(4),
      arm.macro_f1.toFixed(4),
      arm.log_loss.toFixed(4),
      arm.px.map((px, i) => (arm.weights[i] === 'unadapted' && arm.features === 'chosen' ? `${px} (unadapted)` : String(px))).join(' '),
    ]),
  ];
  const tried = (['random', 'guided'] as const).map(
    (selection) =>
      `  unadapted, ${selection}: ${sizes.unadapted.tried.map((px) => `${px} px ${orDash(sizes.unadapted.accuracies[selection][px] ?? null)}`).join(', ')}`,
  );
  const margins = report.margins.map(
    ({ selection, classifier, chosen_minus_better: margin }) => `  ${selection}, ${classifier}: ${(100 * margin).toFixed(1)} points`,
  );
  const seconds = Object.entries(report.seconds).map(([name, value]) => `${name} ${value}`);
  return [
    `${report.dataset}: ${report.labels} labels of ${report.pool} images, ${report.test} test images, ${report.seeds} seeds, ${report.adaptations.length} adaptation(s)`,
    formatTable(rows),
    'Unadapted features by size:',
    ...tried,
    'Chosen minus the better of adapted and unadapted:',
    ...margins,
    `Seconds: ${seconds.join(', ')}`,
    ...(report.peer === null ? [] : [`Peer: ${JSON.stringify(report.peer)}`]),
    ...(report.peer_note === null ? [] : [`Note: the peer was ${report.peer_note}`]),
  ].join('\n');
}

export function windowFigures(report: WindowBenchReport): string {
  const frames = (name: string, { frames: count, median_ms, p99_ms, slow_share }: FrameFigures): string[] => [
    name,
    String(count),
    median_ms.toFixed(1),
    p99_ms.toFixed(1),
    `${(100 * slow_share).toFixed(1)} %`,
  ];
  const times = (name: string, { count, median_ms, p99_ms }: TimeFigures): string[] => [
    name,
    String(count),
    median_ms.toFixed(1),
    p99_ms.toFixed(1),
    '',
  ];
  const rows = [
    ['', 'n', 'median ms', 'p99 ms', 'over 33 ms'],
    frames('frames, scrolling', report.scroll),
    frames('frames, moving the map', report.map_pan),
    frames('frames, zooming the map', report.map_zoom),
    times('filter, key to result', report.filter),
    times('filter, call', report.filter_call),
    times('label, key to row', report.label_key),
  ];
  return [
    `${report.images} images, the map drawn by ${report.renderer}; open in ${report.open_ms} ms, all labelled at once in ${report.select_all_and_label_ms} ms`,
    formatTable(rows),
    ...(report.busy_note === null ? [] : [`Note: ${report.busy_note}`]),
  ].join('\n');
}

/** Two tables: temperature scaling, and the threshold for "none of these". */
export function calibration({ rows, thresholds, draws }: CalibrationReport): string {
  const percent = (share: number): string => (100 * share).toFixed(1);
  const scaling = [
    ['task', 'labels', 'temperature', 'calibration error', 'after', 'log loss', 'after'],
    ...rows.map((row) => [
      row.setting,
      `${row.numLabels} ${row.labels}`,
      row.temperature.toFixed(2),
      percent(row.errorBefore),
      percent(row.errorAfter),
      row.logLossBefore.toFixed(3),
      row.logLossAfter.toFixed(3),
    ]),
  ];
  const abstaining = [
    ['task', 'kept apart', 'risk asked for', 'could be promised', 'answers', 'risk', 'promise broken'],
    ...thresholds.map((row) => [
      row.setting,
      String(row.numAudit),
      percent(row.maxRisk),
      percent(row.promised),
      percent(row.coverage),
      percent(row.risk),
      percent(row.broken),
    ]),
  ];
  return [
    `Means over ${draws} made-up projects a task, on 4,000 fresh images each, in per cent but for the temperature and the log loss`,
    formatTable(scaling),
    'The threshold for "none of these", by the images kept apart',
    formatTable(abstaining),
  ].join('\n');
}

/** A row an estimate of every setting; * marks those that the app shows as the accuracy of further images. */
export function intervals({ rows, draws }: IntervalsReport): string {
  const percent = (share: number): string => (100 * share).toFixed(1);
  const header = ['', 'task', 'labels', 'estimate', 'measured on', 'says', 'is', 'width', 'holds the truth'];
  const body = rows.map((row) => [
    row.isShown ? '*' : ' ',
    row.setting,
    `${row.numLabels} ${row.labels}`,
    row.estimate,
    String(row.numMeasured),
    percent(row.meanEstimate),
    percent(row.meanTruth),
    percent(row.meanWidth),
    percent(row.coverage),
  ]);
  const title = `Nominal 95 % intervals of accuracy over ${draws} made-up projects a task, in per cent; * is what the app shows as the accuracy`;
  return `${title}\n${formatTable([header, ...body])}`;
}

export function selection({ base, px, seeds, round, datasets, seconds }: SelectionReport): string {
  const points = (value: number | null): string => (value === null ? '?' : `${value > 0 ? '+' : ''}${(100 * value).toFixed(1)}`);
  const tables = datasets.map(({ dataset, pool, test, rows }) => {
    const counts = rows[0]?.figures.map(({ labels: count }) => count) ?? [];
    const header = ['', ...counts.flatMap((count) => [`${count} labels`, 'minus random', 'classes seen'])];
    const body = rows.map(({ strategy, figures }) => [
      strategy,
      ...figures.flatMap(({ accuracy, gain, classes_seen }) => [
        accuracy.toFixed(4),
        gain === null ? '' : `${points(gain.mean)} (${points(gain.low)} to ${points(gain.high)})`,
        classes_seen.toFixed(1),
      ]),
    ]);
    return `${dataset}: ${pool} images to label, ${test} test images\n${formatTable([header, ...body])}`;
  });
  return [
    `Accuracy of a probe on ${base} at ${px} px, means over ${seeds} seeds; doubts followed anew after ${round} labels; points minus the random draw of the same seed, with 95 % intervals`,
    ...tables,
    `Seconds: ${Object.entries(seconds)
      .map(([name, value]) => `${name} ${value}`)
      .join(', ')}`,
  ].join('\n');
}
