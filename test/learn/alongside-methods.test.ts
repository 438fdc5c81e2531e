/** Which methods' losses can be added to that of the labels: the table says so, and it is true. */
import { describe, expect, it } from 'vitest';
import { finetune } from '../../electron/learn/finetune.ts';
import type { FinetuneOptions } from '../../electron/learn/finetune.ts';
import { methodNames, methodOf } from '../../electron/learn/methods.ts';
import { tiny } from '../../electron/nn/tiny.ts';
import { createCompiledExecutor } from '../../electron/tensor/compiled.ts';
import { quiet, textures, tickingClock } from './textures.ts';

const numImages = 24;
const network = tiny();
const { source, kinds } = textures(numImages, 40, 2);

async function options(): Promise<FinetuneOptions> {
  const { numFeatures } = network;
  return {
    network,
    parameters: network.init(1),
    head: {
      numFeatures,
      numClasses: 2,
      weights: new Float32Array(2 * numFeatures),
      bias: new Float32Array(2),
      mean: new Float32Array(numFeatures),
      std: new Float32Array(numFeatures).fill(1),
    },
    images: Int32Array.from({ length: 12 }, (_, i) => i),
    labels: kinds.slice(0, 12).map((kind) => kind % 2),
    px: 32,
    batch: 8,
    seed: 1,
    budget: { steps: 2 },
    executor: await createCompiledExecutor({ provider: 'cpu' }),
    source,
    clock: tickingClock(1),
    ctx: quiet(),
  };
}

const images = Int32Array.from({ length: 12 }, (_, i) => 12 + i);

describe.each(methodNames.filter((name) => methodOf(name).needsTeacher !== true))('%s', (method) => {
  const { standsAlone } = methodOf(method);
  it(standsAlone === true ? 'stands alone' : 'is learnt beside labels', async () => {
    const learning = finetune({ ...(await options()), alongside: { method, weight: 0.5, images } });
    if (standsAlone === true) {
      await expect(learning).rejects.toThrow('cannot be learnt beside labels');
      return;
    }
    const { curves, numSteps } = await learning;
    expect(numSteps).toBe(2);
    const { values } = curves.at(-1)!;
    expect(values['selfLoss']).toBeGreaterThan(0);
    expect(values['labelLoss']).toBeGreaterThan(0);
  });
});
