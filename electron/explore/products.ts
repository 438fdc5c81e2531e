/**
 * Dot products between two blocks of rows: the one heavy operation of this folder, on an executor or in plain loops.
 *
 * Plain loops reach about 2.6 million products of 1,000 numbers a second on one core; a compiled matrix product on two cores is some
 * sixty times faster, which is what makes an exact neighbour search over 100,000 images a matter of one or two minutes.
 */
import { setImmediate } from 'node:timers/promises';
import { AppError } from '../contract/errors.ts';
import type { Executor, HostTensor, Program, Session } from '../tensor/program.ts';
import { tf } from '../tensor/tf.ts';

/** The largest blocks that will be multiplied: `a` is [maxRowsA, numDims], `b` is [maxRowsB, numDims]. */
export interface ProductShape {
  readonly maxRowsA: number;
  readonly maxRowsB: number;
  readonly numDims: number;
}

/** The product of row i of `a` and row j of `b` is `values[i * stride + j]`. */
export interface ProductTile {
  readonly values: Float32Array;
  readonly stride: number;
}

/** Multiplies blocks of rows. Not re-entrant: await one call before the next. */
export interface Products {
  /** All dot products between the rows of `a` and of `b`. Lets other events run, so that a cancellation can arrive. */
  run(a: Float32Array, b: Float32Array): Promise<ProductTile>;
  dispose(): Promise<void>;
}

/** Prepares products on `executor`, or in plain loops where it is null. The caller disposes of them. */
export async function createProducts(shape: ProductShape, executor: Executor | null): Promise<Products> {
  if (executor === null) return plainProducts(shape.numDims);
  return executorProducts(shape, await executor.load(productProgram(shape)));
}

/** Dot products of every row of `a` with every row of `b`, as [rows of a, rows of b], in plain loops. */
export function multiplyRows(a: Float32Array, b: Float32Array, numDims: number): Float32Array {
  const numA = a.length / numDims;
  const numB = b.length / numDims;
  const values = new Float32Array(numA * numB);
  for (let i = 0; i < numA; i++) {
    const p = i * numDims;
    let j = 0;
    // Four rows at a time: a number of `a` is read once for four sums that do not wait for each other.
    for (; j + 3 < numB; j += 4) {
      const q0 = j * numDims;
      const q1 = q0 + numDims;
      const q2 = q1 + numDims;
      const q3 = q2 + numDims;
      let s0 = 0;
      let s1 = 0;
      let s2 = 0;
      let s3 = 0;
      for (let d = 0; d < numDims; d++) {
        const x = a[p + d] as number;
        s0 += x * (b[q0 + d] as number);
        s1 += x * (b[q1 + d] as number);
        s2 += x * (b[q2 + d] as number);
        s3 += x * (b[q3 + d] as number);
      }
      const at = i * numB + j;
      values[at] = s0;
      values[at + 1] = s1;
      values[at + 2] = s2;
      values[at + 3] = s3;
    }
    for (; j < numB; j++) {
      let sum = 0;
      for (let d = 0; d < numDims; d++) sum += (a[p + d] as number) * (b[j * numDims + d] as number);
      values[i * numB + j] = sum;
    }
  }
  return values;
}

function plainProducts(numDims: number): Products {
  return {
    async run(a, b) {
      await setImmediate();
      return { values: multiplyRows(a, b, numDims), stride: b.length / numDims };
    },
    dispose: () => Promise.resolve(),
  };
}

function productProgram({ maxRowsA, maxRowsB, numDims }: ProductShape): Program {
  return {
    name: 'row-products',
    state: {},
    inputs: { a: { dtype: 'float32', shape: [maxRowsA, numDims] }, b: { dtype: 'float32', shape: [maxRowsB, numDims] } },
    run: (_state, { a, b }) => {
      if (a === undefined || b === undefined) throw new AppError('internal', 'row-products: needs the inputs a and b.');
      return { state: {}, outputs: { products: tf.matMul(a, b, false, true) } };
    },
  };
}

function executorProducts({ maxRowsA, maxRowsB, numDims }: ProductShape, session: Session): Products {
  // Shapes are fixed, because a program may vary in one batch size only: short blocks are filled up with zeros.
  const filled = (rows: Float32Array, numRows: number): HostTensor => {
    const full = numRows * numDims;
    if (rows.length === full) return { dtype: 'float32', shape: [numRows, numDims], data: rows };
    const data = new Float32Array(full);
    data.set(rows);
    return { dtype: 'float32', shape: [numRows, numDims], data };
  };
  return {
    async run(a, b) {
      const { products } = await session.run({ a: filled(a, maxRowsA), b: filled(b, maxRowsB) });
      if (!(products?.data instanceof Float32Array))
        throw new AppError('internal', 'row-products: the executor returned no float32 products.');
      return { values: products.data, stride: maxRowsB };
    },
    dispose: () => session.dispose(),
  };
}
