import { expect, it } from 'vitest';
import { benchCalibration } from './calibration.ts';

it('the threshold keeps its promise, and temperatures do no harm, for chosen labels neither', async () => {
  const { rows, thresholds } = await benchCalibration({ draws: 12, seed: 2 });
  for (const { logLossBefore, logLossAfter } of rows) expect(logLossAfter).toBeLessThan(logLossBefore + 0.02);
  const promised = thresholds.filter((row) => row.promised > 0);
  expect(promised.length).toBeGreaterThan(0);
  // One of 12 at most.
  for (const { broken } of thresholds) expect(broken).toBeLessThan(0.1);
  for (const { coverage, risk, maxRisk } of promised) {
    expect(coverage).toBeGreaterThan(0);
    expect(risk).toBeLessThan(maxRisk);
  }
});
