/** What every executor's sessions have in common: what they refuse, carry and hand out. */
import { describe, expect, it } from 'vitest';
import { AppError } from '../../electron/contract/errors.ts';
import { createCompiledExecutor } from '../../electron/tensor/compiled.ts';
import { createEagerExecutor, loadTensorflowBackend } from '../../electron/tensor/eager.ts';
import type { HostTensor, HostTensors, Program, Tensors } from '../../electron/tensor/program.ts';
import { tf } from '../../electron/tensor/tf.ts';
import { eager, float32, integers, normal } from './oracle.ts';

const executors = [eager, await createCompiledExecutor({ numThreads: 1 })];

const program: Program = {
  name: 'sum',
  state: { total: float32([2], [1, 2]), other: float32([2], [30, 40]), fixed: float32([2], [0.5, 0.5]) },
  inputs: { x: { dtype: 'float32', shape: [null, 2] }, labels: { dtype: 'int32', shape: [3] }, bytes: { dtype: 'uint8', shape: [2] } },
  run: (state, { x, labels, bytes }) => {
    const total = tf.add(state.total!, tf.sum(x!, 0));
    return {
      // The two change places, so that neither may be overwritten early.
      state: { total: state.other!, other: tf.add(total, state.fixed!) },
      outputs: { total, same: x!, next: tf.add(labels!, tf.scalar(1, 'int32')), copied: bytes!, above: tf.greater(total, 2) },
    };
  },
};
const inputs: HostTensors = {
  x: float32([1, 2], [1, 1]),
  labels: { dtype: 'int32', shape: [3], data: Int32Array.of(1, 2, 3) },
  bytes: { dtype: 'uint8', shape: [2], data: Uint8Array.of(0, 255) },
};

async function failure(promise: Promise<unknown>): Promise<AppError> {
  const error: unknown = await promise.then(
    () => new Error('did not fail'),
    (reason: unknown) => reason,
  );
  if (error instanceof AppError) return error;
  throw error;
}

