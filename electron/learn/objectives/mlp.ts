/** The two-layer heads of self-supervised methods. */
import type { ParameterSpec } from '../../nn/network.ts';
import type { HostTensor, HostTensors, Tensors } from '../../tensor/program.ts';
import type { Random } from '../../tensor/random.ts';
import { tf } from '../../tensor/tf.ts';
import { entry, float32 } from '../host-tensor.ts';

/** What normalises the hidden layer: over the batch, or over each row (for backbones without batch normalisation). */
export type HeadNorm = 'batch' | 'layer';

export interface MlpSize {
  readonly numIn: number;
  readonly numHidden: number;
  readonly numOut: number;
}

/** linear, norm, relu, linear; the first layer has no bias since the norm's shift does its work. */
export function mlpSpecs({ numIn, numHidden, numOut }: MlpSize): Record<string, ParameterSpec> {
  return {
    hidden: { shape: [numIn, numHidden], kind: 'weight' },
    scale: { shape: [numHidden], kind: 'norm' },
    shift: { shape: [numHidden], kind: 'norm' },
    output: { shape: [numHidden, numOut], kind: 'weight' },
    bias: { shape: [numOut], kind: 'bias' },
  };
}

/** [numIn, numOut], uniform on +-1/sqrt(numIn), as in PyTorch's Linear. */
export function denseInit(numIn: number, numOut: number, random: Random): HostTensor {
  return float32(
    [numIn, numOut],
    Float32Array.from({ length: numIn * numOut }, () => (2 * random.next() - 1) / Math.sqrt(numIn)),
  );
}

/** Dense layers by `denseInit`; unit scales, zero shifts and biases. Names get `part/` in front. */
export function mlpInit(part: string, size: MlpSize, random: Random): HostTensors {
  return {
    [`${part}/hidden`]: denseInit(size.numIn, size.numHidden, random),
    [`${part}/scale`]: float32([size.numHidden], new Float32Array(size.numHidden).fill(1)),
    [`${part}/shift`]: float32([size.numHidden], new Float32Array(size.numHidden)),
    [`${part}/output`]: denseInit(size.numHidden, size.numOut, random),
    [`${part}/bias`]: float32([size.numOut], new Float32Array(size.numOut)),
  };
}

/** x: [N, numIn] -> [N, numOut]. Batch normalisation uses this batch alone; the head is thrown away after training. */
export function mlpForward(part: string, heads: Tensors, x: tf.Tensor, norm: HeadNorm): tf.Tensor2D {
  const of = (name: string): tf.Tensor => entry(heads, `${part}/${name}`);
  const axis = norm === 'batch' ? 0 : 1;
  const hidden = tf.matMul(x, of('hidden'));
  const centred = tf.sub(hidden, tf.mean(hidden, axis, true));
  const variance = tf.mean(tf.square(centred), axis, true);
  const normalised = tf.mul(centred, tf.rsqrt(tf.add(variance, 1e-5)));
  const active = tf.relu(tf.add(tf.mul(normalised, of('scale')), of('shift')));
  return tf.add(tf.matMul(active, of('output')), of('bias'));
}
