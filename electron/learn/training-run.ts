/** The loop around a training step: batches read ahead, schedules, curves, checkpoints, health, cancellation. */
import { setImmediate } from 'node:timers/promises';
import { AppError } from '../contract/errors.ts';
import type { RunContext } from '../contract/progress.ts';
import type { Executor, HostTensors, Session } from '../tensor/program.ts';
import { batchOrder, type BatchOrder } from './batch-order.ts';
import { checkSameRun, type Checkpoint, type CurvePoint, type RunIdentity } from './checkpoint.ts';
import { int32, uint8 } from './host-tensor.ts';
import { hasPlateaued, type HealthRecord } from './health.ts';
import { collapseError, type HealthMonitor } from './health-monitor.ts';
import type { PixelSource } from './pixel-source.ts';
import { streamRandom, streams } from './random-streams.ts';
import { budgetProgress, learningRateFactor, targetMomentum, type Budget } from './schedules.ts';
import { scalarOf, type TrainingStep } from './training-step.ts';

/** What adaptation and fine-tuning share. */
export interface RunSettings {
  readonly budget: Budget;
  readonly seed: number;
  readonly executor: Executor;
  readonly source: PixelSource;
  readonly ctx: RunContext;
  /** Milliseconds from any fixed moment, never going back. */
  readonly clock: () => number;
  readonly resumeFrom?: Checkpoint;
  /** The run waits for it, so that a checkpoint is whole or not there. */
  readonly onCheckpoint?: (checkpoint: Checkpoint) => Promise<void> | void;
  /** 30 unless told; a checkpoint is also made on cancellation. */
  readonly checkpointEverySeconds?: number;
  /** When it aborts, the run ends as if its budget were used up, with what it has learnt by then. */
  readonly finish?: AbortSignal;
  /** Whether the run ends by itself once nothing has moved over several checks of its health; never unless told. */
  readonly stopAtPlateau?: boolean;
  /** Told how the run goes: about once a second, and at its end. */
  readonly onTraining?: (course: TrainingCourse) => void;
}

/** How a run has gone so far. */
export interface TrainingCourse {
  readonly curves: readonly CurvePoint[];
  readonly health: readonly HealthRecord[];
  readonly numSteps: number;
  readonly elapsedMs: number;
  readonly imagesPerSecond: number;
}

export interface TrainingRunOptions extends RunSettings {
  readonly step: TrainingStep;
  /** The images to train on, by index in `source`. */
  readonly items: Int32Array;
  /** The class of each item; null where the objective has none. */
  readonly classes: Int32Array | null;
  /** Which items each step sees; every one once an epoch unless told. */
  readonly order?: BatchOrder;
  readonly batch: number;
  readonly warmupSteps: number;
  readonly targetMomentum: number;
  readonly phase: string;
  readonly identity: RunIdentity;
  readonly health: HealthMonitor | null;
}

/** What ended a run: its budget, a person, that nothing moved any more, or a collapse after which an earlier network is kept. */
export type StopReason = 'steps' | 'time' | 'finish' | 'plateau' | 'collapse';

export interface TrainingRunResult {
  readonly state: HostTensors;
  readonly curves: readonly CurvePoint[];
  readonly numSteps: number;
  readonly elapsedMs: number;
  readonly stopped: StopReason;
}

const stepsPerPoint = 10;
/** Points of the curve that tell where the loss stands. */
const numRecent = 5;
const courseIntervalMs = 1000;

/**
 * Runs until the budget is used up. Throws `signal.reason` on cancellation, after a checkpoint; `AppError` 'unstable' when the
 * loss stops being a number or the features collapse, unless the health monitor has kept a network from after the start.
 */
export async function runTraining(options: TrainingRunOptions): Promise<TrainingRunResult> {
  const { step, budget, resumeFrom } = options;
  checkOptions(options);
  const startMs = options.clock();
  const { program } = step;
  const session = await options.executor.load(
    resumeFrom === undefined ? program : { ...program, state: { ...program.state, ...resumeFrom.state } },
  );
  try {
    const run = new TrainingRun(options, session, startMs);
    return await run.toTheEnd(budget);
  } finally {
    await session.dispose();
  }
}

