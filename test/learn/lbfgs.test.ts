import { describe, expect, it } from 'vitest';
import type { Objective } from '../../electron/learn/lbfgs.ts';
import { minimise } from '../../electron/learn/lbfgs.ts';
import { createRandom } from '../../electron/tensor/random.ts';

const rosenbrock: Objective = (x, g) => {
  g.fill(0);
  let value = 0;
  for (let i = 0; i + 1 < x.length; i++) {
    const a = x[i + 1]! - x[i]! ** 2;
    const b = 1 - x[i]!;
    value += 100 * a * a + b * b;
    g[i]! += -400 * a * x[i]! - 2 * b;
    g[i + 1]! += 200 * a;
  }
  return value;
};

describe('minimise', () => {
  it('finds the minimum of the Rosenbrock function from the usual start', () => {
    const found = minimise(rosenbrock, Float64Array.of(-1.2, 1), { tolerance: 1e-9 });
    expect(found.reason).toBe('converged');
    expect(found.numEvaluations).toBeLessThan(80);
    expect(found.x[0]).toBeCloseTo(1, 8);
    expect(found.x[1]).toBeCloseTo(1, 8);
  });

  it('finds it in 20 dimensions', () => {
    const found = minimise(
      rosenbrock,
      Float64Array.from({ length: 20 }, (_, i) => (i % 2 === 0 ? -1.2 : 1)),
      { tolerance: 1e-8, maxIterations: 500 },
    );
    expect(found.reason).toBe('converged');
    expect(found.value).toBeLessThan(1e-15);
  });

  it('solves convex logistic problems to a small gradient and leaves the start alone', () => {
    for (let seed = 0; seed < 5; seed++) {
      const random = createRandom(seed);
      const [n, dim] = [60, 12];
      const x = Float64Array.from({ length: n * dim }, (_, at) => random.normal() * (1 + (at % dim)));
      const sign = Float64Array.from({ length: n }, () => (random.next() < 0.5 ? -1 : 1));
      const logistic: Objective = (w, g) => {
        let value = 0;
        for (let j = 0; j < dim; j++) {
          value += 0.005 * w[j]! ** 2;
          g[j] = 0.01 * w[j]!;
        }
        for (let i = 0; i < n; i++) {
          let margin = 0;
          for (let j = 0; j < dim; j++) margin += sign[i]! * x[i * dim + j]! * w[j]!;
          value += Math.log1p(Math.exp(-margin)) / n;
          for (let j = 0; j < dim; j++) g[j]! -= (sign[i]! * x[i * dim + j]!) / (n * (1 + Math.exp(margin)));
        }
        return value;
      };
      const start = new Float64Array(dim);
      const found = minimise(logistic, start, { tolerance: 1e-8 });
      expect(found.reason).toBe('converged');
      const g = new Float64Array(dim);
      logistic(found.x, g);
      expect(Math.hypot(...g)).toBeLessThanOrEqual(1e-8);
      expect(start.every((v) => v === 0)).toBe(true);
      // Convex: no point around is lower.
      for (let trial = 0; trial < 20; trial++) {
        expect(
          logistic(
            found.x.map((v) => v + 0.1 * random.normal()),
            g,
          ),
        ).toBeGreaterThan(found.value);
      }
    }
  });

  it('solves a badly scaled quadratic', () => {
    const scales = [1e-3, 1, 1e3];
    const found = minimise(
      (x, g) => {
        let value = 0;
        scales.forEach((s, i) => {
          value += (s * (x[i]! - 1) ** 2) / 2;
          g[i] = s * (x[i]! - 1);
        });
        return value;
      },
      new Float64Array(3),
      { tolerance: 1e-9 },
    );
    for (const v of found.x) expect(v).toBeCloseTo(1, 4);
  });

  it('backs off from where the value is not finite', () => {
    const found = minimise(
      (x, g) => {
        g[0] = 1 - 1 / x[0]!;
        return x[0]! > 0 ? x[0]! - Math.log(x[0]!) : Number.NaN;
      },
      Float64Array.of(20),
      { tolerance: 1e-8 },
    );
    expect(found.x[0]).toBeCloseTo(1, 6);
  });

  it('says when it stops early', () => {
    expect(minimise(rosenbrock, Float64Array.of(-1.2, 1), { maxIterations: 3 })).toMatchObject({ reason: 'iterations', numIterations: 3 });
    expect(minimise(rosenbrock, Float64Array.of(1, 1))).toMatchObject({ reason: 'converged', numEvaluations: 1 });
    // A slope that lies: nothing along it is lower.
    const lying = minimise((x, g) => (g.fill(1), Math.abs(x[0]!)), Float64Array.of(0));
    expect(lying.reason).toBe('stalled');
  });
});
