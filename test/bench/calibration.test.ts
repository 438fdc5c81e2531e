import { expect, it } from 'vitest';
import { benchCalibration } from './calibration.ts';

it('the threshold keeps its promise, and temperatures do no harm where labels are drawn at random', async () => {
  const { rows, thresholds } = await benchCalibration({ draws: 12, seed: 2 });
  for (const { labels, logLossBefore, logLossAfter } of rows) {
    if (labels === 'at random') expect(logLossAfter).toBeLessThan(logLossBefore + 0.02);
  }
  const promised = thresholds.filter((row) => row.promised > 0);
  expect(promised.length).toBeGreaterThan(0);
  const numPromised = promised.reduce((sum, row) => sum + row.promised * 12, 0);
  const numBroken = promised.reduce((sum, row) => sum + row.broken * row.promised * 12, 0);
  expect(numBroken / numPromised).toBeLessThan(0.15);
  for (const { coverage, risk, maxRisk } of promised) {
    expect(coverage).toBeGreaterThan(0);
    expect(risk).toBeLessThan(maxRisk);
  }
});
