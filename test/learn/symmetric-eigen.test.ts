import { expect, it } from 'vitest';
import { allRows, multiplyRows } from '../../electron/learn/dense-products.ts';
import { symmetricEigen } from '../../electron/learn/symmetric-eigen.ts';
import { createRandom } from '../../electron/tensor/random.ts';

function gram(n: number, rank: number, seed: number): Float64Array {
  const random = createRandom(seed);
  const a = Float64Array.from({ length: n * rank }, () => random.normal());
  const out = new Float64Array(n * n);
  multiplyRows(a, allRows(n), a, n, rank, out);
  return out;
}

it.each([
  [1, 1],
  [2, 2],
  [7, 7],
  [40, 60],
  [40, 5],
])('rebuilds a Gram matrix of %i rows and rank %i from orthonormal vectors', (n, rank) => {
  const matrix = gram(n, rank, n + rank);
  const { values, vectors } = symmetricEigen(matrix, n);
  const scale = values[0]!;
  for (let i = 0; i < n; i++) {
    if (i > 0) expect(values[i]!).toBeLessThanOrEqual(values[i - 1]!);
    if (i >= rank) expect(Math.abs(values[i]!) / scale).toBeLessThan(1e-13);
    for (let j = 0; j < n; j++) {
      let product = 0;
      let rebuilt = 0;
      for (let k = 0; k < n; k++) {
        product += vectors[i * n + k]! * vectors[j * n + k]!;
        rebuilt += values[k]! * vectors[k * n + i]! * vectors[k * n + j]!;
      }
      expect(product).toBeCloseTo(i === j ? 1 : 0, 11);
      expect(Math.abs(rebuilt - matrix[i * n + j]!) / scale).toBeLessThan(1e-12);
    }
  }
});

it('handles diagonal, zero, indefinite and empty matrices', () => {
  expect([...symmetricEigen(Float64Array.of(1, 0, 0, 0, 3, 0, 0, 0, -2), 3).values]).toEqual([3, 1, -2]);
  expect([...symmetricEigen(new Float64Array(9), 3).values]).toEqual([0, 0, 0]);
  expect(symmetricEigen(Float64Array.of(0, 1, 1, 0), 2).values[1]).toBeCloseTo(-1, 12);
  expect(symmetricEigen(new Float64Array(0), 0).values).toHaveLength(0);
});
