/**
 * Many tensors as one flat vector. An optimiser or a moving average over a network's 160 tensors is then a handful of
 * operations on one vector instead of thousands of graph nodes.
 */
import { AppError } from '../contract/errors.ts';
import type { HostTensor, HostTensors, Tensors } from '../tensor/program.ts';
import { tf } from '../tensor/tf.ts';
import { entry, float32, floatsOf } from './host-tensor.ts';

export interface PackEntry {
  readonly name: string;
  readonly shape: readonly number[];
  readonly offset: number;
  readonly size: number;
}

/** Where each tensor lies in the vector of `size` values. */
export interface PackLayout {
  readonly entries: readonly PackEntry[];
  readonly size: number;
}

const sizeOf = (shape: readonly number[]): number => shape.reduce((product, extent) => product * extent, 1);

/** The layout that puts the tensors `names` of `specs` one after another, in the order of `names`. */
export function packLayout(specs: Readonly<Record<string, { readonly shape: readonly number[] }>>, names: readonly string[]): PackLayout {
  let offset = 0;
  const entries = names.map((name) => {
    const { shape } = entry(specs, name);
    const packed = { name, shape, offset, size: sizeOf(shape) };
    offset += packed.size;
    return packed;
  });
  return { entries, size: offset };
}

/** The vector [size] of the float32 tensors that `layout` names. Throws `AppError` 'invalid-input' when a shape disagrees. */
export function pack(layout: PackLayout, tensors: HostTensors): HostTensor {
  const vector = new Float32Array(layout.size);
  for (const { name, shape, offset } of layout.entries) {
    const given = entry(tensors, name).shape;
    if (given.join() !== shape.join()) {
      throw new AppError('invalid-input', `The parameter '${name}' has shape [${given.join()}]; this network needs [${shape.join()}].`);
    }
    vector.set(floatsOf(tensors, name), offset);
  }
  return float32([layout.size], vector);
}

/** Copies of the tensors that lie in the vector [size]. */
export function unpackHost(layout: PackLayout, vector: HostTensor): HostTensors {
  const values = floatsOf({ vector }, 'vector');
  return Object.fromEntries(
    layout.entries.map(({ name, shape, offset, size }) => [name, float32(shape, values.slice(offset, offset + size))]),
  );
}

/** The tensors that lie in the vector [size], inside a program. */
export function unpack(layout: PackLayout, vector: tf.Tensor): Tensors {
  const { entries } = layout;
  return Object.fromEntries(
    entries.map(({ name, shape, offset, size }) => {
      const part = entries.length === 1 ? vector : tf.slice(vector, [offset], [size]);
      return [name, tf.reshape(part, [...shape])];
    }),
  );
}

/** The vector [size] of the tensors that `layout` names, inside a program. */
export function packTensors(layout: PackLayout, tensors: Tensors): tf.Tensor1D {
  const flat = layout.entries.map(({ name, size }) => tf.reshape<tf.Rank.R1>(entry(tensors, name), [size]));
  return flat.length === 1 ? (flat[0] as tf.Tensor1D) : tf.concat(flat, 0);
}
