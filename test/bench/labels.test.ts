import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { expect, it } from 'vitest';
import { createRandom } from '../../electron/tensor/random.ts';
import { temporaryFolder } from '../project/temporary-project.ts';
import { benchLabels } from './labels.ts';
import { benchContext } from './progress.ts';

/** Three colours, with noise. */
async function makeFolder(root: string, perClass: number): Promise<void> {
  const random = createRandom(3);
  for (const [c, name] of ['blue', 'green', 'red'].entries()) {
    mkdirSync(join(root, name));
    for (let i = 0; i < perClass; i++) {
      const data = Uint8Array.from({ length: 32 * 32 * 3 }, (_, at) => (at % 3 === 2 - c ? 130 : 90) + random.int(80));
      await sharp(data, { raw: { width: 32, height: 32, channels: 3 } })
        .png()
        .toFile(join(root, name, `${i}.png`));
    }
  }
}

it('measures every arm, and again from the saved weights', async () => {
  const root = join(temporaryFolder(), 'colours');
  mkdirSync(root);
  await makeFolder(root, 30);
  const saved = join(root, '..', 'adapted.safetensors');
  const request = {
    folder: root,
    base: 'scratch:tiny',
    numLabels: 40,
    numSeeds: 2,
    method: 'byol',
    budget: { steps: 4 },
    px: 16,
    batch: 8,
    normOnly: false,
    numAdaptations: 1,
    strategy: 'typical',
    sizes: { unadapted: [16, 32], adapted: [32] },
    chosenSizes: { unadapted: [32], adapted: [32] },
    finetuneSteps: 1,
    finetunePx: null,
    flip: false,
    saveAdapted: saved,
    adapted: [] as string[],
    withPeer: false,
  } as const;
  const ctx = benchContext(new AbortController().signal, () => undefined);
  const report = await benchLabels(request, ctx);

  expect(report).toMatchObject({ dataset: 'colours', labels: 40, images: 90, classes: 3, seeds: 2, peer: null });
  expect(report.arms.map(({ features, selection, classifier }) => `${features} ${selection} ${classifier}`)).toEqual(
    ['probe', 'finetuned'].flatMap((classifier) =>
      ['unadapted', 'adapted', 'chosen'].flatMap((features) =>
        ['random', 'guided'].map((selection) => `${features} ${selection} ${classifier}`),
      ),
    ),
  );
  for (const arm of report.arms) {
    expect(arm.accuracy).toBeGreaterThan(0.8);
    expect(arm.px).toHaveLength(2);
    expect(arm.num_finetuned).toBe(arm.classifier === 'finetuned' ? 2 : 0);
  }
  // Each unadapted arm has the size at which it does best on the test images, and its accuracy there.
  for (const arm of report.arms.filter(({ features, classifier }) => features === 'unadapted' && classifier === 'probe')) {
    const tried = Object.values(report.sizes.unadapted.accuracies[arm.selection]);
    expect(arm.accuracy).toBe(Math.max(...tried));
    expect(new Set(arm.px)).toEqual(new Set([report.sizes.unadapted.best[arm.selection]]));
  }
  expect(report.margins).toHaveLength(4);
  expect(Object.keys(report.seconds)).toEqual(
    expect.arrayContaining(['decode', 'adapt', 'embed', 'select', 'compare', 'probe', 'finetune', 'total']),
  );

  const again = await benchLabels({ ...request, finetuneSteps: 0, saveAdapted: null, adapted: [saved] }, ctx);
  expect(again.arms).toEqual(report.arms.slice(0, 6));
  expect(again.adaptations).toEqual([{ from: saved }]);
});