describe.each(executors)('a session of $id', (executor) => {
  it('gives outputs of their own types', async () => {
    const session = await executor.load(program);
    const outputs = await session.run(inputs);
    expect(outputs).toEqual({
      total: float32([2], [2, 3]),
      same: inputs.x,
      next: { dtype: 'int32', shape: [3], data: Int32Array.of(2, 3, 4) },
      copied: { dtype: 'int32', shape: [2], data: Int32Array.of(0, 255) },
      above: { dtype: 'uint8', shape: [2], data: Uint8Array.of(0, 1) },
    });
    await session.dispose();
  });

  it('carries state from run to run and leaves the given one alone', async () => {
    const session = await executor.load(program);
    let [total, other] = [
      [1, 2],
      [30, 40],
    ];
    for (let i = 0; i < 5; i++) {
      const outputs = await session.run(inputs);
      const sum = total.map((v) => v + 1);
      expect([...outputs.total!.data]).toEqual(sum);
      [total, other] = [other, sum.map((v) => v + 0.5)];
      const state = await session.readState();
      expect(Object.keys(state).sort()).toEqual(['other', 'total']);
      expect([[...state.total!.data], [...state.other!.data]]).toEqual([total, other]);
    }
    expect([...program.state.total!.data]).toEqual([1, 2]);
    await session.dispose();
  });

  it('hands out copies', async () => {
    const session = await executor.load(program);
    const first = await session.run(inputs);
    const state = await session.readState();
    const kept = structuredClone({ first, state });
    await session.run(inputs);
    await session.run(inputs);
    expect({ first, state }).toEqual(kept);
    for (const { data } of Object.values(await session.readState())) data.fill(NaN);
    for (const { data } of Object.values(await session.run(inputs))) data.fill(0);
    for (const { data } of Object.values(await session.readState())) expect(data.every(Number.isFinite)).toBe(true);
    await session.dispose();
  });

  it('keeps sessions of one program apart', async () => {
    const [a, b] = [await executor.load(program), await executor.load(program)];
    await a.run(inputs);
    expect([...(await b.run(inputs)).total!.data]).toEqual([2, 3]);
    await a.dispose();
    expect([...(await b.run(inputs)).total!.data]).toEqual([31, 41]);
    await b.dispose();
  });

  it.each<[string, (given: HostTensors) => HostTensors, string]>([
    ['missing', ({ x, bytes }) => ({ x: x!, bytes: bytes! }), 'sum: input labels int32 [3] is missing'],
    ['of another type', (given) => ({ ...given, labels: normal(1, [3]) }), 'sum: input labels is float32 [3], not int32 [3]'],
    ['of another rank', (given) => ({ ...given, x: normal(1, [2]) }), 'sum: input x is float32 [2], not float32 [?,2]'],
    ['of another width', (given) => ({ ...given, x: normal(1, [4, 3]) }), 'sum: input x is float32 [4,3], not float32 [?,2]'],
    [
      'of another length than its shape says',
      (given) => ({ ...given, x: { ...(given.x as HostTensor), shape: [2, 2] } }),
      'sum: input x [2,2] has 2 numbers, not 4',
    ],
    ['of bytes that are not', (given) => ({ ...given, bytes: integers(1, [2], 0, 9) }), 'sum: input bytes is int32 [2], not uint8 [2]'],
  ])('refuses an input that is %s', async (_, change, message) => {
    const session = await executor.load(program);
    const error = await failure(session.run(change(inputs)));
    expect(error.code).toBe('invalid-input');
    expect(error.message).toBe(message);
    expect([...(await session.run(inputs)).total!.data]).toEqual([2, 3]);
    await session.dispose();
  });

  const returning = (name: string, state: HostTensors, next: (state: Tensors) => Tensors): Program => ({
    name,
    state,
    inputs: { x: { dtype: 'float32', shape: [2] } },
    run: (given, { x }) => ({ state: next(given), outputs: { y: tf.add(x!, 1) } }),
  });
  const w: HostTensors = { w: float32([2], [1, 2]) };
  it.each([
    ['it was not given', returning('p', w, (s) => ({ ...s, v: s.w! })), 'p returns a state entry it was not given: v'],
    ['though it was given none', returning('p', {}, () => ({ v: tf.ones([2]) })), 'p returns a state entry it was not given: v'],
    [
      'of another shape',
      returning('p', w, (s) => ({ w: tf.reshape(s.w!, [2, 1]) })),
      'p returns state entry w as float32 [2,1], but was given float32 [2]',
    ],
    [
      'of another type',
      returning('p', w, (s) => ({ w: tf.cast(s.w!, 'int32') })),
      'p returns state entry w as int32 [2], but was given float32 [2]',
    ],
  ])('refuses a state entry returned %s', async (_, wrong, message) => {
    const running = executor.load(wrong).then((session) => session.run({ x: float32([2], [0, 0]) }));
    expect((await failure(running)).message).toBe(message);
  });
});

describe('the eager executor', () => {
  it('leaves no tensors behind', async () => {
    const before = tf.memory().numTensors;
    const session = await eager.load(program);
    await session.run(inputs);
    const during = tf.memory().numTensors;
    for (let i = 0; i < 3; i++) await session.run(inputs);
    expect(tf.memory().numTensors).toBe(during);
    await session.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('refuses a backend that is not there', () => {
    expect(() => createEagerExecutor('abacus')).toThrow('no backend named abacus');
  });

  it('knows the native backend exactly where its package loads', async () => {
    const loaded = await loadTensorflowBackend();
    if (loaded) expect(createEagerExecutor('tensorflow').id).toBe('eager:tensorflow');
    else expect(() => createEagerExecutor('tensorflow')).toThrow(AppError);
  });
});

describe('the compiled executor', () => {
  it('refuses an output that has the name of an input', async () => {
    const echo: Program = { ...program, name: 'echo', run: (_, { x }) => ({ state: {}, outputs: { x: tf.neg(x!) } }) };
    const executor = await createCompiledExecutor({ numThreads: 1 });
    expect((await failure(executor.load(echo))).message).toBe('echo: an input and an output are both named x');
  });

  it('says which provider cannot be had', async () => {
    const foreign = process.platform === 'darwin' ? 'dml' : 'coreml';
    const executor = await createCompiledExecutor({ provider: foreign });
    const error = await failure(executor.load(program));
    expect(error.code).toBe('unsupported');
    expect(error.message).toBe(`ONNX Runtime has no provider ${foreign} on this platform`);
  });
});
