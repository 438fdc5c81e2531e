import fc from 'fast-check';
import { expect, it } from 'vitest';
import { allRows, multiplyRows, multiplyTransposed, transpose } from '../../electron/learn/dense-products.ts';
import { createRandom } from '../../electron/tensor/random.ts';

it('agrees with plain sums for every shape and choice of rows', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 11 }),
      fc.integer({ min: 0, max: 9 }),
      fc.integer({ min: 1, max: 9 }),
      fc.nat(1000),
      (n, dim, k, seed) => {
        const random = createRandom(seed);
        const a = Float64Array.from({ length: n * dim }, () => random.normal());
        const b = Float64Array.from({ length: k * dim }, () => random.normal());
        const rows = Int32Array.from({ length: random.int(8) }, () => random.int(n));
        const out = new Float64Array(rows.length * k);
        multiplyRows(a, rows, b, k, dim, out);
        const back = new Float64Array(k * dim).fill(7);
        multiplyTransposed(a, rows, out, k, dim, back);
        for (let i = 0; i < rows.length; i++) {
          for (let c = 0; c < k; c++) {
            let sum = 0;
            for (let j = 0; j < dim; j++) sum += a[rows[i]! * dim + j]! * b[c * dim + j]!;
            expect(out[i * k + c]).toBeCloseTo(sum, 10);
          }
        }
        for (let c = 0; c < k; c++) {
          for (let j = 0; j < dim; j++) {
            let sum = 0;
            for (let i = 0; i < rows.length; i++) sum += out[i * k + c]! * a[rows[i]! * dim + j]!;
            expect(back[c * dim + j]).toBeCloseTo(sum, 9);
          }
        }
      },
    ),
    { numRuns: 60, seed: 1 },
  );
});

it('transposes and counts rows', () => {
  expect([...transpose(Float64Array.of(1, 2, 3, 4, 5, 6), 2, 3)]).toEqual([1, 4, 2, 5, 3, 6]);
  expect([...allRows(3)]).toEqual([0, 1, 2]);
});
