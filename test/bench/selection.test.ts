import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { expect, it } from 'vitest';
import { createRandom } from '../../electron/tensor/random.ts';
import { temporaryFolder } from '../project/temporary-project.ts';
import { benchContext } from './progress.ts';
import { benchSelection } from './selection.ts';

/** Two colours with noise. */
async function makeFolder(root: string): Promise<void> {
  const random = createRandom(3);
  for (const [c, name] of ['green', 'red'].entries()) {
    mkdirSync(join(root, name), { recursive: true });
    for (let i = 0; i < 40; i++) {
      const data = Uint8Array.from({ length: 16 * 16 * 3 }, (_, at) => (at % 3 === 1 - c ? 130 : 90) + random.int(80));
      const image = sharp(data, { raw: { width: 16, height: 16, channels: 3 } });
      await image.png().toFile(join(root, name, `${i}.png`));
    }
  }
}

it('measures strategies in pairs with a random draw, and goes on where it was cut off', async () => {
  const root = join(temporaryFolder(), 'colours');
  await makeFolder(root);
  const workDir = join(temporaryFolder(), 'work');
  const said: string[] = [];
  const ctx = benchContext(new AbortController().signal, (text) => void said.push(text));
  const request = { folders: [root], base: 'scratch:tiny', px: 16, counts: [8, 14], numSeeds: 2, round: 3, workDir };
  const first = await benchSelection({ ...request, strategies: ['random', 'auto'] }, ctx);
  const rows = first.datasets[0]!.rows;
  expect(rows.map(({ strategy, figures }) => [strategy, ...figures.map(({ labels }) => labels)])).toEqual([
    ['random', 8, 14],
    ['auto', 8, 14],
  ]);
  expect(rows[1]!.figures.every(({ gain, classes_seen }) => gain !== null && classes_seen === 2)).toBe(true);
  expect(said.filter((text) => text.includes('seed'))).toHaveLength(4);

  // What is there is taken as it is, and only what is missing is simulated.
  const results = join(
    workDir,
    readdirSync(workDir).find((name) => name.endsWith('.jsonl'))!,
  );
  const lines = readFileSync(results, 'utf8').trimEnd().split('\n');
  writeFileSync(results, `${lines.slice(0, 3).join('\n')}\n`);
  said.length = 0;
  const again = await benchSelection({ ...request, strategies: ['random', 'auto', 'badge'] }, ctx);
  expect(said.filter((text) => text.includes('seed'))).toEqual(['auto, seed 1\n', 'badge, seed 0\n', 'badge, seed 1\n']);
  expect(again.datasets[0]!.rows.slice(0, 2)).toEqual(rows);
});
