import { describe, expect, it } from 'vitest';
import { batchOrder, mixedOrder } from '../../electron/learn/batch-order.ts';

describe('batchOrder', () => {
  it('visits everything once per epoch, in another order each time', () => {
    const order = batchOrder(10, 4, 7);
    const seen = [0, 1, 2, 3, 4].flatMap((step) => [...order.at(step)]);
    const [first, second] = [seen.slice(0, 10), seen.slice(10)];
    const all = Array.from({ length: 10 }, (_, i) => i);
    expect([...first].sort((a, b) => a - b)).toEqual(all);
    expect([...second].sort((a, b) => a - b)).toEqual(all);
    expect(first).not.toEqual(second);
  });

  it('gives a step the same batch wherever it starts', () => {
    const walked = batchOrder(9, 4, 7);
    for (let step = 0; step < 30; step++) walked.at(step);
    expect(batchOrder(9, 4, 7).at(29)).toEqual(walked.at(29));
    expect(batchOrder(9, 4, 8).at(29)).not.toEqual(walked.at(29));
    expect(walked.at(0)).toEqual(batchOrder(9, 4, 7).at(0));
  });
});

describe('mixedOrder', () => {
  it('goes over the first items and over all of them side by side', () => {
    const order = mixedOrder({ numFirstItems: 4, numFirst: 2, numItems: 12, batch: 5 }, 3);
    const steps = Array.from({ length: 8 }, (_, step) => [...order.at(step)]);
    for (let epoch = 0; epoch < 4; epoch++) {
      const first = steps.slice(2 * epoch, 2 * epoch + 2).flatMap((batch) => batch.slice(0, 2));
      expect(first.sort()).toEqual([0, 1, 2, 3]);
    }
    for (let epoch = 0; epoch < 2; epoch++) {
      const rest = steps.slice(4 * epoch, 4 * epoch + 4).flatMap((batch) => batch.slice(2));
      expect(rest.sort((a, b) => a - b)).toEqual(Array.from({ length: 12 }, (_, i) => i));
    }
  });
});