function checkOptions({ budget, items, resumeFrom, identity }: TrainingRunOptions): void {
  if (!((budget.steps ?? 0) > 0 || (budget.minutes ?? 0) > 0)) {
    throw new AppError('invalid-input', 'Give the run a budget above zero: minutes, steps or both.');
  }
  if (items.length < 2) throw new AppError('invalid-input', `Training needs at least 2 images; there are ${items.length}.`);
  if (resumeFrom !== undefined) checkSameRun(resumeFrom, identity);
}

class TrainingRun {
  private readonly options: TrainingRunOptions;
  private readonly session: Session;
  private readonly startMs: number;
  private readonly inputsOf: (step: number) => Promise<HostTensors>;
  private readonly curves: CurvePoint[];
  private numSteps: number;
  private sums: Record<string, number> = {};
  private numSummed = 0;
  private savedMs: number;
  private reportedMs = -Infinity;
  private toldMs = -Infinity;
  /** What ends the run before its budget does. */
  private cut: 'finish' | 'plateau' | 'collapse' | null = null;

  constructor(options: TrainingRunOptions, session: Session, startMs: number) {
    this.options = options;
    this.session = session;
    this.startMs = startMs;
    this.inputsOf = batchReader(options);
    this.curves = [...(options.resumeFrom?.curves ?? [])];
    this.numSteps = options.resumeFrom?.step ?? 0;
    this.savedMs = options.clock();
  }

  private elapsedMs(): number {
    return (this.options.resumeFrom?.elapsedMs ?? 0) + this.options.clock() - this.startMs;
  }

  private progress(): number {
    return budgetProgress(this.options.budget, this.numSteps, this.elapsedMs());
  }

  private isOver(): boolean {
    if (this.cut === null && this.options.finish?.aborted === true) this.cut = 'finish';
    return this.cut !== null || this.progress() >= 1;
  }

  async toTheEnd(budget: Budget): Promise<TrainingRunResult> {
    let ahead = this.readAhead();
    while (!this.isOver()) {
      await this.checkHealth();
      if (this.isOver()) break;
      const batch = await ahead.batch;
      ahead = this.readAhead(1);
      await this.makeStep(batch);
      // A turn of the event loop, so that a cancellation can arrive even where steps block the thread.
      await setImmediate();
      this.report();
      await this.saveIfDue();
    }
    await ahead.batch;
    this.closePoint();
    if (this.cut !== 'collapse') await this.checkHealth(1);
    this.tell();
    const state = await this.session.readState();
    const bySteps = budget.steps !== undefined && this.numSteps >= budget.steps;
    const stopped = this.cut ?? (bySteps ? 'steps' : 'time');
    return { state, curves: this.curves, numSteps: this.numSteps, elapsedMs: this.elapsedMs(), stopped };
  }

  /** Starts reading a batch; a failure surfaces where the batch is awaited. */
  private readAhead(offset = 0): { readonly batch: Promise<HostTensors> } {
    const batch = this.inputsOf(this.numSteps + offset);
    batch.catch(() => undefined);
    return { batch };
  }

  private async makeStep(batch: HostTensors): Promise<void> {
    const { step, budget, warmupSteps } = this.options;
    const progress = this.progress();
    const rateFactor = learningRateFactor(this.numSteps, progress, warmupSteps, budget);
    const momentum = targetMomentum(this.options.targetMomentum, progress);
    const scalars = step.scalars({ step: this.numSteps, rateFactor, targetMomentum: momentum, progress });
    const outputs = await this.session.run({ ...batch, ...scalars });
    this.numSteps += 1;
    const values = { ...Object.fromEntries(Object.keys(outputs).map((name) => [name, scalarOf(outputs, name)])), rateFactor };
    if (!Number.isFinite(scalarOf(outputs, 'loss'))) {
      this.endInCollapse(
        new AppError(
          'unstable',
          `Training was stopped at step ${this.numSteps}: the loss is no longer a number. The network from before is unchanged. Try a lower learning rate.`,
        ),
      );
      return;
    }
    for (const [name, value] of Object.entries(values)) this.sums[name] = (this.sums[name] ?? 0) + value;
    this.numSummed += 1;
    if (this.numSummed === stepsPerPoint) this.closePoint();
  }

  private closePoint(): void {
    if (this.numSummed === 0) return;
    const values = Object.fromEntries(Object.entries(this.sums).map(([name, sum]) => [name, sum / this.numSummed]));
    this.curves.push({ step: this.numSteps, elapsedMs: this.elapsedMs(), values });
    this.sums = {};
    this.numSummed = 0;
  }

