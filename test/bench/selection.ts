/** How good a classifier is by the way its labels were chosen: every strategy against a random draw, on the same features. */
import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { AppError } from '../../electron/contract/errors.ts';
import type { RunContext } from '../../electron/contract/progress.ts';
import { accuracy, macroF1, predictedClasses } from '../../electron/learn/metrics.ts';
import { fitProbe, predictProbe } from '../../electron/learn/probe.ts';
import { chooseImages, coverStrategies, doubtStrategies, findAside } from '../../electron/services/labelling/choose-images.ts';
import type { Aside, Strategy } from '../../electron/services/labelling/choose-images.ts';
import { createCompiledExecutor } from '../../electron/tensor/compiled.ts';
import type { Executor } from '../../electron/tensor/program.ts';
import { keptFeatures } from './kept-features.ts';
import type { KeptFeatures } from './kept-features.ts';
import { takeRows } from './label-features.ts';
import { readLabelledFolder } from './labelled-folder.ts';
import type { LabelledFolder } from './labelled-folder.ts';
import { Stopwatch } from './progress.ts';
import type { BenchContext } from './progress.ts';
import { selectionRows } from './selection-report.ts';
import type { SelectionRow, SimulatedUser } from './selection-report.ts';

export interface SelectionRequest {
  readonly folders: readonly string[];
  /** Weights whose features are used, adapted ones as well. */
  readonly base: string;
  readonly px: number;
  readonly counts: readonly number[];
  readonly numSeeds: number;
  readonly strategies: readonly Strategy[];
  /** Labels between two choices, where doubts are followed; the window chooses anew after ten. */
  readonly round: number;
  /** Features and results are kept here, so that a run that was cut off goes on. */
  readonly workDir: string;
}

export interface SelectionReport {
  readonly bench: 'selection';
  readonly base: string;
  readonly px: number;
  readonly seeds: number;
  readonly round: number;
  readonly datasets: readonly {
    readonly dataset: string;
    readonly pool: number;
    readonly test: number;
    readonly rows: readonly SelectionRow[];
  }[];
  readonly seconds: Readonly<Record<string, number>>;
}

/** Labels a user gives with every strategy and seed, simulated by the names of the folders; a probe on them is measured on the test images. */
export async function benchSelection(request: SelectionRequest, ctx: BenchContext): Promise<SelectionReport> {
  const watch = new Stopwatch();
  const executor = await createCompiledExecutor();
  const datasets = [];
  for (const root of request.folders) {
    const folder = readLabelledFolder(root);
    if (folder.classes.length < 2) throw new AppError('invalid-input', `${root} must hold one folder per class, at least two of them.`);
    if (Math.max(...request.counts) > folder.pool.length)
      throw new AppError('invalid-input', `${root} has ${folder.pool.length} images to label. Ask for fewer labels.`);
    const features = await keptFeatures(folder, request, { executor, watch, ctx });
    const users = await simulateAll(request, folder, features, executor, watch, ctx);
    datasets.push({
      dataset: basename(resolve(root)),
      pool: folder.pool.length,
      test: folder.test.length,
      rows: selectionRows(users, request.strategies, request.counts),
    });
  }
  const { base, px, numSeeds: seeds, round } = request;
  return { bench: 'selection', base: basename(base), px, seeds, round, datasets, seconds: watch.seconds() };
}

