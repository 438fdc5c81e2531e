/** What tests of objectives share: one step on a small network, and the gradient by finite differences. */
import { expect } from 'vitest';
import { augmentationPresets, type AugmentationSettings } from '../../electron/learn/augment.ts';
import { float32, int32, uint8 } from '../../electron/learn/host-tensor.ts';
import type { LossResult, Objective } from '../../electron/learn/objectives/objective.ts';
import { sgd } from '../../electron/learn/optimisers.ts';
import { trainingStep, type TrainingStep } from '../../electron/learn/training-step.ts';
import { tiny } from '../../electron/nn/tiny.ts';
import { createEagerExecutor } from '../../electron/tensor/eager.ts';
import type { HostTensors, Tensors } from '../../electron/tensor/program.ts';
import { createRandom } from '../../electron/tensor/random.ts';
import { tf } from '../../electron/tensor/tf.ts';
import { textures } from './textures.ts';

export const network = tiny();
export const batch = 4;
export const px = 16;
const sourcePx = 20;

export interface StepOptions {
  readonly trainable?: 'all' | 'norm';
  readonly frozenStatistics?: boolean;
  readonly px?: number;
  readonly augmentation?: AugmentationSettings;
}

/** Momentum 0, rate 1 and no decay: the step subtracts the gradient itself. */
export function stepOf(objective: Objective, options: StepOptions = {}): TrainingStep {
  return trainingStep({
    network,
    parameters: network.init(1),
    objective,
    seed: 2,
    optimiser: sgd({ momentum: 0 }),
    trainable: 'all',
    frozenStatistics: false,
    augmentation: augmentationPresets.standard,
    px,
    sourcePx,
    batch,
    backboneRate: 1,
    headRate: 1,
    weightDecay: 0,
    clipNorm: null,
    ...options,
  });
}

/** Everything a step takes, for four textures of classes 2, 0, 1 and 1. */
export async function inputsFor(step: TrainingStep, classes: Objective['classes'], rateFactor: number, progress = 0): Promise<HostTensors> {
  const pixels = await textures(batch, sourcePx, 3).source.read(Int32Array.of(0, 1, 2, 3));
  return {
    images: uint8([batch, sourcePx, sourcePx, 3], pixels),
    ...step.draws(createRandom(4)),
    ...step.rows(Int32Array.of(2, 0, 1, 1)),
    ...(classes !== 'none' && { classes: int32([batch], Int32Array.of(2, 0, 1, 1)) }),
    ...step.scalars({ step: 0, rateFactor, targetMomentum: 0.9, progress }),
  };
}

/** One step from the program's state, some of it changed. */
export async function runOnce(
  step: TrainingStep,
  inputs: HostTensors,
  change: HostTensors = {},
): Promise<{ loss: number; state: HostTensors }> {
  const state = { ...step.program.state, ...change };
  const session = await createEagerExecutor('cpu').load({ ...step.program, state });
  const outputs = await session.run(inputs);
  const result = { loss: outputs.loss!.data[0]!, state: await session.readState() };
  await session.dispose();
  return result;
}

/**
 * Scales, shifts and biases moved a little from where they begin: a shift of zero puts whatever is constant exactly at the kink of a ReLU, where the slope
 * is another on either side.
 */
function offTheKinks({ program }: TrainingStep): HostTensors {
  const random = createRandom(12);
  const plain = Object.entries(program.state).filter(([name]) => /^[a-z]+\.plain$/.test(name));
  return Object.fromEntries(
    plain.map(([name, { data }]) => [
      name,
      float32(
        [data.length],
        Float32Array.from(data, (value) => value + 0.1 * random.normal()),
      ),
    ]),
  );
}

