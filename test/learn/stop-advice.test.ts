import { describe, expect, it } from 'vitest';
import { adviseStop, classNeeds } from '../../electron/learn/stop-advice.ts';
import type { StopFacts } from '../../electron/learn/stop-advice.ts';

const facts: StopFacts = {
  numLabels: 100,
  counts: [50, 50],
  steadiness: [],
  accuracy: { estimate: 0.85, low: 0.78, high: 0.9 },
  gain: { estimate: 0.03, low: 0.01, high: 0.05 },
  horizon: 50,
  targetWidth: 0.1,
};

describe('stop advice', () => {
  it.each<[string, Partial<StopFacts>, string, string]>([
    ['goes on while labels still bring something', {}, 'go-on', 'gain'],
    ['stops where three rounds agree', { steadiness: [0.8, 0.99, 0.995, 0.99] }, 'stop', 'steady'],
    ['takes two rounds for no proof', { steadiness: [0.999, 0.999] }, 'go-on', 'gain'],
    ['looks at the last rounds alone', { steadiness: [0.999, 0.999, 0.999, 0.9] }, 'go-on', 'gain'],
    ['stops where even the hopeful end is small', { gain: { estimate: 0.002, low: 0, high: 0.008 } }, 'stop', 'flat'],
    [
      'stops where accuracy is known and hardly moves',
      { accuracy: { estimate: 0.9, low: 0.86, high: 0.94 }, gain: { estimate: 0.012, low: 0, high: 0.03 } },
      'stop',
      'known',
    ],
    ['does not stop for a known accuracy that still grows', { accuracy: { estimate: 0.9, low: 0.86, high: 0.94 } }, 'go-on', 'gain'],
    ['does not take a wide interval for a reason to stop', { gain: { estimate: 0.005, low: 0, high: 0.03 } }, 'go-on', 'gain'],
    ['asks for classes that have next to nothing first', { counts: [90, 4], steadiness: [1, 1, 1] }, 'go-on', 'class-lacking'],
    ['is too early without a curve', { gain: null }, 'too-early', 'few-labels'],
    ['is too early with one class', { counts: [100] }, 'too-early', 'few-labels'],
  ])('%s', (_, change, verdict, reason) => {
    expect(adviseStop({ ...facts, ...change })).toEqual({ verdict, reason });
  });
});

describe('which class needs labels most', () => {
  it('is the one with errors and few labels', () => {
    const truth = Int32Array.from([...Array<number>(20).fill(0), ...Array<number>(20).fill(1), ...Array<number>(5).fill(2)]);
    const predicted = truth.map((k, i) => (k === 1 && i % 2 === 0 ? 0 : k === 2 && i % 2 === 0 ? 1 : k));
    const needs = classNeeds([20, 20, 5], truth, predicted);
    expect(needs.map(({ classIndex }) => classIndex)).toEqual([2, 1, 0]);
    expect(needs[1]!.recall).toBeCloseTo(0.5);
    expect(needs.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1);
  });

  it('is first of all a class without labels', () => {
    const needs = classNeeds([10, 0], Int32Array.of(0, 0), Int32Array.of(1, 1));
    expect(needs[0]).toMatchObject({ classIndex: 1, recall: null });
  });
});
