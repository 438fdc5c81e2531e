import '@tensorflow/tfjs-backend-cpu';
import { beforeAll, describe, expect, it } from 'vitest';
import { methodNames, methodOf, type AdaptMethod } from '../../electron/learn/methods.ts';
import { barlow } from '../../electron/learn/objectives/barlow.ts';
import { byol } from '../../electron/learn/objectives/byol.ts';
import { dino } from '../../electron/learn/objectives/dino.ts';
import { moco } from '../../electron/learn/objectives/moco.ts';
import type { Objective } from '../../electron/learn/objectives/objective.ts';
import { obow } from '../../electron/learn/objectives/obow.ts';
import { outputSpread } from '../../electron/learn/objectives/output-spread.ts';
import { simclr } from '../../electron/learn/objectives/simclr.ts';
import { simsiam } from '../../electron/learn/objectives/simsiam.ts';
import { vicreg } from '../../electron/learn/objectives/vicreg.ts';
import type { Network } from '../../electron/nn/network.ts';
import { networkFor } from '../../electron/nn/registry.ts';
import { createCompiledExecutor } from '../../electron/tensor/compiled.ts';
import type { Executor } from '../../electron/tensor/program.ts';
import { tf } from '../../electron/tensor/tf.ts';
import { plantedBatch, plantedImages, plantedPx, plantedRun } from './planted-run.ts';
import { quiet, textures } from './textures.ts';

const network = networkFor('resnet18');
const { numFeatures } = network;
const sizes = { numHidden: 128, numProjected: 64 };
const headNorm = 'batch';
const batch = plantedBatch;
const numSteps = 300;
let executor: Executor;

beforeAll(async () => {
  executor = await createCompiledExecutor({ provider: 'cpu' });
});

/** A method's objective as it is, for the images of a planted run. */
async function intact(name: AdaptMethod, on: Network = network): Promise<Objective> {
  return await methodOf(name).objective({
    network: on,
    parameters: on.init(3),
    settings: { ...methodOf(name).settings, ...sizes },
    headNorm,
    items: Int32Array.from({ length: plantedImages }, (_, i) => i),
    source: textures(plantedImages, plantedPx, 2).source,
    px: plantedPx,
    batch,
    executor,
    seed: 3,
    ctx: quiet(),
    teacher: null,
  });
}

const learners = methodNames.filter((name) => methodOf(name).needsTeacher !== true);

/** Methods that can collapse, without what keeps them from it where that can be taken away. */
const planted: readonly [string, () => Objective | Promise<Objective>][] = [
  ['BYOL without its predictor', () => byol({ numFeatures, headNorm, predictor: false, ...sizes })],
  ['BYOL without its predictor, layer norm in its heads', () => byol({ numFeatures, headNorm: 'layer', predictor: false, ...sizes })],
  ['SimSiam without its stop-gradient', () => simsiam({ numFeatures, headNorm, stopsGradient: false, ...sizes })],
  ['DINO without centring', () => dino({ numFeatures, headNorm, centres: false, numLocals: 0, numPrototypes: 128, ...sizes })],
  ['VICReg without its variance term', () => vicreg({ numFeatures, headNorm, varianceWeight: 0, covarianceWeight: 0, ...sizes })],
  ['Barlow Twins without its redundancy term', () => barlow({ numFeatures, headNorm, redundancyWeight: 0, ...sizes })],
  ['SimCLR at a hundred times its temperature', () => simclr({ numFeatures, headNorm, batch, temperature: 20, ...sizes })],
  ['MoCo at a hundred times its temperature', () => moco({ numFeatures, headNorm, batch, numQueued: 48, temperature: 20, ...sizes })],
  ['OBoW whose words all images share', () => sharedWords(network)],
  ['DIET', () => intact('diet')],
  ['BoWNet', () => intact('bownet')],
];

/** A vector that is assigned to all words alike says nothing of the image. */
function sharedWords(on: Network): Objective {
  return obow({ network: on, headNorm, batch, numWords: 32, numHidden: sizes.numHidden, inverseDelta: 0 });
}

describe('a planted collapse at a hundred times the rate is stopped within the first tenth', () => {
  it.each(planted)(
    '%s',
    async (_, make) => {
      const { error, health } = await plantedRun({ network, objective: await make(), executor, factor: 100, numSteps, leaveAfter: 40 });
      expect(error).toMatchObject({ code: 'unstable', message: expect.stringContaining('tell the images apart') as string });
      const last = health.records.at(-1)!;
      expect(last.step).toBeGreaterThan(0);
      expect(last.step).toBeLessThanOrEqual(numSteps / 10);
      expect(last.verdict).toBe('collapsed');
      expect(last.alarms).not.toEqual([]);
      expect(health.kept!.points).toHaveLength(1);
    },
    120_000,
  );
});

