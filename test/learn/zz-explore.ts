import { adapt } from '../../electron/learn/adapt.ts';
import { augmentationPresets } from '../../electron/learn/augment.ts';
import { embed } from '../../electron/learn/embed.ts';
import { tiny } from '../../electron/nn/tiny.ts';
import { createCompiledExecutor } from '../../electron/tensor/compiled.ts';
import { textures, neighbourAccuracy, quiet } from './textures.ts';
const executor = await createCompiledExecutor({ provider: 'cpu' });
const network = tiny();
for (const method of ['diet', 'byol'] as const) for (const seed of [1, 2]) {
  const train = textures(200, 32, seed); const test = textures(150, 32, 100 + seed);
  const parameters = network.init(seed);
  const emb = (p: typeof parameters) => embed({ network, parameters: p, source: test.source, executor, batch: 50, ctx: quiet() });
  const before = neighbourAccuracy(await emb(parameters), test.kinds);
  const t = performance.now();
  const r = await adapt({ network, parameters, source: train.source, executor, method, px: 32, batch: 32, budget: { steps: Number(process.argv[3]) }, seed, settings: { backboneRate: Number(process.argv[2]), augmentation: { ...augmentationPresets.standard, cropArea: [0.4, 1], brightness: 0.5, contrast: 0.5, saturation: 0.5, hue: 0.2, grey: 0.5 } }, probe: Int32Array.from({ length: 64 }, (_, i) => i), ctx: quiet(), clock: () => performance.now() });
  const after = neighbourAccuracy(await emb(r.parameters), test.kinds);
  console.log(method, seed, before.toFixed(3), after.toFixed(3), ((performance.now() - t) / 1000).toFixed(1) + 's', r.curves[0]!.values.loss!.toFixed(3), r.curves.at(-1)!.values.loss!.toFixed(3), r.health.slice(-1).map((h) => `${h.spread.toFixed(2)}/${h.rankMe.toFixed(1)}/${h.agreement.toFixed(2)}`).join(' '));
}
