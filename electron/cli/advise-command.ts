/** `advise`: whether labelling is done, what more labels would bring, and which class needs them most. */
import { InvalidArgumentError } from 'commander';
import type { Command } from 'commander';
import type { LabelAdviceView } from '../contract/domain.ts';
import { adviseLabels } from '../services/labelling/label-advice.ts';
import { labelsKey } from '../services/labelling/labels-key.ts';
import { positiveInt, seedOption } from './options.ts';
import { lines } from './print.ts';
import { withWorkspace } from './session.ts';
import type { CommonOptions } from './session.ts';
import { formatPercent, formatTable } from './terminal.ts';

interface AdviseOptions extends CommonOptions {
  readonly ahead: number;
  readonly width: number;
  readonly seed: number;
}

function width(text: string): number {
  const points = Number(text);
  if (text === '' || !(points > 0 && points <= 100)) throw new InvalidArgumentError('Give a number of points above 0.');
  return points / 100;
}

const interval = ({ estimate, low, high }: { estimate: number; low: number; high: number }): string =>
  `${formatPercent(estimate)} (${(100 * low).toFixed(1)} to ${(100 * high).toFixed(1)})`;

/** The advice as text. */
function advised({ headline, words, forecast, steadiness, needs, numLabels }: LabelAdviceView): string {
  return lines(
    `${headline}. ${words}`,
    forecast &&
      lines(
        `Accuracy by the number of labels, measured on parts of the ${numLabels} labels and carried on by a power law (95 % band):`,
        formatTable([
          ['labels', 'measured', 'expected'],
          ...forecast.measured.map((point) => [String(point.numLabels), formatPercent(point.accuracy), '']),
          [String(numLabels), '', interval(forecast.now)],
          [String(numLabels + forecast.horizon), '', interval(forecast.next)],
        ]),
      ),
    steadiness.length === 0
      ? null
      : `Agreement of each training with the one before (kappa): ${steadiness.map((kappa) => kappa.toFixed(3)).join(', ')}`,
    needs.length === 0 ? null : 'Where a label is worth most:',
    formatTable([
      ['class', 'labels', 'recognised', 'share of the worth'],
      ...needs.map(({ name, numLabels: own, recall, share }) => [
        name,
        String(own),
        recall === null ? '' : formatPercent(recall),
        formatPercent(share),
      ]),
    ]),
  );
}

/** Gives the command `advise` its options and action. */
export function addAdvise(command: Command, controller: AbortController): void {
  command
    .option('--ahead <n>', 'how many further labels to look ahead', positiveInt, 50)
    .option('--width <points>', 'how wide, in points, the accuracy’s 95 % interval may be to count as known', width, 0.1)
    .addOption(seedOption())
    .action((options: AdviseOptions) =>
      withWorkspace(
        controller,
        options,
        ({ workspace }) => {
          const request = { horizon: options.ahead, targetWidth: options.width, seed: options.seed };
          return workspace.job({ kind: 'advise', params: { ...request, labels: labelsKey(workspace) } }, (ctx) =>
            adviseLabels(workspace, request, ctx),
          );
        },
        advised,
      ),
    );
}