/** In every group of parameters, the gradient is the slope of the loss along it. */
export async function expectGradient(
  objective: Objective,
  { progress = 0, ...options }: StepOptions & { readonly progress?: number } = {},
): Promise<void> {
  const step = stepOf(objective, options);
  const start = offTheKinks(step);
  const groups = Object.keys(step.program.state).filter((name) => /^[a-z]+\.(weight|plain)$/.test(name));
  expect(groups.length).toBeGreaterThanOrEqual(2);
  const still = await inputsFor(step, objective.classes, 0, progress);
  const moved = await runOnce(step, await inputsFor(step, objective.classes, 1, progress), start);
  for (const group of groups) {
    const values = (start[group] ?? step.program.state[group]!).data as Float32Array;
    const gradient = values.map((value, i) => value - (moved.state[group]!.data as Float32Array)[i]!);
    const norm = Math.hypot(...gradient);
    const along = async (distance: number): Promise<number> => {
      const shifted = values.map((value, i) => value + (distance * gradient[i]!) / norm);
      return (await runOnce(step, still, { ...start, [group]: float32([shifted.length], shifted) })).loss;
    };
    // Short enough that few activations cross the kink of a ReLU on the way; where one does, the slope on the other side of the start is the gradient.
    const distance = 2.5e-4;
    const [ahead, here, behind] = [await along(distance), await along(0), await along(-distance)];
    const slopes = [(ahead - behind) / 2, ahead - here, here - behind].map((difference) => difference / distance);
    expect(norm, group).toBeGreaterThan(1e-4);
    expect(Math.min(...slopes.map((slope) => Math.abs(slope - norm) / norm)), group).toBeLessThan(0.01);
  }
}

export interface LossInputs {
  /** Views, [B * V, P, P, 3]; black ones of 1 px unless told. */
  readonly images?: tf.Tensor4D;
  /** What the network makes of whatever it is shown. */
  readonly forward: (images: tf.Tensor4D) => { readonly features: tf.Tensor2D; readonly maps?: readonly tf.Tensor4D[] };
  /** The objective's own initial ones of seed 1 unless told. */
  readonly heads?: HostTensors;
  readonly draws?: HostTensors;
  readonly buffers?: HostTensors;
  readonly rows?: HostTensors;
  readonly scalars?: HostTensors;
  readonly batch?: number;
}

/** Host tensors as those of the current backend. */
export function tensorsOf(host: HostTensors): Tensors {
  return Object.fromEntries(Object.entries(host).map(([name, { data, shape }]) => [name, tf.tensor(data, [...shape])]));
}

/** The objective's loss and metrics on tensors written out, on the cpu backend. */
export async function lossOn(objective: Objective, given: LossInputs): Promise<{ loss: number; metrics: Record<string, number> }> {
  await tf.setBackend('cpu');
  const result = { loss: NaN, metrics: {} as Record<string, number> };
  tf.tidy(() => {
    const context = {
      images: given.images ?? tf.zeros<tf.Rank.R4>([(given.batch ?? 1) * objective.numViews, 1, 1, 3]),
      locals: null,
      draws: tensorsOf(given.draws ?? {}),
      scalars: tensorsOf(given.scalars ?? {}),
      buffers: tensorsOf(given.buffers ?? objective.buffers?.(1) ?? {}),
      rows: tensorsOf(given.rows ?? {}),
    };
    const online = {
      heads: tensorsOf(given.heads ?? objective.init(1)),
      forward: (images: tf.Tensor4D) => ({ maps: [], statistics: {}, ...given.forward(images) }),
    };
    const { targets } = objective.prepareTargets?.({ ...context, target: online }) ?? { targets: {} };
    const { loss, metrics }: LossResult = objective.loss({ ...context, online, classes: null, targets });
    result.loss = loss.dataSync()[0]!;
    for (const [name, value] of Object.entries(metrics)) result.metrics[name] = value.dataSync()[0]!;
  });
  return result;
}

/** A two-layer head with layer norm on one row, in plain loops: linear, norm, relu, linear. */
export function plainMlp(part: string, heads: HostTensors, row: readonly number[]): number[] {
  const values = (name: string): number[] => Array.from(heads[`${part}/${name}`]!.data);
  const numHidden = values('scale').length;
  const product = (x: readonly number[], matrix: readonly number[], width: number): number[] =>
    Array.from({ length: width }, (_, j) => x.reduce((sum, value, i) => sum + value * matrix[i * width + j]!, 0));
  const hidden = product(row, values('hidden'), numHidden);
  const mean = hidden.reduce((sum, value) => sum + value / numHidden, 0);
  const deviation = Math.sqrt(hidden.reduce((sum, value) => sum + (value - mean) ** 2 / numHidden, 0) + 1e-5);
  const active = hidden.map((value, j) => Math.max(0, ((value - mean) / deviation) * values('scale')[j]! + values('shift')[j]!));
  const bias = values('bias');
  return product(active, values('output'), bias.length).map((value, j) => value + bias[j]!);
}

/** -log of the softmax of `logits` at `index`. */
export function plainCrossEntropy(logits: readonly number[], index: number): number {
  return Math.log(logits.reduce((sum, value) => sum + Math.exp(value), 0)) - logits[index]!;
}
