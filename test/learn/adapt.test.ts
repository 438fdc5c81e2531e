import { beforeAll, describe, expect, it } from 'vitest';
import { adapt, type AdaptOptions, type AdaptResult } from '../../electron/learn/adapt.ts';
import { augmentationPresets } from '../../electron/learn/augment.ts';
import { decodeCheckpoint, encodeCheckpoint, type Checkpoint } from '../../electron/learn/checkpoint.ts';
import { createHealthMonitor } from '../../electron/learn/health-monitor.ts';
import { byol } from '../../electron/learn/objectives/byol.ts';
import { sgd } from '../../electron/learn/optimisers.ts';
import { embed } from '../../electron/learn/embed.ts';
import { runTraining } from '../../electron/learn/training-run.ts';
import { trainingStep } from '../../electron/learn/training-step.ts';
import { tiny } from '../../electron/nn/tiny.ts';
import { createCompiledExecutor } from '../../electron/tensor/compiled.ts';
import type { Executor, HostTensors } from '../../electron/tensor/program.ts';
import { quiet, textures, tickingClock } from './textures.ts';

const network = tiny();
const parameters = network.init(1);
const { source, kinds } = textures(40, 16, 1);
const smallHeads = { numHidden: 16, numProjected: 8 };
let executor: Executor;

beforeAll(async () => {
  executor = await createCompiledExecutor({ provider: 'cpu' });
});

const run = (options: Partial<AdaptOptions>): Promise<AdaptResult> =>
  adapt({
    network,
    parameters,
    source,
    executor,
    method: 'byol',
    px: 16,
    batch: 8,
    budget: { steps: 20 },
    seed: 5,
    probe: Int32Array.from({ length: 12 }, (_, i) => i),
    ctx: quiet(),
    clock: tickingClock(1),
    ...options,
    settings: { ...smallHeads, ...options.settings },
  });

function largestGap(a: HostTensors, b: HostTensors): number {
  const gaps = Object.keys(a).flatMap((name) => Array.from(a[name]!.data, (value, i) => Math.abs(value - b[name]!.data[i]!)));
  return gaps.reduce((most, gap) => Math.max(most, gap), 0);
}

/** Runs until a checkpoint at `step` or later has been made, cancels there, and returns it. */
async function interruptedAt(step: number, options: Partial<AdaptOptions>): Promise<Checkpoint> {
  const controller = new AbortController();
  let last: Checkpoint | undefined;
  const cancelled = run({
    ...options,
    ctx: { signal: controller.signal, onProgress: ({ done }) => done >= step && controller.abort(new Error('cancelled')) },
    onCheckpoint: (checkpoint) => {
      last = decodeCheckpoint(encodeCheckpoint(checkpoint));
    },
    clock: tickingClock(200),
  });
  await expect(cancelled).rejects.toThrow('cancelled');
  return last!;
}

