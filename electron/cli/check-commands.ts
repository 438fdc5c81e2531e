/** `evaluate` and `groups`: how good a classifier is, and what could make that figure flatter. */
import { InvalidArgumentError, Option } from 'commander';
import type { Command } from 'commander';
import type { AbstainView, GroupingsView, GroupRule, IntervalView as Interval, ReliabilityView } from '../contract/domain.ts';
import { newestModel } from '../services/adaptation/models.ts';
import { setMaxRisk } from '../services/classifiers/abstain-rule.ts';
import { readCheckParts } from '../services/classifiers/check.ts';
import { evaluateModel } from '../services/classifiers/evaluate-model.ts';
import { applyGrouping, readGroupings } from '../services/classifiers/groupings.ts';
import { judgeViewsOf } from '../services/classifiers/judge-views.ts';
import type { ViewReport } from '../services/classifiers/judge-views.ts';
import { findLeaks } from '../services/classifiers/leaks.ts';
import type { Leak } from '../services/classifiers/leaks.ts';
import type { EvaluateReport } from '../services/classifiers/measured-report.ts';
import { deviceOption, positiveInt } from './options.ts';
import * as print from './print.ts';
import { withWorkspace } from './session.ts';
import type { CommonOptions } from './session.ts';
import { formatPercent, formatTable } from './terminal.ts';

interface FullReport extends EvaluateReport {
  readonly reliability: ReliabilityView;
  readonly abstain: AbstainView;
  readonly leaks: readonly Leak[];
}

/** A share of the answers, or none. */
export function riskOption(): Option {
  return new Option(
    '--max-risk <x>',
    'share of the answers that may be wrong: what is less sure counts as none of the classes; 0 answers always',
  ).argParser((text: string): number => {
    const value = Number(text);
    if (text === '' || !(value >= 0 && value < 1)) throw new InvalidArgumentError('Give a share such as 0.05, or 0 to answer always.');
    return value;
  });
}

/** Gives the command `evaluate` its options and action. */
export function addEvaluate(evaluate: Command, controller: AbortController): void {
  evaluate
    .option('--model <id>', 'which classifier (default: the newest)', positiveInt)
    .addOption(riskOption())
    .addOption(deviceOption())
    .action((options: CommonOptions & { model?: number; maxRisk?: number }) =>
      withWorkspace(
        controller,
        options,
        async ({ workspace }): Promise<FullReport> => {
          const modelId = options.model ?? newestModel(workspace, 'classifier').id;
          const report = await evaluateModel(workspace, modelId);
          if (options.maxRisk !== undefined) setMaxRisk(workspace, options.maxRisk === 0 ? null : options.maxRisk);
          return { ...report, ...readCheckParts(workspace, modelId) };
        },
        evaluated,
      ),
    );
}

/** Gives the command `groups` its options and action. */
export function addGroups(groups: Command, controller: AbortController): void {
  groups
    .addOption(new Option('--use <number>', 'use this one of the groupings listed').argParser(positiveInt).conflicts(['pattern', 'none']))
    .addOption(new Option('--pattern <expression>', 'group by what this regular expression finds in the path').conflicts('none'))
    .option('--none', 'keep only copies of an image together')
    .option('--keep-apart', 'divide the images anew, so that whole groups are kept apart to test on')
    .action((options: CommonOptions & { use?: number; pattern?: string; none?: boolean; keepApart?: boolean }) => {
      const isChange = options.use !== undefined || options.pattern !== undefined || options.none === true || options.keepApart === true;
      return withWorkspace(
        controller,
        { ...options, readonly: !isChange },
        ({ workspace }) => {
          const found = readGroupings(workspace);
          const view = isChange ? applyGrouping(workspace, { rule: ruleOf(options, found), keepApart: options.keepApart === true }) : found;
          return { ...view, leaks: findLeaks(workspace) };
        },
        grouped,
      );
    });
}

