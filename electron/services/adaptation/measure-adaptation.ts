/** How fast this machine adapts, by a few real steps on the project's images. */
import { AppError } from '../../contract/errors.ts';
import { adapt } from '../../learn/adapt.ts';
import type { AdaptMethod } from '../../learn/methods.ts';
import type { TrainingCourse } from '../../learn/training-run.ts';
import { adaptDefaults } from './adapt-model.ts';
import { storedPx } from '../intake/import-folder.ts';
import { readBase } from './models.ts';
import { projectPixels } from '../intake/project-pixels.ts';
import type { Workspace } from '../workspace.ts';

export interface MeasureRequest {
  readonly baseRef: string;
  readonly method: AdaptMethod;
  readonly px: number;
}

/** Long enough to even out what else the machine does, short enough to wait for. */
const measureMs = 4_000;
const maxSteps = 40;
const minSteps = 3;

/** Images per second of a training like `adaptModel`'s, without its start. Keeps nothing. Throws `conflict` for too few images. */
export async function measureAdaptation(workspace: Workspace, { baseRef, method, px }: MeasureRequest): Promise<number> {
  const imageIds = workspace.project.images.usable();
  if (imageIds.length < 16) {
    throw new AppError('conflict', `Measuring needs at least 16 readable images; the project has ${imageIds.length}.`);
  }
  const { network, parameters } = readBase(workspace, baseRef, adaptDefaults.seed);
  const finish = new AbortController();
  const seen: Pick<TrainingCourse, 'numSteps' | 'elapsedMs'>[] = [];
  const measured = (): { numSteps: number; elapsedMs: number } => {
    const [from, to] = [seen[0], seen.at(-1)];
    return { numSteps: (to?.numSteps ?? 0) - (from?.numSteps ?? 0), elapsedMs: (to?.elapsedMs ?? 0) - (from?.elapsedMs ?? 0) };
  };
  await adapt({
    network,
    parameters,
    method,
    px,
    batch: adaptDefaults.batch,
    seed: adaptDefaults.seed,
    normOnly: false,
    budget: { steps: maxSteps },
    executor: await workspace.executor(),
    source: projectPixels(workspace, imageIds, Math.max(storedPx, px)),
    probe: new Int32Array(0),
    clock: () => performance.now(),
    finish: finish.signal,
    ctx: { signal: workspace.signal, onProgress: () => undefined },
    // The first call comes after the first step, which is slower than the others.
    onTraining: ({ numSteps, elapsedMs }) => {
      seen.push({ numSteps, elapsedMs });
      const so = measured();
      if (so.elapsedMs >= measureMs && so.numSteps >= minSteps) finish.abort();
    },
  });
  const { numSteps, elapsedMs } = measured();
  if (numSteps === 0) throw new AppError('internal', 'No step was measured. Try again.');
  return (numSteps * Math.min(adaptDefaults.batch, imageIds.length)) / (elapsedMs / 1000);
}
