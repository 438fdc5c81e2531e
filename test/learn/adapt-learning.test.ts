import { expect, it } from 'vitest';
import { adapt } from '../../electron/learn/adapt.ts';
import type { AdaptMethod, AdaptSettings } from '../../electron/learn/methods.ts';
import { augmentationPresets } from '../../electron/learn/augment.ts';
import { embed } from '../../electron/learn/embed.ts';
import { tiny } from '../../electron/nn/tiny.ts';
import { createCompiledExecutor } from '../../electron/tensor/compiled.ts';
import { neighbourAccuracy, quiet, textures, tickingClock } from './textures.ts';

const px = 24;
/** The kinds differ in texture alone, so light and colour are what the views should make the network forget. */
const augmentation = {
  ...augmentationPresets.standard,
  cropArea: [0.4, 1],
  brightness: 0.5,
  contrast: 0.5,
  saturation: 0.5,
  hue: 0.2,
  grey: 0.5,
} as const;

/** Methods that follow a moving average are slower to begin. */
const cases: [method: AdaptMethod, settings: Partial<AdaptSettings>, numSteps: number][] = [
  ['diet', { backboneRate: 5e-3, headRate: 5e-3 }, 150],
  ['diet-cp', { backboneRate: 5e-3, headRate: 2e-2 }, 150],
  ['byol', { backboneRate: 2e-3, headRate: 2e-3, numHidden: 512, numProjected: 128 }, 300],
  ['simclr', { backboneRate: 2e-3, headRate: 2e-3, numHidden: 256, numProjected: 64 }, 150],
  ['moco', { backboneRate: 2e-3, headRate: 2e-3, numHidden: 256, numProjected: 64 }, 150],
  ['dino', { backboneRate: 2e-3, headRate: 2e-3, numHidden: 256, numProjected: 64 }, 300],
  ['simsiam', { backboneRate: 2e-3, headRate: 2e-3, numHidden: 256, numProjected: 256 }, 150],
  ['vicreg', { backboneRate: 2e-3, headRate: 2e-3, numHidden: 256, numProjected: 256 }, 150],
];

it.each(cases)(
  '%s brings held-out images of a kind together, without labels',
  async (method, settings, numSteps) => {
    const executor = await createCompiledExecutor({ provider: 'cpu' });
    const network = tiny();
    let gain = 0;
    for (const seed of [4, 5, 6]) {
      const parameters = network.init(seed);
      const heldOut = textures(150, px, 100 + seed);
      const accuracy = async (of: typeof parameters): Promise<number> => {
        const shared = { network, source: heldOut.source, executor, batch: 50, ctx: quiet() };
        return neighbourAccuracy(await embed({ ...shared, parameters: of }), heldOut.kinds);
      };
      const adapted = await adapt({
        network,
        parameters,
        source: textures(200, px, seed).source,
        executor,
        method,
        px,
        batch: 32,
        budget: { steps: numSteps },
        seed,
        settings: { augmentation, ...settings },
        probe: Int32Array.from({ length: 32 }, (_, i) => i),
        ctx: quiet(),
        clock: tickingClock(1),
      });
      // MoCo's rises while its queue fills, from random directions to keys.
      const losses = adapted.curves.map(({ values }) => values.loss!);
      expect(losses.at(-1)).toBeLessThan(Math.max(...losses));
      expect(adapted.health.at(-1)!.verdict).toBe('good');
      gain += ((await accuracy(adapted.parameters)) - (await accuracy(parameters))) / 3;
    }
    expect(gain).toBeGreaterThan(0.03);
  },
  300_000,
);