async function simulateAll(
  { strategies, numSeeds, counts, round, workDir }: SelectionRequest,
  folder: LabelledFolder,
  features: KeptFeatures,
  executor: Executor,
  watch: Stopwatch,
  ctx: BenchContext,
): Promise<SimulatedUser[]> {
  const path = join(workDir, `${features.key}.jsonl`);
  const protocol = `${counts.join()} by ${round}`;
  const lines = existsSync(path)
    ? readFileSync(path, 'utf8')
        .split('\n')
        .filter((line) => line !== '')
    : [];
  const known = lines.map((line) => JSON.parse(line) as SimulatedUser & { protocol: string }).filter((user) => user.protocol === protocol);
  const quiet = { signal: ctx.signal, onProgress: () => undefined };
  const shape = { numImages: folder.pool.length, numDims: features.set.dim };
  let aside: Aside | null = null;
  const users: SimulatedUser[] = [];
  for (const strategy of strategies) {
    for (let seed = 0; seed < numSeeds; seed++) {
      ctx.signal.throwIfAborted();
      const earlier = known.findLast((user) => user.strategy === strategy && user.seed === seed);
      if (earlier !== undefined) {
        users.push(earlier);
        continue;
      }
      ctx.say(`${strategy}, seed ${seed}`);
      aside ??= await watch.time('aside', () => findAside({ features: features.set.pool, ...shape }, executor, quiet));
      const user = await simulate({ strategy, seed, counts, round }, folder, features.set, aside, executor, watch, quiet);
      mkdirSync(workDir, { recursive: true });
      appendFileSync(path, `${JSON.stringify({ ...user, protocol })}\n`);
      users.push(user);
    }
  }
  return users;
}

/** One user: batch after batch is chosen and labelled, and at every count of labels a probe is fitted as `train` does it. */
async function simulate(
  { strategy, seed, counts, round }: { strategy: Strategy; seed: number; counts: readonly number[]; round: number },
  folder: LabelledFolder,
  set: KeptFeatures['set'],
  aside: Aside,
  executor: Executor,
  watch: Stopwatch,
  ctx: RunContext,
): Promise<SimulatedUser> {
  const truth = folder.pool.map((i) => folder.labels[i] ?? 0);
  const testTruth = folder.test.map((i) => folder.labels[i] ?? 0);
  const numClasses = folder.classes.length;
  const scores: SimulatedUser['scores'][number][] = [];
  let labelled = new Int32Array(0);
  for (const count of counts.toSorted((a, b) => a - b)) {
    while (labelled.length < count) {
      ctx.signal.throwIfAborted();
      // Classes are made as they are met.
      const met = [...new Set(labelled.map((i) => truth[i] as number))];
      const choice = await watch.time(`choose by ${strategy}`, () =>
        chooseImages(
          {
            features: set.pool,
            numImages: folder.pool.length,
            numDims: set.dim,
            labelled,
            labels: labelled.map((i) => met.indexOf(truth[i] as number)),
            numClasses: met.length,
            budget: Math.min(count - labelled.length, isStepwise(strategy) && labelled.length > 0 ? round : Infinity),
            strategy: isDoubt(strategy) && met.length < 2 ? 'typical' : strategy,
            seed: 1000 * seed + labelled.length,
            aside,
          },
          executor,
          ctx,
        ),
      );
      if (choice.suggestions.indices.length === 0) throw new AppError('conflict', `${strategy} found no more images to label.`);
      labelled = Int32Array.from([...labelled, ...choice.suggestions.indices]);
    }
    const score = await watch.time('probe', async () => {
      const labels = labelled.map((i) => truth[i] as number);
      const { model } = await fitProbe(
        { features: takeRows(set.pool, labelled, set.dim), labels, numClasses, reference: set.pool, seed },
        ctx,
      );
      const predicted = predictedClasses(predictProbe(model, set.test), numClasses);
      return {
        numLabels: labelled.length,
        numClassesSeen: new Set(labels).size,
        accuracy: accuracy(testTruth, predicted),
        macroF1: macroF1(testTruth, predicted, numClasses),
      };
    });
    scores.push(score);
  }
  return { strategy, seed, scores };
}

const isDoubt = (strategy: Strategy): boolean => (doubtStrategies as readonly Strategy[]).includes(strategy);
/** What does not depend on the answers is chosen for a whole count at once. */
const isStepwise = (strategy: Strategy): boolean => !(coverStrategies as readonly Strategy[]).includes(strategy) && strategy !== 'random';
