/** Runs with a collapse planted in them: what `adapt` does, with the learning rates of every part multiplied. */
import { augmentationPresets } from '../../electron/learn/augment.ts';
import { createHealthMonitor } from '../../electron/learn/health-monitor.ts';
import type { HealthState } from '../../electron/learn/health-monitor.ts';
import type { Objective } from '../../electron/learn/objectives/objective.ts';
import { adamW } from '../../electron/learn/optimisers.ts';
import { runTraining, type StopReason } from '../../electron/learn/training-run.ts';
import { trainingStep } from '../../electron/learn/training-step.ts';
import type { Network } from '../../electron/nn/network.ts';
import type { Executor } from '../../electron/tensor/program.ts';
import { quiet, textures, tickingClock } from './textures.ts';

export interface PlantedRun {
  readonly network: Network;
  readonly objective: Objective;
  readonly executor: Executor;
  /** On the learning rates measured to work. */
  readonly factor: number;
  readonly numSteps: number;
  /** Steps after which it is left, if it lasts that long. */
  readonly leaveAfter?: number;
}

export interface PlantedOutcome {
  /** What it threw; null where it went on to its end. */
  readonly error: unknown;
  /** Null where it did not come to its end. */
  readonly stopped: StopReason | null;
  readonly health: HealthState;
}

export const plantedImages = 64;
export const plantedPx = 32;
export const plantedBatch = 16;
const left = new Error('left');

export async function plantedRun({
  network,
  objective,
  executor,
  factor,
  numSteps,
  leaveAfter = numSteps,
}: PlantedRun): Promise<PlantedOutcome> {
  const { source } = textures(plantedImages, plantedPx, 2);
  const step = trainingStep({
    network,
    parameters: network.init(3),
    objective,
    seed: 3,
    optimiser: adamW(),
    trainable: 'all',
    frozenStatistics: false,
    augmentation: augmentationPresets.standard,
    px: plantedPx,
    sourcePx: plantedPx,
    batch: plantedBatch,
    backboneRate: 5e-4 * factor,
    headRate: 1e-3 * factor,
    weightDecay: 0.05,
    clipNorm: null,
  });
  // A step takes so long that measuring seems cheap.
  const clock = tickingClock(1000);
  const images = Int32Array.from({ length: 48 }, (_, i) => i);
  const { chanceLoss } = objective;
  const health = await createHealthMonitor({
    network,
    step,
    executor,
    source,
    images,
    px: plantedPx,
    batch: plantedBatch,
    clock,
    ...(chanceLoss !== undefined && { chanceLoss }),
  });
  let error: unknown = null;
  let stopped: StopReason | null = null;
  try {
    ({ stopped } = await runTraining({
      step,
      health,
      executor,
      source,
      items: Int32Array.from({ length: plantedImages }, (_, i) => i),
      classes: objective.classes === 'index' ? Int32Array.from({ length: plantedImages }, (_, i) => i) : null,
      batch: plantedBatch,
      warmupSteps: 50,
      targetMomentum: 0.99,
      budget: { steps: numSteps },
      seed: 3,
      phase: 'test',
      identity: {},
      ctx: quiet(),
      clock,
      onTraining: ({ numSteps: made }) => {
        if (made >= leaveAfter && made < numSteps) throw left;
      },
    }));
  } catch (thrown) {
    if (thrown !== left) error = thrown;
  }
  await health.dispose();
  return { error, stopped, health: health.state };
}
