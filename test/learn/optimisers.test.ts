import '@tensorflow/tfjs-backend-cpu';
import { beforeAll, describe, expect, it } from 'vitest';
import { adamW, clipFactor, globalNorm, sgd, type Optimiser } from '../../electron/learn/optimisers.ts';
import { tf } from '../../electron/tensor/tf.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const start = [0.5, -1.25, 2, 0.001];
const gradientAt = (step: number): number[] => start.map((value, i) => Math.sin(step + i) * value);

/** Twelve steps of the optimiser, with the rate and the decay changing at every one. */
function run(optimiser: Optimiser): number[] {
  let parameters = start;
  let slots = Object.fromEntries(optimiser.slots.map((slot) => [slot, start.map(() => 0)]));
  for (let step = 0; step < 12; step++) {
    tf.tidy(() => {
      const shared = Object.fromEntries(Object.entries(optimiser.scalars(step)).map(([name, value]) => [name, tf.scalar(value)]));
      const held = Object.fromEntries(Object.entries(slots).map(([name, values]) => [name, tf.tensor1d(values)]));
      const group = { learningRate: tf.scalar(0.1 / (step + 1)), weightDecay: tf.scalar(0.05) };
      const result = optimiser.update(tf.tensor1d(parameters), tf.tensor1d(gradientAt(step)), held, group, shared);
      parameters = [...result.parameters.dataSync()];
      slots = Object.fromEntries(Object.entries(result.slots).map(([name, tensor]) => [name, [...tensor.dataSync()]]));
    });
  }
  return parameters;
}

const expectClose = (values: number[], expected: number[]): void =>
  values.forEach((value, i) => expect(Math.abs(value - expected[i]!)).toBeLessThan(2e-6));

describe('adamW', () => {
  it('agrees with algorithm 2 of the paper written out', () => {
    const expected = start.map((first, i) => {
      let [p, m, v] = [first, 0, 0];
      for (let step = 0; step < 12; step++) {
        const g = gradientAt(step)[i]!;
        const rate = 0.1 / (step + 1);
        m = 0.9 * m + 0.1 * g;
        v = 0.999 * v + 0.001 * g * g;
        const mHat = m / (1 - 0.9 ** (step + 1));
        const vHat = v / (1 - 0.999 ** (step + 1));
        p = p - rate * (mHat / (Math.sqrt(vHat) + 1e-8)) - rate * 0.05 * p;
      }
      return p;
    });
    expectClose(run(adamW()), expected);
  });
});

describe('sgd', () => {
  it('agrees with momentum written out', () => {
    const expected = start.map((first, i) => {
      let [p, m] = [first, 0];
      for (let step = 0; step < 12; step++) {
        m = 0.9 * m + gradientAt(step)[i]! + 0.05 * p;
        p -= (0.1 / (step + 1)) * m;
      }
      return p;
    });
    expectClose(run(sgd()), expected);
  });
});

describe('clipFactor', () => {
  it('shortens long gradients to the limit and leaves short ones', () => {
    const [long, short] = tf.tidy(() => {
      const norm = globalNorm([tf.tensor1d([3]), tf.tensor1d([0, 4])]);
      return [clipFactor(norm, 1).dataSync()[0], clipFactor(norm, 6).dataSync()[0]];
    });
    expect(long).toBeCloseTo(1 / 5, 5);
    expect(short).toBe(1);
  });
});
