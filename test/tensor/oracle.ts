/** Runs one function on TensorFlow.js's `cpu` backend and compiled in every way the machine knows, forward and backward. */
import { expect } from 'vitest';
import { createCompiledExecutor, detectBlockChannels } from '../../electron/tensor/compiled.ts';
import { createEagerExecutor } from '../../electron/tensor/eager.ts';
import type { Executor, HostTensor, HostTensors, InputSpec, Program, Tensors } from '../../electron/tensor/program.ts';
import { createRandom } from '../../electron/tensor/random.ts';
import { tf } from '../../electron/tensor/tf.ts';

/** A function of named inputs to check. */
export interface Case {
  readonly name: string;
  readonly inputs: HostTensors;
  readonly run: (inputs: Tensors) => tf.Tensor | readonly tf.Tensor[];
  /** The oracle where the `cpu` backend lacks the kernel; otherwise `run` is its own. */
  readonly expected?: (inputs: Tensors) => tf.Tensor | readonly tf.Tensor[];
  /** Inputs to differentiate by; default: those of type float32. Empty where tfjs has no gradient. */
  readonly gradients?: readonly string[];
  /** Largest difference over the largest expected magnitude (at least 1). */
  readonly tolerance?: number;
}

/** Seeded normal numbers [shape]. */
export function normal(seed: number, shape: readonly number[], scale = 1, mean = 0): HostTensor {
  const random = createRandom(seed);
  return float32(
    shape,
    Array.from({ length: sizeOf(shape) }, () => mean + scale * random.normal()),
  );
}

/** Seeded integers in [from, to) of shape [shape]. */
export function integers(seed: number, shape: readonly number[], from: number, to: number, dtype: 'int32' | 'uint8' = 'int32'): HostTensor {
  const random = createRandom(seed);
  const numbers = Array.from({ length: sizeOf(shape) }, () => from + random.int(to - from));
  return { dtype, shape, data: dtype === 'int32' ? Int32Array.from(numbers) : Uint8Array.from(numbers) };
}

export function float32(shape: readonly number[], numbers: readonly number[]): HostTensor {
  return { dtype: 'float32', shape, data: Float32Array.from(numbers) };
}

export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((a, b) => a * b, 1);
}

/** Weights of the sum that is differentiated: fixed by the shape, so that every run of a case uses the same. */
function sumWeights(shape: readonly number[]): tf.Tensor {
  return tf.tensor(normal(sizeOf(shape) + 1, shape).data, [...shape], 'float32');
}

function many(result: tf.Tensor | readonly tf.Tensor[]): readonly tf.Tensor[] {
  return Array.isArray(result) ? (result as readonly tf.Tensor[]) : [result as tf.Tensor];
}

/** The case as a program; with `carries`, one that is lowered as training is. */
export function caseProgram(test: Case, carries: boolean, run = test.run): Program {
  const inputs = Object.fromEntries(
    Object.entries(test.inputs).map(([name, { dtype, shape }]) => [name, { dtype, shape: shape as InputSpec['shape'] }]),
  );
  const wrt = test.gradients ?? Object.keys(test.inputs).filter((name) => test.inputs[name]!.dtype === 'float32');
  return {
    name: test.name,
    state: carries ? { carried: float32([1], [7]) } : {},
    inputs,
    run: (state, given) => {
      const outputs: Tensors = {};
      many(run(given)).forEach((y, i) => (outputs[`y${i}`] = y));
      if (wrt.length > 0) {
        const loss = (...xs: tf.Tensor[]): tf.Scalar => {
          const replaced = { ...given, ...Object.fromEntries(wrt.map((name, i) => [name, xs[i]!])) };
          const terms = many(run(replaced)).filter((y) => y.dtype === 'float32');
          return tf.addN(terms.map((y) => tf.sum<tf.Scalar>(tf.mul(y, sumWeights(y.shape)))));
        };
        const gradients = tf.grads(loss)(wrt.map((name) => given[name]!));
        wrt.forEach((name, i) => (outputs[`d ${name}`] = gradients[i]!));
      }
      const next: Tensors = carries ? { carried: state.carried! } : {};
      return { state: next, outputs };
    },
  };
}

/** Largest difference between two tensors over the largest finite magnitude expected, at least 1. NaN and infinities must coincide. */
export function difference(actual: HostTensor, expected: HostTensor): number {
  let largest = 1;
  let worst = 0;
  expected.data.forEach((e, i) => {
    const a = actual.data[i]!;
    if (Number.isFinite(e)) largest = Math.max(largest, Math.abs(e));
    if (Object.is(a, e) || a === e) return;
    worst = Math.max(worst, Number.isFinite(a) && Number.isFinite(e) ? Math.abs(a - e) : Infinity);
  });
  return worst / largest;
}

/** Fails unless both have the same names, types and shapes, and values within `tolerance` (see {@link difference}). */
export function expectAgreement(actual: HostTensors, expected: HostTensors, tolerance: number, label: string): void {
  expect(Object.keys(actual), label).toEqual(Object.keys(expected));
  for (const [name, e] of Object.entries(expected)) {
    const a = actual[name]!;
    const place = `${label}: ${name}`;
    expect({ dtype: a.dtype, shape: a.shape }, place).toEqual({ dtype: e.dtype, shape: e.shape });
    const apart = difference(a, e);
    if (apart > tolerance) expect([...a.data.slice(0, 40)], `${place} is ${apart} off`).toEqual([...e.data.slice(0, 40)]);
  }
}

async function runOnce(executor: Executor, program: Program, inputs: HostTensors): Promise<HostTensors> {
  const session = await executor.load(program);
  try {
    return await session.run(inputs);
  } finally {
    await session.dispose();
  }
}

/** Compiled executors on the CPU: with the machine's blocked convolutions, if it has any, and without. */
export interface Lowerings {
  readonly label: string;
  readonly executor: Executor;
  readonly carries: boolean;
}

export const eager = createEagerExecutor('cpu');
const numThreads = 1;
const machineBlock = await detectBlockChannels();
const plain = await createCompiledExecutor({ numThreads, blockChannels: 0 });

export const lowerings: readonly Lowerings[] = [
  ...(machineBlock === 0
    ? []
    : [{ label: `training, blocks of ${machineBlock}`, executor: await createCompiledExecutor({ numThreads }), carries: true }]),
  { label: 'training, no blocks', executor: plain, carries: true },
  // As for webgpu, where it differs.
  {
    label: 'training, no pool indices',
    executor: await createCompiledExecutor({ numThreads, blockChannels: 0, poolIndices: false }),
    carries: true,
  },
  { label: 'inference', executor: plain, carries: false },
];

/** Fails unless every lowering of the case agrees with the `cpu` backend. */
export async function checkCase(test: Case): Promise<void> {
  const expected = await runOnce(eager, caseProgram(test, false, test.expected), test.inputs);
  for (const { label, executor, carries } of lowerings) {
    const actual = await runOnce(executor, caseProgram(test, carries), test.inputs);
    expectAgreement(actual, expected, test.tolerance ?? 1e-5, `${test.name} (${label})`);
  }
}
