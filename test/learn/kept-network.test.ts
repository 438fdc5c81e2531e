import { describe, expect, it } from 'vitest';
import { isKeptMoment, keepBetter, type KeptNetwork, type KeptPoint } from '../../electron/learn/kept-network.ts';
import { float32 } from '../../electron/learn/host-tensor.ts';

const weightsOf = (step: number) => ({ backbone: float32([1], Float32Array.of(step)) });
const at = (step: number, brierScore: number | null, hasAlarm = false): KeptPoint => ({
  step,
  progress: step / 100,
  accuracy: brierScore === null ? null : 1 - brierScore,
  brierScore,
  hasAlarm,
});
const run = (points: readonly KeptPoint[]): KeptNetwork =>
  points.reduce<KeptNetwork | null>(
    (kept, point) => keepBetter(kept, point, () => (point.step === 0 ? null : weightsOf(point.step))),
    null,
  )!;
const chosenStep = (kept: KeptNetwork): number => kept.points[kept.chosen]!.step;

describe('the network worth keeping', () => {
  it('is the one with the best score, the later of equals', () => {
    const kept = run([at(0, 0.6), at(10, 0.5), at(25, 0.3), at(50, 0.4), at(100, 0.35)]);
    expect(chosenStep(kept)).toBe(25);
    expect(kept.weights).toEqual(weightsOf(25));
    expect(kept.points).toHaveLength(5);
    expect(chosenStep(run([at(0, 0.6), at(10, 0.5), at(25, 0.5)]))).toBe(25);
  });
  it('is the first one where nothing later is better', () => {
    const kept = run([at(0, 0.3), at(10, 0.5), at(100, 0.4)]);
    expect([chosenStep(kept), kept.weights]).toEqual([0, null]);
  });
  it('is, without labels, the latest without alarm', () => {
    expect(chosenStep(run([at(0, null), at(50, null), at(100, null)]))).toBe(100);
    expect(chosenStep(run([at(0, null), at(50, null), at(100, null, true)]))).toBe(50);
  });
});

describe('the moments', () => {
  it('are the start and those passed since the last', () => {
    expect(isKeptMoment(0, null)).toBe(true);
    expect(isKeptMoment(0.08, 0)).toBe(false);
    expect(isKeptMoment(0.12, 0)).toBe(true);
    expect(isKeptMoment(0.24, 0.12)).toBe(false);
    expect(isKeptMoment(1, 0.5)).toBe(true);
    expect(isKeptMoment(0.9, 0.5)).toBe(false);
  });
});
