/** The labels that tell how good features are, while a network learns without them. */
import type { LabelledImages } from '../../learn/health-monitor.ts';
import { createRandom } from '../../tensor/random.ts';
import type { Workspace } from '../workspace.ts';

/** More tell hardly more, and each costs time at every check. */
const most = 400;

/** The labels of these images, by their position; of more than 400 a random part. Null where there are none of two classes. */
export function labelsAtHand({ project }: Workspace, imageIds: Int32Array, seed: number): LabelledImages | null {
  const { imageIds: ids, classIds } = project.labels.all();
  const positions = new Map(Array.from(imageIds, (id, position) => [id, position] as const));
  const known = Array.from(ids.keys()).filter((i) => positions.has(ids[i] as number));
  const drawn = Array.from(createRandom(seed).permutation(known.length).slice(0, most), (at) => known[at] as number).sort((a, b) => a - b);
  const classes = [...new Set(drawn.map((i) => classIds[i] as number))].sort((a, b) => a - b);
  if (classes.length < 2) return null;
  return {
    images: Int32Array.from(drawn, (i) => positions.get(ids[i] as number) ?? 0),
    labels: Int32Array.from(drawn, (i) => classes.indexOf(classIds[i] as number)),
    numClasses: classes.length,
  };
}
