import { describe, expect, it } from 'vitest';
import { adapt } from '../../electron/learn/adapt.ts';
import { augmentationPresets } from '../../electron/learn/augment.ts';
import { retrievalShare, viewConsistency } from '../../electron/learn/view-consistency.ts';
import { tiny } from '../../electron/nn/tiny.ts';
import { createCompiledExecutor } from '../../electron/tensor/compiled.ts';
import type { HostTensors } from '../../electron/tensor/program.ts';
import { createRandom } from '../../electron/tensor/random.ts';
import { quiet, textures, tickingClock } from './textures.ts';

const random = createRandom(3);
const normals = (count: number): Float32Array => Float32Array.from({ length: count }, () => random.normal());

describe('retrievalShare', () => {
  it('is 1 for views that agree, near 1 / N for views that have nothing to do with each other', () => {
    const a = normals(60 * 8);
    expect(retrievalShare(a, a.slice(), 8)).toBe(1);
    const unrelated = Array.from({ length: 20 }, () => retrievalShare(normals(60 * 8), normals(60 * 8), 8));
    expect(unrelated.reduce((sum, share) => sum + share, 0) / unrelated.length).toBeCloseTo(1 / 60, 1);
    expect(retrievalShare(new Float32Array(16).fill(2), new Float32Array(16).fill(2), 8)).toBe(0);
  });

  it('counts both directions', () => {
    // About their means (0 in both) the rows of a point right, left, up; those of b right, a little less right and left, up.
    const a = Float32Array.of(1, 0, -1, 0, 0, 1, 0, -1);
    const b = Float32Array.of(1, 0, -1, 0, 1, 0.01, -1, -0.01);
    const unit = (rows: Float32Array): number[][] =>
      [0, 1, 2, 3].map((i) => {
        const row = [rows[2 * i]!, rows[2 * i + 1]!];
        return row.map((value) => value / Math.hypot(...row));
      });
    const [left, right] = [unit(a), unit(b)];
    const dot = (x: number[], y: number[]): number => x[0]! * y[0]! + x[1]! * y[1]!;
    let found = 0;
    for (let i = 0; i < 4; i++) {
      const others = [0, 1, 2, 3].filter((j) => j !== i);
      if (others.every((j) => dot(left[i]!, right[i]!) > dot(left[i]!, right[j]!))) found += 1;
      if (others.every((j) => dot(left[i]!, right[i]!) > dot(left[j]!, right[i]!))) found += 1;
    }
    expect(retrievalShare(a, b, 2)).toBeCloseTo(found / 8, 10);
  });
});

it('rises as a network learns to see past what views alter', { timeout: 60_000 }, async () => {
  const executor = await createCompiledExecutor({ provider: 'cpu' });
  const network = tiny();
  const parameters = network.init(3);
  const { source } = textures(120, 24, 3);
  const augmentation = augmentationPresets.standard;
  const consistency = (of: HostTensors): Promise<number> =>
    viewConsistency({
      network,
      parameters: of,
      source: textures(70, 24, 33).source,
      images: Int32Array.from({ length: 70 }, (_, i) => i),
      px: 24,
      augmentation,
      executor,
      seed: 1,
      ctx: quiet(),
    });
  const adapted = await adapt({
    network,
    parameters,
    source,
    executor,
    method: 'byol',
    px: 24,
    batch: 32,
    budget: { steps: 150 },
    seed: 1,
    settings: { backboneRate: 2e-3, headRate: 2e-3, numHidden: 256, numProjected: 64 },
    probe: Int32Array.from({ length: 32 }, (_, i) => i),
    ctx: quiet(),
    clock: tickingClock(1),
  });
  const [before, after] = [await consistency(parameters), await consistency(adapted.parameters)];
  expect(before).toBeGreaterThan(0);
  expect(after).toBeGreaterThan(before);
});
