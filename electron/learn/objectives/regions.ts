/** Random rectangles in a view, as weights per axis, so that few numbers cross and masks are made in the graph. */
import type { InputSpec, HostTensors, Tensors } from '../../tensor/program.ts';
import type { Random } from '../../tensor/random.ts';
import { tf } from '../../tensor/tf.ts';
import { entry, float32 } from '../host-tensor.ts';

export interface RegionRules {
  /** Rectangles of each image. */
  readonly count: number;
  /** Of a rectangle's side, as a share of the image's. */
  readonly side: readonly [number, number];
}

/** `top`, `bottom`, `left` and `right` of each rectangle, [B, count], as shares of the side. */
export function regionSpecs({ count }: RegionRules, batch: number): Record<string, InputSpec> {
  const edge: InputSpec = { dtype: 'float32', shape: [batch, count] };
  return { top: edge, bottom: edge, left: edge, right: edge };
}

/** Rectangles that lie whole within the view. */
export function drawRegions(random: Random, { count, side: [least, most] }: RegionRules, batch: number): HostTensors {
  const edges = ['top', 'bottom', 'left', 'right'].map(() => new Float32Array(batch * count));
  const [top, bottom, left, right] = edges as [Float32Array, Float32Array, Float32Array, Float32Array];
  for (let i = 0; i < batch * count; i++) {
    for (const [from, to] of [
      [top, bottom],
      [left, right],
    ] as const) {
      const length = least + (most - least) * random.next();
      const start = (1 - length) * random.next();
      from[i] = start;
      to[i] = start + length;
    }
  }
  const shape = [batch, count];
  return { top: float32(shape, top), bottom: float32(shape, bottom), left: float32(shape, left), right: float32(shape, right) };
}

/** [B, P, P, 1]: 1 where the centre of a pixel lies within any of the rectangles, 0 elsewhere. */
export function regionMask(draws: Tensors, px: number): tf.Tensor4D {
  const [batch = 1, count = 1] = entry(draws, 'top').shape;
  const centres = tf.reshape(tf.div(tf.add(tf.range(0, px), 0.5), px), [1, 1, px]);
  const within = (from: string, to: string): tf.Tensor => {
    const edge = (name: string): tf.Tensor => tf.reshape(entry(draws, name), [batch, count, 1]);
    return tf.cast(tf.logicalAnd(tf.greaterEqual(centres, edge(from)), tf.less(centres, edge(to))), 'float32');
  };
  const covered = tf.matMul(within('top', 'bottom'), within('left', 'right'), true, false);
  return tf.reshape(tf.minimum(covered, 1), [batch, px, px, 1]);
}
