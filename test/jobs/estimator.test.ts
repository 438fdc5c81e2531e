import { describe, expect, it } from 'vitest';
import { Estimator } from '../../electron/jobs/estimator.ts';

/** An estimator that watched `numSteps` of `total` steps, one per `stepMs`. */
function watched(numSteps: number, stepMs: number, total: number | null, from = 0): { estimator: Estimator; nowMs: number } {
  const estimator = new Estimator();
  let nowMs = 1e12;
  estimator.update({ phase: 'train', done: from, total }, nowMs);
  for (let i = 1; i <= numSteps; i++) estimator.update({ phase: 'train', done: from + i, total }, (nowMs += stepMs));
  return { estimator, nowMs };
}

describe('Estimator', () => {
  it('is exact at a steady rate', () => {
    const { estimator, nowMs } = watched(10, 200, 100);
    expect(estimator.remainingMs(nowMs)).toBeCloseTo(90 * 200, 6);
  });

  it('says nothing before it has watched a while, or without a total', () => {
    const early = watched(2, 100, 100);
    expect(early.estimator.remainingMs(early.nowMs)).toBeNull();
    const open = watched(50, 100, null);
    expect(open.estimator.remainingMs(open.nowMs)).toBeNull();
    expect(new Estimator().remainingMs(0)).toBeNull();
  });

  it('does not count what was done before', () => {
    const { estimator, nowMs } = watched(10, 500, 1_000, 900);
    expect(estimator.remainingMs(nowMs)).toBeCloseTo(90 * 500, 6);
  });

  it('follows a change of rate', () => {
    const { estimator, nowMs } = watched(100, 100, 1_000);
    let now = nowMs;
    for (let i = 101; i <= 200; i++) estimator.update({ phase: 'train', done: i, total: 1_000 }, (now += 1_000));
    const remaining = estimator.remainingMs(now) ?? 0;
    expect(remaining).toBeGreaterThan(0.9 * 800 * 1_000);
    expect(remaining).toBeLessThan(800 * 1_000);
  });

  it('counts down inside a long step, but not below the steps after it', () => {
    const { estimator, nowMs } = watched(3, 10_000, 5);
    expect(estimator.remainingMs(nowMs)).toBeCloseTo(20_000, 6);
    expect(estimator.remainingMs(nowMs + 4_000)).toBeCloseTo(16_000, 6);
    expect(estimator.remainingMs(nowMs + 60_000)).toBeCloseTo(10_000, 6);
  });

  it('starts afresh with a new phase, with counts that go back, and bears a clock that stands still', () => {
    const { estimator, nowMs } = watched(20, 100, 100);
    estimator.update({ phase: 'check', done: 0, total: 10 }, nowMs);
    expect(estimator.remainingMs(nowMs)).toBeNull();
    const other = watched(20, 100, 100);
    other.estimator.update({ phase: 'train', done: 3, total: 100 }, other.nowMs + 100);
    expect(other.estimator.remainingMs(other.nowMs + 100)).toBeNull();
    other.estimator.update({ phase: 'train', done: 4, total: 100 }, other.nowMs + 100);
    expect(other.estimator.remainingMs(other.nowMs + 100)).toBeNull();
  });

  it('is zero at the end', () => {
    const { estimator, nowMs } = watched(20, 100, 20);
    expect(estimator.remainingMs(nowMs)).toBe(0);
  });
});
