import { beforeAll, describe, expect, it } from 'vitest';
import type { Checkpoint } from '../../electron/learn/checkpoint.ts';
import type { ClassifierHead } from '../../electron/learn/classifier.ts';
import { predict } from '../../electron/learn/embed.ts';
import { augmentationPresets } from '../../electron/learn/augment.ts';
import { finetune, type FinetuneOptions } from '../../electron/learn/finetune.ts';
import { accuracy, predictedClasses } from '../../electron/learn/metrics.ts';
import { tiny } from '../../electron/nn/tiny.ts';
import { createCompiledExecutor } from '../../electron/tensor/compiled.ts';
import type { Executor, HostTensors } from '../../electron/tensor/program.ts';
import { numKinds, quiet, textures, tickingClock } from './textures.ts';

const network = tiny();
const parameters = network.init(1);
const train = textures(100, 24, 1);
const test = textures(60, 24, 2);
const head: ClassifierHead = {
  numFeatures: network.numFeatures,
  numClasses: numKinds,
  weights: new Float32Array(network.numFeatures * numKinds),
  bias: new Float32Array(numKinds),
  mean: new Float32Array(network.numFeatures),
  std: new Float32Array(network.numFeatures).fill(1),
};
/** The kinds differ in texture alone. */
const augmentation = {
  ...augmentationPresets.standard,
  cropArea: [0.4, 1],
  brightness: 0.4,
  contrast: 0.4,
  saturation: 0.5,
  grey: 0.5,
} as const;
let executor: Executor;

beforeAll(async () => {
  executor = await createCompiledExecutor({ provider: 'cpu' });
});

const options = (): FinetuneOptions => ({
  network,
  parameters,
  head,
  source: train.source,
  images: Int32Array.from({ length: 100 }, (_, i) => i),
  labels: train.kinds,
  executor,
  px: 24,
  batch: 20,
  budget: { steps: 12 },
  seed: 1,
  ctx: quiet(),
  clock: tickingClock(1),
});

/** The share of the test images that network and head get right. */
async function testAccuracy(of: { readonly parameters: HostTensors; readonly head: ClassifierHead }): Promise<number> {
  const probabilities = await predict({ ...of, network, source: test.source, executor, batch: 20, ctx: quiet() });
  return accuracy(test.kinds, predictedClasses(probabilities, numKinds));
}

describe('finetune', () => {
  it('learns to tell held-out images apart, leaves statistics and standardisation as they were', async () => {
    const result = await finetune({
      ...options(),
      parameters: network.init(2),
      seed: 2,
      budget: { steps: 150 },
      settings: { optimiser: 'adamw', backboneRate: 5e-3, headRate: 2e-2 },
    });
    expect(await testAccuracy(result)).toBeGreaterThan(0.6);
    expect(result.curves.at(-1)!.values.accuracy).toBeGreaterThan(result.curves[0]!.values.accuracy!);
    expect(result.head.mean).toBe(head.mean);
    for (const [name, { kind }] of Object.entries(network.parameters)) {
      if (kind === 'statistic') expect(result.parameters[name]).toEqual(parameters[name]);
    }
  });

  it('resumes where an uninterrupted run would have gone on', async () => {
    const straight = await finetune(options());
    const checkpoints: Checkpoint[] = [];
    const onCheckpoint = (checkpoint: Checkpoint): void => void checkpoints.push(checkpoint);
    await finetune({ ...options(), checkpointEverySeconds: 0, onCheckpoint });
    const resumed = await finetune({ ...options(), resumeFrom: checkpoints.find(({ step }) => step === 5)! });
    expect(resumed.head.weights.some((value) => Math.abs(value) > 1e-4)).toBe(true);
    resumed.head.weights.forEach((value, i) => expect(Math.abs(value - straight.head.weights[i]!)).toBeLessThan(1e-6));
  });

  it('learns from images without labels as well where a self-supervised loss is beside', async () => {
    const numLabelled = 20;
    const accuracies = { alone: 0, beside: 0 };
    for (const seed of [1, 2, 3]) {
      const given: FinetuneOptions = {
        ...options(),
        parameters: network.init(seed),
        images: options().images.slice(0, numLabelled),
        labels: train.kinds.slice(0, numLabelled),
        seed,
        batch: 40,
        budget: { steps: 120 },
      };
      const settings = { optimiser: 'adamw', backboneRate: 3e-3, headRate: 1e-2, augmentation } as const;
      const alone = await finetune({ ...given, batch: 20, settings });
      const unlabelled = options().images.slice(numLabelled);
      const beside = await finetune({ ...given, settings, alongside: { method: 'byol', weight: 1, images: unlabelled } });
      expect(Object.keys(beside.curves[0]!.values)).toEqual(expect.arrayContaining(['labelLoss', 'selfLoss', 'accuracy']));
      expect(beside.curves.at(-1)!.values.selfLoss).toBeLessThan(beside.curves[0]!.values.selfLoss!);
      accuracies.alone += (await testAccuracy(alone)) / 3;
      accuracies.beside += (await testAccuracy(beside)) / 3;
    }
    expect(accuracies.beside).toBeGreaterThan(accuracies.alone);
  }, 120_000);

  it('refuses methods that cannot stand beside labels', async () => {
    const alongside = { method: 'diet', weight: 1, images: new Int32Array() } as const;
    await expect(finetune({ ...options(), alongside })).rejects.toThrow('diet cannot be learnt beside labels');
  });

  it('refuses labels the probe does not know, and lists of different lengths', async () => {
    await expect(finetune({ ...options(), labels: train.kinds.map((kind) => kind + 1) })).rejects.toThrow(/0\.\.4/);
    await expect(finetune({ ...options(), labels: train.kinds.slice(1) })).rejects.toThrow(/100 images but 99 labels/);
  });
});
