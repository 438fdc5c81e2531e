import { describe, expect, it } from 'vitest';
import { hasPlateaued, isAtChance, isHealthDue, judgeHealth } from '../../electron/learn/health.ts';

describe('judgeHealth', () => {
  const reference = { spread: 0.4, rankMe: 41 };
  const judged = (spread: number, rankMe: number) => judgeHealth({ spread, rankMe }, reference);

  it('judges relative to the start', () => {
    expect(judgeHealth(reference, reference)).toEqual({ verdict: 'good', alarms: [] });
    expect(judged(0.7, 60)).toEqual({ verdict: 'good', alarms: [] });
    expect(judged(0.19, 41)).toEqual({ verdict: 'warning', alarms: ['spread'] });
    expect(judged(0.4, 20)).toEqual({ verdict: 'warning', alarms: ['rank'] });
    expect(judged(0.07, 41)).toEqual({ verdict: 'collapsed', alarms: ['spread'] });
    expect(judged(0.4, 4)).toEqual({ verdict: 'collapsed', alarms: ['rank'] });
  });

  it('looks at what the loss compares, where that is told', () => {
    const outputs = (outputSpread: number | null) => judgeHealth({ ...reference, outputSpread }, reference);
    expect(outputs(null).verdict).toBe('good');
    expect(outputs(0.3)).toEqual({ verdict: 'good', alarms: [] });
    expect(outputs(0.15)).toEqual({ verdict: 'warning', alarms: ['outputs'] });
    expect(outputs(0.06)).toEqual({ verdict: 'collapsed', alarms: ['outputs'] });
  });

  it('takes figures that are not numbers for a collapse', () => {
    expect(judged(NaN, NaN)).toEqual({ verdict: 'collapsed', alarms: ['not-numbers'] });
  });
});

describe('isAtChance', () => {
  const chance = Math.log(257);
  it('warns where the loss has stayed where guessing would put it', () => {
    expect(isAtChance([chance, 0.99 * chance, 1.3 * chance], chance, 0.3)).toBe(true);
    expect(isAtChance([chance, 0.97 * chance], chance, 0.3)).toBe(false);
  });
  it('waits, and says nothing where there is no such figure', () => {
    expect(isAtChance([chance], chance, 0.2)).toBe(false);
    expect(isAtChance([5], undefined, 0.9)).toBe(false);
    expect(isAtChance([], chance, 0.9)).toBe(false);
  });
});

describe('hasPlateaued', () => {
  const at = (progress: number, steadiness: number, labelAccuracy: number | null = null) =>
    ({ progress, steadiness, labelAccuracy, verdict: 'good' }) as const;
  const moving = [at(0, 1), at(0.25, 0.4), at(0.5, 0.7)];

  it('is three checks in the second half without movement', () => {
    const still = [at(0.6, 0.96), at(0.7, 0.97), at(0.8, 0.98)];
    expect(hasPlateaued([...moving, ...still])).toBe(true);
    expect(hasPlateaued([...moving, ...still.slice(0, 2)])).toBe(false);
    expect(hasPlateaued([...moving, still[0]!, at(0.7, 0.9), still[2]!])).toBe(false);
  });
  it('is none early, nor while labelled images are told apart better and better', () => {
    expect(hasPlateaued([at(0, 1), at(0.1, 1), at(0.2, 1), at(0.3, 1)])).toBe(false);
    const before = [at(0, 1, 0.5), at(0.5, 0.8, 0.6)];
    expect(hasPlateaued([...before, at(0.6, 0.97, 0.6), at(0.7, 0.97, 0.61), at(0.8, 0.97, 0.6)])).toBe(false);
    expect(hasPlateaued([...before, at(0.6, 0.97, 0.6), at(0.7, 0.97, 0.58), at(0.8, 0.97, 0.6)])).toBe(true);
  });
});

describe('isHealthDue', () => {
  const moments = (spent: (progress: number) => number, minutes = 10): number[] => {
    const due: number[] = [];
    let last: { progress: number; elapsedMs: number } | null = null;
    for (let i = 0; i <= 1000; i++) {
      const now = { progress: i / 1000, elapsedMs: (i / 1000) * minutes * 60_000 };
      if (!isHealthDue(now, last, spent(now.progress))) continue;
      due.push(now.progress);
      last = now;
    }
    return due;
  };

  it('looks early and often, where that is cheap', () => {
    const cheap = moments(() => 0);
    expect(cheap.filter((progress) => progress <= 0.1)).toEqual([0, 0.01, 0.02, 0.03, 0.04, 0.05, 0.06, 0.07, 0.08, 0.1]);
    expect(cheap.filter((progress) => progress > 0.1)).toEqual([0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.7, 0.75, 0.8, 0.9, 1]);
  });
  it('never goes without the moments that stop a collapse in time and keep networks', () => {
    expect(moments(() => Infinity)).toEqual([0, 0.03, 0.07, 0.1, 0.25, 0.5, 0.75, 1]);
  });
  it('looks every minute at the start of a long run', () => {
    expect(moments(() => 0, 600).filter((progress) => progress < 0.1).length).toBeGreaterThan(40);
  });
});
