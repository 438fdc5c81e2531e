/** Whole training steps: every executor follows the same path. */
import { describe, expect, it } from 'vitest';
import { batchNormAct } from '../../electron/nn/batch-norm.ts';
import { createCompiledExecutor } from '../../electron/tensor/compiled.ts';
import type { Executor, HostTensor, HostTensors, Program } from '../../electron/tensor/program.ts';
import { tf } from '../../electron/tensor/tf.ts';
import { difference, eager, expectAgreement, lowerings, normal } from './oracle.ts';
import { trainingBatch, trainingProgram } from './small-training.ts';

const batch = 8;
const numSteps = 10;

async function train(executor: Executor): Promise<{ losses: number[]; state: HostTensors }> {
  const session = await executor.load(trainingProgram(batch));
  const losses: number[] = [];
  for (let step = 0; step < numSteps; step++) losses.push((await session.run(trainingBatch(batch, step))).loss!.data[0]!);
  const state = await session.readState();
  await session.dispose();
  return { losses, state };
}

describe('training a small network', async () => {
  const reference = await train(eager);

  it('learns', () => {
    expect(reference.losses[numSteps - 1]).toBeLessThan(reference.losses[0]! * 0.8);
  });

  it.each([
    ...lowerings.filter(({ carries }) => carries),
    { label: 'two threads', executor: await createCompiledExecutor({ numThreads: 2 }), carries: true },
  ])('agrees with the cpu backend over ten steps ($label)', async ({ label, executor }) => {
    const { losses, state } = await train(executor);
    losses.forEach((loss, step) => {
      expect(Math.abs(loss - reference.losses[step]!), `loss of step ${step}`).toBeLessThan(1e-4);
    });
    expectAgreement(state, reference.state, 1e-4, label);
  });
});

type Activation = 'none' | 'relu' | 'relu6';

/** y and the gradients of sum(y * r) with respect to x, scale and shift. */
function normProgram(name: string, norm: (x: tf.Tensor, scale: tf.Tensor1D, shift: tf.Tensor1D) => tf.Tensor, x: HostTensor): Program {
  const channels = x.shape.at(-1)!;
  return {
    name,
    state: {},
    inputs: {
      x: { dtype: 'float32', shape: x.shape as [number] },
      scale: { dtype: 'float32', shape: [channels] },
      shift: { dtype: 'float32', shape: [channels] },
      r: { dtype: 'float32', shape: x.shape as [number] },
    },
    run: (_, { x: input, scale, shift, r }) => {
      const sum = (a: tf.Tensor, b: tf.Tensor, c: tf.Tensor): tf.Scalar => tf.sum(tf.mul(norm(a, b as tf.Tensor1D, c as tf.Tensor1D), r!));
      const [dx, dscale, dshift] = tf.grads(sum)([input!, scale!, shift!]);
      return {
        state: {},
        outputs: { y: norm(input!, scale as tf.Tensor1D, shift as tf.Tensor1D), dx: dx!, dscale: dscale!, dshift: dshift! },
      };
    },
  };
}

/** The formula written out, moments in two passes, for tfjs to differentiate. */
function plainNorm(activation: Activation) {
  return (x: tf.Tensor, scale: tf.Tensor1D, shift: tf.Tensor1D): tf.Tensor => {
    const axes = x.shape.map((_, i) => i).slice(0, -1);
    const mean = tf.mean(x, axes);
    const variance = tf.mean(tf.square(tf.sub(x, mean)), axes);
    const z = tf.add(tf.mul(tf.div(tf.sub(x, mean), tf.sqrt(tf.add(variance, 1e-5))), scale), shift);
    return activation === 'relu' ? tf.relu(z) : activation === 'relu6' ? tf.relu6(z) : z;
  };
}

describe.each([eager, ...lowerings.filter(({ carries }) => !carries).map(({ executor }) => executor)])(
  'batchNormAct on $id',
  (executor) => {
    it.each<[Activation, number[], number, number]>([
      ['none', [4, 5, 5, 3], 0, 1e-5],
      ['relu', [4, 5, 5, 3], 0.5, 1e-5],
      ['relu6', [6, 4, 4, 5], 1, 1e-5],
      ['none', [16, 7], -2, 1e-5],
      // A mean of 30 deviations costs E[x^2] - E[x]^2 ten bits of the 24.
      ['none', [8, 6, 6, 4], 30, 2e-3],
      ['relu', [8, 6, 6, 4], -30, 2e-3],
    ])('has the value and gradient of the plain formula: %s of %j, mean at %d deviations', async (activation, shape, mean, tolerance) => {
      const x = normal(1, shape, 1, mean);
      const channels = shape.at(-1)!;
      const inputs = { x, scale: normal(2, [channels], 1, 2), shift: normal(3, [channels], 1, 1), r: normal(4, shape) };
      const own = normProgram('own', (a, b, c) => batchNormAct(a, b, c, 1e-5, activation), x);
      const expected = await (await eager.load(normProgram('plain', plainNorm(activation), x))).run(inputs);
      const actual = await (await executor.load(own)).run(inputs);
      for (const name of ['y', 'dx', 'dscale', 'dshift']) expect(difference(actual[name]!, expected[name]!), name).toBeLessThan(tolerance);
    });
  },
);