it('DIET with the head first, which leaves the network alone for the first tenth, ends with the network from then at the next look', async () => {
  const run = { network, objective: await intact('diet-cp'), executor, factor: 100, numSteps: 100, leaveAfter: 30 };
  const { error, stopped, health } = await plantedRun(run);
  expect([error, stopped]).toEqual([null, 'collapse']);
  const last = health.records.at(-1)!;
  expect(last).toMatchObject({ verdict: 'collapsed', step: 20 });
  expect(health.records.filter(({ verdict }) => verdict !== 'good')).toEqual([last]);
});

it('OBoW is stopped at its own rate, too, where all images share all words: the features alone would not tell', async () => {
  const on = networkFor('tiny');
  const { error, health } = await plantedRun({ network: on, objective: sharedWords(on), executor, factor: 1, numSteps, leaveAfter: 40 });
  expect(error).toMatchObject({ code: 'unstable', message: expect.stringContaining('nearly the same for all images') as string });
  const last = health.records.at(-1)!;
  expect(last.alarms).toEqual(['outputs']);
  expect(last.step).toBeLessThanOrEqual(numSteps / 10);
});

describe('at its own rate, with all its parts, from the start to the end no collapse is seen of', () => {
  const on = networkFor('tiny');
  it.each(learners)('%s', async (name) => {
    const { error, stopped, health } = await plantedRun({
      network: on,
      objective: await intact(name, on),
      executor,
      factor: 1,
      numSteps: 80,
    });
    expect([error, stopped]).toEqual([null, 'steps']);
    expect(health.records.length).toBeGreaterThan(10);
    // In so few steps some tasks are not learnt yet, which is another thing and only said.
    expect(health.records.flatMap(({ alarms }) => alarms.filter((alarm) => alarm !== 'chance-loss'))).toEqual([]);
    expect(health.records.filter(({ verdict }) => verdict === 'collapsed')).toEqual([]);
  });
});

it('a collapse after a network was set aside ends the run with that network', async () => {
  const whole = byol({ numFeatures, headNorm: 'batch', ...sizes });
  const parts = ['backbone', ...Object.keys(whole.parts)];
  const schedule: Objective['schedule'] = (progress) => ({
    rates: Object.fromEntries(parts.map((part) => [part, progress > 0.3 ? 1000 : 1])),
  });
  const { error, stopped, health } = await plantedRun({ network, objective: { ...whole, schedule }, executor, factor: 1, numSteps: 40 });
  expect([error, stopped]).toEqual([null, 'collapse']);
  expect(health.records.at(-1)!.verdict).toBe('collapsed');
  expect(health.records.at(-1)!.progress).toBeLessThan(1);
  expect(health.kept!.points.map(({ progress }) => progress)).toEqual([0, 0.1, 0.25]);
  expect(health.kept!.chosen).toBe(2);
}, 120_000);

it('no collapse is seen in the same run as it should be', async () => {
  const objective = byol({ numFeatures, headNorm: 'batch', ...sizes });
  const { error, health } = await plantedRun({ network, objective, executor, factor: 1, numSteps, leaveAfter: 20 });
  expect(error).toBeNull();
  expect(health.records.length).toBeGreaterThan(5);
  expect(health.records.map(({ verdict }) => verdict)).toEqual(health.records.map(() => 'good'));
  expect(health.records.at(-1)!.outputSpread).toBeGreaterThan(0.5);
}, 120_000);

describe('outputSpread', () => {
  it('is near 1 for directions drawn at random and 0 where all are the same', async () => {
    await tf.setBackend('cpu');
    const spread = (rows: tf.Tensor): number => tf.tidy(() => outputSpread(rows).dataSync()[0]!);
    expect(spread(tf.randomNormal([400, 16], 0, 1, 'float32', 3))).toBeGreaterThan(0.97);
    expect(spread(tf.randomNormal([400, 16], 0, 1, 'float32', 3))).toBeLessThan(1.01);
    expect(spread(tf.ones([10, 4]))).toBeLessThan(1e-5);
    // Half the rows one way, half the other along one of four axes: deviation 1 there, 0 elsewhere.
    expect(spread(tf.tensor2d([1, 0, 0, 0, -1, 0, 0, 0], [2, 4]))).toBeCloseTo(0.5, 4);
  });
});
