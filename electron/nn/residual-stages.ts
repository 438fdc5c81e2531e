/** What residual networks share: stages of blocks, of which all but the first begin by halving the map. */
import type { tf } from '../tensor/tf.ts';
import type { NetworkDefinition } from './define-network.ts';
import type { ForwardPass } from './named-layers.ts';

/** The stages of a residual network whose stem leaves a quarter of the image's side. */
export function stagesOf(numStages: number, channelsOf: (stage: number) => number): Pick<NetworkDefinition, 'stages' | 'reduction'> {
  return {
    stages: Array.from({ length: numStages - 1 }, (_, stage) => ({ numChannels: channelsOf(stage), reduction: 4 * 2 ** stage })),
    reduction: 4 * 2 ** (numStages - 1),
  };
}

/** The blocks of every stage one after the other; the map of each stage but the last is kept. */
export function applyStages<Block>(
  pass: ForwardPass,
  x: tf.Tensor4D,
  stages: readonly (readonly Block[])[],
  apply: (pass: ForwardPass, x: tf.Tensor4D, block: Block) => tf.Tensor4D,
): tf.Tensor4D {
  return stages.reduce((map, blocks, stage) => {
    const next = blocks.reduce((y, block) => apply(pass, y, block), map);
    return stage < stages.length - 1 ? pass.stage(next) : next;
  }, x);
}
