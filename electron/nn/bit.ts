/**
 * Big Transfer networks (Kolesnikov et al. 2020): ResNet v2 with group normalisation and weight standardisation, which
 * need no batch statistics. Names are those of timm's resnetv2_50x1_bit and its sisters.
 */
import { tf } from '../tensor/tf.ts';
import { centredColours } from './define-network.ts';
import { maxPool } from './layers.ts';
import { conv, torchGroupNorm } from './named-layers.ts';
import type { Network } from './network.ts';
import { preActivationResnet } from './resnet-v2.ts';

/** As in the published code; far below the variance of any real filter. */
const standardisation = 1e-10;

/** BiT with `depths` bottlenecks per stage and no widening: [3, 4, 6, 3] is BiT-R50x1; four stages have 2048 features. */
export function bit(arch: string, depths: readonly number[]): Network {
  const root = conv({ filter: 'stem.conv.weight', kernelPx: 7, numInputs: 3, numOutputs: 64 }, { stride: 2, standardisation });
  return preActivationResnet({
    arch,
    colours: centredColours,
    depths,
    norm: torchGroupNorm,
    standardisation,
    names: { block: (stage, index) => `stages.${stage}.blocks.${index}`, norm: 'norm', downsample: 'downsample.conv' },
    stemLayers: [root],
    stem: (pass, images) => zeroPaddedPool(pass.conv(images, root)),
  });
}

/**
 * Max pooling 3/2 over x [B, H, W, C] padded by one pixel of zeros. The padding must count, since the root's output is not
 * rectified: a zero at the edge may win. Written as a pool that ignores its padding, then a comparison with zero where the
 * window met the edge, because ONNX Runtime 1.30 fuses a Pad of zeros into MaxPool, where padding never wins.
 */
function zeroPaddedPool(x: tf.Tensor4D): tf.Tensor4D {
  const pooled = maxPool(x, { sizePx: 3, stride: 2, padding: 1 });
  const meetsEdge = (index: number, size: number): boolean => index === 0 || 2 * index + 2 > size;
  const [, height, width] = x.shape;
  const floor = Array.from({ length: pooled.shape[1] }, (_, row) =>
    Array.from({ length: pooled.shape[2] }, (_, column) => [meetsEdge(row, height) || meetsEdge(column, width) ? 0 : -Infinity]),
  );
  return tf.maximum(pooled, tf.tensor3d(floor));
}
