import '@tensorflow/tfjs-backend-cpu';
import { describe, expect, it } from 'vitest';
import { AppError } from '../../../electron/contract/errors.ts';
import { compileProgram } from '../../../electron/tensor/compile.ts';
import type { Program, Tensors } from '../../../electron/tensor/program.ts';
import { tf } from '../../../electron/tensor/tf.ts';
import { trace } from '../../../electron/tensor/trace/backend.ts';
import { formatShape, reachableSteps } from '../../../electron/tensor/trace/graph.ts';

function programOf(run: (x: tf.Tensor) => tf.Tensor, shape: [number, ...number[]] = [2, 8, 8, 3]): Program {
  return {
    name: 'test',
    state: {},
    inputs: { x: { dtype: 'float32', shape } },
    run: (_, { x }) => ({ state: {}, outputs: { y: run(x!) } }),
  };
}

function failure(run: (x: tf.Tensor) => tf.Tensor, shape?: [number, ...number[]]): AppError {
  try {
    compileProgram(programOf(run, shape), 0);
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error('compiled');
}

describe('a program that cannot be traced', () => {
  it.each([
    ['Atan', 'atan__op', 'x [2,8,8,3]', (x: tf.Tensor) => tf.atan(x)],
    ['LRN', 'localResponseNormalization__op', 'x [2,8,8,3]', (x: tf.Tensor) => tf.localResponseNormalization(x as tf.Tensor4D)],
    ['ResizeBilinear', 'resizeBilinear__op', 'images [2,8,8,3]', (x: tf.Tensor) => tf.image.resizeBilinear(x as tf.Tensor4D, [4, 4])],
    [
      'Conv3D',
      'conv3d__op',
      'x [1,2,8,8,3], filter [1,1,1,3,4]',
      (x: tf.Tensor) => tf.conv3d(tf.reshape<tf.Rank.R5>(x, [1, 2, 8, 8, 3]), tf.ones([1, 1, 1, 3, 4]), 1, 'same'),
    ],
    [
      'UnsortedSegmentSum',
      'unsortedSegmentSum__op',
      'x [2,8,8,3], segmentIds [2]',
      (x: tf.Tensor) => tf.unsortedSegmentSum(x, tf.tensor1d([0, 0], 'int32'), 1),
    ],
    [
      'UnsortedSegmentSum',
      'unsortedSegmentSum__op',
      'x [2,8,8,3], segmentIds [2]',
      (x: tf.Tensor) => tf.grad((v: tf.Tensor) => tf.gather(v, tf.tensor1d([1, 0], 'int32')))(x),
    ],
  ] as const)('names the kernel %s, the operation %s and the shapes %s', (kernel, op, shapes, run) => {
    const error = failure(run);
    expect(error.code).toBe('unsupported');
    expect(error.message).toBe(`kernel ${kernel} has no lowering to ONNX (asked for by ${op} with ${shapes})`);
    expect(error.details).toEqual({ kernel, op });
  });

  it('is told so about complex numbers', () => {
    expect(failure((x) => tf.real(tf.fft(tf.complex(x, x)))).message).toContain('kernel Complex has no lowering to ONNX');
  });

  it('is told which options of a kernel are not traced', () => {
    const nchw = failure((x) => tf.conv2d(x as tf.Tensor4D, tf.ones<tf.Rank.R4>([3, 3, 8, 4]), 1, 'same', 'NCHW'));
    expect(nchw.message).toBe(
      'kernel Conv2D (asked for by conv2d__op with x [2,8,8,3], filter [3,3,8,4]) cannot be traced: data format NCHW is not traced',
    );
    const gather = failure((x) => tf.gather(x, tf.zeros([2, 1], 'int32'), 1, 1));
    expect(gather.message).toContain('kernel GatherV2 (asked for by gather__op with x [2,8,8,3], indices [2,1])');
  });

  it.each([
    ['dataSync', (x: tf.Tensor) => tf.scalar(x.dataSync()[0]!)],
    ['arraySync', (x: tf.Tensor) => tf.tensor(x.arraySync() as number[])],
  ])('may not read numbers with %s', (_, run) => {
    const error = failure(run);
    expect(error.code).toBe('unsupported');
    expect(error.message).toContain('cannot read the numbers of its tensors');
  });

  it('may not use tensors made outside of it', async () => {
    await tf.setBackend('cpu');
    const outside = tf.ones([2, 8, 8, 3]);
    expect(failure((x) => tf.add(x, outside)).message).toContain('a tensor [2,8,8,3] from outside');
    outside.dispose();
  });

  it('may not hold text', () => {
    expect(failure((x) => tf.concat([x, tf.tensor<tf.Rank>(['a'])])).message).toContain('string tensor [1]');
  });

  it('leaves the backend and its scopes as they were', async () => {
    await tf.setBackend('cpu');
    const before = tf.memory().numTensors;
    failure((x) => tf.atan(tf.relu(x)));
    compileProgram(programOf(tf.relu), 0);
    expect(tf.getBackend()).toBe('cpu');
    expect(tf.memory().numTensors).toBe(before);
    const sum = tf.add(1, 2);
    expect(sum.dataSync()[0]).toBe(3);
    sum.dispose();
  });
});

describe('trace', () => {
  const inputs = { x: { dtype: 'float32', shape: [2, 3] } } as const;

  it('records what the outputs depend on, in order, and nothing else', () => {
    const { outputs } = trace(inputs, ({ x }): Tensors => {
      tf.exp(x!);
      return { y: tf.neg(tf.relu(x!)) };
    });
    expect(reachableSteps(Object.values(outputs)).map((step) => step.kernel)).toEqual(['Relu', 'Neg']);
    expect(outputs.y).toMatchObject({ dtype: 'float32', shape: [2, 3] });
  });

  it('records the backward pass', () => {
    const { outputs } = trace(inputs, ({ x }) => ({ y: tf.grad((v: tf.Tensor) => tf.sum(tf.exp(v)))(x!) }));
    expect(reachableSteps(Object.values(outputs)).map((step) => step.kernel)).toContain('Exp');
  });
});

describe('formatShape', () => {
  it('writes free dimensions as question marks', () => {
    expect(formatShape([null, 96, 3])).toBe('[?,96,3]');
    expect(formatShape([])).toBe('[]');
  });
});
