/** A small convolutional network with everything the large ones have, and its training step: batch norm, momentum SGD. */
import { batchNormAct } from '../../electron/nn/batch-norm.ts';
import type { HostTensor, HostTensors, Program, Tensors } from '../../electron/tensor/program.ts';
import { createRandom } from '../../electron/tensor/random.ts';
import { tf } from '../../electron/tensor/tf.ts';

const numClasses = 4;
const sizePx = 12;
const shapes: Readonly<Record<string, readonly number[]>> = {
  stem: [3, 3, 3, 16],
  depth: [3, 3, 16, 1],
  point: [1, 1, 16, 32],
  wide: [3, 3, 32, 32],
  dense: [32, numClasses],
  bias: [numClasses],
  ...Object.fromEntries(
    Object.entries({ stem: 16, depth: 16, point: 32, wide: 32 }).flatMap(([layer, channels]) => [
      [`${layer}/scale`, [channels]],
      [`${layer}/shift`, [channels]],
    ]),
  ),
};

function draw(seed: number, shape: readonly number[], of: (normal: number) => number): HostTensor {
  const random = createRandom(seed);
  const length = shape.reduce((a, b) => a * b, 1);
  return { dtype: 'float32', shape, data: Float32Array.from({ length }, () => of(random.normal())) };
}

/** He-normal weights, unit scales, zero shifts; zero momenta. */
function initialState(): HostTensors {
  const state: HostTensors = {};
  Object.entries(shapes).forEach(([name, shape], i) => {
    const fanIn = shape.slice(0, -1).reduce((a, b) => a * b, 1);
    const spread = Math.sqrt(2 / (name === 'depth' ? 9 : fanIn));
    const start = name.endsWith('scale') ? (): number => 1 : name.endsWith('shift') || name === 'bias' ? (): number => 0 : null;
    state[name] = draw(i + 1, shape, start ?? ((z) => z * spread));
    state[`momentum/${name}`] = draw(0, shape, () => 0);
  });
  return state;
}

function logitsOf(p: Tensors, x: tf.Tensor4D): tf.Tensor2D {
  const norm = (y: tf.Tensor4D, layer: string, activation: 'relu' | 'relu6'): tf.Tensor4D =>
    batchNormAct(y, p[`${layer}/scale`] as tf.Tensor1D, p[`${layer}/shift`] as tf.Tensor1D, 1e-5, activation);
  let y = norm(tf.conv2d(x, p.stem as tf.Tensor4D, 1, 'same'), 'stem', 'relu');
  y = tf.maxPool(y, 3, 2, 'same');
  y = norm(tf.depthwiseConv2d(y, p.depth as tf.Tensor4D, 1, 'same'), 'depth', 'relu6');
  y = norm(tf.conv2d(y, p.point as tf.Tensor4D, 1, 'valid'), 'point', 'relu6');
  y = tf.add(y, norm(tf.conv2d(y, p.wide as tf.Tensor4D, 1, 'same'), 'wide', 'relu'));
  const pooled = tf.mean<tf.Tensor2D>(tf.avgPool(y, 2, 2, 'same'), [1, 2]);
  return tf.add(tf.matMul(pooled, p.dense as tf.Tensor2D), p.bias!);
}

/** One step on images [batch, 12, 12, 3] with labels [batch]: carries parameters and momenta, returns the loss before the step. */
export function trainingProgram(batch: number): Program {
  const names = Object.keys(shapes);
  return {
    name: 'training step',
    state: initialState(),
    inputs: {
      images: { dtype: 'uint8', shape: [batch, sizePx, sizePx, 3] },
      labels: { dtype: 'int32', shape: [batch] },
      learningRate: { dtype: 'float32', shape: [] },
    },
    run: (state, { images, labels, learningRate }) => {
      const x = tf.sub<tf.Tensor4D>(tf.div(tf.cast(images!, 'float32'), 127.5), 1);
      const wanted = tf.cast(tf.oneHot(labels!, numClasses), 'float32');
      const lossOf = (...weights: tf.Tensor[]): tf.Scalar => {
        const logits = logitsOf(Object.fromEntries(names.map((name, i) => [name, weights[i]!])), x);
        return tf.neg(tf.mean<tf.Scalar>(tf.sum(tf.mul(wanted, tf.logSoftmax(logits)), 1)));
      };
      const { value, grads } = tf.valueAndGrads(lossOf)(names.map((name) => state[name]!));
      const next: Tensors = {};
      names.forEach((name, i) => {
        const momentum = tf.add(tf.mul(state[`momentum/${name}`]!, 0.9), grads[i]!);
        next[`momentum/${name}`] = momentum;
        next[name] = tf.sub(state[name]!, tf.mul(momentum, learningRate!));
      });
      return { state: next, outputs: { loss: value } };
    },
  };
}

/** The inputs of step `step`. */
export function trainingBatch(batch: number, step: number): HostTensors {
  const random = createRandom(1000 + step);
  const images = { dtype: 'uint8', shape: [batch, sizePx, sizePx, 3], data: new Uint8Array(batch * sizePx * sizePx * 3) } as const;
  const labels = { dtype: 'int32', shape: [batch], data: Int32Array.from({ length: batch }, () => random.int(numClasses)) } as const;
  // Classes differ in the brightness of a stripe.
  images.data.forEach((_, i) => {
    const label = labels.data[Math.floor(i / (sizePx * sizePx * 3))]!;
    images.data[i] = Math.floor(random.next() * (Math.floor(i / 3) % numClasses === label ? 255 : 160));
  });
  return { images, labels, learningRate: { dtype: 'float32', shape: [], data: Float32Array.of(0.02) } };
}