describe('adapt', () => {
  it.each(['byol', 'diet'] as const)('%s resumes where an uninterrupted run would have gone on', async (method) => {
    const straight = await run({ method });
    const checkpoint = await interruptedAt(10, { method });
    expect(checkpoint.step).toBe(10);
    const resumed = await run({ method, resumeFrom: checkpoint });
    expect(resumed.numSteps).toBe(20);
    expect(largestGap(straight.parameters, parameters)).toBeGreaterThan(1e-3);
    expect(largestGap(straight.parameters, resumed.parameters)).toBeLessThan(1e-6);
    expect(resumed.curves.map(({ step }) => step)).toEqual(straight.curves.map(({ step }) => step));
    expect(resumed.health[0]).toEqual(checkpoint.health.records[0]);
  });

  it('repeats with the seed and differs with another', async () => {
    const [a, b, c] = [
      await run({ budget: { steps: 3 } }),
      await run({ budget: { steps: 3 } }),
      await run({ budget: { steps: 3 }, seed: 6 }),
    ];
    expect(largestGap(a.parameters, b.parameters)).toBeLessThan(1e-6);
    expect(largestGap(a.parameters, c.parameters)).toBeGreaterThan(1e-6);
  });

  it('refuses a checkpoint of another run', async () => {
    const checkpoint = await interruptedAt(2, {});
    await expect(run({ method: 'diet', resumeFrom: checkpoint })).rejects.toThrow(/other settings \(method\)/);
  });

  it('trains the normalisations alone when asked, and still follows the statistics', async () => {
    const { parameters: adapted } = await run({ normOnly: true, budget: { steps: 4 } });
    for (const [name, { kind }] of Object.entries(network.parameters)) {
      const moved = largestGap({ p: adapted[name]! }, { p: parameters[name]! }) > 0;
      expect(moved, name).toBe(kind === 'norm' || kind === 'statistic');
    }
  });

  it('ends on a time budget, with the learning rate down to nothing, checkpoints on the way and health from start to end', async () => {
    const steps: number[] = [];
    const result = await run({
      budget: { minutes: 1 },
      clock: tickingClock(100),
      checkpointEverySeconds: 10,
      onCheckpoint: ({ step }) => {
        steps.push(step);
      },
    });
    expect(result.stopped).toBe('time');
    expect(result.elapsedMs).toBeGreaterThanOrEqual(60_000);
    expect(result.curves.at(-1)!.values.rateFactor).toBeLessThan(0.1);
    expect(steps.length).toBeGreaterThanOrEqual(4);
    expect(steps.length).toBeLessThanOrEqual(6);
    expect(result.health[0]).toMatchObject({ step: 0, agreement: 1, verdict: 'good' });
    expect(result.health.at(-1)!.step).toBe(result.numSteps);
    expect(result.health.length).toBeGreaterThanOrEqual(5);
  });

  it('asks for a budget', async () => {
    await expect(run({ budget: {} })).rejects.toThrow(/budget above zero/);
  });

  it('says what is wrong when the pixels cannot be read', async () => {
    const read = (): Promise<Uint8Array> => Promise.reject(new Error('disk is gone'));
    await expect(run({ source: { ...source, read }, probe: new Int32Array() })).rejects.toThrow('disk is gone');
  });
});

describe('networks kept on the way', () => {
  const labelled = {
    images: Int32Array.from({ length: 40 }, (_, i) => i),
    labels: Int32Array.from({ length: 40 }, (_, i) => kinds[i]! % 2),
    numClasses: 2,
  };

  it('survive an interruption, and are chosen among as without one', async () => {
    const straight = await run({ labelled });
    const checkpoint = await interruptedAt(12, { labelled });
    expect(checkpoint.health.kept!.points.map(({ step }) => step)).toEqual([0, 2, 5, 10]);
    const resumed = await run({ labelled, resumeFrom: checkpoint });
    expect(resumed.kept).toEqual(straight.kept);
    expect(straight.kept!.points).toHaveLength(5);
    expect(largestGap(straight.parameters, resumed.parameters)).toBeLessThan(1e-6);
    expect(straight.health.filter(({ labelAccuracy }) => labelAccuracy !== null).length).toBeGreaterThanOrEqual(5);
  });

  it('are the result where what comes later is worse', async () => {
    // The labels are of the features at the start: nothing later can tell them apart better.
    const features = await embed({ network, source, executor, parameters, batch: 40, ctx: quiet() });
    const firsts = Float32Array.from({ length: 40 }, (_, i) => features[i * network.numFeatures]!);
    const middle = firsts.toSorted()[20]!;
    const labels = Int32Array.from({ length: 60 }, (_, i) => (firsts[i % 40]! >= middle ? 1 : 0));
    const images = Int32Array.from({ length: 60 }, (_, i) => i % 40);
    const rates = { backboneRate: 0.3, headRate: 0.3 };
    const result = await run({ labelled: { images, labels, numClasses: 2 }, settings: rates, budget: { steps: 30 } });
    const { points, chosen } = result.kept!;
    expect(points.map(({ brierScore }) => brierScore).every((score) => score! >= points[chosen]!.brierScore!)).toBe(true);
    expect(points[chosen]!.step).toBeLessThan(30);
    if (points[chosen]!.step === 0) expect(result.parameters).toBe(parameters);
  });
});