  private async checkHealth(progress = this.progress()): Promise<void> {
    const { health, stopAtPlateau = false } = this.options;
    const elapsedMs = this.elapsedMs();
    if (health?.due({ progress, elapsedMs }) !== true) return;
    const recentLosses = this.curves.slice(-numRecent).map(({ values }) => values['loss'] ?? NaN);
    const at = { step: this.numSteps, progress, elapsedMs, recentLosses, outputSpread: this.recentMean('outputSpread') };
    const record = await health.measure(await this.session.readState(), at);
    const { reference, records } = health.state;
    if (record.verdict === 'collapsed') this.endInCollapse(collapseError(record, reference ?? record));
    else if (stopAtPlateau && progress < 1 && hasPlateaued(records)) this.cut = 'plateau';
  }

  /** Of a metric over the steps since the last point, or of that point where there are none yet; null where it is not told. */
  private recentMean(name: string): number | null {
    const sum = this.sums[name];
    return sum === undefined || this.numSummed === 0 ? (this.curves.at(-1)?.values[name] ?? null) : sum / this.numSummed;
  }

  /** Ends the run with a network from before the collapse, or where there is none but the one it started from, throws. */
  private endInCollapse(error: AppError): void {
    const kept = this.options.health?.state.kept;
    if ((kept?.points[kept.chosen]?.step ?? 0) === 0) throw error;
    this.cut = 'collapse';
  }

  private report(): void {
    const { ctx, budget, phase, clock } = this.options;
    if (clock() - this.toldMs >= courseIntervalMs) this.tell();
    if (clock() - this.reportedMs < 100 && this.progress() < 1) return;
    this.reportedMs = clock();
    if (budget.steps === undefined) {
      const totalSeconds = Math.round((budget.minutes ?? 0) * 60);
      ctx.onProgress({ phase, done: Math.min(totalSeconds, Math.round(this.elapsedMs() / 1000)), total: totalSeconds });
    } else {
      ctx.onProgress({ phase, done: Math.round(this.progress() * budget.steps), total: budget.steps });
    }
  }

  private tell(): void {
    const { onTraining, clock, batch, health, resumeFrom } = this.options;
    if (onTraining === undefined) return;
    this.toldMs = clock();
    const elapsedMs = this.elapsedMs();
    const stepsHere = this.numSteps - (resumeFrom?.step ?? 0);
    onTraining({
      curves: [...this.curves],
      health: health?.state.records ?? [],
      numSteps: this.numSteps,
      elapsedMs,
      imagesPerSecond: (stepsHere * batch) / Math.max(1e-3, (clock() - this.startMs) / 1000),
    });
  }

  private async saveIfDue(): Promise<void> {
    const { ctx, clock, checkpointEverySeconds = 30 } = this.options;
    if (ctx.signal.aborted || clock() - this.savedMs >= checkpointEverySeconds * 1000) await this.save();
    ctx.signal.throwIfAborted();
  }

  private async save(): Promise<void> {
    const { onCheckpoint, identity, health, clock } = this.options;
    if (onCheckpoint === undefined) return;
    this.closePoint();
    const state = await this.session.readState();
    await onCheckpoint({
      identity,
      step: this.numSteps,
      elapsedMs: this.elapsedMs(),
      curves: [...this.curves],
      health: health?.state ?? { reference: null, previous: null, records: [], kept: null },
      state,
    });
    this.savedMs = clock();
  }
}

/** The images, classes and views of a step. */
function batchReader(options: TrainingRunOptions): (step: number) => Promise<HostTensors> {
  const { source, items, classes, batch, seed } = options;
  const { order = batchOrder(items.length, batch, seed) } = options;
  return async (step) => {
    const chosen = order.at(step);
    const pixels = await source.read(chosen.map((position) => items[position] as number));
    return {
      images: uint8([batch, source.px, source.px, 3], pixels),
      ...(classes !== null && {
        classes: int32(
          [batch],
          chosen.map((position) => classes[position] as number),
        ),
      }),
      ...options.step.draws(streamRandom(seed, streams.augmentation, step)),
      ...options.step.rows(chosen),
    };
  };
}
