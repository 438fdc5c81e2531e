/** How long a classifier takes over one image on this machine. */
import { predict } from '../../learn/embed.ts';
import type { PixelSource } from '../../learn/pixel-source.ts';
import { createRandom } from '../../tensor/random.ts';
import { loadClassifier } from '../adaptation/models.ts';
import type { Workspace } from '../workspace.ts';
import type { ClassifierSettings } from './train-classifier.ts';

const numImages = 24;
/** The first ones pay for the runtime's start. */
const numWarm = 8;

/** Milliseconds per image, the median of some, one image at a time and without reading files. Throws for a model that is no classifier. */
export async function measureClassifier(workspace: Workspace, modelId: number): Promise<number> {
  const { network, parameters, head, record } = loadClassifier(workspace, modelId);
  const { flip } = record.settings as ClassifierSettings;
  const { px } = record;
  const random = createRandom(0);
  const pixels = Uint8Array.from({ length: px * px * 3 }, () => random.int(256));
  const source: PixelSource = { numImages, px, read: () => Promise.resolve(pixels) };
  const times: number[] = [];
  let before = performance.now();
  await predict({
    network,
    parameters,
    head,
    source,
    executor: await workspace.executor(),
    batch: 1,
    flip,
    ctx: { signal: workspace.signal, onProgress: () => undefined },
    onBatch: () => {
      const now = performance.now();
      times.push(now - before);
      before = now;
    },
  });
  const settled = times.slice(numWarm).sort((a, b) => a - b);
  return settled[Math.floor(settled.length / 2)] ?? 0;
}