/** Gives the command `judge-views` its options and action. */
export function addJudgeViews(judge: Command, controller: AbortController): void {
  judge
    .option('--model <id>', 'which classifier (default: the newest)', positiveInt)
    .addOption(deviceOption())
    .action((options: CommonOptions & { model?: number }) =>
      withWorkspace(
        controller,
        options,
        ({ workspace }) => judgeViewsOf(workspace, options.model ?? newestModel(workspace, 'classifier').id),
        judged,
      ),
    );
}

function judged({ plainAccuracy, numImages, verdicts }: ViewReport): string {
  const points = ({ estimate, low, high }: Interval): string => [estimate, low, high].map((value) => (100 * value).toFixed(1)).join(' / ');
  const nats = ({ estimate, low, high }: Interval): string => [estimate, low, high].map((value) => value.toFixed(3)).join(' / ');
  return print.lines(
    `Averaging predictions over altered views, on the ${numImages} labelled images, each held out in turn, pair by pair (estimate / 95 % interval):`,
    formatTable([
      ['averaged with', 'right', 'gain in points', 'change of log loss', ''],
      ['nothing', formatPercent(plainAccuracy), '', '', ''],
      ...verdicts.map((each) => [
        each.name,
        formatPercent(each.accuracy),
        points(each.accuracyDifference),
        nats(each.logLossDifference),
        each.outcome,
      ]),
    ]),
    verdicts[0]?.outcome === 'helps'
      ? 'Train with --flip to use the mirror image.'
      : 'The mirror image is not shown to be worth twice the time.',
  );
}

function ruleOf({ use, pattern, none }: { use?: number; pattern?: string; none?: boolean }, found: GroupingsView): GroupRule | null {
  if (none === true) return null;
  if (pattern !== undefined) return { by: 'pattern', pattern };
  if (use === undefined) return found.inUse;
  const candidate = found.candidates[use - 1];
  if (candidate === undefined) throw new InvalidArgumentError(`There are ${found.candidates.length} groupings to choose from.`);
  return candidate.rule;
}

function grouped({ words, candidates, leaks }: GroupingsView & { readonly leaks: readonly Leak[] }): string {
  const listed = candidates.map((each, i) => `  ${i + 1}${each.isProposed ? ' *' : '  '} ${each.words}`);
  return print.lines(
    words,
    candidates.length === 0 ? 'The names of the files suggest no groups.' : 'The names of the files suggest (* is what to use):',
    ...listed,
    ...leakLines(leaks),
  );
}

function leakLines(leaks: readonly Leak[]): string[] {
  return leaks.map(({ title, text, isMet }) => `${isMet ? 'Note     ' : 'Warning  '} ${title}. ${text}`);
}

/** The figures, whether it is as often right as it is sure, from when on it answers, and what could make all that flatter. */
function evaluated(report: FullReport): string {
  const { reliability, abstain, leaks } = report;
  const rows = reliability.bins.map(({ from, to, numImages, confidence, accuracy }) => [
    `${formatPercent(from)} to ${formatPercent(to)}`,
    String(numImages),
    formatPercent(confidence),
    formatPercent(accuracy.estimate),
    `${(100 * accuracy.low).toFixed(0)} to ${(100 * accuracy.high).toFixed(0)}`,
  ]);
  const temperature =
    reliability.temperature === null || Math.abs(reliability.temperature - 1) <= 0.005
      ? ''
      : `; logits were divided by ${reliability.temperature.toFixed(2)}`;
  return print.lines(
    print.evaluated(report),
    `Sureness  calibration error ${formatPercent(reliability.error)}, of which ${formatPercent(reliability.errorByChance)} is chance with so many images${temperature}`,
    formatTable([['as sure as', 'images', 'mean', 'right', '95 % interval'], ...rows]),
    `Unsure    ${abstain.words}`,
    ...leakLines(leaks),
  );
}
