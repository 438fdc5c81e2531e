/** The order of a weight's axes in a file, where it differs from TensorFlow.js's. */
import { AppError } from '../contract/errors.ts';
import type { HostTensor } from '../tensor/program.ts';
import type { ParameterSpec } from './network.ts';

/** `torch`: filters [out, in, h, w], depthwise [C, 1, h, w], matrices [out, in]. `keras`: as in TensorFlow.js. */
export type FileLayout = 'torch' | 'keras';

/** Axis i of the file is axis `order[i]` of the parameter; null where nothing moves. */
function axisOrder({ shape, kind }: ParameterSpec, layout: FileLayout): readonly number[] | null {
  if (layout === 'keras' || kind !== 'weight') return null;
  if (shape.length === 2) return [1, 0];
  if (shape.length !== 4) return null;
  return shape[3] === 1 ? [2, 3, 0, 1] : [3, 2, 0, 1];
}

/** The shape a parameter has in a file. */
export function fileShape(parameter: ParameterSpec, layout: FileLayout): readonly number[] {
  const order = axisOrder(parameter, layout);
  return order === null ? parameter.shape : order.map((axis) => parameter.shape[axis] ?? 1);
}

/** A parameter's values in the order of a file; the tensor itself where nothing moves. */
export function toFileLayout(tensor: HostTensor, parameter: ParameterSpec, layout: FileLayout): HostTensor {
  const order = axisOrder(parameter, layout);
  return order === null ? tensor : transpose(tensor, order);
}

/** A file's tensor, of `fileShape`, as the parameter; the tensor itself where nothing moves. */
export function fromFileLayout(tensor: HostTensor, parameter: ParameterSpec, layout: FileLayout): HostTensor {
  const order = axisOrder(parameter, layout);
  if (order === null) return tensor;
  const inverse = order.map((_, axis) => order.indexOf(axis));
  return transpose(tensor, inverse);
}

/** Moves axes: axis i of the result is axis `order[i]` of a float32 tensor of at most four axes. */
function transpose({ dtype, shape, data }: HostTensor, order: readonly number[]): HostTensor {
  if (!(data instanceof Float32Array)) throw new AppError('invalid-input', `A weight must be float32, not ${dtype}; convert the file.`);
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, size) => product * size, 1));
  const target = order.map((axis) => shape[axis] ?? 1);
  const steps = order.map((axis) => strides[axis] ?? 0);
  const [a = 1, b = 1, c = 1, d = 1] = [...Array<number>(4 - order.length).fill(1), ...target];
  const [stepA = 0, stepB = 0, stepC = 0, stepD = 0] = [...Array<number>(4 - order.length).fill(0), ...steps];
  const moved = new Float32Array(data.length);
  let position = 0;
  for (let i = 0; i < a; i++)
    for (let j = 0; j < b; j++)
      for (let k = 0; k < c; k++) for (let l = 0; l < d; l++) moved[position++] = data[i * stepA + j * stepB + k * stepC + l * stepD] ?? 0;
  return { dtype, shape: target, data: moved };
}
