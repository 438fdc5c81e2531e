import { expect, it } from 'vitest';
import { adapt } from '../../electron/learn/adapt.ts';
import type { AdaptMethod } from '../../electron/learn/methods.ts';
import { defaultNumClusters } from '../../electron/learn/objectives/pseudo-labels.ts';
import { embed } from '../../electron/learn/embed.ts';
import { tiny } from '../../electron/nn/tiny.ts';
import { createCompiledExecutor } from '../../electron/tensor/compiled.ts';
import { createRandom } from '../../electron/tensor/random.ts';
import { neighbourAccuracy, quiet, textures, tickingClock } from './textures.ts';

const px = 24;

/** A teacher that knows the kinds, with much noise: [N, 12]. */
function teacherOf(kinds: Int32Array, seed: number): Float32Array {
  const random = createRandom(seed);
  return Float32Array.from(
    { length: kinds.length * 12 },
    (_, i) => 4 + (kinds[Math.floor(i / 12)] === i % 12 ? 2 : 0) + 0.5 * random.normal(),
  );
}

it.each(['distil', 'pseudo-labels'] satisfies AdaptMethod[])(
  '%s hands on what the teacher sees, to images neither has learnt from',
  { timeout: 120_000 },
  async (method) => {
    const executor = await createCompiledExecutor({ provider: 'cpu' });
    const network = tiny();
    let gain = 0;
    for (const seed of [4, 5]) {
      const parameters = network.init(seed);
      const { source, kinds } = textures(200, px, seed);
      const heldOut = textures(150, px, 100 + seed);
      const accuracy = async (of: typeof parameters): Promise<number> => {
        const shared = { network, source: heldOut.source, executor, batch: 50, ctx: quiet() };
        return neighbourAccuracy(await embed({ ...shared, parameters: of }), heldOut.kinds);
      };
      const student = await adapt({
        network,
        parameters,
        source,
        executor,
        method,
        px,
        batch: 32,
        budget: { steps: 200 },
        seed,
        settings: { backboneRate: 5e-3, headRate: 5e-3 },
        teacher: { dim: 12, features: teacherOf(kinds, seed) },
        probe: Int32Array.from({ length: 32 }, (_, i) => i),
        ctx: quiet(),
        clock: tickingClock(1),
      });
      gain += ((await accuracy(student.parameters)) - (await accuracy(parameters))) / 2;
    }
    expect(gain).toBeGreaterThan(0.1);
  },
);

it('says that a teacher is missing', async () => {
  const network = tiny();
  const run = adapt({
    network,
    parameters: network.init(1),
    source: textures(20, px, 1).source,
    executor: await createCompiledExecutor({ provider: 'cpu' }),
    method: 'distil',
    px,
    batch: 8,
    budget: { steps: 1 },
    seed: 1,
    probe: new Int32Array(),
    ctx: quiet(),
    clock: tickingClock(1),
  });
  await expect(run).rejects.toThrow('Say which model is the teacher');
});

it('takes more clusters of more images', () => {
  const counts = [16, 100, 1_000, 5_000, 100_000].map(defaultNumClusters);
  expect(counts).toEqual([...counts].sort((a, b) => a - b));
  for (const [i, numImages] of [1_000, 5_000, 100_000].entries()) {
    expect(counts[i + 2]).toBeGreaterThan(Math.sqrt(numImages));
    expect(counts[i + 2]).toBeLessThan(numImages / 20);
  }
});
