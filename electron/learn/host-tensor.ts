/** Short ways to make tensors in ordinary memory. */
import { AppError } from '../contract/errors.ts';
import type { HostTensor, HostTensors } from '../tensor/program.ts';

/** A float32 tensor over `data`, which is not copied. */
export function float32(shape: readonly number[], data: Float32Array): HostTensor {
  return { dtype: 'float32', shape, data };
}

/** An int32 tensor over `data`, which is not copied. */
export function int32(shape: readonly number[], data: Int32Array): HostTensor {
  return { dtype: 'int32', shape, data };
}

/** A uint8 tensor over `data`, which is not copied. */
export function uint8(shape: readonly number[], data: Uint8Array): HostTensor {
  return { dtype: 'uint8', shape, data };
}

/** A float32 tensor of shape []. */
export function scalar(value: number): HostTensor {
  return float32([], Float32Array.of(value));
}

/** The entry `name` of `tensors`. Throws `AppError` 'internal' when it is missing. */
export function entry<T>(tensors: Readonly<Record<string, T>>, name: string): T {
  const value = tensors[name];
  if (value === undefined) throw new AppError('internal', `The tensor '${name}' is missing; present: ${Object.keys(tensors).join(', ')}.`);
  return value;
}

/** The float32 values of the entry `name`. Throws `AppError` 'internal' when it is missing or of another type. */
export function floatsOf(tensors: HostTensors, name: string): Float32Array {
  const { data } = entry(tensors, name);
  if (!(data instanceof Float32Array)) throw new AppError('internal', `The tensor '${name}' is not float32.`);
  return data;
}