describe('a plateau', () => {
  const still = {
    budget: { minutes: 1 },
    clock: tickingClock(100),
    settings: { backboneRate: 0, headRate: 1e-3, weightDecay: 0 },
    normOnly: true,
  } as const;

  it('ends the run where that is wanted', async () => {
    const stopped = await run({ ...still, clock: tickingClock(100), stopAtPlateau: true });
    expect(stopped.stopped).toBe('plateau');
    expect(stopped.elapsedMs).toBeGreaterThan(30_000);
    expect(stopped.elapsedMs).toBeLessThan(58_000);
    expect(stopped.health.at(-1)!.step).toBe(stopped.numSteps);
    expect((await run({ ...still, clock: tickingClock(100) })).stopped).toBe('time');
  });
});

describe('alarms', () => {
  it('stops when the loss is no longer a number', async () => {
    const broken = {
      ...parameters,
      'last.conv.weight': { ...parameters['last.conv.weight']!, data: new Float32Array(9 * 32 * 48).fill(NaN) },
    };
    await expect(run({ parameters: broken, probe: new Int32Array() })).rejects.toMatchObject({ code: 'unstable' });
  });

  it('stops before the first step when the features are not numbers', async () => {
    const broken = {
      ...parameters,
      'last.conv.weight': { ...parameters['last.conv.weight']!, data: new Float32Array(9 * 32 * 48).fill(NaN) },
    };
    await expect(run({ parameters: broken })).rejects.toThrow(/at step 0.*no longer numbers/);
  });

  it('stops a method that collapses: no predictor, no moving average, layer norm, a huge learning rate', async () => {
    const px = 16;
    const objective = byol({ numFeatures: network.numFeatures, headNorm: 'layer', predictor: false, ...smallHeads });
    const step = trainingStep({
      network,
      parameters,
      objective,
      seed: 1,
      optimiser: sgd(),
      trainable: 'all',
      frozenStatistics: true,
      augmentation: augmentationPresets.standard,
      px,
      sourcePx: px,
      batch: 8,
      backboneRate: 1,
      headRate: 1,
      weightDecay: 0.05,
      clipNorm: 1,
    });
    const clock = tickingClock(1);
    const images = Int32Array.from({ length: 24 }, (_, i) => i);
    const health = await createHealthMonitor({ network, step, executor, source, images, px, batch: 8, clock });
    const collapsing = runTraining({
      step,
      health,
      executor,
      source,
      items: Int32Array.from({ length: 40 }, (_, i) => i),
      classes: null,
      batch: 8,
      warmupSteps: 0,
      targetMomentum: 0,
      budget: { steps: 200 },
      seed: 1,
      phase: 'test',
      identity: {},
      ctx: quiet(),
      clock,
    });
    await expect(collapsing).rejects.toMatchObject({
      code: 'unstable',
      message: expect.stringContaining('tell the images apart') as string,
    });
    expect(health.state.records.length).toBeGreaterThan(1);
    expect(health.state.records.at(-1)!.verdict).toBe('collapsed');
    await health.dispose();
  });
});

describe('ending early', () => {
  it('keeps what was learnt by then, and tells how the run went', async () => {
    const finish = new AbortController();
    const courses: number[] = [];
    const cut = await run({
      budget: { steps: 20 },
      clock: tickingClock(400),
      finish: finish.signal,
      onTraining: ({ numSteps, imagesPerSecond }) => {
        courses.push(numSteps);
        expect(imagesPerSecond).toBeGreaterThan(0);
        if (numSteps >= 7) finish.abort();
      },
    });
    expect(cut.stopped).toBe('finish');
    expect(cut.numSteps).toBeGreaterThanOrEqual(7);
    expect(cut.numSteps).toBeLessThan(20);
    expect(cut.curves.at(-1)?.step).toBe(cut.numSteps);
    expect(cut.health.at(-1)?.step).toBe(cut.numSteps);
    expect(courses.at(-1)).toBe(cut.numSteps);
    expect(largestGap(cut.parameters, parameters)).toBeGreaterThan(1e-4);
  });
});
