import { describe, expect, it } from 'vitest';
import { choosePlan, minutesFor, reasonFor, type PlanFacts } from '../../electron/services/adaptation/plan-rules.ts';

const facts: PlanFacts = {
  baseName: 'mobilenet',
  isPretrained: true,
  norm: 'batch',
  numImages: 4800,
  sidePx: 360,
  hasGpu: false,
};

describe('what to train, and how', () => {
  it('trains every layer with pairs of views where there are images enough', () => {
    expect(choosePlan(facts)).toEqual({ method: 'byol', px: 96, normOnly: false });
    expect(choosePlan({ ...facts, norm: 'other' })).toMatchObject({ method: 'byol', normOnly: false });
  });
  it('leaves all but the norms alone with few images, where there are any norms', () => {
    expect(choosePlan({ ...facts, numImages: 999 }).normOnly).toBe(true);
    expect(choosePlan({ ...facts, numImages: 1000 }).normOnly).toBe(false);
    expect(choosePlan({ ...facts, numImages: 300, norm: 'none' }).normOnly).toBe(false);
  });
  it('starts from nothing with every image its own class, of very many with pairs', () => {
    expect(choosePlan({ ...facts, isPretrained: false, numImages: 300 })).toMatchObject({ method: 'diet', normOnly: false });
    expect(choosePlan({ ...facts, isPretrained: false, numImages: 20_000 }).method).toBe('byol');
  });
  it('takes the size of small images, more on a graphics processor, and what is asked for', () => {
    expect([28, 64, 80, 500].map((sidePx) => choosePlan({ ...facts, sidePx }).px)).toEqual([32, 64, 96, 96]);
    expect(choosePlan({ ...facts, hasGpu: true }).px).toBe(128);
    expect(choosePlan({ ...facts, px: 160, method: 'diet' })).toMatchObject({ px: 160, method: 'diet' });
  });
});

describe('how long', () => {
  const choice = choosePlan(facts);
  it('is what our measurements took at this speed, within reason', () => {
    expect(minutesFor(facts, choice, null)).toBe(10);
    expect(minutesFor(facts, choice, 66)).toBe(10);
    expect(minutesFor(facts, choice, 33)).toBe(20);
    expect(minutesFor(facts, choice, 1)).toBe(60);
    expect(minutesFor(facts, choice, 5000)).toBe(5);
    expect(minutesFor(facts, { ...choice, normOnly: true }, 33)).toBe(10);
  });
  it('is 125 looks at each image on a graphics processor', () => {
    expect(minutesFor({ ...facts, hasGpu: true }, choice, 500)).toBe(20);
    expect(minutesFor({ ...facts, hasGpu: true, numImages: 100_000 }, choice, 1000)).toBe(21);
  });
});

describe('why', () => {
  it('is one sentence with the figures that decided', () => {
    const choice = choosePlan(facts);
    const reason = reasonFor(facts, choice, 'BYOL', 10, 66);
    expect(reason).toContain('66 images a second measured here 10 minutes show it each image about 8 times');
    expect(reason.match(/\./g)).toHaveLength(1);
    const few = { ...facts, numImages: 400, sidePx: 64 };
    expect(reasonFor(few, choosePlan(few), 'BYOL', 5, null)).toMatch(
      /only 400 images.*normalisation layers alone.*64 px suit images of 64 px\.$/,
    );
    const untrained = { ...facts, isPretrained: false };
    expect(reasonFor(untrained, choosePlan(untrained), 'DIET', 10, null)).toContain('no pretrained weights');
  });
});
