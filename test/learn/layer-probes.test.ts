import { expect, it } from 'vitest';
import { layerProbes } from '../../electron/learn/layer-probes.ts';
import { mlpProbe } from '../../electron/learn/mlp-probe.ts';
import { createCompiledExecutor } from '../../electron/tensor/compiled.ts';
import { createRandom } from '../../electron/tensor/random.ts';
import { quiet } from './textures.ts';

const executor = await createCompiledExecutor({ provider: 'cpu' });
const random = createRandom(5);
const numRows = 120;
/** Two classes: the sign of a product of two features, and of one feature. */
const product = Float32Array.from({ length: numRows * 4 }, () => random.normal());
const signs = Int32Array.from({ length: numRows }, (_, i) => (product[4 * i]! * product[4 * i + 1]! > 0 ? 1 : 0));
const straight = product.map((value, i) => (i % 4 === 0 ? value + (signs[Math.floor(i / 4)] === 1 ? 2.5 : -2.5) : value));
const noise = product.map(() => random.normal());

it('tells what is laid out in a line from what takes more, and from what is not there', { timeout: 60_000 }, async () => {
  const layers = [
    { name: 'noise', dim: 4, features: noise },
    { name: 'product', dim: 4, features: product },
    { name: 'straight', dim: 4, features: straight },
  ];
  const [none, bent, line] = await layerProbes(layers, signs, 2, { seed: 1, executor }, quiet());
  expect(none!.linear!.estimate).toBeLessThan(0.65);
  expect(none!.nonLinear!.estimate).toBeLessThan(0.65);
  expect(bent!.linear!.estimate).toBeLessThan(0.65);
  expect(bent!.nonLinear!.estimate).toBeGreaterThan(0.85);
  expect(line!.linear!.estimate).toBeGreaterThan(0.9);
  expect(line!.nonLinear!.estimate).toBeGreaterThan(0.9);
  expect(line!.linear!.low).toBeLessThan(line!.linear!.estimate);
});

it('learns nothing from rows that are only to be predicted, and repeats with the seed', async () => {
  const isLearnt = Uint8Array.from({ length: numRows }, (_, i) => (i < 60 ? 1 : 0));
  const shared = { features: product, dim: 4, numClasses: 2, isLearnt, seed: 3, executor, numSteps: 20 };
  const given = await mlpProbe({ ...shared, labels: signs });
  const other = await mlpProbe({ ...shared, labels: signs.map((label, i) => (i < 60 ? label : 1 - label)) });
  expect(other).toEqual(given);
  expect(await mlpProbe({ ...shared, labels: signs, seed: 4 })).not.toEqual(given);
  for (let row = 0; row < numRows; row++) expect(given[2 * row]! + given[2 * row + 1]!).toBeCloseTo(1, 5);
  await expect(mlpProbe({ ...shared, labels: signs.slice(1) })).rejects.toThrow('do not fit');
});
