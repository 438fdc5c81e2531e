import { beforeAll, describe, expect, it } from 'vitest';
import { adapt, type AdaptResult } from '../../../electron/learn/adapt.ts';
import type { AdaptMethod, AdaptSettings } from '../../../electron/learn/methods.ts';
import { methodOf } from '../../../electron/learn/methods.ts';
import { tiny } from '../../../electron/nn/tiny.ts';
import { createCompiledExecutor } from '../../../electron/tensor/compiled.ts';
import type { Executor } from '../../../electron/tensor/program.ts';
import { quiet, textures, tickingClock } from '../textures.ts';

let executor: Executor;

beforeAll(async () => {
  executor = await createCompiledExecutor({ provider: 'cpu' });
});

/** Training from nothing, with rates that suit so small a network. */
function learn(method: AdaptMethod, px: number, numSteps: number, settings: Partial<AdaptSettings> = {}): Promise<AdaptResult> {
  const network = tiny();
  return adapt({
    network,
    parameters: network.init(4),
    source: textures(200, px, 4).source,
    executor,
    method,
    px,
    batch: 32,
    budget: { steps: numSteps },
    seed: 4,
    settings: { backboneRate: 5e-3, headRate: 5e-3, numHidden: 128, warmupSteps: 10, ...settings },
    probe: Int32Array.from({ length: 64 }, (_, i) => i),
    ctx: quiet(),
    clock: tickingClock(1),
  });
}

/** The loss at the end, averaged over the newest points of the curve, as a share of that at the start. */
function lossLeft({ curves }: AdaptResult): number {
  const losses = curves.map(({ values }) => values.loss!);
  const newest = losses.slice(-3);
  return newest.reduce((sum, loss) => sum + loss / newest.length, 0) / losses[0]!;
}

describe('a network that starts from nothing', () => {
  it.each([
    ['rotation', 24, 250, 0.93],
    ['restore', 24, 150, 0.6],
    ['inpaint', 24, 150, 0.8],
    ['denoise', 24, 150, 0.7],
    ['bownet', 24, 150, 0.85],
  ] as const)(
    'learns %s, and its features do not collapse',
    async (method, px, numSteps, most) => {
      const result = await learn(method, px, numSteps);
      expect(lossLeft(result)).toBeLessThan(most);
      expect(result.health.at(-1)!.verdict).not.toBe('collapsed');
    },
    120_000,
  );
});

describe('rotation', () => {
  it('cannot be learnt from views that were turned before, and says so', async () => {
    const { augmentation } = methodOf('rotation').settings;
    const result = await learn('rotation', 24, 150, { augmentation: { ...augmentation, flipY: 0.5, transpose: 0.5 } });
    expect(lossLeft(result)).toBeGreaterThan(0.93);
    expect(result.health.at(-1)!.alarms).toContain('chance-loss');
  }, 120_000);
});
